//! [`Fallback`]: the next model where one is down.

use crate::model::{BoxFuture, LanguageModel, ModelError, ModelInfo, ModelReply, ModelRequest};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Several models, of which the next is asked where one gives no answer: because it is down, because its key or its
/// account is at an end, because it does not take the request. An answer that is cut off, empty or a refusal is an answer.
///
/// Each is asked for as long as it tries by itself: a short `retry_for` for all but the last is what callers like best.
/// One that gave no answer is passed over for a minute, unless all of them are.
#[derive(Clone)]
pub struct Fallback(Arc<Vec<Member>>);

struct Member {
    model: Box<dyn LanguageModel>,
    /// Until when it is passed over.
    rests: Mutex<Option<Instant>>,
}

/// How long a model that gave no answer is passed over.
const REST: Duration = Duration::from_secs(60);

impl Fallback {
    /// Asks this one first.
    pub fn new(first: impl LanguageModel) -> Self {
        Self(Arc::new(vec![Member::new(first)]))
    }

    /// Asks this one where those before it give no answer.
    ///
    /// # Panics
    /// When it was cloned before.
    #[must_use]
    pub fn then(mut self, next: impl LanguageModel) -> Self {
        let members = Arc::get_mut(&mut self.0).expect("nobody shares it while it is put together");
        members.push(Member::new(next));
        self
    }

    /// Whom to ask, in order.
    fn order(&self) -> Vec<&Member> {
        let awake: Vec<&Member> = self.0.iter().filter(|member| !member.rests()).collect();
        match awake.is_empty() {
            true => self.0.iter().collect(),
            false => awake,
        }
    }

    async fn ask(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        let mut earlier = Vec::new();
        for member in self.order() {
            match member.model.complete(request).await {
                Ok(reply) => {
                    member.rest(None);
                    return Ok(reply.after(earlier));
                }
                Err(error) if error.kind().is_of_answer() => return Err(error.after(earlier)),
                Err(error) => {
                    member.rest(Some(Instant::now() + REST));
                    earlier.push(error);
                }
            }
        }
        let last = earlier.pop().expect("there is one model at least");
        Err(last.after(earlier))
    }
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
