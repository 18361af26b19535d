//! The host's side of `cx.http()`: judges what a body asks for, does it, and judges every redirect.
//!
//! ```text
//! exchange      one request of a body's, and what became of it
//!   grant         what a tool was declared with: hosts, and secrets that are bound to hosts
//!     host          a declared host, and which URLs it admits
//!   stand_in      what bodies have in place of secrets
//! ```
//!
//! A body is not trusted, and neither is what it talks to.

mod exchange;

mod grant;

mod host;

mod spans;
mod stand_in;

pub(crate) use exchange::{Broker, Exchanged, Secrets};
pub(crate) use grant::Grant;
pub(crate) use stand_in::StandIns;
