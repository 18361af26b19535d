//! Which `Anvil` a call belongs to.
//!
//! The innermost that was entered on this thread; else the installed one; else one that runs stored tools
//! and asks nobody. While a test holds a [`TestAnvil`](crate::testing::TestAnvil) the last two are out of
//! the question: a call that the test forgot to give its `Anvil` must not find a real model.

use crate::error::{Error, ErrorKind, Result};
use crate::handle::Anvil;
use arc_swap::ArcSwapOption;
use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock};

static INSTALLED: ArcSwapOption<Anvil> = ArcSwapOption::const_empty();
static TESTS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static ENTERED: RefCell<Vec<(u64, Anvil)>> = const { RefCell::new(Vec::new()) };
}

/// While it lives, its `Anvil` answers the calls on its thread; see [`Anvil::enter`].
#[derive(Debug)]
#[must_use = "the `Anvil` is left again when this is dropped"]
pub struct Entered {
    id: u64,
    /// It has to be dropped on the thread that it was made on.
    _not_send: PhantomData<MutexGuard<'static, ()>>,
}

pub(crate) fn enter(anvil: Anvil) -> Entered {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    // Where the thread has dropped the list already, calls are not its any more.
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id, anvil)));
    Entered {
        id,
        _not_send: PhantomData,
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        // Guards may be dropped in any order, and at thread exit after the list itself.
        let left = ENTERED.try_with(|entered| {
            let mut entered = entered.borrow_mut();
            let at = entered.iter().rposition(|(id, _)| *id == self.id)?;
            Some(entered.remove(at))
        });
        drop(left);
    }
}

pub(crate) fn install(anvil: Anvil) {
    INSTALLED.store(Some(Arc::new(anvil)));
}

/// Counts a test that is under way; dropping it ends the test.
#[derive(Debug)]
pub(crate) struct TestUnderWay(());

impl TestUnderWay {
    pub(crate) fn begin() -> Self {
        TESTS.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for TestUnderWay {
    fn drop(&mut self) {
        TESTS.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The `Anvil` for a call of `tool` that is made here and now.
pub(crate) fn current(tool: &str) -> Result<Anvil> {
    // A tool may be called by a destructor of the thread's, after the list is gone.
    let entered = ENTERED.try_with(|entered| {
        let entered = entered.borrow();
        entered.last().map(|(_, anvil)| anvil.clone())
    });
    if let Ok(Some(anvil)) = entered {
        return Ok(anvil);
    }
    if TESTS.load(Ordering::SeqCst) > 0 {
        let message = format!(
            "`{tool}` was called on a thread or task that the test gave no `Anvil`: call `enter()` on the \
             thread, or wrap the task in `scope()`"
        );
        return Err(Error::new(ErrorKind::NoAnvil, message).with_help(
            "`let _entered = anvil.enter();` on a thread, `anvil.scope(task).await` in a task; for \
                 `spawn`, move a clone of the `Anvil` into the task",
        ));
    }
    if let Some(anvil) = INSTALLED.load().as_deref() {
        return Ok(anvil.clone());
    }
    static STORED_ONLY: OnceLock<Anvil> = OnceLock::new();
    match STORED_ONLY.get() {
        Some(anvil) => Ok(anvil.clone()),
        None => {
            let anvil = Anvil::builder().not_installed().build()?;
            Ok(STORED_ONLY.get_or_init(|| anvil).clone())
        }
    }
}
