//! Language models, as far as Anvil needs to know them: one request in, one text out.

mod error;
mod reply;
mod request;
mod source;
mod usage;

pub use error::{ModelError, ModelErrorKind};
pub use reply::ModelReply;
pub use request::ModelRequest;
pub use usage::Usage;

pub(crate) use reply::Trace;
pub(crate) use request::estimated_tokens;
pub(crate) use source::source_in;

use secrecy::SecretString;
use std::pin::Pin;
use std::sync::Arc;

/// What an asynchronous method of a trait object returns.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Something that writes bodies.
///
/// [`models`](crate::models) has those of the well-known providers. Implement it to use a model that Anvil does not know;
/// for tests there is [`MockModel`](crate::testing::MockModel).
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

    /// What is known of it before it is asked. By default nothing is.
    fn info(&self) -> ModelInfo {
        ModelInfo::default()
    }
}

impl<M: LanguageModel + ?Sized> LanguageModel for Arc<M> {
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        (**self).complete(request)
    }

    fn info(&self) -> ModelInfo {
        (**self).info()
    }
}

/// What is known of a model before it is asked.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The models that may answer, as they are asked for; of several, the likeliest first. A budget in money expects the
    /// price of the dearest.
    pub names: Vec<String>,
    /// How many tokens an answer has at most, thinking included. A budget expects as many; where it is not known, it
    /// cannot, and is exceeded by what the last answer has.
    pub max_output_tokens: Option<u64>,
    /// The secrets that it uses, by name: they are taken out of prompts, events, errors and the store.
    pub secrets: Vec<(String, SecretString)>,
}

impl ModelInfo {
    /// One that is asked for as `name`.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            names: vec![name.into()],
            ..Self::default()
        }
    }

    /// Says how many tokens an answer has at most.
    #[must_use]
    pub fn with_max_output_tokens(self, tokens: u64) -> Self {
        Self {
            max_output_tokens: Some(tokens),
            ..self
        }
    }

    /// Adds a secret that it uses.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, value: SecretString) -> Self {
        self.secrets.push((name.into(), value));
        self
    }

    /// What is known of a model that asks this one or the other.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.names.extend(other.names);
        self.max_output_tokens = self
            .max_output_tokens
            .zip(other.max_output_tokens)
            .map(|(one, other)| one.max(other));
        self.secrets.extend(other.secrets);
        self
    }
}
