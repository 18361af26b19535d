//! Tools in a row.

use crate::background;
use crate::call::{self, Answered, Runs, ToolResult};
use crate::error::Result;
use crate::event::{Event, EventKind};
use crate::tool::Tool;
use serde_json::Value;
use std::time::Instant;

/// Tools of which each gets what the one before it answered: an object as its arguments, anything else as its
/// single input. [`Tool::pipe`] makes one.
///
/// ```no_run
/// # fn chain(words: anvil::Tool, count: anvil::Tool, spell: anvil::Tool) -> anvil::Result<()> {
/// let chain = words.pipe(&count).pipe(&spell);
/// println!("{}", chain.run(serde_json::json!({ "text": "to be or not to be" }))?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "a chain does nothing until it is run"]
pub struct ToolChain {
    steps: Vec<Tool>,
}

impl ToolChain {
    /// `steps` has at least one tool.
    pub(crate) fn new(steps: Vec<Tool>) -> Self {
        Self { steps }
    }

    /// The chain that goes on with `next`.
    pub fn pipe(mut self, next: &Tool) -> Self {
        self.steps.push(next.clone());
        self
    }

    /// The tools, in order.
    #[must_use]
    pub fn steps(&self) -> &[Tool] {
        &self.steps
    }

    /// Runs them one after the other on the first one's `arguments`. Blocks.
    ///
    /// # Errors
    /// That of the step which fails, with its place and name; later steps are not run. A step that is handed what
    /// it does not take fails with [`Error::is_invalid_input`](crate::Error::is_invalid_input).
    pub fn run(&self, arguments: Value) -> Result<Value> {
        background::wait(self.answer(arguments, Runs::Here)).map(|(answer, _)| answer)
    }

    /// Runs them without holding up this thread.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_async(&self, arguments: Value) -> Result<Value> {
        let (answer, _) = self.answer(arguments, Runs::Elsewhere).await?;
        Ok(answer)
    }

    /// Runs them as [`run`](Self::run) does and reports what came of it: the version is the last step's, heals are
    /// those of all steps. It never panics.
    #[must_use]
    pub fn run_safe(&self, arguments: Value) -> ToolResult<Value> {
        call::safely(|| background::wait(self.answer(arguments, Runs::Here)))
    }

    /// Runs them as [`run_async`](Self::run_async) does and reports what came of it. It never panics.
    pub async fn run_safe_async(&self, arguments: Value) -> ToolResult<Value> {
        call::safely_async(self.answer(arguments, Runs::Elsewhere)).await
    }

    async fn answer(&self, arguments: Value, runs: Runs) -> Result<(Value, Answered)> {
        let started = Instant::now();
        let mut at = 0;
        let outcome = self.each(arguments, runs, &mut at).await;
        let names: Vec<&str> = self.steps.iter().map(Tool::name).collect();
        let event = |kind| {
            Event::new(kind, &names.join(" | "))
                .took(started.elapsed())
                .with("steps", names.clone())
        };
        let logger = self.steps[0].engine().logger();
        match outcome {
            Ok(answer) => {
                logger.record(event(EventKind::ChainExecuted));
                Ok(answer)
            }
            Err(error) => {
                let error = error.at_step(at + 1, self.steps.len(), names[at]);
                let event = event(EventKind::ChainFailed).error(&error);
                logger.record(event.with("failed_step", at + 1));
                Err(error)
            }
        }
    }

    /// Runs each step; `at` is the one that is under way.
    async fn each(
        &self,
        arguments: Value,
        runs: Runs,
        at: &mut usize,
    ) -> Result<(Value, Answered)> {
        let (mut value, mut answered) = self.steps[0].answer(arguments, runs).await?;
        for (index, step) in self.steps.iter().enumerate().skip(1) {
            *at = index;
            let arguments = step.arguments_from(value)?;
            let heals = answered.heals;
            (value, answered) = step.answer(arguments, runs).await?;
            answered.heals += heals;
        }
        Ok((value, answered))
    }
}
