//! Saying which door a body died at.

#![expect(unsafe_code, reason = "a signal handler is C")]

use super::syscalls::attack_name;
use crate::command::{DENIED, DENIED_WORDS};
use std::ffi::c_int;
use std::mem;

/// From now on, a system call that seccomp traps is named on the standard error before the process ends.
pub(super) fn name_what_is_denied() {
    // SAFETY: all zeros is a `sigaction` without flags and an empty mask.
    let mut action: libc::sigaction = unsafe { mem::zeroed() };
    action.sa_sigaction = tell as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
    // SAFETY: `tell` has the signature that SA_SIGINFO asks for and calls nothing but `write` and `_exit`.
    unsafe { libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut()) };
}

/// The kernel's `siginfo_t` as it is for SIGSYS.
#[repr(C)]
struct Trapped {
    _signo_errno_code: [c_int; 3],
    _padding: c_int,
    _address: *const (),
    number: c_int,
}

extern "C" fn tell(_signal: c_int, info: *const Trapped, _context: *const ()) {
    // SAFETY: the kernel passes the information that belongs to the signal.
    let number = unsafe { (*info).number };
    for words in [
        DENIED_WORDS,
        attack_name(number.into()).unwrap_or("an unknown one"),
        "\n",
    ] {
        // SAFETY: the words are valid for their length, and `write` may be called in a handler.
        unsafe { libc::write(libc::STDERR_FILENO, words.as_ptr().cast(), words.len()) };
    }
    // SAFETY: `_exit` may be called in a handler.
    unsafe { libc::_exit(DENIED.into()) };
}
