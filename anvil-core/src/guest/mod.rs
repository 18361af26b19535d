//! The guest's half of the boundary.
//!
//! A generated crate pair uses it. The *glue* crate, built once per declaration, has one function that
//! takes a body and a [`Call`], decodes the arguments, runs the body and encodes what it says. The *body*
//! crate adds the model's source and one line, [`export!`](crate::export), which ties both to the table
//! that the host looks up.

mod call;
mod export;
mod panics;

pub use call::{Call, Outcome, answer};
pub use export::{serve, table};
pub use panics::raise;

pub(crate) use export::{Door, stack};
