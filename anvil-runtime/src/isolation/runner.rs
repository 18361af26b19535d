//! A version that can be called, wherever it runs.

use super::breaker::Terms;
use super::cancel::Cancel;
use super::capabilities::{Capabilities, InProcess};
#[cfg(target_os = "linux")]
use super::memory_file::Image;
use super::memory_file::Program;
use super::pool::{NoAnswer, Pool};
use super::process::Processes;
use super::worker::{NoWorker, Recipe};
use super::{Isolation, Limits};
use crate::cargo::{BuildError, Dylib};
use crate::native::{self, Native};
use anvil_worker::command::Refusal;
use anvil_worker::guest::{self, Guest, LoadError};
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use tokio::runtime::Handle;

/// A loaded version.
#[derive(Debug)]
pub(crate) enum Runner {
    /// In the declaration, in the user's crate.
    Declared(Native),
    /// In this process.
    Here(Guest),
    /// In processes of its own.
    Workers(Arc<Pool>),
}

/// What a version that has processes of its own is run with.
#[derive(Debug)]
pub(crate) struct Means {
    /// The worker's program.
    pub(crate) program: Arc<Program>,
    pub(crate) limits: Limits,
    /// The most processes that run calls at the same time.
    pub(crate) most: u32,
    pub(crate) breaker: Terms,
    pub(crate) processes: Processes,
    pub(crate) background: Handle,
}

/// Why a version cannot be called.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The dylib is not one for this host.
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error("this system has no sandbox: {0}")]
    NoSandbox(String),
    #[error(transparent)]
    NoWorker(NoWorker),
    #[error("its dylib cannot be read: {0}")]
    Read(io::Error),
    #[error("the worker's program is not to be had")]
    Program(#[source] BuildError),
}

/// An encoded answer, in the memory of whoever made it.
#[derive(Debug)]
pub(crate) enum Answer {
    Here(guest::Answer),
    Crossed(Vec<u8>),
}

impl Runner {
    /// Loads a dylib into this process. Its content is checked first.
    pub(crate) fn open_here(dylib: &Dylib) -> Result<Self, OpenError> {
        dylib.read().map_err(OpenError::Read)?;
        #[expect(unsafe_code, reason = "loading runs the dylib's initialisers")]
        // SAFETY: cargo built it from a generated package, whose only initialisers are the standard library's; its
        // content is what it was, and its file is never written again, only replaced.
        let guest = unsafe { Guest::open(dylib.path()) };
        Ok(Self::Here(guest?))
    }

    /// Starts a process that loads the dylib. Blocks until it is ready to be called.
    pub(crate) fn open_apart(
        dylib: &Dylib,
        level: Isolation,
        means: Means,
    ) -> Result<Self, OpenError> {
        #[cfg_attr(
            not(target_os = "linux"),
            expect(unused_variables, reason = "it is only checked")
        )]
        let content = dylib.read().map_err(OpenError::Read)?;
        let recipe = Recipe {
            program: means.program,
            #[cfg(target_os = "linux")]
            image: Image::new(&content)
                .map_err(|error| OpenError::NoWorker(NoWorker::Io(error)))?,
            #[cfg(not(target_os = "linux"))]
            dylib: dylib.path().to_owned(),
            sandboxed: level == Isolation::Sandboxed,
            limits: means.limits,
            processes: means.processes,
        };
        Pool::open(recipe, means.most, means.breaker, means.background)
            .map(Self::Workers)
            .map_err(|error| match error {
                NoWorker::Refused(Refusal::Load(error)) => OpenError::Load(error),
                NoWorker::Refused(Refusal::NoSandbox(missing)) => OpenError::NoSandbox(missing),
                error => OpenError::NoWorker(error),
            })
    }

    /// Runs the body once. Blocks for as long as it takes.
    pub(crate) fn call(
        &self,
        arguments: &[u8],
        capabilities: &dyn Capabilities,
        cancel: &Cancel,
    ) -> Result<Answer, NoAnswer> {
        match self {
            Self::Declared(native) => native::run(*native, arguments)
                .map(Answer::Crossed)
                .map_err(NoAnswer::Failed),
            Self::Here(guest) => guest
                .call(arguments, &InProcess(capabilities))
                .map(Answer::Here)
                .map_err(NoAnswer::Failed),
            Self::Workers(pool) => pool
                .call(arguments, capabilities, cancel)
                .map(Answer::Crossed),
        }
    }
}

impl Deref for Answer {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Here(answer) => answer,
            Self::Crossed(bytes) => bytes,
        }
    }
}
