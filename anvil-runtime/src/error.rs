//! The one error type that users see.

use crate::background::ShutDown;
use crate::backtrace::{self, Frame};
use crate::cargo::Dylib;
use crate::isolation::{NoAnswer, Resting, Terms};
use crate::pipeline::Live;
use crate::text::one_line;
use crate::version::Version;
use anvil_core::ToolError;
use anvil_core::failure::{Cause, Failure, Frames, ToolErrorKind};
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// What Anvil's own operations and most tools return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a tool did not answer, or why Anvil could not do what it was asked.
///
/// [`Display`](fmt::Display) is one line: what failed and why, in the body's own words where it had any.
/// [`Debug`], which is what a `main` that returns an error prints, adds the failed heal attempts and what to
/// do about it. [`source`](StdError::source) has the chain of causes.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    attempts: Vec<HealAttempt>,
    healing: bool,
    pending_approval: bool,
    budget: bool,
    http_status: Option<u16>,
    /// What it means for the tool, where a body in a declaration made it.
    returned: Option<ToolErrorKind>,
    source: Option<Arc<dyn StdError + Send + Sync>>,
    /// The stack of a failed call, in the file that it means something in.
    stack: Option<(Dylib, Frames)>,
}

/// What sort of thing went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body panicked.
    Panic,
    /// The body returned an error, or an answer of another type.
    Failed,
    /// The body broke the declaration's contract: its answer is not what is ensured, or it turned good input away.
    Contract,
    /// The process that ran the body ended during the call, or said what makes no sense.
    Crash,
    /// The call took longer than the tool may.
    Deadline,
    /// The body wanted more memory than the tool may use.
    Memory,
    /// The body reached for what it may not: a system call, a host that the tool was not declared with, a secret where
    /// that is not for.
    Denied,
    /// The body refused the arguments, or could not be given them.
    InvalidInput,
    /// A credential that the body needs is not set.
    MissingCredential,
    /// Something that the body depends on is down.
    Unavailable,
    /// A service that the body asked answered with a status that is no answer.
    Http,
    /// The version was not called, because its process died too often of late.
    Resting,
    /// There is no process to run the body in: this system has no sandbox, or none could be started.
    Isolation,
    /// The call was made where no `Anvil` may answer it.
    NoAnvil,
    /// The `Anvil` was shut down during the call.
    ShutDown,
    /// A model is needed and there is none, or it must not be asked.
    NoModel,
    /// The model could not be reached or gave no answer.
    Model,
    /// No model was asked, because that might have cost more than a budget allows, or nobody could tell what is left of
    /// it.
    Budget,
    /// The model gave no body that could be used.
    Rejected,
    /// There is a body, but nobody has approved it yet.
    PendingApproval,
    /// cargo could not be run, or not in a way that says something about the body.
    Build,
    /// A built body could not be loaded.
    Load,
    /// The store could not be read or written.
    Store,
    /// Declarations or settings contradict each other, or name something that is not there.
    Configuration,
    /// Anvil itself is wrong.
    Defect,
}

impl ErrorKind {
    /// What sort of thing a failed call is.
    pub(crate) fn of(cause: Cause) -> Self {
        match cause {
            Cause::Panic => Self::Panic,
            Cause::Contract => Self::Contract,
            Cause::Crash | Cause::Breach => Self::Crash,
            Cause::Deadline => Self::Deadline,
            Cause::Memory => Self::Memory,
            Cause::Denied | Cause::Returned(ToolErrorKind::Denied) => Self::Denied,
            Cause::Arguments | Cause::Returned(ToolErrorKind::InvalidInput) => Self::InvalidInput,
            Cause::Returned(ToolErrorKind::MissingCredential) => Self::MissingCredential,
            Cause::Returned(kind) if kind.is_unavailable() => Self::Unavailable,
            Cause::Returned(ToolErrorKind::Http(_)) => Self::Http,
            _ => Self::Failed,
        }
    }
}

/// A word for logs and metrics, such as `invalid_input`.
impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::Failed => "failed",
            Self::Contract => "contract",
            Self::Crash => "crash",
            Self::Deadline => "deadline",
            Self::Memory => "memory",
            Self::Denied => "denied",
            Self::InvalidInput => "invalid_input",
            Self::MissingCredential => "missing_credential",
            Self::Unavailable => "unavailable",
            Self::Http => "http",
            Self::Resting => "resting",
            Self::Isolation => "isolation",
            Self::NoAnvil => "no_anvil",
            Self::ShutDown => "shut_down",
            Self::NoModel => "no_model",
            Self::Model => "model",
            Self::Budget => "budget",
            Self::Rejected => "rejected",
            Self::PendingApproval => "pending_approval",
            Self::Build => "build",
            Self::Load => "load",
            Self::Store => "store",
            Self::Configuration => "configuration",
            Self::Defect => "defect",
        })
    }
}

/// An attempt to mend a tool, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HealAttempt {
    /// Counts from 1 since the tool's attempts were last reset.
    pub number: u32,
    /// Why its candidate was not accepted; of one that was, the failure that it answers.
    pub error: String,
    /// The version that it made, if it succeeded.
    pub version: Option<Version>,
}

impl fmt::Display for HealAttempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { number, error, .. } = self;
        match self.version {
            None => write!(f, "attempt {number}: {error}"),
            Some(version) => write!(f, "attempt {number}: made {version} after: {error}"),
        }
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Inner {
            kind,
            message: one_line(&message.into()),
            help: None,
            attempts: Vec::new(),
            healing: false,
            pending_approval: kind == ErrorKind::PendingApproval,
            budget: kind == ErrorKind::Budget,
            http_status: None,
            returned: None,
            source: None,
            stack: None,
        }))
    }

    /// `live` failed a call.
    pub(crate) fn from_failure(tool: &str, live: &Live, failure: &Failure) -> Self {
        let dylib = live.dylib.clone();
        let stack = dylib.map(|dylib| (dylib, failure.frames.clone()));
        Self::of_failure(format!("`{tool}` {}: {failure}", live.version), failure)
            .change(|inner| inner.stack = stack)
    }

    /// A call failed, which `message` tells.
    pub(crate) fn of_failure(message: String, failure: &Failure) -> Self {
        let http_status = match failure.cause {
            Cause::Returned(ToolErrorKind::Http(status)) => Some(status),
            _ => None,
        };
        let kind = ErrorKind::of(failure.cause);
        let help = (kind == ErrorKind::MissingCredential).then(|| {
            "set it in the environment, in `.env` or with `Anvil::builder().secret(…)`".to_owned()
        });
        Self::new(kind, message).change(|inner| {
            inner.http_status = http_status;
            inner.help = help;
        })
    }

    /// What a call that has no answer is: the failure of the body, or else an error that is not about the body.
    pub(crate) fn from_no_answer(tool: &str, why: NoAnswer) -> Result<Failure, Self> {
        Err(match why {
            NoAnswer::Failed(failure) => return Ok(failure),
            NoAnswer::Resting(Resting(left), Terms { deaths, window, .. }) => {
                let message = format!(
                    "`{tool}` rests: its process died {deaths} times within {window:?}, so it is not started again for now"
                );
                let help = match left.is_zero() {
                    true => "another call is trying it just now".to_owned(),
                    false => format!("a call is let through to try it in {left:.1?}"),
                };
                Self::new(ErrorKind::Resting, message).with_help(help)
            }
            NoAnswer::NoWorker(error) => {
                let message = format!("`{tool}` has no process to run in");
                Self::new(ErrorKind::Isolation, message)
                    .with_help("see that this system lets the process start others, and has memory for them")
                    .because(error)
            }
            NoAnswer::GivenUp => ShutDown.into(),
            NoAnswer::NotRecorded(words) => {
                Self::new(ErrorKind::Configuration, format!("`{tool}`: {words}"))
            }
        })
    }

    pub(crate) fn of_kind(self, kind: ErrorKind) -> Self {
        self.change(|inner| inner.kind = kind)
    }

    pub(crate) fn with_help(self, help: impl Into<String>) -> Self {
        self.change(|inner| inner.help = Some(help.into()))
    }

    /// Adds the cause, whose words and those of its own causes end the line.
    pub(crate) fn because(self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.change(|inner| {
            let mut next: Option<&dyn StdError> = Some(&cause);
            while let Some(error) = next {
                inner.message.push_str(": ");
                inner.message.push_str(&one_line(&error.to_string()));
                next = error.source();
            }
            inner.source = Some(Arc::new(cause));
        })
    }

    /// Adds why the failure was not healed.
    pub(crate) fn not_healed(self, reason: &str) -> Self {
        self.change(|inner| {
            inner.message.push_str("; not healed: ");
            inner.message.push_str(reason);
        })
    }

    /// Adds why a heal came to nothing: its attempts, or what kept it from making any.
    pub(crate) fn unhealed(self, outcome: &Self) -> Self {
        let error = if outcome.is_pending_approval() {
            self.change(|inner| {
                inner.message.push_str("; ");
                inner.message.push_str(&outcome.0.message);
                inner.pending_approval = true;
            })
        } else if outcome.attempts().is_empty() || outcome.kind() == ErrorKind::Budget {
            self.not_healed(&outcome.0.message)
                .with_attempts(outcome.attempts().to_vec())
        } else {
            self.with_attempts(outcome.attempts().to_vec())
        };
        error.helped_as(outcome)
    }

    /// Takes over what `other`, which led to it, says is to be done.
    pub(crate) fn helped_as(self, other: &Self) -> Self {
        self.change(|inner| {
            inner.budget |= other.0.budget;
            if other.0.help.is_some() {
                inner.help.clone_from(&other.0.help);
            }
        })
    }

    /// Adds the attempts that were made in vain.
    pub(crate) fn with_attempts(self, attempts: Vec<HealAttempt>) -> Self {
        self.change(|inner| inner.attempts = attempts)
    }

    /// It is the error of a step in a chain; steps count from 1.
    pub(crate) fn at_step(self, step: usize, of: usize, tool: &str) -> Self {
        self.change(|inner| {
            inner.message = format!("step {step} of {of} (`{tool}`): {}", inner.message);
        })
    }

    /// Another thing went wrong at the same time.
    pub(crate) fn and(self, other: &Self) -> Self {
        self.change(|inner| {
            inner.message.push_str("; ");
            inner.message.push_str(&other.to_string());
        })
    }

    /// A heal goes on while the caller is handed this error.
    pub(crate) fn while_healing(self) -> Self {
        self.change(|inner| {
            inner.message.push_str("; it is being healed");
            inner.healing = true;
        })
    }

    /// What it is where a body in a declaration returned it. What it did not make itself comes from another tool, or
    /// from Anvil: no other body could do without that, nor call it at all.
    pub(crate) fn into_failure(self) -> Failure {
        let kind = self.0.returned.unwrap_or(ToolErrorKind::Unavailable);
        Failure::outside(Cause::Returned(kind), self.to_string())
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What sort of thing went wrong.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What to do about it, where Anvil can tell.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The heal attempts that were made, oldest first, where they did not help.
    #[must_use]
    pub fn attempts(&self) -> &[HealAttempt] {
        &self.0.attempts
    }

    /// The body's functions on the stack of the failed call, innermost first; empty where there is none.
    ///
    /// Reads line tables from disk, which takes milliseconds, so it is done only when asked for, by this or
    /// by [`Debug`].
    #[must_use]
    pub fn backtrace(&self) -> Vec<Frame> {
        let stack = self.0.stack.as_ref();
        stack.map_or_else(Vec::new, |(dylib, frames)| {
            backtrace::resolve(dylib, frames)
        })
    }

    /// Whether the tool was still being healed as the caller stopped waiting
    /// (see [`Builder::heal_wait`](crate::Builder::heal_wait)): a later call may succeed.
    #[must_use]
    pub fn is_healing(&self) -> bool {
        self.0.healing
    }

    /// Whether a body that may do better waits for a person to approve it
    /// ([`Anvil::approve`](crate::Anvil::approve)): a later call may succeed.
    #[must_use]
    pub fn is_pending_approval(&self) -> bool {
        self.0.pending_approval
    }

    /// Whether no model was asked for a body, or for a better one, because that might have cost more than a budget allows
    /// ([`Builder::tokens_per_day`](crate::Builder::tokens_per_day)): on another day a call may succeed.
    #[must_use]
    pub fn is_budget(&self) -> bool {
        self.0.budget
    }

    /// Whether the body panicked.
    #[must_use]
    pub fn is_panic(&self) -> bool {
        self.kind() == ErrorKind::Panic
    }

    /// Whether the body broke the declaration's contract.
    #[must_use]
    pub fn is_contract(&self) -> bool {
        self.kind() == ErrorKind::Contract
    }

    /// Whether the process that ran the body ended during the call, or said what makes no sense.
    #[must_use]
    pub fn is_crash(&self) -> bool {
        self.kind() == ErrorKind::Crash
    }

    /// Whether the call took longer than the tool may ([`Builder::timeout`](crate::Builder::timeout)).
    #[must_use]
    pub fn is_deadline(&self) -> bool {
        self.kind() == ErrorKind::Deadline
    }

    /// Whether the body wanted more memory than the tool may use ([`Builder::memory`](crate::Builder::memory)).
    #[must_use]
    pub fn is_memory(&self) -> bool {
        self.kind() == ErrorKind::Memory
    }

    /// Whether the body reached for what it may not: a system call that no tool may make, a host that the tool was not
    /// declared with, or a secret on the way to a host that it is not for.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.kind() == ErrorKind::Denied
    }

    /// Whether the version was not called, because its process died too often of late
    /// ([`Builder::breaker_deaths`](crate::Builder::breaker_deaths)): a later call may succeed.
    #[must_use]
    pub fn is_resting(&self) -> bool {
        self.kind() == ErrorKind::Resting
    }

    /// Whether the body refused the arguments.
    #[must_use]
    pub fn is_invalid_input(&self) -> bool {
        self.kind() == ErrorKind::InvalidInput
    }

    /// Whether a credential that the body needs is not set.
    #[must_use]
    pub fn is_missing_credential(&self) -> bool {
        self.kind() == ErrorKind::MissingCredential
    }

    /// Whether something that the body depends on is down, or a service answered 408, 429 or 5xx.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        self.kind() == ErrorKind::Unavailable
    }

    /// Whether a service that the body asked answered with a status that is no answer, and is not down.
    #[must_use]
    pub fn is_http(&self) -> bool {
        self.kind() == ErrorKind::Http
    }

    /// The HTTP status, where the body told of one, be the service down or not.
    #[must_use]
    pub fn http_status(&self) -> Option<u16> {
        self.0.http_status
    }

    /// Whether the body returned an error of its own, or an answer of another type.
    #[must_use]
    pub fn is_failed(&self) -> bool {
        self.kind() == ErrorKind::Failed
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        let failed = self.0.attempts.iter().filter(|one| one.version.is_none());
        if let Some(last) = failed.clone().next_back() {
            let count = failed.count();
            let plural = if count == 1 { "" } else { "s" };
            write!(
                f,
                "; {count} heal attempt{plural} failed, the last because {}",
                last.error
            )?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        for frame in self.backtrace() {
            write!(f, "\n  at {frame}")?;
        }
        for attempt in &self.0.attempts {
            write!(f, "\n  heal {attempt}")?;
        }
        if let Some(help) = &self.0.help {
            write!(f, "\n  help: {help}")?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0
            .source
            .as_deref()
            .map(|source| source as &(dyn StdError + 'static))
    }
}

/// What a body in a declaration returns with `?`: as a body of Anvil's returns a [`ToolError`].
impl From<ToolError> for Error {
    fn from(error: ToolError) -> Self {
        let returned = error.kind();
        let failure = Failure::from(error);
        Self::of_failure(failure.to_string(), &failure)
            .change(|inner| inner.returned = Some(returned))
    }
}

/// Lets a tool be declared `-> Result<T, String>`: Anvil's own failures come as their one line.
impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_process_has_its_word_and_its_question() {
        type Question = fn(&Error) -> bool;
        for (cause, word, asked) in [
            (Cause::Crash, "crash", Error::is_crash as Question),
            (Cause::Breach, "crash", Error::is_crash),
            (Cause::Deadline, "deadline", Error::is_deadline),
            (Cause::Memory, "memory", Error::is_memory),
            (Cause::Denied, "denied", Error::is_denied),
            (Cause::Contract, "contract", Error::is_contract),
        ] {
            let error = Error::new(ErrorKind::of(cause), "x");
            assert_eq!(error.kind().to_string(), word);
            assert!(asked(&error) && !error.is_failed());
        }
        let resting = Error::new(ErrorKind::Resting, "x");
        assert!(resting.is_resting() && resting.kind().to_string() == "resting");
        assert_eq!(ErrorKind::Isolation.to_string(), "isolation");
    }
}
