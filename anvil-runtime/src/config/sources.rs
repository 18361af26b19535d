//! Which sources there are, and in which order they count.

use super::environment::from_environment;
use super::file::from_file;
use super::settings::{Config, ConfigSource, Layer, PREFIX, variable};
use super::words::wrong;
use crate::error::Error;
use crate::files::Places;
use crate::secrets::Dotenv;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

impl Config {
    /// The settings of this process: what the builder was given, over the environment, over `anvil.toml`.
    pub(crate) fn load(builder: Layer, places: &Places) -> Result<Self, Error> {
        let environment = env::vars_os().chain(dotenv(places)?);
        let config = resolve(builder, environment, file(places)?, places.tools())?;
        config.check()?;
        Ok(config)
    }

    /// What the builder was given, over the defaults: for tests, which must not depend on where they run.
    pub(crate) fn isolated(builder: Layer, places: &Places) -> Result<Self, Error> {
        let defaults = defaults(places.tools());
        let config = Self::of(&mut [
            (builder, &|_| ConfigSource::Builder),
            (defaults, &|_| ConfigSource::Default),
        ]);
        config.check()?;
        Ok(config)
    }
}

/// What the `.env` at the workspace's root sets for Anvil, as far as the environment does not.
fn dotenv(places: &Places) -> Result<Vec<(OsString, OsString)>, Error> {
    let dotenv = Dotenv::in_folder(places.workspace.clone().unwrap_or_default());
    let settings = dotenv.beginning_with(PREFIX).map_err(|why| {
        wrong(format!(
            "`{}` cannot be read: {why}",
            dotenv.path().display()
        ))
        .with_help("make it a text file of lines `NAME=value` that may be read, or remove it")
    })?;
    let unset = |name: &str| env::var_os(name).is_none_or(|value| value.is_empty());
    let settings = settings.into_iter().filter(|(name, _)| unset(name));
    Ok(settings
        .map(|(name, value)| (name.into(), value.into()))
        .collect())
}

/// The path and the text of `anvil.toml`, if there is one: at the workspace's root, or in the current directory
/// where there is no workspace.
fn file(places: &Places) -> Result<Option<(PathBuf, String)>, Error> {
    let folder = places.workspace.as_deref().unwrap_or(Path::new(""));
    let path = folder.join("anvil.toml");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let message = format!("`{}` could not be read", path.display());
            Err(wrong(message)
                .with_help("make it a text file that may be read, or remove it")
                .because(error))
        }
    }
}

/// `file` is the path and the text of `anvil.toml`; `tools_dir` is the default.
fn resolve(
    builder: Layer,
    environment: impl IntoIterator<Item = (OsString, OsString)>,
    file: Option<(PathBuf, String)>,
    tools_dir: PathBuf,
) -> Result<Config, Error> {
    let environment = from_environment(environment)?;
    let (path, file) = match file {
        Some((path, text)) => {
            let layer = from_file(&path, &text)?;
            (path, layer)
        }
        None => (PathBuf::new(), Layer::default()),
    };
    Ok(Config::of(&mut [
        (builder, &|_| ConfigSource::Builder),
        (environment, &|key| ConfigSource::Environment(variable(key))),
        (file, &|_| ConfigSource::File(path.clone())),
        (defaults(tools_dir), &|_| ConfigSource::Default),
    ]))
}

/// The default that depends on where the program runs.
fn defaults(tools_dir: PathBuf) -> Layer {
    Layer {
        tools_dir: Some(tools_dir),
        ..Layer::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::variables;
    use super::*;

    fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
        let owned = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        variables.iter().map(owned).collect()
    }

    fn text_file(text: &str) -> Option<(PathBuf, String)> {
        Some((PathBuf::from("/ws/anvil.toml"), text.to_owned()))
    }

    fn settings(variables: &[(&str, &str)], text: &str) -> Result<Config, Error> {
        resolve(
            Layer::default(),
            environment(variables),
            text_file(text),
            PathBuf::from("/ws/tools"),
        )
    }

    #[test]
    fn the_builder_goes_before_the_environment_and_that_before_the_file() {
        let builder = |attempts| Layer {
            max_heal_attempts: attempts,
            ..Layer::default()
        };
        let variable = ("ANVIL_MAX_HEAL_ATTEMPTS", "4");
        let path = PathBuf::from("/ws/anvil.toml");
        for (builder, variables, text, attempts, source) in [
            (
                builder(Some(5)),
                vec![variable],
                "max_heal_attempts = 3",
                5,
                ConfigSource::Builder,
            ),
            (
                builder(None),
                vec![variable],
                "max_heal_attempts = 3",
                4,
                ConfigSource::Environment("ANVIL_MAX_HEAL_ATTEMPTS"),
            ),
            (
                builder(None),
                vec![],
                "max_heal_attempts = 3",
                3,
                ConfigSource::File(path),
            ),
            (builder(None), vec![], "", 2, ConfigSource::Default),
            (builder(Some(5)), vec![], "", 5, ConfigSource::Builder),
        ] {
            let config = resolve(
                builder,
                environment(&variables),
                text_file(text),
                "tools".into(),
            )
            .unwrap();
            let entries = config.entries();
            let entry = entries
                .iter()
                .find(|entry| entry.key == "max_heal_attempts")
                .unwrap();
            assert_eq!(config.max_heal_attempts, attempts);
            assert_eq!(entry.value, attempts.to_string());
            assert_eq!(entry.source, source);
        }
    }

    #[test]
    fn every_setting_can_be_made_in_the_file_and_in_the_environment() {
        let text = r#"
            tools_dir = "t"
            offline = true
            provider = "llama_cpp"
            model = "my-model"
            base_url = "http://localhost:8080/v1"
            self_healing = false
            max_heal_attempts = 0x10
            heal_window = "2h"
            heal_wait = "500ms"
            approval = "review"
            share_args = false
            log_file = "/var/log/anvil.log"
            log_max_bytes = 1_000
            log_files_kept = 1
            events_kept = 10
            progress = false
            watch = true
            isolation = "in_process"
            degrade_isolation = true
            timeout = "10s"
            memory = "1GiB"
            build_timeout = "1m"
            build_memory = "2GB"
            workers_per_version = 2
            breaker_deaths = 3
            breaker_window = "30s"
            breaker_pause = "5s"
            tokens_per_heal = 100_000
            tokens_per_tool = 200_000
            tokens_per_day = 0
            usd_per_heal = 0.50
            usd_per_tool = 2
            usd_per_day = "5.00"
            prices."my.model" = { input = 3.0, output = "15", cache_read = 0.075 }
        "#;
        let written = [
            "t",
            "1",
            "llama_cpp",
            "my-model",
            "http://localhost:8080/v1",
            "0",
            "16",
            "2h",
            "500ms",
            "review",
            "false",
            "/var/log/anvil.log",
            "1000",
            "1",
            "10",
            "0",
            "true",
            "in_process",
            "1",
            "10s",
            "1GiB",
            "1m",
            "2GB",
            "2",
            "3",
            "30s",
            "5s",
            "100000",
            "200000",
            "0",
            "0.5",
            "2.0",
            "5",
            r#""my.model" = { input = 3, output = 15, cache_read = 0.075 }"#,
        ];
        let set: Vec<_> = variables()
            .zip(written)
            .map(|((_, name), value)| (name, value))
            .collect();
        let values = |config: Config| -> Vec<String> {
            config
                .entries()
                .into_iter()
                .map(|entry| entry.value)
                .collect()
        };
        let in_file = values(settings(&[], text).unwrap());
        let in_environment = values(settings(&set, "").unwrap());
        assert_eq!(in_file[0], "/ws/t", "relative to the file");
        assert_eq!(in_environment[0], "t", "relative to the current directory");
        assert_eq!(in_file[1..], in_environment[1..]);
        assert_eq!(
            in_file[2..5],
            ["llama_cpp", "my-model", "http://localhost:8080/v1"]
        );
        assert_eq!(in_file[11], "/var/log/anvil.log");
        assert_eq!(in_file[6], "16");
        assert_eq!(in_file[9], "review");
        assert_eq!(in_file[17..21], ["in_process", "true", "10s", "1GiB"]);
        assert_eq!(in_file[29..33], ["0", "0.5", "2", "5"]);
        assert_eq!(
            in_file[33],
            r#""my.model" = { input = 3, output = 15, cache_read = 0.075, cache_write = 3 }"#
        );
    }

    #[test]
    fn the_file_lies_at_the_root_of_the_workspace() {
        let root = tempfile::tempdir().unwrap();
        let places = Places {
            workspace: Some(root.path().to_owned()),
            volatile: root.path().join("target"),
        };
        let path = root.path().join("anvil.toml");
        assert_eq!(super::file(&places).unwrap(), None);
        fs::write(&path, "events_kept = 7").unwrap();
        let read = super::file(&places).unwrap();
        assert_eq!(read, Some((path.clone(), "events_kept = 7".to_owned())));
        let isolated = Config::isolated(Layer::default(), &places).unwrap();
        assert_eq!(isolated.events_kept, 4096);
        assert_eq!(isolated.tools_dir, root.path().join("tools"));
        fs::write(&path, [0xff]).unwrap();
        let error = super::file(&places).unwrap_err().to_string();
        assert!(error.contains("anvil.toml` could not be read: "), "{error}");
    }
}
