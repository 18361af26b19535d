//! Requires: a body worth a build. Produces: its dylib, whole, and loaded where it is to run.

use crate::cargo::{BuildError, Dylib, Package};
use crate::crates::Wanted;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::isolation::{NoWorker, OpenError, Runner};
use crate::pipeline::{Checked, Halt, Rejection, Step};
use crate::progress::doing;
use crate::spec::ToolSpec;
use anvil_worker::guest::LoadError;
use std::sync::Arc;

/// A body that compiles and fits this host.
#[derive(Debug)]
#[must_use]
pub(crate) struct Built {
    pub(super) body: String,
    pub(super) dylib: Dylib,
    pub(super) runner: Runner,
}

impl Built {
    pub(crate) fn body(&self) -> &str {
        &self.body
    }
}

impl Checked {
    pub(crate) async fn build(
        self,
        engine: &Arc<Engine>,
        spec: &'static ToolSpec,
    ) -> Result<Built, Halt> {
        let builder = engine.clone();
        let _doing = doing(engine, spec, "building");
        let (body, unsafe_code) = (self.body.clone(), self.unsafe_code);
        let made = engine
            .background()
            .run_blocking(move || {
                let crates = builder.crates(spec, &body).map_err(Fault::Build)?;
                let package = Package::new(spec, &body, unsafe_code, &crates);
                make(&builder, spec, &package)
            })
            .await
            .map_err(Error::from)?;
        match made {
            Ok((dylib, runner)) => Ok(Built {
                body: self.body,
                dylib,
                runner,
            }),
            Err(Fault::Build(BuildError::Refused(words))) => Err(Halt::Rejected(Rejection {
                step: Step::Build,
                body: self.body,
                words: with_crates(with_signature(words, spec), spec),
            })),
            Err(Fault::Open(OpenError::NoWorker(NoWorker::Died(death)))) => {
                Err(Halt::Rejected(Rejection {
                    step: Step::Load,
                    body: self.body,
                    words: death.to_string(),
                }))
            }
            Err(Fault::Build(error)) => Err(unbuildable(&spec.name, error).into()),
            Err(Fault::Open(error)) => Err(unloadable(&spec.name, error).into()),
        }
    }
}

/// Why there is no dylib, or none that runs.
enum Fault {
    Build(BuildError),
    Open(OpenError),
}

/// Finds the dylib or has it built, and loads it. Blocks.
fn make(engine: &Engine, spec: &ToolSpec, package: &Package) -> Result<(Dylib, Runner), Fault> {
    let cargo = engine.cargo();
    let runs = engine.level(spec);
    if let Some(dylib) = cargo.find(package, runs).map_err(Fault::Build)? {
        match engine.open(spec, &dylib) {
            Ok(runner) => return Ok((dylib, runner)),
            // Whole a moment ago, but not for this host: whatever put it there, a new one will fit.
            Err(
                OpenError::Load(LoadError::NotAGuest | LoadError::OtherAbi { .. })
                | OpenError::Read(_),
            ) => cargo.discard(&dylib).map_err(Fault::Build)?,
            Err(error) => return Err(Fault::Open(error)),
        }
    }
    let dylib = cargo
        .build(package, engine.level(spec))
        .map_err(Fault::Build)?;
    let runner = engine.open(spec, &dylib).map_err(Fault::Open)?;
    Ok((dylib, runner))
}

/// The compiler's words, and what is behind errors in the glue that calls the function: it is another function.
fn with_signature(words: String, spec: &ToolSpec) -> String {
    if !words.contains("--> lib.rs") {
        return words;
    }
    let signature = spec.signature();
    format!("error: the function is not the declared `{signature}`\n\n{words}")
}

/// The compiler's words, and what there is in place of a crate that is not.
fn with_crates(words: String, spec: &ToolSpec) -> String {
    let missing = [
        "unlinked crate",
        "missing a crate named",
        "can't find crate",
    ];
    if !missing.iter().any(|missing| words.contains(missing)) {
        return words;
    }
    let wanted = Wanted::of(spec);
    let names: Vec<&str> = wanted.iter().map(|one| one.name.as_str()).collect();
    format!(
        "error: there is no such crate here. There are std, serde, serde_json, {}\n\n{words}",
        names.join(", ")
    )
}

/// What to do where there is no sandbox.
const WITHOUT_SANDBOX: &str = "see to what is missing; or choose `Isolation::Worker`, which contains crashes but not \
     malice, for all tools with `.isolation(…)`, or wherever there is no sandbox with `.degrade_isolation(true)`";

fn unbuildable(tool: &str, error: BuildError) -> Error {
    let (kind, help) = match &error {
        BuildError::NoCargo => (
            ErrorKind::Build,
            "tools are built where they run: install Rust there, or put `cargo` on PATH",
        ),
        BuildError::Declaration(_) => (
            ErrorKind::Configuration,
            "types of your own are written out for bodies: what is a key of a map or set has to have fields that can all \
             be compared, ordered and hashed",
        ),
        BuildError::NotStarted(_) => (
            ErrorKind::Build,
            "see that this system lets the process start others, and has memory for them",
        ),
        BuildError::NoSandbox(_) => (ErrorKind::Isolation, WITHOUT_SANDBOX),
        BuildError::ShutDown => (ErrorKind::ShutDown, "make another `Anvil`"),
        BuildError::Cargo { errors: words, .. } | BuildError::Crates(words)
            if words.contains("--offline") || words.contains("offline") =>
        {
            (
                ErrorKind::Build,
                "builds go out for nothing: `anvil.prepare_dependencies().await` downloads the crates that tools may use",
            )
        }
        BuildError::Crates(_) => (
            ErrorKind::Build,
            "see that the crates of `crates(…)` and their versions are there, and that cargo can download them",
        ),
        BuildError::Pins(_) => (
            ErrorKind::Store,
            "bring the file back as it was, or remove it: versions are then chosen anew",
        ),
        BuildError::Cargo { .. } => (
            ErrorKind::Build,
            "if it goes on, remove the `anvil` folder in the target directory: all of it is built again",
        ),
        _ => (
            ErrorKind::Build,
            "see that the folder can be written and the disk is not full",
        ),
    };
    Error::new(kind, format!("`{tool}` cannot be built"))
        .with_help(help)
        .because(error)
}

fn unloadable(tool: &str, error: OpenError) -> Error {
    let (kind, help) = match &error {
        OpenError::Load(LoadError::OtherAbi { .. }) => (
            ErrorKind::Load,
            "build the host with the toolchain that `cargo` uses here, or set RUSTUP_TOOLCHAIN to the host's",
        ),
        OpenError::NoSandbox(_) => (ErrorKind::Isolation, WITHOUT_SANDBOX),
        OpenError::NoWorker(NoWorker::ShutDown) => (ErrorKind::ShutDown, "make another `Anvil`"),
        OpenError::NoWorker(_) => (
            ErrorKind::Isolation,
            "see that this system lets the process start others, and has memory for them",
        ),
        OpenError::Program(_) => (
            ErrorKind::Isolation,
            "the worker's program is built once, with `cargo`, before the first tool runs",
        ),
        _ => (
            ErrorKind::Load,
            "remove the `anvil` folder in the target directory; it is built again",
        ),
    };
    Error::new(kind, format!("`{tool}` was built but cannot be loaded"))
        .with_help(help)
        .because(error)
}
