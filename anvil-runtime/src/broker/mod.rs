//! The host's side of `cx.http()`: judges what a body asks for, does it, and judges every redirect.
//!
//! ```text
//! exchange        one request of a body's, from its first word to the last of its answer
//!   limit           how long it may take
//!   outgoing        the request as it is understood, what stands for secrets still in it
//!     target          where to
//!   judge           whether it may go there, with what it carries
//!     grant           what its tool was declared with
//!       host            a declared host, and which URLs it admits
//!   fill            secrets, put in
//!     stand_in        what a body has in place of them
//!   clients         the connections
//!     resolver        from names to addresses that may be asked
//!       address         which those are
//!   received        the answer, or why there is none:
//!     lost
//!   retry           whether to try again
//!   redirect        whether to ask elsewhere: that is judged anew
//!   traces          secrets, taken out of the answer
//!     spans           parts of bytes, written anew
//! refusal         the kinds of no
//! ```
//!
//! A body is not trusted, and neither is what it talks to. Nothing is sent before it is judged, a secret is put in after
//! that, and what is sent goes to an address that was judged, too. A secret is in no answer that a body sees, and in
//! no words of ours.

mod exchange;

mod limit;

mod outgoing;
mod target;

mod judge;

mod grant;
mod host;

mod fill;
mod stand_in;

mod clients;

mod address;
mod resolver;

mod lost;
mod received;

mod redirect;
mod retry;

mod spans;
mod traces;

mod refusal;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use address::{is_local_name, is_public};
pub(crate) use clients::Clients;
pub(crate) use exchange::{Broker, Exchanged, Secrets, may_be_made};
pub(crate) use grant::Grant;
pub(crate) use host::HostPattern;
pub(crate) use lost::Lost;
pub(crate) use received::{Received, send};
pub(crate) use redirect::{MOST as MOST_REDIRECTS, location};
pub(crate) use resolver::system as addresses_of;
pub(crate) use stand_in::StandIns;
