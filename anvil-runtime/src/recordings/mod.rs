//! What pure tools answered: calls that the next version has to answer alike.
//!
//! Each version has a set of calls of its own, bounded and without repetition: the first that it answered, and those
//! that a version before it had failed, which no later one may fail again. The set of a healed version begins as that of
//! its predecessor.
//!
//! ```text
//! <target>/anvil/recordings/<store>/<tool>/<digest of declaration and body>.jsonl
//! ```
//!
//! Of a body in a declaration it is a digest of the program's build, too: it may call what it likes of that, and another
//! build may well answer otherwise.
//!
//! A call is a line, written as it is answered. That costs a few microseconds, and happens as often as there is room
//! for calls; nothing has to be written when the process ends, however it does. A line that was not written to its end
//! is passed over.

mod file;
mod set;

pub(crate) use file::{Folder, this_build};
pub(crate) use set::Recordings;

use serde::{Deserialize, Serialize};

/// A call that was answered; a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// Encoded, as they crossed.
    pub(crate) arguments: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    /// Whether an earlier version failed the call.
    pub(crate) healed: bool,
}
