//! A home for cargo in the sandbox: the user's registries to read, and nothing else of the user's.
//!
//! A build must not see credentials, which lie in the user's own home of cargo's, nor write there. It does need the
//! crates that were downloaded, and to know where they were downloaded from: with another registry in their place,
//! the same crates have other names on disk. So the folders are linked, and of the user's configuration what replaces
//! sources is copied.

use crate::files::write_atomically;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// A home that was prepared.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) path: PathBuf,
    /// What builds read through it, outside of it.
    pub(super) readable: Vec<PathBuf>,
}

impl Home {
    /// Prepares the home at `path`, with the configuration that holds in `configured_in`.
    pub(super) fn prepare(path: PathBuf, configured_in: &Path) -> io::Result<Self> {
        let users = users_home();
        let files = configuration_files(configured_in, users.as_deref());
        let config = Configuration::read(&files);
        fs::create_dir_all(&path)?;
        let text = toml::to_string(&config.table).map_err(io::Error::other)?;
        let file = path.join("config.toml");
        if fs::read_to_string(&file).ok().as_ref() != Some(&text) {
            write_atomically(&file, text.as_bytes())?;
        }
        let mut readable = config.folders;
        let registry = users.map(|users| users.join("registry"));
        if let Some(registry) = registry.filter(|registry| registry.is_dir()) {
            link(&registry, &path.join("registry"))?;
            readable.push(registry);
        }
        Ok(Self { path, readable })
    }
}

/// Where the user's cargo keeps what it downloaded.
fn users_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cargo")))
}

/// Sees to it that `link` leads to `folder`.
#[cfg(unix)]
fn link(folder: &Path, link: &Path) -> io::Result<()> {
    if fs::read_link(link).is_ok_and(|leads_to| leads_to == folder) {
        return Ok(());
    }
    // A new name that is moved into place: others may be building.
    let temporary = tempfile::Builder::new()
        .prefix(crate::files::TEMPORARY)
        .make_in(link.parent().unwrap_or(Path::new(".")), |path| {
            std::os::unix::fs::symlink(folder, path)
        })?;
    temporary.into_temp_path().persist(link)?;
    Ok(())
}

#[cfg(not(unix))]
fn link(_folder: &Path, _link: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The files that cargo would read in `folder`, the one that counts most first.
fn configuration_files(folder: &Path, users_home: Option<&Path>) -> Vec<PathBuf> {
    let folders = folder.ancestors().map(|above| above.join(".cargo"));
    let folders = folders.chain(users_home.map(Path::to_path_buf));
    let mut files: Vec<PathBuf> = Vec::new();
    for folder in folders {
        // The name without an ending is the older one, and goes before.
        let found = ["config", "config.toml"].map(|name| folder.join(name));
        let found = found.into_iter().find(|file| file.is_file());
        files.extend(found.filter(|file| !files.contains(file)));
    }
    files
}

/// What of the user's configuration holds in the sandbox, too.
#[derive(Debug, Default)]
struct Configuration {
    table: Table,
    /// Where sources lie that are folders.
    folders: Vec<PathBuf>,
}

impl Configuration {
    /// A file that cannot be read or understood is passed over: cargo has told the user already.
    fn read(files: &[PathBuf]) -> Self {
        let mut configuration = Self::default();
        for file in files {
            let table = fs::read_to_string(file).ok();
            if let Some(table) = table.and_then(|text| text.parse::<Table>().ok()) {
                // Paths are meant from the folder that holds `.cargo`.
                let folder = file.parent().and_then(Path::parent).unwrap_or(file);
                configuration.add(table, folder);
            }
        }
        configuration
    }

    fn add(&mut self, mut table: Table, folder: &Path) {
        for (name, keys) in [
            (
                "source",
                &[
                    "replace-with",
                    "registry",
                    "local-registry",
                    "directory",
                    "git",
                    "branch",
                    "tag",
                    "rev",
                ][..],
            ),
            ("registries", &["index"]),
        ] {
            let Some(Value::Table(sources)) = table.remove(name) else {
                continue;
            };
            for (source, values) in sources {
                let Value::Table(values) = values else {
                    continue;
                };
                // Only what says where a source is: a token must not come along.
                for (key, value) in values {
                    if keys.contains(&&*key) {
                        let value = self.absolute(&key, value, folder);
                        self.keep(name, &source, key, value);
                    }
                }
            }
        }
    }

    fn absolute(&mut self, key: &str, value: Value, folder: &Path) -> Value {
        match value {
            Value::String(path) if matches!(key, "directory" | "local-registry") => {
                let path = folder.join(path);
                self.folders.push(path.clone());
                Value::String(path.to_string_lossy().into_owned())
            }
            value => value,
        }
    }

    /// What a file before has said stays.
    fn keep(&mut self, name: &str, source: &str, key: String, value: Value) {
        let mut table = &mut self.table;
        for name in [name, source] {
            let below = table
                .entry(name)
                .or_insert_with(|| Value::Table(Table::new()));
            let Value::Table(below) = below else {
                return;
            };
            table = below;
        }
        table.entry(key).or_insert(value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_the_users_configuration_only_sources_are_copied() {
        let root = tempfile::tempdir().unwrap();
        let workspace = root.path().join("workspace");
        let home = root.path().join("home");
        for (folder, text) in [
            (
                workspace.join(".cargo"),
                "[source.crates-io]\nreplace-with = 'vendored'\n[source.vendored]\ndirectory = 'vendor'\n\
                 [build]\nrustflags = ['-Clto']\n[env]\nSECRET = 'x'\n",
            ),
            (
                home.clone(),
                "[source.crates-io]\nreplace-with = 'mirror'\n[source.mirror]\nregistry = 'sparse+file:///m/'\n\
                 [registries.own]\nindex = 'sparse+file:///o/'\ntoken = 'x'\n[registry]\ntoken = 'x'\n",
            ),
        ] {
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("config.toml"), text).unwrap();
        }
        let inner = workspace.join("a/b");
        let files = configuration_files(&inner, Some(&home));
        let configuration = Configuration::read(&files);

        let vendor = workspace.join("vendor");
        let text = toml::to_string(&configuration.table).unwrap();
        assert_eq!(
            text.parse::<Table>().unwrap(),
            format!(
                "[source.crates-io]\nreplace-with = 'vendored'\n[source.vendored]\ndirectory = '{}'\n\
                 [source.mirror]\nregistry = 'sparse+file:///m/'\n[registries.own]\nindex = 'sparse+file:///o/'\n",
                vendor.display()
            )
            .parse::<Table>()
            .unwrap()
        );
        assert_eq!(configuration.folders, [vendor]);
    }

    #[test]
    fn a_file_that_is_no_toml_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("config.toml");
        fs::write(&file, "[source").unwrap();
        assert!(Configuration::read(&[file]).table.is_empty());
    }

    #[test]
    #[cfg(unix)]
    fn a_link_is_made_and_led_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("registry");
        for name in ["one", "two"] {
            let folder = root.path().join(name);
            fs::create_dir(&folder).unwrap();
            link(&folder, &path).unwrap();
            link(&folder, &path).unwrap();
            assert_eq!(fs::read_link(&path).unwrap(), folder);
        }
        assert_eq!(fs::read_dir(root.path()).unwrap().count(), 3);
    }
}
