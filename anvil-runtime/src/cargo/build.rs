//! From a package's text to a checked dylib.

use crate::cargo::artifacts::{find_program, keep_program};
use crate::cargo::home::Home;
use crate::cargo::invocation::{self, Invocation, Sandbox};
use crate::cargo::run::{self, Output, Stopped};
use crate::cargo::{Dylib, Package, WorkerPackage, messages};
use crate::crates::PinsError;
use crate::files::{Places, create_private_folder, write_atomically};
use crate::isolation::{Isolation, Processes, Program, Sandboxing};
use anvil_worker::command::NOT_SHUT;
use cargo_metadata::TargetKind;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Builds bodies below one volatile folder.
#[derive(Debug)]
pub(crate) struct Cargo {
    volatile: PathBuf,
    packages: PathBuf,
    /// Whose cargo configuration says where crates come from.
    workspace: Option<PathBuf>,
    terms: BuildTerms,
    processes: Processes,
    /// Builds run as tools do whose declarations say nothing else.
    isolation: Isolation,
    sandboxing: Arc<Sandboxing>,
    /// The worker's program, once it was found.
    program: Mutex<Option<Arc<Program>>>,
}

/// What a build may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuildTerms {
    /// How long it may say nothing: it does whenever a crate is finished.
    pub(crate) silence: Duration,
    /// How many bytes each of its processes may use, in the sandbox.
    pub(crate) memory: u64,
}

/// What is put around a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// It ends when it is done, or when its host does.
    Nothing,
    /// All that it started ends with it, and with its host.
    Watch,
    /// That, and doors that are shut.
    Sandbox,
}

/// Why there is no dylib.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The body's fault, in the compiler's own words, or ours where it has none.
    #[error("it does not compile")]
    Refused(String),
    /// The declaration's fault: what is made of it does not compile where bodies are built.
    #[error("its types do not compile where bodies are built: {}", first_error(.0))]
    Declaration(String),
    #[error("there is no `cargo` on PATH")]
    NoCargo,
    #[error("cargo cannot be started: {0}")]
    NotStarted(#[source] io::Error),
    #[error("there is no sandbox to build it in: {0}")]
    NoSandbox(String),
    #[error("this `Anvil` was shut down")]
    ShutDown,
    #[error("cargo could not build the package in {}: {}", path.display(), first_error(errors))]
    Cargo { path: PathBuf, errors: String },
    /// No versions of the crates that its bodies may use.
    #[error("cargo has no versions of the crates: {}", first_error(.0))]
    Crates(String),
    #[error(transparent)]
    Pins(#[from] PinsError),
    #[error("cannot {doing} {}", path.display())]
    Io {
        doing: &'static str,
        path: PathBuf,
        source: io::Error,
    },
}

impl Cargo {
    pub(super) fn packages(&self) -> &Path {
        &self.packages
    }

    pub(super) fn workspace(&self) -> Option<&Path> {
        self.workspace.as_deref()
    }

    pub(super) fn processes(&self) -> &Processes {
        &self.processes
    }

    pub(crate) fn new(
        Places {
            workspace,
            volatile,
        }: &Places,
        terms: BuildTerms,
        processes: Processes,
        isolation: Isolation,
        sandboxing: Arc<Sandboxing>,
    ) -> Self {
        Self {
            volatile: volatile.clone(),
            packages: volatile.join("packages"),
            workspace: workspace.clone(),
            terms,
            processes,
            isolation,
            sandboxing,
            program: Mutex::default(),
        }
    }

    /// The package's dylib, if it was built before and is still whole. Asks no cargo.
    pub(crate) fn find(
        &self,
        package: &Package,
        runs: Isolation,
    ) -> Result<Option<Dylib>, BuildError> {
        let folder = self.place(runs).join("dylibs").join(&package.name);
        Dylib::find(&folder).map_err(failed("read", &folder))
    }

    /// Makes sure that `dylib` is not found again.
    pub(crate) fn discard(&self, dylib: &Dylib) -> Result<(), BuildError> {
        dylib.remove().map_err(failed("remove", dylib.path()))
    }

    /// Builds the package's dylib, which `runs` there. Blocks.
    pub(crate) fn build(&self, package: &Package, runs: Isolation) -> Result<Dylib, BuildError> {
        let folder = self.packages.join(&package.name);
        write_files(&folder, &package.files)?;
        write_files(&self.packages.join(&package.glue_name), &package.glue_files)?;
        let built = self.run(
            &folder,
            &package.name,
            Some(&package.glue_name),
            (TargetKind::CDyLib, runs),
        )?;
        let kept = self.place(runs).join("dylibs").join(&package.name);
        Dylib::keep(&kept, &built).map_err(failed("keep the dylib in", &kept))
    }

    /// Where builds lie: what becomes code of the host, or of a process without a sandbox, has nothing to do with what
    /// other bodies were built beside.
    fn place(&self, runs: Isolation) -> PathBuf {
        match runs == Isolation::Sandboxed && self.around() == Around::Sandbox {
            true => self.volatile.clone(),
            false => self.volatile.join("open"),
        }
    }

    /// The worker's program: the one of exactly this host's sources. Builds it where it was not built before. Blocks.
    pub(crate) fn worker_program(&self) -> Result<Arc<Program>, BuildError> {
        let mut program = self.program.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(program) = &*program {
            return Ok(program.clone());
        }
        let package = WorkerPackage::new();
        let kept = self.volatile.join("workers").join(&package.name);
        let found = find_program(&kept).map_err(failed("read", &kept))?;
        let found = match found {
            Some(found) => found,
            None => {
                let folder = self.packages.join(&package.name);
                write_files(&folder, &package.files)?;
                let built = self.run(
                    &folder,
                    &package.name,
                    None,
                    (TargetKind::Bin, Isolation::InProcess),
                )?;
                keep_program(&kept, &built).map_err(failed("keep the program in", &kept))?
            }
        };
        let found = Program::new(&found).map_err(failed("read", &found))?;
        Ok(program.insert(Arc::new(found)).clone())
    }

    /// Has cargo build the package in `folder`, and returns the file that it made. A package without glue is our own,
    /// and is what the sandbox is made of.
    fn run(
        &self,
        folder: &Path,
        name: &str,
        glue: Option<&str>,
        (kind, runs): (TargetKind, Isolation),
    ) -> Result<PathBuf, BuildError> {
        let cargo = invocation::find("cargo").ok_or(BuildError::NoCargo)?;
        // Nothing that was built or left behind where bodies are is part of the program that keeps them there.
        let (place, around) = match glue {
            Some(_) => (self.place(runs), self.around()),
            None => (self.volatile.join("workers"), Around::Nothing),
        };
        let (target, home) = (place.join("target"), place.join("cargo"));
        let invocation = Invocation {
            folder,
            target_directory: &target,
            home: &home,
            configured_in: self.workspace.as_deref().unwrap_or(folder),
        };
        let command = self.command(&invocation, &cargo, around)?;
        let lock = self.lock()?;
        let mut output = self.wait_for(command, folder, glue)?;
        if around == Around::Sandbox && messages::must_be_unpacked(&output) {
            self.wait_for(invocation.unpack(&cargo), folder, None)?;
            let command = self.command(&invocation, &cargo, around)?;
            output = self.wait_for(command, folder, glue)?;
        }
        drop(lock);
        if around == Around::Sandbox && output.status.code() == Some(NOT_SHUT.into()) {
            let missing = String::from_utf8_lossy(&output.stderr);
            let missing = missing.trim().trim_start_matches("anvil-worker: ");
            self.sandboxing
                .lacks(missing)
                .map_err(|missing| BuildError::NoSandbox(missing.0))?;
            return self.run(folder, name, glue, (kind, runs)); // at the next lower level
        }
        let built = messages::read(&output, name, glue, folder, kind)?;
        within(&built, &target).map_err(failed("use", &built))?;
        Ok(built)
    }

    /// How cargo is started for `invocation`.
    fn command(
        &self,
        invocation: &Invocation<'_>,
        cargo: &Path,
        around: Around,
    ) -> Result<Command, BuildError> {
        match around {
            Around::Nothing => Ok(invocation.open(cargo, self.home(invocation)?.as_ref())),
            Around::Watch => {
                let program = self.worker_program()?;
                let home = self.home(invocation)?;
                Ok(invocation.watched(cargo, home.as_ref(), program.path()))
            }
            Around::Sandbox => self.confined(invocation, cargo),
        }
    }

    /// What is put around the build of a body. Where its process may crash, the compiler may, too, and must not be
    /// left.
    fn around(&self) -> Around {
        match self.sandboxing.level(self.isolation) {
            Isolation::Sandboxed => Around::Sandbox,
            Isolation::Worker if cfg!(target_os = "linux") => Around::Watch,
            Isolation::Worker | Isolation::InProcess => Around::Nothing,
        }
    }

    fn confined(&self, invocation: &Invocation<'_>, cargo: &Path) -> Result<Command, BuildError> {
        let program = self.worker_program()?;
        let temporary = self.volatile.join("tmp");
        for folder in [invocation.target_directory, &temporary] {
            create_private_folder(folder).map_err(failed("create", folder))?;
        }
        let home = self.prepared_home(invocation)?;
        let sandbox = Sandbox {
            program: program.path(),
            home: &home,
            temporary: &temporary,
            memory: self.terms.memory,
        };
        Ok(invocation.confined(cargo, &sandbox))
    }

    /// Where there can be a sandbox, builds outside of it have such a home, too: cargo knows crates by where they lie,
    /// and would build all of them anew whenever one sort of build follows the other.
    fn home(&self, invocation: &Invocation<'_>) -> Result<Option<Home>, BuildError> {
        match cfg!(target_os = "linux") {
            true => self.prepared_home(invocation).map(Some),
            false => Ok(None),
        }
    }

    fn prepared_home(&self, invocation: &Invocation<'_>) -> Result<Home, BuildError> {
        let home = invocation.home;
        create_private_folder(home).map_err(failed("create", home))?;
        let prepared = Home::prepare(home.to_owned(), invocation.configured_in);
        prepared.map_err(failed("prepare", home))
    }

    /// Keeps other builds in the same target directory waiting, here and not in cargo, where the clock would run.
    pub(super) fn lock(&self) -> Result<File, BuildError> {
        create_private_folder(&self.volatile).map_err(failed("create", &self.volatile))?;
        let path = self.volatile.join("build.lock");
        let lock = File::options().create(true).append(true).open(&path);
        lock.and_then(|file| file.lock().map(|()| file))
            .map_err(failed("lock", &path))
    }

    fn wait_for(
        &self,
        command: Command,
        folder: &Path,
        glue: Option<&str>,
    ) -> Result<Output, BuildError> {
        let stopped = match run::run(&self.processes, command, self.terms.silence) {
            Ok(output) => return Ok(output),
            Err(stopped) => stopped,
        };
        let (words, output) = match stopped {
            Stopped::ShutDown => return Err(BuildError::ShutDown),
            Stopped::Io(source) => return Err(BuildError::NotStarted(source)),
            Stopped::Silent(limit, output) => (
                format!("error: the compiler was stopped after {limit:?} without a result"),
                output,
            ),
            Stopped::TooMuch(output) => (
                "error: the compiler was stopped: it says more than anybody reads".to_owned(),
                output,
            ),
        };
        // Once the glue is built, it is the body's turn.
        let at_the_body = glue.is_some_and(|glue| messages::is_built(&output, glue));
        Err(match at_the_body {
            true => BuildError::Refused(words),
            false => BuildError::Cargo {
                path: folder.to_owned(),
                errors: words,
            },
        })
    }
}

/// The line that tells most.
fn first_error(errors: &str) -> &str {
    let error = errors.lines().find(|line| line.starts_with("error"));
    error.or(errors.lines().last()).unwrap_or("it says nothing")
}

/// Files that say what they should are left alone: cargo looks at their times.
fn write_files(folder: &Path, files: &[(&str, String)]) -> Result<(), BuildError> {
    create_private_folder(folder).map_err(failed("create", folder))?;
    for (name, text) in files {
        let path = folder.join(name);
        if fs::read(&path).is_ok_and(|bytes| bytes == text.as_bytes()) {
            continue;
        }
        write_atomically(&path, text.as_bytes()).map_err(failed("write", &path))?;
    }
    Ok(())
}

/// What a build says that it has made is believed only where builds may write.
fn within(built: &Path, target: &Path) -> io::Result<()> {
    match built.canonicalize()?.starts_with(target.canonicalize()?) {
        true => Ok(()),
        false => Err(io::Error::other("it lies outside the target directory")),
    }
}

pub(super) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io {
        doing,
        path,
        source,
    }
}
