//! The settings: one table, from which everything else that names them is made.

use super::value::{Shown, Value, Written};
use crate::amount::ByteSize;
use crate::approval::Approval;
use crate::budget::{Price, Usd};
use crate::isolation::Isolation;
use crate::models::Provider;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;
use url::Url;

/// A setting that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigEntry {
    /// Its key in `anvil.toml`; in upper case behind `ANVIL_`, its variable in the environment.
    pub key: &'static str,
    /// Its value, much as it would be written.
    pub value: String,
    /// Who made it.
    pub source: ConfigSource,
}

/// Where a setting comes from, strongest first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigSource {
    /// The program said so, with [`Builder`](crate::Builder).
    Builder,
    /// This variable of the environment.
    Environment(&'static str),
    /// This file.
    File(PathBuf),
    /// Nobody said anything.
    Default,
}

/// One source of settings, and what it is called where a setting was taken from it.
pub(crate) type Source<'a> = (Layer, &'a dyn Fn(&'static str) -> ConfigSource);

macro_rules! settings {
    ($($(#[$doc:meta])+ $key:ident: $written:ty => $value:ty = $default:expr;)+) => {
        /// The settings of an [`Anvil`](crate::Anvil), and where they come from: what the program gave the
        /// builder goes before variables of the environment, these before `anvil.toml` at the workspace's
        /// root, and that before the defaults.
        ///
        /// [`Display`](fmt::Display) is a table for whoever runs the program.
        #[derive(Clone)]
        #[non_exhaustive]
        pub struct Config {
            $($(#[$doc])+ pub $key: $value,)+
            /// In the order of the fields.
            sources: Vec<ConfigSource>,
        }

        /// What one source says.
        #[derive(Clone, Default)]
        pub(crate) struct Layer {
            $(pub(crate) $key: Option<$written>,)+
        }

        // As values are shown: an address may hold a password.
        impl fmt::Debug for Config {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut debug = f.debug_struct("Config");
                $(debug.field(stringify!($key), &format_args!("{}", self.$key.shown()));)+
                debug.finish_non_exhaustive()
            }
        }

        impl fmt::Debug for Layer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut debug = f.debug_struct("Layer");
                $(debug.field(stringify!($key), &format_args!("{}", self.$key.shown()));)+
                debug.finish()
            }
        }

        pub(crate) const KEYS: &[&str] = &[$(stringify!($key)),+];

        impl Layer {
            /// Sets `key`, or says what it takes. Does nothing if there is no such key.
            pub(crate) fn set(&mut self, key: &str, written: &Written<'_>) -> Result<(), String> {
                match key {
                    $(stringify!($key) => match Value::read(written) {
                        Some(value) => self.$key = Some(value),
                        None => return Err(<$written>::allowed(written)),
                    },)+
                    _ => {}
                }
                Ok(())
            }
        }

        impl Config {
            /// Takes each setting from the first source that has it.
            pub(crate) fn of(layers: &mut [Source<'_>]) -> Self {
                let mut sources = Vec::new();
                $(
                    let found = layers.iter_mut().find_map(|(layer, source)| {
                        Some((layer.$key.take()?, source(stringify!($key))))
                    });
                    let $key = match found {
                        Some((value, source)) => {
                            sources.push(source);
                            value.into()
                        }
                        None => {
                            sources.push(ConfigSource::Default);
                            $default
                        }
                    };
                )+
                Self { $($key,)+ sources }
            }

            /// All settings, in the order of the fields.
            #[must_use]
            pub fn entries(&self) -> Vec<ConfigEntry> {
                let values = [$(self.$key.shown()),+];
                KEYS.iter()
                    .zip(values)
                    .zip(&self.sources)
                    .map(|((key, value), source)| ConfigEntry { key, value, source: source.clone() })
                    .collect()
            }
        }
    };
}

// The key, what is written, what it becomes, and the default.
settings! {
    /// Where tools are stored. The default is `tools` at the workspace's root.
    tools_dir: PathBuf => PathBuf = PathBuf::from("tools");
    /// Never ask a model.
    offline: bool => bool = false;
    /// Who writes bodies, where the program gives no model. By default whoever there is a key for:
    /// see [`models`](crate::models).
    provider: Provider => Option<Provider> = None;
    /// Which of the provider's models; by default the one that [`models`](crate::models) tells.
    model: String => Option<String> = None;
    /// Where the provider is asked, if not at its own address; without a provider, the address of a server that is asked
    /// with Chat Completions.
    base_url: Url => Option<Url> = None;
    /// Heal tools that fail.
    self_healing: bool => bool = true;
    /// How many attempts a tool gets until its attempts are reset.
    max_heal_attempts: u32 => u32 = 2;
    /// After this time an attempt is forgotten; never, if there is none.
    heal_window: Duration => Option<Duration> = None;
    /// How long a caller waits for a heal; until it is done, if there is no limit.
    heal_wait: Duration => Option<Duration> = None;
    /// Whether a person has to approve what a model wrote before it goes live; a tool's own `approval` goes before.
    approval: Approval => Approval = Approval::default();
    /// Show the arguments of a failed call to the model.
    share_args: bool => bool = true;
    /// Where events are written as lines of JSON; nowhere, if there is none.
    log_file: PathBuf => Option<PathBuf> = None;
    /// At how many bytes the log file is put aside and a new one begun.
    log_max_bytes: u64 => u64 = 10 * 1024 * 1024;
    /// How many log files that were put aside are kept.
    log_files_kept: u32 => u32 = 5;
    /// How many events are kept in memory.
    events_kept: usize => usize = 4096;
    /// Show at a terminal what takes longer than a second.
    progress: bool => bool = true;
    /// Take up changes of stored tools while the program runs.
    watch: bool => bool = false;
    /// Where the bodies of tools run; a tool's own `isolation` goes before.
    isolation: Isolation => Isolation = Isolation::default();
    /// Where this system has no sandbox, run what was to be in one in plain processes. Otherwise such calls fail, and
    /// say what is missing.
    degrade_isolation: bool => bool = false;
    /// How long one call of a tool in a process of its own may take; a tool's own `timeout` goes before.
    timeout: Duration => Duration = Duration::from_secs(30);
    /// How much memory such a process may use; a tool's own `memory` goes before.
    memory: ByteSize => ByteSize = ByteSize::new(512_000_000);
    /// How long a build may go on without finishing a crate before it is stopped.
    build_timeout: Duration => Duration = Duration::from_secs(120);
    /// How much memory each of a build's processes may use.
    build_memory: ByteSize => ByteSize = ByteSize::new(4_000_000_000);
    /// How many processes of one version run calls at the same time, at most.
    workers_per_version: u32 => u32 = 8;
    /// After so many deaths of a version's processes within the window, its calls fail at once for the pause.
    breaker_deaths: u32 => u32 = 5;
    /// The time within which deaths of a version's processes count together.
    breaker_window: Duration => Duration = Duration::from_secs(60);
    /// How long the calls of such a version fail at once; then one is let through to try.
    breaker_pause: Duration => Duration = Duration::from_secs(30);
    /// How many tokens of models one heal, or a first body, may take.
    tokens_per_heal: u64 => Option<u64> = None;
    /// How many tokens one tool may take in a day, which begins at 00:00 UTC.
    tokens_per_tool: u64 => Option<u64> = None;
    /// How many tokens all tools of the store may take in a day together.
    tokens_per_day: u64 => u64 = 2_000_000;
    /// What one heal, or a first body, may cost, in US dollars.
    usd_per_heal: Usd => Option<Usd> = None;
    /// What one tool may cost in a day, in US dollars.
    usd_per_tool: Usd => Option<Usd> = None;
    /// What all tools of the store may cost in a day together, in US dollars.
    usd_per_day: Usd => Option<Usd> = None;
    /// What models cost, by their names: before Anvil's own table.
    prices: BTreeMap<String, Price> => BTreeMap<String, Price> = BTreeMap::new();
}

/// What the variables of the environment begin with.
pub(crate) const PREFIX: &str = "ANVIL_";

/// The variables, in the order of the keys.
pub(crate) fn variables() -> impl Iterator<Item = (&'static str, &'static str)> {
    static VARIABLES: LazyLock<Vec<String>> = LazyLock::new(|| {
        let upper = KEYS.iter().map(|key| key.to_ascii_uppercase());
        upper.map(|key| format!("{PREFIX}{key}")).collect()
    });
    KEYS.iter()
        .copied()
        .zip(VARIABLES.iter().map(String::as_str))
}

/// The variable of a key; empty if there is no such key.
pub(crate) fn variable(key: &str) -> &'static str {
    let found = variables().find(|(name, _)| *name == key);
    found.map_or("", |(_, variable)| variable)
}

impl fmt::Display for ConfigSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Builder => f.write_str("builder"),
            Self::Environment(variable) => write!(f, "environment ({variable})"),
            Self::File(path) => path.display().fmt(f),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries();
        let width = |column: fn(&ConfigEntry) -> &str| {
            let widths = entries.iter().map(|entry| column(entry).chars().count());
            widths.max().unwrap_or(0)
        };
        let (keys, values) = (width(|entry| entry.key), width(|entry| &entry.value));
        for (index, ConfigEntry { key, value, source }) in entries.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{key:keys$}  {value:values$}  {source}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_table_tells_every_setting_and_where_it_comes_from() {
        let builder = Layer {
            tools_dir: Some("/home/ada/wörk/tools".into()),
            isolation: Some(Isolation::Worker), // the default is the platform's
            ..Layer::default()
        };
        let environment = Layer {
            offline: Some(true),
            heal_wait: Some(Duration::from_millis(1_500)),
            ..Layer::default()
        };
        let file = Layer {
            max_heal_attempts: Some(3),
            log_file: Some("/home/ada/wörk/anvil.log".into()),
            ..Layer::default()
        };
        let config = Config::of(&mut [
            (builder, &|_| ConfigSource::Builder),
            (environment, &|key| ConfigSource::Environment(variable(key))),
            (file, &|_| {
                ConfigSource::File("/home/ada/wörk/anvil.toml".into())
            }),
        ]);
        expect![[r#"
            tools_dir            /home/ada/wörk/tools      builder
            offline              true                      environment (ANVIL_OFFLINE)
            provider             none                      default
            model                none                      default
            base_url             none                      default
            self_healing         true                      default
            max_heal_attempts    3                         /home/ada/wörk/anvil.toml
            heal_window          none                      default
            heal_wait            1s 500ms                  environment (ANVIL_HEAL_WAIT)
            approval             none                      default
            share_args           true                      default
            log_file             /home/ada/wörk/anvil.log  /home/ada/wörk/anvil.toml
            log_max_bytes        10485760                  default
            log_files_kept       5                         default
            events_kept          4096                      default
            progress             true                      default
            watch                false                     default
            isolation            worker                    builder
            degrade_isolation    false                     default
            timeout              30s                       default
            memory               512MB                     default
            build_timeout        2m                        default
            build_memory         4GB                       default
            workers_per_version  8                         default
            breaker_deaths       5                         default
            breaker_window       1m                        default
            breaker_pause        30s                       default
            tokens_per_heal      none                      default
            tokens_per_tool      none                      default
            tokens_per_day       2000000                   default
            usd_per_heal         none                      default
            usd_per_tool         none                      default
            usd_per_day          none                      default
            prices               none                      default"#]]
        .assert_eq(&config.to_string());
    }

    #[test]
    fn what_may_be_a_secret_in_an_address_is_not_shown() {
        let layer = Layer {
            base_url: "https://ada:hush@host/v1?key=hush".parse().ok(),
            ..Layer::default()
        };
        let config = Config::of(&mut [(layer.clone(), &|_| ConfigSource::Builder)]);
        for shown in [
            format!("{layer:?}"),
            format!("{config:?}"),
            config.to_string(),
        ] {
            assert!(shown.contains("https://host/v1"), "{shown}");
            assert!(!shown.contains("hush"), "{shown}");
        }
        assert!(
            config
                .base_url
                .is_some_and(|url| url.password() == Some("hush"))
        );
    }

    #[test]
    fn without_sources_there_are_the_defaults() {
        let config = Config::of(&mut []);
        assert!(config.self_healing && config.share_args && !config.offline && !config.watch);
        assert_eq!(config.log_max_bytes, 10_485_760);
        let entries = config.entries();
        assert_eq!(entries.len(), KEYS.len());
        assert!(
            entries
                .iter()
                .all(|entry| entry.source == ConfigSource::Default)
        );
    }
}
