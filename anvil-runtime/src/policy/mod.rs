//! The source gate: what a body must not reach for, looked for in its text before it is built.
//!
//! ```text
//! Policy ─for one tool→ Gate ─ the text, token by token → [Violation]
//! ```
//!
//! A [`Policy`] is what the user chose: which of the `rules` hold, for all tools or for one. A [`Gate`] is what is
//! left of them for one tool. `scan` walks over a body's tokens and tells every rule that it breaks, with the line
//! and what to use instead; a `frame` is what it has before it, and `paths`, `attributes` and `macros` know what to
//! look for there.
//!
//! It is a lint: it saves the rounds in which a body would be built only to fail at a closed door, and it says what
//! is behind the door. Nobody's safety rests on it; that is the business of the process that a body runs in. So it
//! knows names and not what they resolve to, and would rather let something odd through than turn back honest work.

mod choice;
mod rules;

mod scan;

mod frame;

mod attributes;
mod macros;
mod paths;

#[cfg(test)]
mod tests;

pub(crate) use choice::Gate;
pub use choice::Policy;
pub(crate) use rules::{LONGEST, Rule, Violation};
pub(crate) use scan::violations;

#[cfg(test)]
pub(crate) use rules::RULES;
