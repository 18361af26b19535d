//! Having cargo choose the versions of the crates that bodies may use.

use super::build::failed;
use super::invocation::{self, Invocation};
use super::run::{self, Stopped};
use super::{BuildError, Cargo};
use crate::crates::{PinnedCrate, Pins};
use crate::files::{create_private_folder, write_atomically};
use crate::text::shortened;
use std::fs;
use std::time::Duration;

/// The package that depends on all of them, and is never built.
const NAME: &str = "anvil-tools";
/// How long cargo may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// More of its words help nobody.
const LONGEST_WORDS: usize = 12_000;

impl Cargo {
    /// Adds to the pins what `dependencies`, lines of a manifest, need beyond them; what is pinned stays as it is. Runs
    /// none of the crates' code. Blocks.
    ///
    /// `online`: with the user's own cargo, as it is configured, which downloads what is missing. Else only what was
    /// downloaded is there to choose from.
    pub(crate) fn resolve(
        &self,
        pins: &Pins,
        dependencies: &str,
        online: bool,
    ) -> Result<Vec<PinnedCrate>, BuildError> {
        let cargo = invocation::find("cargo").ok_or(BuildError::NoCargo)?;
        let folder = self.packages().join(NAME);
        // Others resolve there, too.
        let _lock = self.lock()?;
        create_private_folder(&folder).map_err(failed("create", &folder))?;
        let write = |name: &str, text: &str| {
            let path = folder.join(name);
            write_atomically(&path, text.as_bytes()).map_err(failed("write", &path))
        };
        let lock = folder.join("Cargo.lock");
        write("lib.rs", "")?;
        write("Cargo.toml", &manifest(dependencies))?;
        match pins.text()? {
            former if former.is_empty() => {
                if lock.exists() {
                    fs::remove_file(&lock).map_err(failed("remove", &lock))?;
                }
            }
            former => write("Cargo.lock", &former)?,
        }
        let invocation = Invocation {
            folder: &folder,
            target_directory: &folder,
            home: &folder,
            configured_in: self.workspace().unwrap_or(&folder),
        };
        let command = invocation.fetch(&cargo, online);
        let output =
            run::run(self.processes(), command, PATIENCE).map_err(|stopped| match stopped {
                Stopped::ShutDown => BuildError::ShutDown,
                Stopped::Io(source) => BuildError::NotStarted(source),
                Stopped::Silent(limit, _) => BuildError::Cargo {
                    path: folder.clone(),
                    errors: format!("error: it was stopped after {limit:?}"),
                },
                Stopped::TooMuch(_) => BuildError::Cargo {
                    path: folder.clone(),
                    errors: "error: it says more than anybody reads".to_owned(),
                },
            })?;
        if !output.status.success() {
            let words = String::from_utf8_lossy(&output.stderr);
            return Err(BuildError::Crates(shortened(&words, LONGEST_WORDS)));
        }
        let text = fs::read_to_string(&lock).map_err(failed("read", &lock))?;
        Ok(pins.keep(&text, NAME)?)
    }
}

fn manifest(dependencies: &str) -> String {
    format!(
        r#"[package]
name = "{NAME}"
version = "0.0.0"
edition = "2024"
publish = false
build = false

[lib]
path = "lib.rs"

[dependencies]
{dependencies}
[workspace]
"#
    )
}
