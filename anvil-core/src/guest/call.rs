//! One call as the glue sees it: arguments in, an encoded answer or a failure out.

use crate::abi::HostTable;
use crate::codec;
use crate::context::Context;
use crate::failure::{Cause, Failure};
use crate::guest::export;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the glue hands back: the encoded answer, or why there is none.
pub type Outcome = Result<Vec<u8>, Failure>;

/// A call that is under way.
pub struct Call<'a> {
    pub(super) arguments: &'a [u8],
    pub(super) host: &'a HostTable,
}

impl<'a> Call<'a> {
    /// The arguments, as the tuple that the declaration's parameters make.
    ///
    /// # Errors
    /// [`Cause::Arguments`] when the host sent something else.
    pub fn arguments<T: Deserialize<'a>>(&self) -> Result<T, Failure> {
        codec::decode(self.arguments)
            .map_err(|error| Failure::outside(Cause::Arguments, error.to_string()))
    }

    /// Runs `body` with what it may ask its host through.
    pub fn with_context<T>(&self, body: impl FnOnce(&Context) -> T) -> T {
        export::with_door(self.host, |door| body(&Context::new(door)))
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("arguments", &self.arguments.len())
            .finish_non_exhaustive()
    }
}

/// Encodes what the body answered.
///
/// # Errors
/// [`Cause::Answer`] when the answer's own `Serialize` refuses.
pub fn answer<T: Serialize>(value: &T) -> Outcome {
    codec::encode(value).map_err(|error| Failure::outside(Cause::Answer, error.to_string()))
}
