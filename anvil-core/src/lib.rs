//! The boundary between a host and the tool bodies that it loads.
//!
//! A *host* is the user's process; a *guest* is a tool's body, built as a dynamic library of its own. The
//! two are compiled apart and never share Rust types: only bytes and plain C structs cross. This crate is
//! linked into both sides and holds what they have to agree on, in reading order:
//!
//! - [`codec`]: how arguments, answers and failures become bytes.
//! - [`failure`]: what a body can say when it cannot answer ([`ToolError`]), and what the host learns
//!   about any call that went wrong ([`Failure`](failure::Failure)).
//! - [`abi`]: the two C tables, one each way, and the identity that both sides compare first.
//! - [`ask`]: what a running body asks its host for, and what it is told.
//! - [`guest`]: the guest's half: the exported entry, panic capture, calls back to the host.
//! - [`context`]: the guest's half as a body sees it: [`Context`], through which it asks.
//!
//! Bodies see this crate under the name `anvil`, together with `serde` and `serde_json`.
//! It does no I/O, starts no threads and knows nothing of cargo, models or stores.

pub mod codec;
pub mod failure;

pub mod abi;
pub mod ask;
pub mod guest;

pub mod context;

pub use ask::Level;
pub use context::{Client, Context, RequestBuilder, Response, Secret, StatusCode};
pub use failure::{Result, ToolError};

/// What every body has in scope without writing a `use`.
pub mod prelude {
    pub use crate::{
        Client, Context, Level, RequestBuilder, Response, Secret, StatusCode, ToolError,
    };
}
