//! A model that says what it was told to say.

use crate::model::{BoxFuture, LanguageModel, ModelError, ModelReply, ModelRequest, Usage};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A scripted model. Each request about a tool takes the next answer that was scripted for the tool; one
/// for which nothing is left fails, and says so. Copies share script and record.
#[derive(Debug, Clone, Default)]
pub struct MockModel(Arc<Mutex<Script>>);

#[derive(Debug, Default)]
struct Script {
    answers: HashMap<String, VecDeque<Result<String, ModelError>>>,
    requests: Vec<ModelRequest>,
    delay: Duration,
    usage: Usage,
}

impl MockModel {
    /// A model with an empty script.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The next request about `tool` is answered with `text`.
    #[must_use]
    pub fn reply(self, tool: impl Into<String>, text: impl Into<String>) -> Self {
        self.then(tool.into(), Ok(text.into()))
    }

    /// The next request about `tool` fails with `message`.
    #[must_use]
    pub fn fail(self, tool: impl Into<String>, message: impl Into<String>) -> Self {
        self.then(tool.into(), Err(ModelError::new(message)))
    }

    fn then(self, tool: String, answer: Result<String, ModelError>) -> Self {
        self.script()
            .answers
            .entry(tool)
            .or_default()
            .push_back(answer);
        self
    }

    /// From now on each answer takes this long.
    pub fn delay(&self, delay: Duration) {
        self.script().delay = delay;
    }

    /// From now on each answer says that its request used so many tokens.
    pub fn usage(&self, input_tokens: u64, output_tokens: u64) {
        self.script().usage = Usage::new(input_tokens, output_tokens);
    }

    /// All requests so far, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<ModelRequest> {
        self.script().requests.clone()
    }

    /// The requests about `tool` so far, oldest first.
    #[must_use]
    pub fn requests_for(&self, tool: &str) -> Vec<ModelRequest> {
        let mut requests = self.requests();
        requests.retain(|request| request.tool == tool);
        requests
    }

    fn unscripted(&self, tool: &str) -> ModelError {
        let script = self.script();
        let scripted = match script.answers.get(tool) {
            Some(_) => format!("nothing more is scripted for `{tool}`"),
            None if script.answers.is_empty() => format!("nothing is scripted for `{tool}`"),
            None => {
                let mut others: Vec<&str> = script.answers.keys().map(String::as_str).collect();
                others.sort_unstable();
                format!("nothing is scripted for `{tool}`, only for {others:?}")
            }
        };
        ModelError::new(format!(
            "{scripted}; add `.reply({tool:?}, …)` to the MockModel"
        ))
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LanguageModel for MockModel {
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        Box::pin(async move {
            let (answer, delay, usage) = {
                let mut script = self.script();
                script.requests.push(request.clone());
                let tool = &request.tool;
                let answer = script.answers.get_mut(tool).and_then(VecDeque::pop_front);
                (answer, script.delay, script.usage)
            };
            if !delay.is_zero() {
                tokio::time::sleep(delay).await;
            }
            answer
                .unwrap_or_else(|| Err(self.unscripted(&request.tool)))
                .map(|text| ModelReply::new("mock", text).with_usage(usage))
        })
    }
}
