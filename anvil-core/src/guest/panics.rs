//! Panics inside a guest, caught and told.
//!
//! Catching has to happen here: a panic that leaves a dynamic library with its own standard library
//! aborts the host. So has listening: the host's panic hook never hears of a guest's panics, because hooks
//! belong to the standard library that the guest carries. Nothing is printed; the host reports.
//!
//! A [`ToolError`] can travel the same way: where a body's function returns an error of the user's own, which has no
//! room for one, [`raise`] unwinds with it to here. No hook hears of that, since nothing has panicked.

use crate::failure::{Cause, Failure, Frames, Location, ToolError};
use crate::guest::call::Outcome;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Instant;

thread_local! {
    static IN_A_CALL: Cell<bool> = const { Cell::new(false) };
    static LAST: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// What threads that bodies had started said as they panicked; the newest last.
static ELSEWHERE: Mutex<VecDeque<(Instant, String)>> = Mutex::new(VecDeque::new());

/// More than this many panics of other threads are not kept: the first causes matter, not the storm.
const KEPT_ELSEWHERE: usize = 16;

/// Runs `body`; a panic in it comes back as a failure.
pub(super) fn catch(body: &mut dyn FnMut() -> Outcome) -> Outcome {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| panic::set_hook(Box::new(listen)));

    let started = Instant::now();
    let _ = take_last();
    IN_A_CALL.set(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(body));
    IN_A_CALL.set(false);

    let outcome = outcome.unwrap_or_else(|payload| {
        let payload = match payload.downcast::<ToolError>() {
            Ok(raised) => return Err((*raised).into()),
            Err(payload) => payload,
        };
        // A payload's own destructor may panic as well; that second payload is left alone.
        if let Err(again) = panic::catch_unwind(AssertUnwindSafe(|| drop(payload))) {
            std::mem::forget(again);
        }
        Err(take_last().unwrap_or_else(|| Failure::outside(Cause::Panic, "with nothing to say")))
    });
    outcome.map_err(|failure| Failure {
        other_threads: elsewhere_since(started),
        ..failure
    })
}

/// Fails the call with `error`, out of a function that cannot return one.
pub fn raise(error: ToolError) -> ! {
    if !IN_A_CALL.get() {
        // Whoever joins this thread learns that it ended, and not why.
        remember_elsewhere(error.to_string(), Some(&error.location));
    }
    panic::resume_unwind(Box::new(error))
}

/// The guest's panic hook. It runs on the panicking thread, before unwinding.
fn listen(info: &PanicHookInfo<'_>) {
    let message = info
        .payload_as_str()
        .unwrap_or("with a value that is not text");
    let location = info.location().map(Location::from);
    if IN_A_CALL.get() {
        let failure = Failure {
            location,
            frames: Frames::here(),
            ..Failure::outside(Cause::Panic, message)
        };
        let _ = LAST.try_with(|last| last.replace(Some(failure)));
    } else {
        remember_elsewhere(message.to_owned(), location.as_ref());
    }
}

fn remember_elsewhere(message: String, location: Option<&Location>) {
    let words = match location {
        Some(location) => format!("{message} ({location})"),
        None => message,
    };
    let mut elsewhere = ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner);
    if elsewhere.len() == KEPT_ELSEWHERE {
        elsewhere.pop_front();
    }
    elsewhere.push_back((Instant::now(), words));
}

/// Nothing, too, on a thread that is past its end and calls from a destructor.
fn take_last() -> Option<Failure> {
    LAST.try_with(RefCell::take).ok().flatten()
}

fn elsewhere_since(started: Instant) -> Vec<String> {
    let elsewhere = ELSEWHERE.lock().unwrap_or_else(PoisonError::into_inner);
    elsewhere
        .iter()
        .filter(|(at, _)| *at >= started)
        .map(|(_, words)| words.clone())
        .collect()
}
