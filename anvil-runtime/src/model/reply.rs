//! [`ModelReply`]: what a model answered.

use super::error::ModelError;
use super::usage::Usage;
use jiff::Timestamp;
use std::time::Duration;

/// A model's answer.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ModelReply {
    /// The model that answered, in its own words.
    pub model: String,
    /// What it said.
    pub text: String,
    /// What the request that it answered used. What [`earlier`](Self::earlier) ones used is said there.
    pub usage: Usage,
    /// The requests before it that had no such answer, oldest first: each was a request of its own, and may have its price.
    pub earlier: Vec<ModelError>,
    pub(crate) trace: Option<Trace>,
}

/// How one request to a provider went.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    /// `anthropic`, `openai`, …
    pub(crate) provider: &'static str,
    pub(crate) ended: Timestamp,
    pub(crate) took: Duration,
    /// The status of the answer, where there was one.
    pub(crate) status: Option<u16>,
    /// What the provider calls the request.
    pub(crate) request_id: Option<String>,
    /// The model that was asked for.
    pub(crate) asked_for: String,
}

impl ModelReply {
    /// An answer of `text` by `model`.
    pub fn new(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            text: text.into(),
            usage: Usage::default(),
            earlier: Vec::new(),
            trace: None,
        }
    }

    /// Says what the request used.
    #[must_use]
    pub fn with_usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }

    /// Adds requests that were made before, in vain; a model that asks several others hands on what they said.
    #[must_use]
    pub fn after(mut self, earlier: impl IntoIterator<Item = ModelError>) -> Self {
        let earlier = earlier.into_iter().flat_map(ModelError::one_by_one);
        self.earlier.splice(..0, earlier);
        self
    }
}
