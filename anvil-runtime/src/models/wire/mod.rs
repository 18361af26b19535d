//! What the providers' interfaces have in common: one request out, one answer back, and what to do where there is none.
//!
//! ```text
//! Line          a line to one provider: whom to ask, with which key, for which model, and how long
//!   Dialect       how a request is written for it, and how its answer is read
//!   connections   TLS, proxies, keeping connections
//!   exchange      one request, and the whole of its answer
//!   tokens        what an answer says that it used
//!   fault         what an answer means that is none
//!     said          what it says, in whichever form
//!   pace          whether to ask again, and when
//! ```
//!
//! No key is in anything that is shown: it is a secret in a [`Line`], a sensitive header on the way, and taken out of
//! whatever comes back.

mod connections;
mod exchange;
mod fault;
mod line;
mod pace;
mod said;
mod tokens;

pub(super) use fault::Fault;
pub(super) use line::{Dialect, Key, Line, Names, Spoken, base, settings};
pub(super) use tokens::{Tokens, usage};
