//! The broker, against services on this machine.

mod body;
mod service;

mod answers;
mod failures;
mod judging;
mod redirects;
mod secrets;
mod tls;
