//! What one `Anvil` knows of one tool while the process runs.

use crate::attempts::Attempts;
use crate::declaration::Declaration;
use crate::error::Error;
use crate::pipeline::Live;
use crate::version::Version;
use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A tool's place in an `Anvil`. Of all this, calls that succeed touch the live version only.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) declaration: &'static Declaration,
    live: ArcSwapOption<Live>,
    state: Mutex<State>,
}

/// What only those look at who need a new body, or ask about the tool.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The body that is being made, if any: at most one at a time.
    pub(crate) work: Option<Work>,
    pub(crate) attempts: Attempts,
    /// Whether the user took the tool over: it runs, and is never rewritten.
    pub(crate) ejected: bool,
    /// The user's latest edit, if it cannot be used.
    pub(crate) broken_edit: Option<BrokenEdit>,
    /// The latest failure of the live version that a heal would be for and that was not healed.
    pub(crate) unhealed: Option<Unhealed>,
}

/// An edit that cannot be used.
#[derive(Debug)]
pub(crate) struct BrokenEdit {
    pub(crate) body: String,
    pub(crate) error: Error,
}

/// A failure that was left as it is.
#[derive(Debug, Clone)]
pub(crate) struct Unhealed {
    pub(crate) at: Timestamp,
    pub(crate) error: Error,
}

/// What came of making a body: everyone who waited gets a copy.
pub(crate) type Outcome = Result<Made, Error>;

/// A new version is live.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) version: Version,
    /// Its answer to the call that started the work, where a failed call did.
    pub(crate) answer: Option<Arc<[u8]>>,
}

/// A body in the making, as those see it who wait.
#[derive(Debug, Clone)]
pub(crate) struct Work(watch::Receiver<Option<Outcome>>);

impl Work {
    pub(crate) fn new(outcome: watch::Receiver<Option<Outcome>>) -> Self {
        Self(outcome)
    }

    /// Whether somebody still works on it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.0.borrow().is_none() && self.0.has_changed().is_ok()
    }

    /// The outcome; nothing if whoever worked on it was stopped.
    pub(crate) async fn outcome(mut self) -> Option<Outcome> {
        let outcome = self.0.wait_for(Option::is_some).await.ok()?;
        outcome.clone()
    }
}

impl Slot {
    pub(crate) fn new(declaration: &'static Declaration) -> Self {
        Self {
            declaration,
            live: ArcSwapOption::empty(),
            state: Mutex::default(),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.declaration.spec().name
    }

    pub(crate) fn live(&self) -> Option<Arc<Live>> {
        self.live.load_full()
    }

    /// Puts a version into service, which ends the work on it: who fails on this version needs another.
    /// Calls that are running finish on the one that they started with.
    pub(crate) fn swap(&self, live: Live) {
        let mut state = self.state();
        self.live.store(Some(Arc::new(live)));
        state.work = None;
        state.unhealed = None;
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn reset_attempts(&self) {
        let mut state = self.state();
        state.attempts.reset();
        state.unhealed = None;
    }
}
