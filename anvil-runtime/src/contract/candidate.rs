//! A candidate as the examples see it.
//!
//! In an example the tool's name calls the candidate, in the process where it is to run. What the candidate returns,
//! errors included, is for the expression to judge. What no expression can make good, a panic, an abort, a call
//! without end, an answer that breaks the contract, ends the example.

use super::answer::shown;
use super::asked;
use super::checks::Example;
use crate::background::{self, panic_words};
use crate::call::Arguments;
use crate::declaration::Declaration;
use crate::error::Error;
use crate::isolation::{Answer, NoAnswer};
use crate::returns::ToolReturn;
use anvil_core::failure::{Cause, Failure};
use std::cell::{Cell, RefCell};
use std::fmt::{self, Debug};
use std::panic::{self, AssertUnwindSafe};

/// Whether an example holds.
pub type Verdict = Result<(), Unmet>;

/// Why an example does not hold.
#[expect(
    missing_debug_implementations,
    reason = "what can be shown turns into one with `?`"
)]
pub struct Unmet(Why);

enum Why {
    /// What was expected, and what came instead.
    Told(String),
    /// The candidate, or something else in the expression, returned an error, which `?` took here.
    Returned(String),
}

/// `?` in an example takes any error that can be shown.
impl<E: Debug> From<E> for Unmet {
    fn from(error: E) -> Self {
        Self(Why::Returned(format!("{error:?}")))
    }
}

/// A body that is not live yet.
pub struct Candidate<'a> {
    declaration: &'static Declaration,
    run: &'a dyn Fn(&[u8]) -> Result<Answer, NoAnswer>,
    /// What it said to the latest call.
    said: RefCell<Option<String>>,
    /// Whether that is an error.
    failed: Cell<bool>,
    /// What no expression can make good.
    stopped: RefCell<Option<NoAnswer>>,
}

/// Why a candidate does not keep an example.
#[derive(Debug)]
pub(crate) enum Flaw {
    /// It answered, and not what was expected.
    Unmet(String),
    /// A call in it had no answer.
    NoAnswer(NoAnswer),
    /// None: it calls the tool that the candidate is for, or one that waits for that.
    Circle(Error),
}

impl<'a> Candidate<'a> {
    pub(crate) fn new(
        declaration: &'static Declaration,
        run: &'a dyn Fn(&[u8]) -> Result<Answer, NoAnswer>,
    ) -> Self {
        Self {
            declaration,
            run,
            said: RefCell::default(),
            failed: Cell::default(),
            stopped: RefCell::default(),
        }
    }

    /// Calls it. Written by the macro.
    ///
    /// # Panics
    /// When the type that the tool returns has no room for the candidate's failure; [`examine`] catches it.
    pub fn call<R: ToolReturn>(&self, arguments: Arguments) -> R::Returned {
        let outcome = match arguments {
            Ok(arguments) => self.outcome::<R>(&arguments),
            Err(error) => Err(NoAnswer::Failed(Failure::outside(
                Cause::Arguments,
                error.to_string(),
            ))),
        };
        let failure = match outcome {
            Ok(answer) => {
                self.say(format!("it answered {}", shown(&answer)));
                self.failed.set(false);
                return R::from_outcome(Ok(answer));
            }
            Err(NoAnswer::Failed(failure))
                if matches!(failure.cause, Cause::Returned(_)) && !R::RAISES =>
            {
                failure
            }
            Err(why) => {
                let stopped = Failure::outside(Cause::Answer, "there was no answer");
                self.stopped.borrow_mut().get_or_insert(why);
                if R::RAISES {
                    // Not a panic, which would be printed.
                    panic::resume_unwind(Box::new("there was no answer"));
                }
                stopped
            }
        };
        self.say(format!("it failed: {failure}"));
        self.failed.set(true);
        R::from_outcome(Err(Error::of_failure(failure.to_string(), &failure)))
    }

    fn outcome<R: ToolReturn>(&self, arguments: &[u8]) -> Result<R::Answer, NoAnswer> {
        let answer = (self.run)(arguments)?;
        let taken = self.declaration.take::<R>(arguments, &answer);
        taken.map_err(NoAnswer::Failed)
    }

    fn say(&self, words: String) {
        self.said.replace(Some(words));
    }

    /// The example is whether two values are the same. Written by the macro.
    ///
    /// # Errors
    /// When they are not: with both.
    pub fn compared(&self, same: bool, got: &impl Debug, expected: &impl Debug) -> Verdict {
        match same {
            true => Ok(()),
            false => {
                let words = format!("expected {expected:?}, got {got:?}");
                Err(Unmet(Why::Told(words)))
            }
        }
    }

    /// The example is a condition of any other kind. Written by the macro.
    ///
    /// # Errors
    /// When it does not hold: with what the candidate said last.
    pub fn held(&self, holds: bool) -> Verdict {
        match holds {
            true => Ok(()),
            false => Err(Unmet(Why::Told(self.but("it is expected to hold")))),
        }
    }

    fn but(&self, expected: &str) -> String {
        match &*self.said.borrow() {
            Some(said) => format!("{expected}, but {said}"),
            None => format!("{expected}, and the tool was not called"),
        }
    }
}

impl fmt::Debug for Candidate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Candidate")
            .field("declaration", &self.declaration)
            .finish_non_exhaustive()
    }
}

/// Waits for an example of an `async` tool. Written by the macro.
///
/// # Errors
/// As the example.
pub fn verdict(example: impl Future<Output = Verdict>) -> Verdict {
    background::wait(example)
}

/// Has the candidate keep an example.
pub(crate) fn examine(example: Example, candidate: &Candidate<'_>) -> Result<(), Flaw> {
    asked::take_circle();
    let verdict = candidate
        .declaration
        .ask(|| panic::catch_unwind(AssertUnwindSafe(|| example(candidate))));
    if let Some(why) = candidate.stopped.take() {
        return Err(Flaw::NoAnswer(why));
    }
    let circle = asked::take_circle();
    let words = match verdict {
        Ok(Ok(())) => return Ok(()),
        _ if let Some(error) = circle => return Err(Flaw::Circle(error)),
        Ok(Err(Unmet(Why::Told(words)))) => words,
        Ok(Err(Unmet(Why::Returned(error)))) => match &*candidate.said.borrow() {
            Some(said) if candidate.failed.get() => format!("an answer is expected, but {said}"),
            // Not the candidate's: perhaps of another tool that is called.
            _ => format!("an answer is expected, but there is the error {error}"),
        },
        Err(payload) => candidate.but(&format!("it panicked: {}", panic_words(&*payload))),
    };
    Err(Flaw::Unmet(words))
}
