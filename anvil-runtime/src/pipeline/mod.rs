//! The way of a body from text to service, as types that consume each other:
//!
//! ```text
//! Drafted ─check→ Checked ─build→ Built ─prove→ Proven ─commit→ Live
//! ```
//!
//! [`Drafted`] is text, from the model or the store. [`Checked`] defines the function and keeps the policy.
//! [`Built`] is a dylib that was loaded where it is to run. [`Proven`] stood its [`Trial`]: it keeps the examples,
//! answers the call that its predecessor failed, and those as before that are recorded; where a person has to approve it,
//! the way ends there, and begins anew from the store once they did. [`Live`] is in the store and may be swapped in.
//! Nothing but a `Live` ever answers
//! a caller on its own, and there is no way to one but through the others.
//!
//! Each step ends in its product or in a [`Halt`], which says whose fault it was: the candidate's, then the
//! model may try again, or somebody else's, then it makes no sense to.

mod draft;

mod check;

mod build;

mod prove;

mod live;

pub(crate) use build::Built;
pub(crate) use check::Checked;
pub(crate) use draft::Drafted;
pub(crate) use live::Live;
pub(crate) use prove::{FailedCall, Finding, Proven, Trial};

use crate::error::{Error, ErrorKind};
use std::fmt;

/// Why a body got no further.
#[derive(Debug)]
pub(crate) enum Halt {
    /// It is not good enough.
    Rejected(Rejection),
    /// Something around it is broken: cargo, the disk, the model.
    Broken(Error),
    /// No model was asked, or could be: the declaration, or the recording that stands in for one, has to be mended first.
    Unasked(Error),
}

impl Halt {
    /// Whether this counts as one of a tool's attempts: whenever a model answered at all, but not when there
    /// was nobody to ask.
    pub(crate) fn counts(&self) -> bool {
        match self {
            Self::Rejected(_) => true,
            Self::Unasked(_) => false,
            Self::Broken(error) => !matches!(
                error.kind(),
                ErrorKind::Model | ErrorKind::NoModel | ErrorKind::Budget | ErrorKind::ShutDown
            ),
        }
    }
}

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

/// A candidate that was turned back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) step: Step,
    /// The candidate's source; empty where there was none in the answer.
    pub(crate) body: String,
    /// What was wrong with it, in as many lines as it takes.
    pub(crate) words: String,
}

/// Where a candidate was turned back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Draft,
    Check,
    /// By the policy; `rule` is the first of its rules that the body breaks.
    Gate {
        rule: &'static str,
    },
    Build,
    Load,
    /// By one of the declaration's examples.
    Example,
    /// By the call that its predecessor failed.
    Prove,
    /// By a call that its predecessor answered.
    Recorded,
}

/// The word that events and kept candidates say it with.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Check => "check",
            Self::Gate { .. } => "gate",
            Self::Build => "build",
            Self::Load => "load",
            Self::Example => "example",
            Self::Prove => "prove",
            Self::Recorded => "recorded",
        })
    }
}

impl Step {
    /// Whether it is a part of a [`Trial`].
    pub(crate) fn is_trial(self) -> bool {
        matches!(self, Self::Example | Self::Prove | Self::Recorded)
    }
}

impl fmt::Display for Rejection {
    /// One line; for the compiler's errors, the headings.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Step::Draft | Step::Check => f.write_str(&self.words),
            Step::Gate { .. } => f.write_str(&self.words.lines().collect::<Vec<_>>().join("; ")),
            Step::Build => {
                write!(
                    f,
                    "it does not compile: {}",
                    headings(&self.words).join("; ")
                )
            }
            Step::Load => write!(f, "its process {} as it was loaded", self.words),
            Step::Example => write!(f, "it breaks the example {}", self.words),
            Step::Prove => write!(f, "it failed the same call: {}", self.words),
            Step::Recorded => write!(f, "it answers an earlier call otherwise: {}", self.words),
        }
    }
}

/// What the compiler's errors are about, and where: `error[E0308]: mismatched types (tool.rs:3:5)`.
fn headings(rendered: &str) -> Vec<String> {
    let mut headings: Vec<String> = Vec::new();
    let mut lines = rendered.lines().peekable();
    while let Some(line) = lines.next() {
        if !line.starts_with("error") || line.contains("aborting due to") {
            continue;
        }
        let place = lines
            .peek()
            .and_then(|next| next.trim_start().strip_prefix("--> "));
        headings.push(match place {
            Some(place) => format!("{line} ({place})"),
            None => line.to_owned(),
        });
    }
    headings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compile_error_in_one_line_says_what_and_where() {
        let rejection = Rejection {
            step: Step::Build,
            body: String::new(),
            words: "error[E0425]: cannot find value `y`\n --> tool.rs:1:60\n  |\n1 | y\n\nerror: aborting due to 1 previous error\n"
                .to_owned(),
        };
        assert_eq!(
            rejection.to_string(),
            "it does not compile: error[E0425]: cannot find value `y` (tool.rs:1:60)"
        );
    }
}
