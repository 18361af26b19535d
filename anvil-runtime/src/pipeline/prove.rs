//! Requires: a loaded dylib. Produces: one that, if it is to heal a call, has answered that call.
//!
//! The failing call runs once per candidate, within the tool's own limits, where the candidate is to run later. The
//! answer that passes here is the one that its caller gets.

use crate::backtrace;
use crate::cargo::Dylib;
use crate::declaration::Declaration;
use crate::isolation::{Cancel, NoAnswer, Runner};
use crate::pipeline::{Built, Live};
use anvil_core::failure::{Cause, Failure};
use std::sync::Arc;

/// A body that may go live.
#[derive(Debug)]
#[must_use]
pub(crate) struct Proven {
    pub(super) body: String,
    pub(super) dylib: Dylib,
    pub(super) runner: Runner,
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

/// A body that did not answer the call.
#[derive(Debug)]
pub(crate) struct Unproven {
    pub(crate) body: String,
    pub(crate) why: NoAnswer,
}

impl Built {
    /// There is no call that it would have to answer.
    pub(crate) fn prove_nothing(self) -> Proven {
        Proven {
            body: self.body,
            dylib: self.dylib,
            runner: self.runner,
            answer: None,
        }
    }

    /// Runs `failed`. Blocks for as long as the body takes.
    pub(crate) fn prove(
        self,
        declaration: &Declaration,
        failed: &FailedCall,
    ) -> Result<Proven, Box<Unproven>> {
        let mut proven = self.prove_nothing();
        let answer = proven.runner.call(&failed.arguments, &Cancel::never());
        let answer = answer.and_then(|answer| match declaration.decodes(&answer) {
            Ok(()) => Ok(answer),
            Err(error) => {
                let failure = Failure::outside(Cause::Answer, error.to_string());
                Err(NoAnswer::Failed(failure))
            }
        });
        match answer {
            Ok(answer) => {
                proven.answer = Some(Arc::from(&*answer));
                Ok(proven)
            }
            Err(why) => Err(Box::new(Unproven {
                why: backtrace::no_answer_in_the_bodys_terms(&proven.dylib, why),
                body: proven.body,
            })),
        }
    }
}
