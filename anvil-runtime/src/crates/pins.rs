//! [`Pins`]: the versions of crates that all bodies of a store are built with.
//!
//! They are the `Cargo.lock` beside the tools, meant to be committed. cargo itself keeps it: that of a package which
//! depends on everything that bodies of the store may name. A body's own package gets a copy of it, and cargo takes from
//! it what it needs.

use super::Wanted;
use super::default::DEFAULT;
use crate::files::write_atomically;
use crate::spec::ToolSpec;
use cargo_metadata::semver::{Version, VersionReq};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The lock file of a store.
#[derive(Debug)]
pub(crate) struct Pins {
    path: PathBuf,
}

/// A crate of those that bodies are built with, and the version that it is pinned to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct PinnedCrate {
    /// The crate's name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Why there are no pins.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PinsError {
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error("{} is no lock file of cargo's: {why}", path.display())]
    NotALock { path: PathBuf, why: String },
}

/// What of a lock file is of use here.
#[derive(Debug, Default, Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: Version,
    /// Where it is from; nothing for a package that lies here.
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

impl Pins {
    /// Those of the store at `root`.
    pub(crate) fn of_store(root: &Path) -> Self {
        Self {
            path: root.join("Cargo.lock"),
        }
    }

    /// The lock file as it is; empty where there is none yet.
    pub(crate) fn text(&self) -> Result<String, PinsError> {
        match fs::read_to_string(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            text => text.map_err(|source| self.io("read", source)),
        }
    }

    /// The same, if it has versions of all that is `wanted`.
    pub(crate) fn that_hold(&self, wanted: &[Wanted]) -> Result<Option<String>, PinsError> {
        let text = self.text()?;
        let lock = self.parsed(&text)?;
        let holds = |wanted: &Wanted| {
            let requirement = VersionReq::parse(&wanted.requirement);
            let fits = |package: &Package| {
                let version = &package.version;
                package.name == wanted.name
                    && requirement
                        .as_ref()
                        .is_ok_and(|requirement| requirement.matches(version))
            };
            lock.package.iter().any(fits)
        };
        Ok(wanted.iter().all(holds).then_some(text))
    }

    /// Takes the lock file that cargo made, of which `own` is the package that lies here. Returns what it pins.
    pub(crate) fn keep(&self, text: &str, own: &str) -> Result<Vec<PinnedCrate>, PinsError> {
        let lock = self.parsed(text)?;
        if self.text()? != text {
            if let Some(folder) = self.path.parent() {
                fs::create_dir_all(folder).map_err(|source| self.io("create", source))?;
            }
            write_atomically(&self.path, text.as_bytes())
                .map_err(|source| self.io("write", source))?;
        }
        let mut pinned: Vec<PinnedCrate> = lock
            .package
            .into_iter()
            .filter(|package| package.name != own)
            .map(|package| PinnedCrate {
                name: package.name,
                version: package.version.to_string(),
            })
            .collect();
        pinned.sort();
        Ok(pinned)
    }

    /// All of a lock file that has a say in what these crates are: a body is built anew when that changes, and only then.
    pub(crate) fn digest(&self, text: &str, wanted: &[Wanted]) -> Result<String, PinsError> {
        let lock = self.parsed(text)?;
        let mut waiting: Vec<&str> = wanted.iter().map(|one| one.name.as_str()).collect();
        let mut seen = BTreeSet::new();
        while let Some(name) = waiting.pop() {
            for package in lock.package.iter().filter(|package| package.name == name) {
                let Package {
                    name,
                    version,
                    source,
                    checksum,
                    dependencies,
                } = package;
                if seen.insert(format!("{name} {version} {source:?} {checksum:?}")) {
                    // `name`, `name version` or `name version (source)`.
                    let names = dependencies.iter().filter_map(|one| one.split(' ').next());
                    waiting.extend(names);
                }
            }
        }
        Ok(seen.into_iter().collect::<Vec<_>>().join("\n"))
    }

    fn parsed(&self, text: &str) -> Result<Lock, PinsError> {
        toml::from_str(text).map_err(|error| PinsError::NotALock {
            path: self.path.clone(),
            why: error.message().to_owned(),
        })
    }

    fn io(&self, doing: &'static str, source: io::Error) -> PinsError {
        PinsError::Io {
            doing,
            path: self.path.clone(),
            source,
        }
    }
}

/// The dependencies of a package that depends on all that bodies of these tools may name, as lines of a manifest. Two
/// tools may want different versions of a crate.
pub(crate) fn all_lines<'s>(specs: impl Iterator<Item = &'s ToolSpec>) -> String {
    let mut all: BTreeSet<Wanted> = DEFAULT.iter().map(Wanted::from).collect();
    for spec in specs {
        all.extend(Wanted::of(spec));
    }
    let lines = all.iter().enumerate();
    lines
        .map(|(at, wanted)| wanted.line(&format!("dependency-{at}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "own"
version = "0.0.0"
dependencies = ["regex"]

[[package]]
name = "regex"
version = "1.11.0"
source = "registry+https://registry.example"
checksum = "aa"
dependencies = ["memchr 2.0.0"]

[[package]]
name = "memchr"
version = "2.0.0"
source = "registry+https://registry.example"
checksum = "bb"

[[package]]
name = "csv"
version = "1.3.0"
source = "registry+https://registry.example"
checksum = "cc"
"#;

    fn wanted(name: &str, requirement: &str) -> Vec<Wanted> {
        vec![Wanted {
            name: name.to_owned(),
            requirement: requirement.to_owned(),
            features: None,
        }]
    }

    #[test]
    fn a_lock_file_holds_what_fits_and_changes_for_whom_it_has_a_say() {
        let folder = tempfile::tempdir().unwrap();
        let pins = Pins::of_store(&folder.path().join("tools"));
        assert_eq!(pins.that_hold(&wanted("regex", "1")).unwrap(), None);
        assert_eq!(pins.that_hold(&[]).unwrap().as_deref(), Some(""));

        let pinned = pins.keep(LOCK, "own").unwrap();
        let told: Vec<_> = pinned
            .iter()
            .map(|one| format!("{} {}", one.name, one.version))
            .collect();
        assert_eq!(told, ["csv 1.3.0", "memchr 2.0.0", "regex 1.11.0"]);
        assert!(pins.that_hold(&wanted("regex", "1")).unwrap().is_some());
        assert!(pins.that_hold(&wanted("regex", "1.12")).unwrap().is_none());
        assert!(pins.that_hold(&wanted("left-pad", "1")).unwrap().is_none());

        let digest = |text: &str| pins.digest(text, &wanted("regex", "1")).unwrap();
        assert_eq!(digest(LOCK), digest(&LOCK.replace("\"cc\"", "\"dd\"")));
        assert_ne!(digest(LOCK), digest(&LOCK.replace("\"bb\"", "\"dd\"")));
    }

    #[test]
    fn what_is_no_lock_file_is_said_to_be_none() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("Cargo.lock"), "<<<<<<< HEAD").unwrap();
        let error = Pins::of_store(folder.path()).that_hold(&[]).unwrap_err();
        assert!(
            error.to_string().contains("Cargo.lock is no lock file"),
            "{error}"
        );
    }
}
