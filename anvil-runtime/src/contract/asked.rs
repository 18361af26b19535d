//! Whose contract is asked on this thread.
//!
//! Conditions and examples are the user's code, and reach all that the user's crate has. A call of the tool itself from
//! in there would be asked about in turn, for ever, or wait for the candidate that is on trial to go live. So it is an
//! error; that an example's own name for the tool means the candidate is the macro's doing.

use crate::declaration::Declaration;
use std::cell::RefCell;
use std::ptr;

thread_local! {
    /// Innermost last.
    static ASKED: RefCell<Vec<*const Declaration>> = const { RefCell::new(Vec::new()) };
}

impl Declaration {
    /// Puts a question to its contract.
    pub(super) fn ask<T>(&self, question: impl FnOnce() -> T) -> T {
        ASKED.with_borrow_mut(|asked| asked.push(self));
        let _asked = Asked;
        question()
    }

    /// Whether its contract is being asked on this thread.
    pub(crate) fn is_asked(&self) -> bool {
        // A tool may be called by a destructor of the thread's, after the list is gone.
        let asked = ASKED.try_with(|asked| {
            let asked = asked.borrow();
            asked.iter().any(|one| ptr::eq(*one, self))
        });
        asked.unwrap_or(false)
    }
}

/// The question that was put last; it ends when this is dropped.
struct Asked;

impl Drop for Asked {
    fn drop(&mut self) {
        ASKED.with_borrow_mut(Vec::pop);
    }
}
