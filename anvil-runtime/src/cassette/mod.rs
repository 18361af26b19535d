//! Exchanges with a model that were written down once, for users' tests.
//!
//! ```text
//! Cassette          what a test holds, and gives to its `Anvil`
//!   environment       which of three ways it goes
//!   recording         exchanges, written down as they are made
//!     claims            one file is recorded once in a process
//!   tapes             exchanges, given out as they were recorded
//!     differences       how what is asked differs from what was recorded
//!   file              where they lie between the two
//!     exchange          a request and its answer, as they are written down
//!       text              text that reviews line by line
//!       told              text without keys and the names of accounts
//! ```
//!
//! What is recorded and what is asked later go through the same words ([`told`]), and are compared as they are written.

mod model;

mod environment;

mod claims;
mod recording;

mod differences;
mod tapes;

mod file;

mod exchange;
mod text;
mod told;

#[cfg(test)]
mod tests;

pub use model::Cassette;
