//! The one place where bytes from a body become an answer, and a body's excuse is believed.

use super::checks::said;
use super::words::Contract;
use crate::declaration::Declaration;
use crate::returns::ToolReturn;
use crate::session::Witness;
use crate::text::shortened;
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure, ToolErrorKind};
use serde::Serialize;

/// More of a wrong answer is not told.
const LONGEST_ANSWER: usize = 1_000;

impl Declaration {
    /// The answer in `bytes`, which a body gave to `arguments`, as what the declaration returns.
    ///
    /// # Errors
    /// The failure that it is if it is of another type, says so itself, or breaks the contract.
    pub(crate) fn take<R: ToolReturn>(
        &self,
        arguments: &[u8],
        bytes: &[u8],
    ) -> Result<R::Answer, Failure> {
        let answer: R::Answer = codec::decode(bytes)
            .map_err(|error| Failure::outside(Cause::Answer, error.to_string()))?;
        if let Some(error) = R::failed(&answer) {
            let cause = Cause::Returned(ToolErrorKind::Failed);
            return Err(Failure::outside(cause, error));
        }
        let Some(ensures) = self.checks().ensures else {
            return Ok(answer);
        };
        match self.ask(|| said(|| ensures(arguments, &answer))) {
            Ok(true) => Ok(answer),
            Ok(false) => Err(self.broken(&format!("the answer is {}", shown(&R::output(&answer))))),
            Err(words) => Err(self.broken(&format!(
                "it cannot be told of {}, because {words}",
                shown(&R::output(&answer))
            ))),
        }
    }

    /// A failed call's failure: where a body that was given good input lays the blame elsewhere, and the host has seen
    /// nothing of the kind, it is the body's.
    pub(crate) fn blame(&self, arguments: &[u8], failure: Failure, witness: Witness) -> Failure {
        let Cause::Returned(kind) = failure.cause else {
            return failure;
        };
        let excuse = match kind {
            ToolErrorKind::InvalidInput => "refused good input",
            ToolErrorKind::MissingCredential if !witness.missing => {
                "wants a secret that it never asked for"
            }
            kind if kind.is_unavailable() && !witness.down => "blames a service that was not down",
            _ => return failure,
        };
        let Some(requires) = self.checks().requires else {
            return failure;
        };
        if self.ask(|| said(|| requires(arguments))) != Ok(true) {
            return failure;
        }
        let requires = self.spec().contract.requires.as_deref();
        Failure {
            cause: Cause::Contract,
            message: format!(
                "it {excuse}, for which `requires({})` holds: {}",
                requires.unwrap_or_default(),
                failure.message
            ),
            ..failure
        }
    }

    fn broken(&self, why: &str) -> Failure {
        let broken = ensures_is_broken(&self.spec().contract);
        Failure::outside(Cause::Contract, format!("{broken}: {why}"))
    }
}

/// A failure's words without the answer that they tell of, if they do: it may tell what it was made from.
pub(crate) fn without_answer(contract: &Contract, words: String) -> String {
    let broken = ensures_is_broken(contract);
    match words.starts_with(&broken) {
        true => broken + ", and the answer is withheld as the arguments are",
        false => words,
    }
}

fn ensures_is_broken(contract: &Contract) -> String {
    let ensures = contract.ensures.as_deref().unwrap_or_default();
    format!("`ensures({ensures})` does not hold")
}

/// An answer as it is told. What JSON has no form for is told in words.
pub(super) fn shown<A: Serialize>(answer: &A) -> String {
    match serde_json::to_string(answer) {
        Ok(json) => shortened(&json, LONGEST_ANSWER),
        Err(_) => "one that JSON has no form for".to_owned(),
    }
}
