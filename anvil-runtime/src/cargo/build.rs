//! From a package's text to a checked dylib.

use crate::cargo::{Dylib, Package, invocation};
use crate::files::{Places, write_atomically};
use crate::text::shortened;
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, TargetKind};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Output;

/// Builds bodies below one volatile folder.
#[derive(Debug)]
pub(crate) struct Cargo {
    packages: PathBuf,
    target: PathBuf,
    dylibs: PathBuf,
    /// Whose cargo configuration says where crates come from.
    workspace: Option<PathBuf>,
}

/// Why there is no dylib.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The body's fault, in the compiler's own words.
    #[error("it does not compile")]
    Refused(String),
    #[error("there is no `cargo` on PATH")]
    NoCargo,
    #[error("cargo could not build the package in {}: {}", path.display(), first_error(errors))]
    Cargo { path: PathBuf, errors: String },
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

/// More of the compiler's words than this help nobody: the first errors cause the later ones.
const LONGEST_DIAGNOSTICS: usize = 12_000;

impl Cargo {
    pub(crate) fn new(
        Places {
            workspace,
            volatile,
        }: &Places,
    ) -> Self {
        Self {
            packages: volatile.join("packages"),
            target: volatile.join("target"),
            dylibs: volatile.join("dylibs"),
            workspace: workspace.clone(),
        }
    }

    /// The package's dylib, if it was built before and is still whole. Asks no cargo.
    pub(crate) fn find(&self, package: &Package) -> Result<Option<Dylib>, BuildError> {
        let folder = self.dylibs.join(&package.name);
        Dylib::find(&folder).map_err(failed("read", &folder))
    }

    /// Makes sure that `dylib` is not found again.
    pub(crate) fn discard(&self, dylib: &Dylib) -> Result<(), BuildError> {
        dylib.remove().map_err(failed("remove", dylib.path()))
    }

    /// Builds the package's dylib.
    pub(crate) async fn build(&self, package: &Package) -> Result<Dylib, BuildError> {
        let folder = self.packages.join(&package.name);
        write_files(&folder, &package.files)?;
        write_files(&self.packages.join(&package.glue_name), &package.glue_files)?;

        let configured_in = self.workspace.as_deref().unwrap_or(&folder);
        let output = invocation::build(&folder, &self.target, configured_in).await?;
        let built = read_messages(&output, &package.name, &folder)?;
        let kept = self.dylibs.join(&package.name);
        Dylib::keep(&kept, &built).map_err(failed("keep the dylib in", &kept))
    }
}

/// The line that tells most.
fn first_error(errors: &str) -> &str {
    let error = errors.lines().find(|line| line.starts_with("error"));
    error.or(errors.lines().last()).unwrap_or("it says nothing")
}

/// Files that say what they should are left alone: cargo looks at their times.
fn write_files(folder: &Path, files: &[(&str, String)]) -> Result<(), BuildError> {
    fs::create_dir_all(folder).map_err(failed("create", folder))?;
    for (name, text) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes()) {
            continue;
        }
        write_atomically(&path, text.as_bytes()).map_err(failed("write", &path))?;
    }
    Ok(())
}

/// The dylib among cargo's messages, or the compiler's errors about the body.
fn read_messages(output: &Output, name: &str, folder: &Path) -> Result<PathBuf, BuildError> {
    let mut dylib = None;
    let mut refused = String::new();
    let mut hindered = String::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        match message.map_err(failed("read what cargo says about", folder))? {
            Message::CompilerArtifact(artifact)
                if artifact.target.kind.contains(&TargetKind::CDyLib) =>
            {
                dylib = artifact.filenames.into_iter().next();
            }
            Message::CompilerMessage(compiler)
                if compiler.message.level == DiagnosticLevel::Error =>
            {
                let diagnostic = compiler.message;
                // A linker that is missing or a disk that is full is told without a place in the source.
                let about_the_body = compiler.target.name == name
                    && (diagnostic.code.is_some() || !diagnostic.spans.is_empty());
                let errors = if about_the_body {
                    &mut refused
                } else {
                    &mut hindered
                };
                errors.push_str(&diagnostic.rendered.unwrap_or(diagnostic.message));
                errors.push('\n');
            }
            _ => {}
        }
    }
    match dylib {
        Some(path) if output.status.success() => Ok(path.into()),
        _ if !refused.is_empty() => Err(BuildError::Refused(shortened(
            &refused,
            LONGEST_DIAGNOSTICS,
        ))),
        _ => {
            hindered.push_str(&String::from_utf8_lossy(&output.stderr));
            Err(BuildError::Cargo {
                path: folder.to_owned(),
                errors: shortened(&hindered, LONGEST_DIAGNOSTICS),
            })
        }
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io {
        doing,
        path,
        source,
    }
}
