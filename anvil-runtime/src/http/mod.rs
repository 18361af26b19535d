//! What all that asks over HTTP has in common, whoever it asks and on whose behalf.

mod causes;
mod retry_after;
mod shown;
mod tls;

pub(crate) use causes::{causes, first, in_words};
pub(crate) use retry_after::retry_after;
pub(crate) use shown::shown;
pub(crate) use tls::tls;

/// What we call ourselves.
pub(crate) const USER_AGENT: &str = concat!("anvil/", env!("CARGO_PKG_VERSION"));
