//! [`Fallback`]: the next model where one is down.

use crate::model::{
    BoxFuture, LanguageModel, ModelError, ModelErrorKind, ModelInfo, ModelReply, ModelRequest,
};
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Several models, of which the next is asked where one gives no answer: because it is down, because its key or its
/// account is at an end, because it does not take the request. An answer that is cut off, empty or a refusal is an answer.
///
/// Each is asked for as long as it tries by itself: a short `retry_for` for all but the last is what callers like best.
/// One that was down, or had nothing to be paid with, is asked last for a minute.
///
/// ```
/// use anvil::models::{Anthropic, Fallback, OpenAi};
/// use std::time::Duration;
///
/// let model = Fallback::new(Anthropic::new("a key").retry_for(Duration::from_secs(5)))
///     .then(OpenAi::new("another key"));
/// let builder = anvil::Anvil::builder().model(model);
/// ```
pub struct Fallback(Vec<Member>);

struct Member {
    model: Box<dyn LanguageModel>,
    /// Until when others are asked first.
    rests: Mutex<Option<Instant>>,
}

/// How long others are asked before one that gave no answer.
const REST: Duration = Duration::from_secs(60);

impl Fallback {
    /// Asks this one first.
    pub fn new(first: impl LanguageModel) -> Self {
        Self(vec![Member::new(first)])
    }

    /// Asks this one where those before it give no answer.
    #[must_use]
    pub fn then(mut self, next: impl LanguageModel) -> Self {
        self.0.push(Member::new(next));
        self
    }

    /// Whom to ask, in order.
    fn order(&self) -> Vec<&Member> {
        let mut order: Vec<&Member> = self.0.iter().collect();
        order.sort_by_cached_key(|member| member.rests());
        order
    }

    async fn ask(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        let mut earlier: Vec<ModelError> = Vec::new();
        for member in self.order() {
            match member.model.complete(request).await {
                Ok(reply) => {
                    member.rest(None);
                    return Ok(reply.after(earlier));
                }
                Err(error) if is_final(error.kind()) => return Err(error.after(earlier)),
                Err(error) => {
                    if is_down(error.kind()) {
                        member.rest(Some(Instant::now() + REST));
                    }
                    earlier.push(error);
                }
            }
        }
        let last = earlier.pop().expect("there is one model at least");
        Err(last.after(earlier))
    }
}

/// Whether another model is not asked for it.
fn is_final(kind: ModelErrorKind) -> bool {
    kind.is_of_answer() || kind == ModelErrorKind::NotRecorded
}

/// Whether the next request would most likely end the same way.
fn is_down(kind: ModelErrorKind) -> bool {
    matches!(
        kind,
        ModelErrorKind::Unavailable | ModelErrorKind::Billing | ModelErrorKind::Credential
    )
}

impl Member {
    fn new(model: impl LanguageModel) -> Self {
        Self {
            model: Box::new(model),
            rests: Mutex::new(None),
        }
    }

    fn rests(&self) -> bool {
        let until = self.rests.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_some_and(|until| Instant::now() < until)
    }

    fn rest(&self, until: Option<Instant>) {
        *self.rests.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

impl LanguageModel for Fallback {
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        Box::pin(self.ask(request))
    }

    fn info(&self) -> ModelInfo {
        let infos = self.0.iter().map(|member| member.model.info());
        infos.reduce(ModelInfo::or).unwrap_or_default()
    }
}

impl fmt::Debug for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|member| member.model.info().names);
        f.debug_tuple("Fallback")
            .field(&names.collect::<Vec<_>>())
            .finish()
    }
}
