//! Giving up a call: the process that it runs in is ended, and so is what is done for it meanwhile.

use super::process::Process;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Whether a call was given up, shared between who waits for it and who runs it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cancel(Option<Arc<Shared>>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    given_up: Notify,
}

#[derive(Debug, Default)]
struct State {
    cancelled: bool,
    running: Option<Arc<Process>>,
}

/// Gives the call up when it is dropped.
#[derive(Debug)]
#[must_use]
pub(crate) struct CancelOnDrop(Cancel);

impl Cancel {
    /// For a call that is waited for, come what may.
    pub(crate) fn never() -> Self {
        Self(None)
    }

    /// For a call that may be given up.
    pub(crate) fn new() -> (Self, CancelOnDrop) {
        let cancel = Self(Some(Arc::default()));
        (cancel.clone(), CancelOnDrop(cancel))
    }

    /// The call runs in `process` from now on, unless it was given up.
    pub(super) fn begin(&self, process: &Arc<Process>) -> bool {
        let Some(mut state) = self.state() else {
            return true;
        };
        if !state.cancelled {
            state.running = Some(process.clone());
        }
        !state.cancelled
    }

    /// The call runs no more.
    pub(super) fn end(&self) {
        if let Some(mut state) = self.state() {
            state.running = None;
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.state().is_some_and(|state| state.cancelled)
    }

    fn state(&self) -> Option<MutexGuard<'_, State>> {
        let state = &self.0.as_ref()?.state;
        Some(state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until the call is given up.
    pub(crate) async fn given_up(&self) {
        let Some(shared) = &self.0 else {
            return pending().await;
        };
        let notified = shared.given_up.notified();
        // Whoever gives it up from here on is heard.
        if !self.is_cancelled() {
            notified.await;
        }
    }
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        let Some(mut state) = self.0.state() else {
            return;
        };
        state.cancelled = true;
        if let Some(process) = state.running.take() {
            process.kill();
        }
        drop(state);
        if let Some(shared) = &self.0.0 {
            shared.given_up.notify_waiters();
        }
    }
}
