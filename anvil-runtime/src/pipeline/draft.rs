//! Requires: nothing. Produces: a whole Rust source file, of which nothing else is known.

use crate::model::{ModelReply, source_in};
use crate::pipeline::{Rejection, Step};
use crate::privacy::Redactor;
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

    /// Turns back a body that holds a credential: it would be stored, and shown to models, with it.
    pub(crate) fn without_keys(self, redactor: &Redactor) -> Result<Self, Rejection> {
        match redactor.looks_like_a_key(&self.body) {
            None => Ok(self),
            Some(what) => Err(Rejection {
                step: Step::Check,
                body: String::new(), // it is not to be shown again
                words: format!("the source holds {what}; a body never holds a credential"),
            }),
        }
    }

    /// A body from the store.
    pub(crate) fn from_store(body: String) -> Self {
        Self { body }
    }
}
