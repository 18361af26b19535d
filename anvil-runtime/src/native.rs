//! A body in the declaration: native code of the user's crate, called with bytes as one in a dylib is.

use crate::background::{self, panic_words};
use crate::returns::ToolReturn;
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use anvil_core::guest;
use serde::Deserialize;
use std::panic::{self, AssertUnwindSafe};

/// Takes encoded arguments, and answers in the same form.
pub(crate) type Native = fn(&[u8]) -> Result<Vec<u8>, Failure>;

/// Calls it. Its panic has been told by the program's own hook; here it is a failure.
pub(crate) fn run(native: Native, arguments: &[u8]) -> Result<Vec<u8>, Failure> {
    panic::catch_unwind(AssertUnwindSafe(|| native(arguments)))
        .unwrap_or_else(|payload| Err(Failure::outside(Cause::Panic, panic_words(&*payload))))
}

/// What a body in the user's crate returned, as a body in a dylib hands it over. Written by the macro.
///
/// # Errors
/// With the failure that it is, or that its encoding met.
pub fn returned<R: ToolReturn>(returned: R::Returned) -> Result<Vec<u8>, Failure> {
    guest::answer(&R::into_outcome(returned)?)
}

/// As [`returned`], of an `async` body: waits for it.
///
/// # Errors
/// As [`returned`].
pub fn returned_async<R: ToolReturn>(
    body: impl Future<Output = R::Returned>,
) -> Result<Vec<u8>, Failure> {
    returned::<R>(background::wait(body))
}

/// The arguments that a body in the user's crate was given. Written by the macro.
///
/// # Errors
/// When they are others.
pub fn given<'a, T: Deserialize<'a>>(arguments: &'a [u8]) -> Result<T, Failure> {
    codec::decode(arguments).map_err(|error| Failure::outside(Cause::Arguments, error.to_string()))
}
