//! The broker, against services on this machine.

mod body;
pub(crate) mod service;

mod answers;
mod failures;
mod judging;
mod redirects;
mod secrets;
mod tls;
