//! Requires: a dylib. Produces: a loaded guest that, if it is to heal a call, has answered that call.
//!
//! The failing call runs once per candidate. The answer that passes here is the one that its caller gets.

use crate::cargo::Dylib;
use crate::declaration::Declaration;
use crate::error::{Error, ErrorKind};
use crate::loader::{Guest, LoadError};
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
    /// Loads the body and runs `failed`, if there is one. Blocks for as long as the body takes.
    pub(crate) fn prove(
        self,
        declaration: &Declaration,
        failed: Option<&FailedCall>,
    ) -> Result<Proven, Halt> {
        let tool = &declaration.spec().name;
        let guest = Guest::open(self.dylib.path()).map_err(|error| unloadable(tool, error))?;
        let mut proven = Proven {
            body: self.body,
            dylib: self.dylib,
            guest,
            answer: None,
        };
        let Some(failed) = failed else {
            return Ok(proven);
        };
        let answer = guest.call(&failed.arguments).and_then(|answer| {
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
                words: failure.to_string(),
            })),
        }
    }
}

fn unloadable(tool: &str, error: LoadError) -> Error {
    let message = format!("`{tool}` was built but cannot be loaded: {error}");
    let help = match error {
        LoadError::OtherAbi { .. } => {
            "build the host with the toolchain that `cargo` uses here, or set RUSTUP_TOOLCHAIN to the host's"
        }
        _ => "remove the `anvil` folder in the target directory; it is built again",
    };
    Error::new(ErrorKind::Load, message)
        .with_help(help)
        .with_source(error)
}
