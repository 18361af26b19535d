//! From a package's text to a checked dylib.

use crate::cargo::artifacts::{find_program, keep_program};
use crate::cargo::home::Home;
use crate::cargo::invocation::{self, Invocation, Sandbox};
use crate::cargo::run::{self, Output, Stopped};
use crate::cargo::{Dylib, Package, WorkerPackage};
use crate::files::{Places, create_private_folder, write_atomically};
use crate::isolation::{Processes, Sandboxing};
use crate::text::shortened;
use anvil_worker::command::NOT_SHUT;
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, TargetKind};
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
    /// Builds run in it wherever tools do, unless there is none here.
    sandboxing: Option<Arc<Sandboxing>>,
    /// The worker's program, once it was found.
    program: Mutex<Option<Arc<Path>>>,
}

/// What a build may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuildTerms {
    /// How long it may say nothing: it does whenever a crate is finished.
    pub(crate) silence: Duration,
    /// How many bytes each of its processes may use, in the sandbox.
    pub(crate) memory: u64,
}

/// Why there is no dylib.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// The body's fault, in the compiler's own words, or ours where it has none.
    #[error("it does not compile")]
    Refused(String),
    #[error("there is no `cargo` on PATH")]
    NoCargo,
    #[error("there is no sandbox to build it in: {0}")]
    NoSandbox(String),
    #[error("this `Anvil` was shut down")]
    ShutDown,
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
        terms: BuildTerms,
        processes: Processes,
        sandboxing: Option<Arc<Sandboxing>>,
    ) -> Self {
        Self {
            volatile: volatile.clone(),
            packages: volatile.join("packages"),
            workspace: workspace.clone(),
            terms,
            processes,
            sandboxing,
            program: Mutex::default(),
        }
    }

    /// The package's dylib, if it was built before and is still whole. Asks no cargo.
    pub(crate) fn find(&self, package: &Package) -> Result<Option<Dylib>, BuildError> {
        let folder = self.volatile.join("dylibs").join(&package.name);
        Dylib::find(&folder).map_err(failed("read", &folder))
    }

    /// Makes sure that `dylib` is not found again.
    pub(crate) fn discard(&self, dylib: &Dylib) -> Result<(), BuildError> {
        dylib.remove().map_err(failed("remove", dylib.path()))
    }

    /// Builds the package's dylib. Blocks.
    pub(crate) fn build(&self, package: &Package) -> Result<Dylib, BuildError> {
        let folder = self.packages.join(&package.name);
        write_files(&folder, &package.files)?;
        write_files(&self.packages.join(&package.glue_name), &package.glue_files)?;
        let built = self.run(
            &folder,
            &package.name,
            Some(&package.glue_name),
            TargetKind::CDyLib,
        )?;
        let kept = self.volatile.join("dylibs").join(&package.name);
        Dylib::keep(&kept, &built).map_err(failed("keep the dylib in", &kept))
    }

    /// The worker's program: the one of exactly this host's sources. Builds it where it was not built before. Blocks.
    pub(crate) fn worker_program(&self) -> Result<Arc<Path>, BuildError> {
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
                let built = self.run(&folder, &package.name, None, TargetKind::Bin)?;
                keep_program(&kept, &built).map_err(failed("keep the program in", &kept))?
            }
        };
        Ok(program.insert(found.into()).clone())
    }

    /// Has cargo build the package in `folder`, and returns the file that it made. A package without glue is our own,
    /// and is what the sandbox is made of.
    fn run(
        &self,
        folder: &Path,
        name: &str,
        glue: Option<&str>,
        kind: TargetKind,
    ) -> Result<PathBuf, BuildError> {
        let cargo = invocation::find("cargo").ok_or(BuildError::NoCargo)?;
        let sandboxing = self.sandboxing.as_deref().filter(|_| glue.is_some());
        let sandboxing = sandboxing.filter(|sandboxing| sandboxing.is_possible());
        let target = self.target(sandboxing.is_some());
        let invocation = Invocation {
            folder,
            target_directory: &target,
            configured_in: self.workspace.as_deref().unwrap_or(folder),
        };
        let command = match sandboxing {
            None => invocation.open(&cargo),
            Some(_) => self.confined(&invocation, &cargo)?,
        };
        let lock = self.lock()?;
        let mut output = self.wait_for(command, folder, glue)?;
        if sandboxing.is_some() && must_be_unpacked(&output) {
            self.wait_for(invocation.unpack(&cargo), folder, None)?;
            output = self.wait_for(self.confined(&invocation, &cargo)?, folder, glue)?;
        }
        drop(lock);
        if let Some(sandboxing) = sandboxing
            && output.status.code() == Some(NOT_SHUT.into())
        {
            let missing = String::from_utf8_lossy(&output.stderr);
            let missing = missing.trim().trim_start_matches("anvil-worker: ");
            sandboxing
                .lacks(missing)
                .map_err(|missing| BuildError::NoSandbox(missing.0))?;
            return self.run(folder, name, glue, kind);
        }
        read_messages(&output, name, folder, kind)
    }

    /// Where cargo builds. In the sandbox it has a home of its own, and takes what was built with another for stale;
    /// and what was built in there is no part of what is built outside, such as the worker's program.
    fn target(&self, sandboxed: bool) -> PathBuf {
        self.volatile.join(match sandboxed {
            true => "target",
            false => "target-open",
        })
    }

    fn confined(&self, invocation: &Invocation<'_>, cargo: &Path) -> Result<Command, BuildError> {
        let program = self.worker_program()?;
        let home = self.volatile.join("cargo");
        let temporary = self.volatile.join("tmp");
        for folder in [invocation.target_directory, &temporary, &home] {
            create_private_folder(folder).map_err(failed("create", folder))?;
        }
        let prepared = Home::prepare(home.clone(), invocation.configured_in);
        let sandbox = Sandbox {
            program: &program,
            home: &prepared.map_err(failed("prepare", &home))?,
            temporary: &temporary,
            memory: self.terms.memory,
        };
        Ok(invocation.confined(cargo, &sandbox))
    }

    /// Keeps other builds in the same target directory waiting, here and not in cargo, where the clock would run.
    fn lock(&self) -> Result<File, BuildError> {
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
            Stopped::Io(source) => return Err(failed("run cargo in", folder)(source)),
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
        let at_the_body = glue.is_some_and(|glue| is_built(&output, glue));
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

/// Whether cargo wanted to unpack a crate that was downloaded and never built, which the sandbox forbids.
fn must_be_unpacked(output: &Output) -> bool {
    let words = String::from_utf8_lossy(&output.stderr);
    !output.status.success() && words.contains("failed to unpack")
}

/// Whether cargo got as far as this package.
fn is_built(output: &Output, name: &str) -> bool {
    let mut messages = Message::parse_stream(output.stdout.as_slice()).flatten();
    messages.any(
        |message| matches!(message, Message::CompilerArtifact(artifact) if artifact.target.name == name),
    )
}

/// The file among cargo's messages, or the compiler's errors about the body.
fn read_messages(
    output: &Output,
    name: &str,
    folder: &Path,
    kind: TargetKind,
) -> Result<PathBuf, BuildError> {
    let mut built = None;
    let mut refused = String::new();
    let mut hindered = String::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        match message.map_err(failed("read what cargo says about", folder))? {
            Message::CompilerArtifact(artifact) if artifact.target.kind.contains(&kind) => {
                built = artifact.filenames.into_iter().next();
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
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(path) = built.filter(|_| output.status.success()) {
        return Ok(path.into());
    }
    // A compiler that died of the body had nothing to say about it.
    let died = said.contains(&format!("could not compile `{name}`"));
    if died && refused.is_empty() && hindered.is_empty() {
        refused = format!("error: the compiler did not survive it\n{said}");
    }
    if !refused.is_empty() {
        let words = shortened(&refused, LONGEST_DIAGNOSTICS);
        return Err(BuildError::Refused(words));
    }
    hindered.push_str(&said);
    Err(BuildError::Cargo {
        path: folder.to_owned(),
        errors: shortened(&hindered, LONGEST_DIAGNOSTICS),
    })
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> BuildError {
    let path = path.to_owned();
    move |source| BuildError::Io {
        doing,
        path,
        source,
    }
}
