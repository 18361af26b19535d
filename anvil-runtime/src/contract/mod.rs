//! What a declaration says of right answers, and whether an answer is one.
//!
//! A contract exists twice. As text it is a part of the [`spec`](Contract): the model reads it, the store keeps it.
//! As functions, which the macro writes into the user's crate, it is [`Checks`], a part of the
//! [`Declaration`](crate::Declaration). Bodies are built apart from that crate and can neither reach nor change them.
//!
//! Whoever has an answer takes it with [`Declaration::take`](crate::Declaration::take), be it a live version's, called
//! from Rust or by name, or a candidate's, and who has a failure asks [`Declaration::blame`](crate::Declaration::blame)
//! whether the excuse in it holds. Only a [`Candidate`] is shown the examples.

mod answer;

mod asked;
mod candidate;
mod checks;
mod equal;
mod words;

pub(crate) use answer::without_answer;
pub(crate) use asked::{asked, circle};
pub use candidate::{Candidate, Unmet, Verdict, verdict};
pub(crate) use candidate::{Flaw, examine};
pub(crate) use checks::{Checks, Ensures, Equal, Requires};
pub use checks::{Example, Holds};
pub use equal::{Comparable, Incomparable, Pair, pair};
pub use words::Contract;
