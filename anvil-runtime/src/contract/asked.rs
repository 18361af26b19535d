//! Whose contract is asked on this thread.
//!
//! Conditions and examples are the user's code, and reach all that the user's crate has. A call of the tool itself from
//! in there would be asked about in turn, for ever, or wait for the candidate that is on trial to go live. So it is an
//! error; that an example's own name for the tool means the candidate is the macro's doing.

use crate::declaration::Declaration;
use crate::error::Error;
use std::cell::RefCell;

thread_local! {
    /// The declarations' indices, innermost last. A tool may be called by a destructor of the thread's, after this is
    /// gone: then nobody is asked.
    static ASKED: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };

    /// Why a contract that is asked here can have no answer, whatever the candidate is.
    static CIRCLE: RefCell<Option<Error>> = const { RefCell::new(None) };
}

/// Notes that the contracts that are asked on this thread go round in a circle: no candidate is to blame.
pub(crate) fn circle(error: &Error) {
    let _ = CIRCLE.try_with(|circle| circle.replace(Some(error.clone())));
}

/// What was noted since this was asked last.
pub(super) fn take_circle() -> Option<Error> {
    CIRCLE.try_with(RefCell::take).ok().flatten()
}

impl Declaration {
    /// Puts a question to its contract.
    pub(super) fn ask<T>(&self, question: impl FnOnce() -> T) -> T {
        let asked = ASKED.try_with(|asked| asked.borrow_mut().push(self.index()));
        let _asked = asked.ok().map(|()| Asked);
        question()
    }

    /// Whether its contract is being asked on this thread.
    pub(crate) fn is_asked(&self) -> bool {
        let asked = ASKED.try_with(|asked| {
            let asked = asked.borrow();
            !asked.is_empty() && asked.contains(&self.index())
        });
        asked.unwrap_or(false)
    }
}

/// The numbers of all declarations whose contract is being asked on this thread.
pub(crate) fn asked() -> Vec<usize> {
    let asked = ASKED.try_with(|asked| asked.borrow().clone());
    asked.unwrap_or_default()
}

/// The question that was put last; it ends when this is dropped.
struct Asked;

impl Drop for Asked {
    fn drop(&mut self) {
        let _ = ASKED.try_with(|asked| asked.borrow_mut().pop());
    }
}
