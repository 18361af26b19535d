//! How far a tool's body is kept from the host, and what it may use there.
//!
//! ```text
//! level, limits         what was declared or set
//! sandboxing            whether there is a sandbox here
//! runner                a version that can be called: in this process, or
//!   pool                  in processes of its own, one for each call that runs at a time,
//!     breaker               unless they died too often
//!     worker                one such process: started, called, ended
//!       process               as the system knows it
//!       memory_file           the dylib that it loads, what it prints, and its program
//!       conversation          what is said to it, and what is believed of what it says
//!         channel               frames, and no waiting beyond a deadline
//!       death                 why it is no more
//! capabilities          what a running body may ask for
//! cancel                giving a call up
//! ```
//!
//! Bytes from a worker are not trusted: they are length-capped, read into memory of ours and decoded there, and what is
//! not the protocol ends the worker. The other side is the crate `anvil-worker`.

mod level;
mod limits;

mod sandboxing;

mod runner;

mod pool;

mod breaker;

mod worker;

mod process;

mod memory_file;

mod conversation;

mod channel;

mod capabilities;

mod death;

mod cancel;

pub(crate) use breaker::{Resting, Terms};
pub(crate) use cancel::Cancel;
pub(crate) use capabilities::Capabilities;
pub use level::Isolation;
pub(crate) use limits::{LEAST_MEMORY, Limits};
pub(crate) use memory_file::Program;
pub(crate) use pool::NoAnswer;
pub(crate) use process::{Process, Processes, StartError, command};
pub(crate) use runner::{Answer, Means, OpenError, Runner};
pub(crate) use sandboxing::Sandboxing;
pub(crate) use worker::NoWorker;
