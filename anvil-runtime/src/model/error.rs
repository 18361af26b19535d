//! [`ModelError`]: why a model gave no answer.

use super::reply::Trace;
use super::usage::Usage;
use std::fmt;

/// Why a model gave no answer, and what it cost to hear that.
#[derive(Clone)]
pub struct ModelError(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ModelErrorKind,
    message: String,
    help: Option<String>,
    model: Option<String>,
    usage: Usage,
    earlier: Vec<ModelError>,
    trace: Option<Trace>,
}

/// What sort of thing keeps a model from answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ModelErrorKind {
    /// Its key is not set, is unknown, or may not be used for this.
    Credential,
    /// There is nothing left to pay it with, or a limit of spending is reached.
    Billing,
    /// It cannot be reached, is overloaded, is asked too often or is broken: it may answer later.
    Unavailable,
    /// It does not take the request: there is no such model, or the request is too long.
    Request,
    /// Its answer ended before it was complete, because it was as long as an answer may be.
    CutOff,
    /// It does not want to answer.
    Refusal,
    /// It answered without saying anything.
    Empty,
    /// What came is not what its kind of interface answers.
    Unreadable,
    /// A recording has no answer to this request, or cannot have it written down.
    NotRecorded,
    /// Something else.
    Other,
}

impl ModelErrorKind {
    /// Whether it is the answer that is wrong, and the model is there.
    pub(crate) fn is_of_answer(self) -> bool {
        matches!(self, Self::CutOff | Self::Refusal | Self::Empty)
    }
}

/// A word for logs and metrics, such as `cut_off`.
impl fmt::Display for ModelErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Credential => "credential",
            Self::Billing => "billing",
            Self::Unavailable => "unavailable",
            Self::Request => "request",
            Self::CutOff => "cut_off",
            Self::Refusal => "refusal",
            Self::Empty => "empty",
            Self::Unreadable => "unreadable",
            Self::NotRecorded => "not_recorded",
            Self::Other => "other",
        })
    }
}

impl ModelError {
    /// A model failed; `message` completes "the model gave no answer: ".
    pub fn new(message: impl Into<String>) -> Self {
        Self::of(ModelErrorKind::Other, message)
    }

    /// The same, where it is known what sort of thing it is.
    pub fn of(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            help: None,
            model: None,
            usage: Usage::default(),
            earlier: Vec::new(),
            trace: None,
        }))
    }

    /// Says what to do about it.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Says which model it was.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.0.model = Some(model.into());
        self
    }

    /// Says what the request used.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.0.usage = usage;
        self
    }

    /// Adds requests that were made before, in vain; a model that asks several others hands on what they said.
    #[must_use]
    pub fn after(mut self, earlier: impl IntoIterator<Item = ModelError>) -> Self {
        let earlier = earlier.into_iter().flat_map(Self::one_by_one);
        self.0.earlier.splice(..0, earlier);
        self
    }

    pub(crate) fn with_trace(mut self, trace: Trace) -> Self {
        self.0.trace = Some(trace);
        self
    }

    pub(crate) fn with_message(mut self, message: impl Into<String>) -> Self {
        self.0.message = message.into();
        self
    }

    /// What sort of thing it is.
    #[must_use]
    pub fn kind(&self) -> ModelErrorKind {
        self.0.kind
    }

    /// What to do about it, where that can be told.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// The model that it was, where that is known.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.0.model.as_deref()
    }

    /// What the request used, as far as that is known: one that had no usable answer may have its price all the same.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.0.usage
    }

    /// The requests before it that had no answer either, oldest first.
    #[must_use]
    pub fn earlier(&self) -> &[Self] {
        &self.0.earlier
    }

    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.0.trace.as_ref()
    }

    /// It and the earlier ones, oldest first, each without others.
    pub(crate) fn one_by_one(mut self) -> impl Iterator<Item = Self> {
        let earlier = std::mem::take(&mut self.0.earlier);
        earlier.into_iter().chain([self])
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ModelError")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("help", &self.0.help)
            .field("model", &self.0.model)
            .field("usage", &self.0.usage)
            .field("earlier", &self.0.earlier)
            .finish_non_exhaustive()
    }
}

impl std::error::Error for ModelError {}
