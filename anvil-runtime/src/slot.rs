//! What one `Anvil` knows of one tool while the process runs.

use crate::attempts::Attempts;
use crate::declaration::Declaration;
use crate::error::{Error, ErrorKind};
use crate::pipeline::Live;
use crate::version::Version;
use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;

/// A tool's place in an `Anvil`. Of all this, calls that succeed touch the live version only.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) declaration: &'static Declaration,
    /// When it was made.
    pub(crate) since: Timestamp,
    live: ArcSwapOption<Live>,
    state: Mutex<State>,
}

/// What only those look at who need a new body, or ask about the tool.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// The body that is being made, if any: at most one at a time.
    pub(crate) work: Option<Work>,
    pub(crate) attempts: Attempts,
    /// The user's latest edit, if it cannot be used.
    pub(crate) broken_edit: Option<BrokenEdit>,
    /// The latest failure of the live version that a heal would be for.
    pub(crate) unhealed: Option<Unhealed>,
}

/// An edit that cannot be used.
#[derive(Debug)]
pub(crate) struct BrokenEdit {
    pub(crate) body: String,
    pub(crate) error: Error,
}

/// A failure that is left as it is, so far.
#[derive(Debug, Clone)]
pub(crate) struct Unhealed {
    pub(crate) at: Timestamp,
    pub(crate) error: Error,
}

impl State {
    /// Remembers that the live version failed with `error`.
    pub(crate) fn failed(&mut self, error: &Error) {
        self.unhealed = Some(Unhealed {
            at: Timestamp::now(),
            error: error.clone(),
        });
    }
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
pub(crate) struct Work {
    pub(crate) purpose: Purpose,
    outcome: watch::Receiver<Option<Outcome>>,
}

/// On whose account something is made of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Calls need it: what comes of it is an answer to all of them.
    Calls,
    /// A person asked for it: what comes of it is an answer to that person alone.
    ByHand,
}

impl Work {
    pub(crate) fn new(purpose: Purpose, outcome: watch::Receiver<Option<Outcome>>) -> Self {
        Self { purpose, outcome }
    }

    /// Whether somebody still works on it.
    pub(crate) fn is_under_way(&self) -> bool {
        self.outcome.borrow().is_none() && self.outcome.has_changed().is_ok()
    }

    /// The outcome; nothing if whoever worked on it was stopped.
    pub(crate) async fn outcome(mut self) -> Option<Outcome> {
        let outcome = self.outcome.wait_for(Option::is_some).await.ok()?;
        outcome.clone()
    }
}

impl Slot {
    pub(crate) fn new(declaration: &'static Declaration) -> Self {
        Self {
            declaration,
            since: Timestamp::now(),
            live: ArcSwapOption::empty(),
            state: Mutex::default(),
        }
    }

    /// The slot of a tool that `former` was the slot of until it was declared otherwise. Attempts count on: they are
    /// the tool's. What serves goes on serving if it was written for this declaration, too.
    pub(crate) fn succeeding(former: &Self, declaration: &'static Declaration) -> Self {
        let slot = Self::new(declaration);
        let mut left = former.state();
        {
            let mut state = slot.state();
            state.attempts = mem::take(&mut left.attempts);
            if declaration.spec().digest() == former.declaration.spec().digest() {
                slot.live.store(former.live());
                state.broken_edit = left.broken_edit.take();
                state.unhealed = left.unhealed.take();
            }
        }
        slot
    }

    pub(crate) fn name(&self) -> &str {
        &self.declaration.spec().name
    }

    /// That the store holds nothing of the tool.
    pub(crate) fn not_stored(&self) -> Error {
        let name = self.name();
        let live = self.live();
        let has_one = self.declaration.native_body().is_some();
        if has_one && live.as_ref().is_none_or(|live| live.is_declared()) {
            let message =
                format!("nothing of `{name}` is stored: its body stands in its declaration");
            return Error::new(ErrorKind::Configuration, message).with_help("change it there");
        }
        match live {
            None => Error::new(
                ErrorKind::Configuration,
                format!("`{name}` has no body yet"),
            )
            .with_help("call it once; its first call has it written"),
            Some(live) => Error::new(
                ErrorKind::Store,
                format!("the stored files of `{name}` are gone"),
            )
            .with_help(format!(
                "bring them back; {} serves on in this process",
                live.version
            )),
        }
    }

    pub(crate) fn live(&self) -> Option<Arc<Live>> {
        self.live.load_full()
    }

    /// Whether `live` is what serves.
    pub(crate) fn is_live(&self, live: &Arc<Live>) -> bool {
        self.live().is_some_and(|now| Arc::ptr_eq(&now, live))
    }

    /// Puts a version into service, which ends the work on it: who fails on this version needs another.
    /// Calls that are running finish on the one that they started with.
    pub(crate) fn swap(&self, live: Live) {
        let mut state = self.state();
        state.broken_edit = None;
        let former = self.live.swap(Some(Arc::new(live)));
        state.work = None;
        state.unhealed = None;
        drop(state);
        // Ending its processes takes a moment, and nobody has to wait for that.
        drop(former);
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
