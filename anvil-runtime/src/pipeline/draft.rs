//! Requires: nothing. Produces: a whole Rust source file, of which nothing else is known.

use crate::model::{ModelReply, source_in};
use crate::pipeline::{Rejection, Step};
use crate::spec::ToolSpec;

/// A body as text.
#[derive(Debug)]
#[must_use]
pub(crate) struct Drafted {
    pub(super) body: String,
}

impl Drafted {
    /// The body in a model's answer.
    pub(crate) fn from_reply(reply: &ModelReply, spec: &ToolSpec) -> Result<Self, Rejection> {
        match source_in(&reply.text, &spec.function) {
            Ok(body) => Ok(Self { body }),
            Err(error) => Err(Rejection {
                step: Step::Draft,
                body: String::new(),
                words: error.to_string(),
            }),
        }
    }

    /// A body from the store.
    pub(crate) fn from_store(body: String) -> Self {
        Self { body }
    }
}
