//! The contract as functions of the user's crate.

use super::candidate::{Candidate, Verdict};
use super::equal::alike;
use anvil_core::codec::CodecError;
use std::any::Any;
use std::panic::{self, AssertUnwindSafe};

use crate::background::panic_words;

/// Says whether a candidate keeps one example.
pub type Example = fn(&Candidate<'_>) -> Verdict;

/// Whether a condition holds; an error where it could not be asked, because the arguments are of other types.
pub type Holds = Result<bool, CodecError>;

/// Whether encoded arguments are good input.
pub(crate) type Requires = fn(&[u8]) -> Holds;

/// Whether an answer to encoded arguments, which is of the declaration's type, keeps the contract.
pub(crate) type Ensures = fn(&[u8], &dyn Any) -> Holds;

/// Whether two encoded answers are equal.
pub(crate) type Equal = fn(&[u8], &[u8]) -> bool;

/// All of them. Where the macro wrote none, nothing is asked.
#[derive(Clone, Copy)]
pub(crate) struct Checks {
    pub(crate) examples: &'static [Example],
    pub(crate) requires: Option<Requires>,
    pub(crate) ensures: Option<Ensures>,
    pub(crate) equal: Option<Equal>,
}

impl Checks {
    pub(crate) const NONE: Self = Self {
        examples: &[],
        requires: None,
        ensures: None,
        equal: None,
    };

    /// Whether anything is asked of a live version's calls.
    pub(crate) fn has_conditions(&self) -> bool {
        self.requires.is_some() || self.ensures.is_some()
    }

    /// Whether an encoded answer is the same as another.
    pub(crate) fn same(&self, one: &[u8], other: &[u8]) -> bool {
        let equal = |equal: Equal| {
            let equal = panic::catch_unwind(AssertUnwindSafe(|| equal(one, other)));
            equal.unwrap_or(false)
        };
        one == other || alike(one, other) || self.equal.is_some_and(equal)
    }
}

/// What a condition says. It is the user's code, and is asked about what a body made.
///
/// # Errors
/// When it cannot be told: in the words of the panic.
pub(super) fn said(condition: impl FnOnce() -> Holds) -> Result<bool, String> {
    match panic::catch_unwind(AssertUnwindSafe(condition)) {
        Ok(holds) => holds.map_err(|error| error.to_string()),
        Err(payload) => Err(format!("it panicked: {}", panic_words(&*payload))),
    }
}
