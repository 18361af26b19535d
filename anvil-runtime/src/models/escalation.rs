//! [`Escalation`]: a cheap model first, a strong one for the last attempt.

use crate::model::{BoxFuture, LanguageModel, ModelError, ModelInfo, ModelReply, ModelRequest};
use std::fmt;
use std::sync::Arc;

/// Two models: the strong one is asked when little is left to try, which is what
/// [`ModelRequest::last`] says, and the cheap one all other times.
///
/// ```
/// use anvil::models::{Anthropic, Escalation};
///
/// let model = Escalation::new(
///     Anthropic::new("a key").model("claude-haiku-5-5"),
///     Anthropic::new("a key"),
/// );
/// let builder = anvil::Anvil::builder().model(model);
/// ```
#[derive(Clone)]
pub struct Escalation {
    cheap: Arc<dyn LanguageModel>,
    strong: Arc<dyn LanguageModel>,
}

impl Escalation {
    /// Asks `cheap` first, and `strong` last.
    pub fn new(cheap: impl LanguageModel, strong: impl LanguageModel) -> Self {
        Self {
            cheap: Arc::new(cheap),
            strong: Arc::new(strong),
        }
    }
}

impl LanguageModel for Escalation {
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        match request.last {
            true => self.strong.complete(request),
            false => self.cheap.complete(request),
        }
    }

    fn info(&self) -> ModelInfo {
        self.cheap.info().or(self.strong.info())
    }
}

impl fmt::Debug for Escalation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Escalation")
            .field("cheap", &self.cheap.info().names)
            .field("strong", &self.strong.info().names)
            .finish()
    }
}
