//! Anvil's own small runtime, and waiting for it from anywhere.

use crate::error::{Error, ErrorKind};
use std::any::Any;
use std::cell::Cell;
use std::future::{Future, ready};
use std::io;
use std::panic;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Runs what must not depend on a caller: models, builds, heals. Dropping it waits for nothing, so that an
/// `Anvil` can be dropped inside somebody else's runtime.
#[derive(Debug)]
pub(crate) struct Background {
    handle: Handle,
    runtime: Mutex<Option<Runtime>>,
}

/// The runtime was shut down while somebody waited for it.
#[derive(Debug)]
pub(crate) struct ShutDown;

impl From<ShutDown> for Error {
    fn from(_: ShutDown) -> Self {
        Self::new(
            ErrorKind::ShutDown,
            "this `Anvil` was shut down during the call",
        )
    }
}

thread_local! {
    /// Whether the thread belongs to a runtime of Anvil's.
    static IS_OURS: Cell<bool> = const { Cell::new(false) };
}

/// Work that waits for models, cargo and locks needs few threads; bodies run on threads for blocking work.
const WORKERS: usize = 2;

impl Background {
    pub(crate) fn start() -> io::Result<Self> {
        // tokio panics, instead of returning the error, where no thread is to be had.
        let runtime = panic::catch_unwind(|| {
            Builder::new_multi_thread()
                .worker_threads(WORKERS)
                .thread_name("anvil")
                .on_thread_start(|| IS_OURS.set(true))
                .enable_all()
                .build()
        });
        let runtime =
            runtime.map_err(|payload| io::Error::other(panic_words(&*payload).to_owned()))??;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Mutex::new(Some(runtime)),
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }

    pub(crate) fn spawn<F>(&self, task: F) -> JoinHandle<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.handle.spawn(task)
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Panics
    /// As `work` does.
    pub(crate) async fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ShutDown> {
        match self.handle.spawn_blocking(work).await {
            Ok(value) => Ok(value),
            Err(error) => match error.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                Err(_) => Err(ShutDown),
            },
        }
    }

    /// Waits for `task`, but no longer than `limit`. Works outside any runtime, too: the clock is ours.
    pub(crate) async fn timeout<T>(
        &self,
        limit: Duration,
        task: impl Future<Output = T>,
    ) -> Option<T> {
        if limit.is_zero() {
            return tokio::select! {
                biased;
                done = task => Some(done),
                () = ready(()) => None,
            };
        }
        let mut elapsed = self.spawn(async move { tokio::time::sleep(limit).await });
        let done = tokio::select! {
            biased;
            done = task => Some(done),
            _ = &mut elapsed => None,
        };
        elapsed.abort();
        done
    }

    /// Stops everything at its next pause, without waiting.
    pub(crate) fn shut_down(&self) {
        let runtime = self
            .runtime
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Waits for `task` on this thread, which may belong to somebody else's runtime: tokio's own `block_on`
/// would panic there.
pub(crate) fn wait<T>(task: impl Future<Output = T>) -> T {
    // Unconstrained, because a task of tokio's that has used up its budget is never ready again on a thread
    // that does not go back to tokio.
    let wait = || pollster::block_on(tokio::task::unconstrained(task));
    // A model that calls a tool: what is waited for may be next in this very thread's queue.
    blocking(wait)
}

/// Does work that blocks for some milliseconds; on one of our own runtime's threads, without holding up the others'
/// tasks. On a thread of somebody else's runtime tokio may have nobody to hand them to, and would panic.
pub(crate) fn blocking<T>(work: impl FnOnce() -> T) -> T {
    match IS_OURS.get() {
        true => tokio::task::block_in_place(work),
        false => work(),
    }
}

/// What a panic said.
pub(crate) fn panic_words(payload: &(dyn Any + Send)) -> &str {
    let owned = payload.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("with a value that is not text")
}
