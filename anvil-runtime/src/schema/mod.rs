//! JSON Schemas: what a tool takes and answers, so that an agent can offer it, and whether a JSON object of
//! arguments is what it takes.

mod made;

mod check;
mod depth;
mod integers;

#[cfg(test)]
mod tests;

pub(crate) use check::Check;
pub(crate) use depth::shallow;
pub(crate) use integers::write_as_integers;
pub(crate) use made::{ANSWER, answered, input, of_what_is_taken, taken, written};
