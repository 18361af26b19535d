//! HTTP exchanges that were written down once, for users' tests.
//!
//! ```text
//! HttpReplay        what a test holds, and gives to its `Anvil`
//!   recording         exchanges, written down as they are made
//!   tape              exchanges, given out as they were recorded
//!     differences       how what is asked for differs from what was recorded
//!   file              where they lie between the two
//!     exchange          a request and what came of it, as they are written down
//!       header            one of theirs
//!       content           what is sent along
//!         layout            JSON, laid out to be read
//! ```
//!
//! What is recorded and what is asked for later go through the same words ([`Request::new`]), so that they are compared
//! as they are written: without secrets, which a test does not have.

mod http_replay;

mod recording;

mod tape;

mod differences;

mod file;

mod exchange;

mod header;

mod content;
mod layout;

pub use http_replay::HttpReplay;

pub(crate) use exchange::{Exchange, Request};
pub(crate) use http_replay::Mode;
pub(crate) use layout::indented;
pub(crate) use recording::Recording;
pub(crate) use tape::{NotRecorded, Tape};
