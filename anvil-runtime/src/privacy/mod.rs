//! What must not be seen, by a model or in a log: secrets, what is shaped like one, and private arguments.
//!
//! Everything here is a function on text. A [`Redactor`] takes out secrets: those that it knows first, since
//! that cannot err, then what has the shape of a key, what stands where one is expected, and what is too
//! random to be anything else. [`hide_values`] takes out the arguments of one call; [`readable`] writes
//! arguments so that they may be shown. What was taken out leaves a marker that says so, and a marker is
//! never taken for text again: to redact twice is to redact once.

mod redactor;

mod entropy;
mod keys;
mod labelled;

mod arguments;
mod values;
mod variants;

mod forms;
mod pieces;

pub(crate) use arguments::{readable, values_in, values_of};
pub(crate) use forms::forms;
pub(crate) use redactor::{Redactor, SHORTEST};
pub(crate) use values::hide_values;
