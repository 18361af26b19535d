//! Language models, as far as Anvil needs to know them: one request in, one text out.

mod source;

pub(crate) use source::source_in;

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::AddAssign;
use std::pin::Pin;

/// What an asynchronous method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that writes bodies.
///
/// Implement it to use a model that Anvil does not know; for tests there is
/// [`MockModel`](crate::testing::MockModel).
///
/// ```
/// use anvil::{BoxFuture, LanguageModel, ModelError, ModelReply, ModelRequest};
///
/// struct Parrot;
///
/// impl LanguageModel for Parrot {
///     fn complete<'a>(&'a self, request: &'a ModelRequest) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
///         Box::pin(async move { Ok(ModelReply::new("parrot-1", request.text())) })
///     }
/// }
/// ```
pub trait LanguageModel: Send + Sync + 'static {
    /// Answers one request. Anvil polls it on its own tokio runtime, where timers and I/O work. It must not
    /// block, nor call a tool that is not `async`: few threads serve all requests.
    ///
    /// # Errors
    /// When there is no answer. Retrying what is worth a retry is the model's own business.
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>>;
}

/// A request, in parts that change ever more often: a provider can cache what comes first.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelRequest {
    /// The tool that it is about.
    pub tool: String,
    /// The rules: the same for every request.
    pub system: String,
    /// What was declared: the same for every request about one tool.
    pub declaration: String,
    /// What to do now.
    pub task: String,
    /// Whether little is left to try: it is the last attempt that the tool may make, or the last request of an attempt
    /// at a first body. [`Builder::stronger_model`](crate::Builder::stronger_model) answers these, where there is one;
    /// a model of your own may do better here by itself.
    pub last: bool,
}

impl ModelRequest {
    /// The whole request as one text.
    #[must_use]
    pub fn text(&self) -> String {
        let Self {
            system,
            declaration,
            task,
            ..
        } = self;
        format!("{system}\n\n{declaration}\n\n{task}")
    }
}

/// A model's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelReply {
    /// The model that answered, in its own words.
    pub model: String,
    /// What it said.
    pub text: String,
    /// What the request used.
    pub usage: Usage,
}

/// What requests used, in tokens; 0 where the model did not say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Tokens that the model read.
    pub input_tokens: u64,
    /// Tokens that it wrote.
    pub output_tokens: u64,
}

impl ModelReply {
    /// An answer of `text` by `model`.
    pub fn new(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            model: model.into(),
            text: text.into(),
            usage: Usage::default(),
        }
    }

    /// Says what the request used.
    #[must_use]
    pub fn with_usage(self, usage: Usage) -> Self {
        Self { usage, ..self }
    }
}

impl Usage {
    /// So many tokens read and written.
    #[must_use]
    pub fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self {
            input_tokens,
            output_tokens,
        }
    }

    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

impl AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
    }
}

/// Why a model gave no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError(String);

impl ModelError {
    /// A model failed; `message` completes "the model gave no answer: ".
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelError {}
