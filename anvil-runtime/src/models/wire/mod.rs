//! What the providers' interfaces have in common: one request out, one answer back, and what to do where there is none.
//!
//! ```text
//! settings      what a user says of any of them
//!   line          whom to ask, with which key, for which model, and how long
//!     key
//!     connections   TLS, proxies, keeping connections
//! ask           asking over a line, until there is an answer
//!   dialect       how a request is written, and how its answer is read
//!     tokens        what an answer says that it used
//!   exchange      one request, and the whole of its answer
//!   fault         what an answer means that is none
//!     said          what it says, in whichever form
//!   pace          whether to ask again, and when
//! ```
//!
//! No key is in anything that is shown: it is a secret in a [`Line`], a sensitive header on the way, and taken out of
//! whatever comes back.

mod settings;

mod connections;
mod key;
mod line;

mod ask;
mod dialect;
mod exchange;
mod tokens;

mod fault;
mod pace;
mod said;

pub(super) use dialect::{Dialect, Spoken};
pub(super) use fault::Fault;
pub(super) use key::Key;
pub(super) use line::{Line, Names, base};
pub(super) use settings::settings;
pub(super) use tokens::{Tokens, usage};
