//! Requires: a body worth a build. Produces: its dylib on disk, whole and checked.

use crate::cargo::{BuildError, Cargo, Dylib, Package};
use crate::error::{Error, ErrorKind};
use crate::pipeline::{Checked, Halt, Rejection, Step};
use crate::spec::ToolSpec;

/// A body that compiles.
#[derive(Debug)]
#[must_use]
pub(crate) struct Built {
    pub(super) body: String,
    pub(super) dylib: Dylib,
}

impl Checked {
    pub(crate) async fn build(self, spec: &ToolSpec, cargo: &Cargo) -> Result<Built, Halt> {
        let package = Package::new(spec, &self.body);
        match cargo.build(&package).await {
            Ok(dylib) => Ok(Built {
                body: self.body,
                dylib,
            }),
            Err(BuildError::Refused(words)) => Err(Halt::Rejected(Rejection {
                step: Step::Build,
                body: self.body,
                words,
            })),
            Err(error) => Err(Halt::Broken(broken(&spec.name, error))),
        }
    }
}

fn broken(tool: &str, error: BuildError) -> Error {
    let help = match &error {
        BuildError::NoCargo => {
            "tools are built where they run: install Rust there, or put `cargo` on PATH"
        }
        BuildError::Cargo { .. } => {
            "run `cargo build --offline` in that folder to see what cargo sees"
        }
        _ => "see that the folder can be written and the disk is not full",
    };
    Error::new(
        ErrorKind::Build,
        format!("`{tool}` cannot be built: {error}"),
    )
    .with_help(help)
    .with_source(error)
}
