//! Requires: a loaded dylib. Produces: one that, if it is to heal a call, has answered that call.
//!
//! The failing call runs once per candidate. The answer that passes here is the one that its caller gets.

use crate::backtrace;
use crate::cargo::Dylib;
use crate::declaration::Declaration;
use crate::loader::Guest;
use crate::pipeline::{Built, Halt, Live, Rejection, Step};
use anvil_core::failure::{Cause, Failure};
use std::sync::Arc;

/// A body that may go live.
#[derive(Debug)]
#[must_use]
pub(crate) struct Proven {
    pub(super) body: String,
    pub(super) dylib: Dylib,
    pub(super) guest: Guest,
    /// What it answered to the failing call.
    pub(crate) answer: Option<Arc<[u8]>>,
}

/// A call that a live version failed.
#[derive(Debug)]
pub(crate) struct FailedCall {
    pub(crate) live: Arc<Live>,
    pub(crate) failure: Failure,
    pub(crate) arguments: Arc<[u8]>,
}

impl Built {
    /// Runs `failed`, if there is one. Blocks for as long as the body takes.
    pub(crate) fn prove(
        self,
        declaration: &Declaration,
        failed: Option<&FailedCall>,
    ) -> Result<Proven, Halt> {
        let mut proven = Proven {
            body: self.body,
            dylib: self.dylib,
            guest: self.guest,
            answer: None,
        };
        let Some(failed) = failed else {
            return Ok(proven);
        };
        let answer = proven.guest.call(&failed.arguments).and_then(|answer| {
            declaration
                .decodes(&answer)
                .map_err(|error| Failure::outside(Cause::Answer, error.to_string()))?;
            Ok(answer)
        });
        match answer {
            Ok(answer) => {
                proven.answer = Some(Arc::from(&*answer));
                Ok(proven)
            }
            Err(failure) => Err(Halt::Rejected(Rejection {
                step: Step::Prove,
                body: proven.body,
                words: backtrace::in_the_bodys_terms(&proven.dylib, failure).to_string(),
            })),
        }
    }
}
