//! Requires: a body worth a build. Produces: its dylib, whole, and loaded into this process.

use crate::background;
use crate::cargo::{BuildError, Cargo, Dylib, Package};
use crate::error::{Error, ErrorKind};
use crate::loader::{Guest, LoadError};
use crate::pipeline::{Checked, Halt, Rejection, Step};
use crate::spec::ToolSpec;

/// A body that compiles and fits this host.
#[derive(Debug)]
#[must_use]
pub(crate) struct Built {
    pub(super) body: String,
    pub(super) dylib: Dylib,
    pub(super) guest: Guest,
}

impl Checked {
    pub(crate) async fn build(self, spec: &ToolSpec, cargo: &Cargo) -> Result<Built, Halt> {
        let tool = &spec.name;
        let package = Package::new(spec, &self.body, self.unsafe_code);
        let found = background::blocking(|| cargo.find(&package));
        let found = found.map_err(|error| broken(tool, error))?;
        if let Some(dylib) = found {
            match Guest::open(&dylib) {
                Ok(guest) => return Ok(self.built(dylib, guest)),
                // Whole, but not for this host: whatever put it there, a new one will fit.
                Err(LoadError::NotAGuest | LoadError::OtherAbi { .. }) => {
                    cargo.discard(&dylib).map_err(|error| broken(tool, error))?;
                }
                Err(error) => return Err(unloadable(tool, error).into()),
            }
        }
        let dylib = match cargo.build(&package).await {
            Ok(dylib) => dylib,
            Err(BuildError::Refused(words)) => {
                return Err(Halt::Rejected(Rejection {
                    step: Step::Build,
                    body: self.body,
                    words: with_signature(words, spec),
                }));
            }
            Err(error) => return Err(broken(tool, error).into()),
        };
        match Guest::open(&dylib) {
            Ok(guest) => Ok(self.built(dylib, guest)),
            Err(error) => Err(unloadable(tool, error).into()),
        }
    }

    fn built(self, dylib: Dylib, guest: Guest) -> Built {
        Built {
            body: self.body,
            dylib,
            guest,
        }
    }
}

/// The compiler's words, and what is behind errors in the glue that calls the function: it is another function.
fn with_signature(words: String, spec: &ToolSpec) -> String {
    if !words.contains("--> lib.rs") {
        return words;
    }
    let signature = spec.signature();
    format!("error: the function is not the declared `{signature}`\n\n{words}")
}

fn broken(tool: &str, error: BuildError) -> Error {
    let help = match &error {
        BuildError::NoCargo => {
            "tools are built where they run: install Rust there, or put `cargo` on PATH"
        }
        BuildError::Cargo { .. } => {
            "if it goes on, remove the `anvil` folder in the target directory: all of it is built again"
        }
        _ => "see that the folder can be written and the disk is not full",
    };
    Error::new(ErrorKind::Build, format!("`{tool}` cannot be built"))
        .with_help(help)
        .because(error)
}

fn unloadable(tool: &str, error: LoadError) -> Error {
    let message = format!("`{tool}` was built but cannot be loaded");
    let help = match error {
        LoadError::OtherAbi { .. } => {
            "build the host with the toolchain that `cargo` uses here, or set RUSTUP_TOOLCHAIN to the host's"
        }
        _ => "remove the `anvil` folder in the target directory; it is built again",
    };
    Error::new(ErrorKind::Load, message)
        .with_help(help)
        .because(error)
}
