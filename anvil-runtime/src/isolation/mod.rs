//! How far a tool's body is kept from the host, and what it may use there.

mod level;
mod limits;

pub use level::Isolation;
pub(crate) use limits::{LEAST_MEMORY, Limits};
