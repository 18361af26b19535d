//! What can go wrong with a call, as data that crosses the boundary.
//!
//! A body returns a [`ToolError`]. The host gets a [`Failure`], whatever happened: a returned error, a
//! panic, an answer that could not be encoded. Its [`Cause`] is the small enum to branch on; the rest says
//! where and in which words.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::panic;

/// What a tool's body returns: `Result<T, ToolError>`.
pub type Result<T, E = ToolError> = std::result::Result<T, E>;

/// A body's own account of why it cannot answer.
///
/// [`new`](Self::new) means that the body failed, and is what makes Anvil heal it. The other constructors
/// say that the body is right and something else is missing; those are handed to the caller as they are.
///
/// Every [`std::error::Error`] turns into a [`new`](Self::new) error with `?`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolError {
    pub(crate) kind: ToolErrorKind,
    pub(crate) message: String,
    pub(crate) location: Location,
    pub(crate) frames: Frames,
}

/// What a [`ToolError`] means for the tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ToolErrorKind {
    /// The body could not do its work.
    Failed,
    /// The arguments are not what the intent allows.
    InvalidInput,
    /// A credential that the tool needs was not set.
    MissingCredential,
    /// Something that the tool depends on is down.
    Unavailable,
    /// A service answered with this HTTP status.
    Http(u16),
    /// It asked its host for what it may not have.
    Denied,
}

impl ToolErrorKind {
    /// Whether it is the same as [`Unavailable`](Self::Unavailable): that itself, or a status which says that
    /// the service cannot answer now, and not that the request was wrong (408, 429, 5xx).
    #[must_use]
    pub fn is_unavailable(self) -> bool {
        matches!(self, Self::Unavailable | Self::Http(408 | 429 | 500..=599))
    }
}

impl ToolError {
    /// The body failed: `message` says how. Anvil heals the tool.
    #[track_caller]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            frames: Frames::here(),
            ..Self::of_kind(ToolErrorKind::Failed, message.into())
        }
    }

    /// The arguments are not what the intent allows. The caller is told; the tool is not healed.
    #[track_caller]
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::of_kind(ToolErrorKind::InvalidInput, message.into())
    }

    /// The credential called `name` is not set. The caller is told; the tool is not healed.
    #[track_caller]
    pub fn missing_credential(name: impl Into<String>) -> Self {
        Self::of_kind(ToolErrorKind::MissingCredential, name.into())
    }

    /// Something that the tool depends on is down. The caller is told; the tool is not healed.
    #[track_caller]
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::of_kind(ToolErrorKind::Unavailable, message.into())
    }

    /// A service answered with `status` instead of what was asked for; `message` is what else it said.
    ///
    /// A service that cannot answer now (408, 429, 5xx) is [`unavailable`](Self::unavailable). Any other status
    /// means that the service is no longer called as it wants to be, and Anvil heals the tool.
    #[track_caller]
    pub fn http(status: u16, message: impl Into<String>) -> Self {
        let kind = ToolErrorKind::Http(status);
        let frames = match kind.is_unavailable() {
            true => Frames::default(),
            false => Frames::here(),
        };
        Self {
            frames,
            ..Self::of_kind(kind, message.into())
        }
    }

    #[track_caller]
    pub(crate) fn of_kind(kind: ToolErrorKind, message: String) -> Self {
        Self {
            kind,
            message,
            location: Location::from(panic::Location::caller()),
            frames: Frames::default(),
        }
    }

    /// What the error means for the tool.
    #[must_use]
    pub fn kind(&self) -> ToolErrorKind {
        self.kind
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            ToolErrorKind::MissingCredential => write!(f, "{} is not set", self.message),
            ToolErrorKind::Http(status) if self.message.is_empty() => write!(f, "HTTP {status}"),
            ToolErrorKind::Http(status) => write!(f, "HTTP {status}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl fmt::Debug for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({:?} at {})", self.kind, self.location)
    }
}

/// `?` on any error is [`ToolError::new`] with the error's words and those of its sources.
///
/// This is why `ToolError` does not implement [`std::error::Error`] itself: the two would overlap.
impl<E: std::error::Error> From<E> for ToolError {
    #[track_caller]
    fn from(error: E) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            message.push_str(": ");
            message.push_str(&cause.to_string());
            source = cause.source();
        }
        Self::new(message)
    }
}

/// A place in source code. Lines and columns count from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// The file as the compiler was given it; for a body, `tool.rs`.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl From<&panic::Location<'_>> for Location {
    fn from(location: &panic::Location<'_>) -> Self {
        Self {
            file: location.file().to_owned(),
            line: location.line(),
            column: location.column(),
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A call stack, innermost frame first, as addresses relative to the start of the guest's image.
///
/// They mean nothing without the guest's file. Turning them into functions and lines takes long and
/// needs debug information, so the host does that, later and only when somebody asks. Empty where the
/// platform gives no stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frames(pub Vec<u64>);

impl Frames {
    pub(crate) fn here() -> Self {
        Self(crate::guest::stack())
    }
}

/// A call that gave no answer: what the host knows about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What happened.
    pub cause: Cause,
    /// In which words: the panic's message, the error's text.
    pub message: String,
    /// Where it happened, if that is known.
    pub location: Option<Location>,
    /// How the code got there.
    pub frames: Frames,
    /// What other threads inside the guest said as they panicked during the call: the body's own, most likely,
    /// but nothing tells them from those of calls that ran at the same time.
    pub other_threads: Vec<String>,
}

/// What made a call fail. How a tool is healed follows from this alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Cause {
    /// The body panicked.
    Panic,
    /// The body returned a [`ToolError`] of this kind.
    Returned(ToolErrorKind),
    /// The arguments could not be decoded: caller and guest disagree on the signature.
    Arguments,
    /// The answer could not be encoded, or not be decoded again.
    Answer,
    /// The process that ran the body ended: by itself, or by a signal.
    Crash,
    /// The call took longer than it may.
    Deadline,
    /// The body wanted more memory than it may have.
    Memory,
    /// The body was stopped at a system call that it may not make.
    Denied,
    /// What came from the process that ran the body is not what the two sides agreed to say.
    Breach,
    /// The body broke the contract that the host's declaration states.
    Contract,
}

impl Failure {
    /// A failure of the call itself, outside any body.
    pub fn outside(cause: Cause, message: impl Into<String>) -> Self {
        Self {
            cause,
            message: message.into(),
            location: None,
            frames: Frames::default(),
            other_threads: Vec::new(),
        }
    }
}

impl From<ToolError> for Failure {
    fn from(error: ToolError) -> Self {
        Self {
            cause: Cause::Returned(error.kind),
            message: error.to_string(),
            location: Some(error.location),
            frames: error.frames,
            other_threads: Vec::new(),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Panic => write!(f, "panicked: {}", self.message)?,
            Cause::Returned(_) => f.write_str(&self.message)?,
            Cause::Arguments => write!(f, "did not understand its arguments: {}", self.message)?,
            Cause::Answer => write!(f, "gave an answer of another type: {}", self.message)?,
            Cause::Crash => write!(f, "crashed: {}", self.message)?,
            Cause::Deadline => write!(f, "passed its deadline: {}", self.message)?,
            Cause::Memory => write!(f, "ran out of memory: {}", self.message)?,
            Cause::Denied => write!(f, "was stopped at a closed door: {}", self.message)?,
            Cause::Breach => write!(f, "broke the protocol: {}", self.message)?,
            Cause::Contract => write!(f, "broke its contract: {}", self.message)?,
        }
        if let Some(location) = &self.location {
            write!(f, " ({location})")?;
        }
        for words in &self.other_threads {
            write!(f, "; meanwhile another thread panicked: {words}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<u8> {
        Ok(text.parse()?)
    }

    #[test]
    fn a_question_mark_remembers_its_line() {
        let error = parse("many").unwrap_err();
        assert_eq!(error.location.file, file!());
        assert_eq!(error.location.line, line!() - 7);
        assert_eq!(error.to_string(), "invalid digit found in string");
        assert_eq!(error.kind(), ToolErrorKind::Failed);
    }

    #[test]
    fn an_error_brings_the_words_of_its_sources() {
        #[derive(Debug)]
        struct Outer(std::num::ParseIntError);
        impl fmt::Display for Outer {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("line 3")
            }
        }
        impl std::error::Error for Outer {
            fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
                Some(&self.0)
            }
        }
        let error = ToolError::from(Outer("x".parse::<u8>().unwrap_err()));
        assert_eq!(error.to_string(), "line 3: invalid digit found in string");
    }

    #[test]
    fn an_http_status_is_told_first_and_says_whether_the_service_is_down() {
        assert_eq!(
            ToolError::http(410, "use /v2").to_string(),
            "HTTP 410: use /v2"
        );
        assert_eq!(ToolError::http(404, "").to_string(), "HTTP 404");
        for (status, down) in [
            (200, false),
            (301, false),
            (401, false),
            (404, false),
            (408, true),
            (422, false),
            (429, true),
            (500, true),
            (503, true),
            (599, true),
        ] {
            let error = ToolError::http(status, "");
            assert_eq!(error.kind().is_unavailable(), down, "{status}");
            assert_eq!(error.location.file, file!());
        }
    }

    #[test]
    fn a_failure_says_what_where_and_what_else() {
        let mut failure = Failure::from(ToolError::new("no such row"));
        failure.location = Some(Location {
            file: "tool.rs".to_owned(),
            line: 3,
            column: 7,
        });
        failure.other_threads.push("out of cheese".to_owned());
        assert_eq!(
            failure.to_string(),
            "no such row (tool.rs:3:7); meanwhile another thread panicked: out of cheese"
        );
    }

    #[test]
    fn a_failure_of_the_process_says_what_the_body_did() {
        for (cause, words) in [
            (Cause::Crash, "crashed: x"),
            (Cause::Deadline, "passed its deadline: x"),
            (Cause::Memory, "ran out of memory: x"),
            (Cause::Denied, "was stopped at a closed door: x"),
            (Cause::Breach, "broke the protocol: x"),
            (Cause::Contract, "broke its contract: x"),
        ] {
            assert_eq!(Failure::outside(cause, "x").to_string(), words);
        }
    }
}
