//! [`Broker`]: one request of a body's, and what became of it.

use super::{Grant, StandIns};
use anvil_core::ask::{HttpAnswer, HttpRequest, Refusal, Reply};
use anvil_core::failure::ToolErrorKind;
use secrecy::SecretString;
use std::time::Instant;

/// Does what bodies ask for over HTTP, on connections that all tools share. It belongs to the tokio runtime that it was
/// first used on.
#[derive(Debug, Default)]
pub(crate) struct Broker {}

/// The secrets of one call.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    /// What stands for them in its body.
    pub(crate) stand_ins: &'a StandIns,
    /// What they are, by name. `None` where one is not set.
    pub(crate) values: &'a (dyn Fn(&str) -> Option<SecretString> + Sync),
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Exchanged {
    /// What was asked for, with secrets by their names: `GET https://example.com/?key=[secret KEY]`.
    pub(crate) line: String,
    /// How often something was sent: redirects and retries count.
    pub(crate) tries: u32,
    /// Whether a service has seen it, or may have. Where this is false, nothing happened anywhere.
    pub(crate) sent: bool,
    /// What the body is told.
    pub(crate) reply: Reply<HttpAnswer>,
}

impl Broker {
    /// Does what a body of the tool that was declared with `grant` asks for, if it may, and comes back well before
    /// `until`, the end of its call.
    pub(crate) async fn exchange(
        &self,
        grant: &Grant,
        secrets: &Secrets<'_>,
        request: &HttpRequest,
        until: Option<Instant>,
    ) -> Exchanged {
        let _ = (grant, secrets, until);
        Exchanged {
            line: format!("{} {}", request.method, request.url),
            tries: 0,
            sent: false,
            reply: Err(Refusal {
                kind: ToolErrorKind::Unavailable,
                message: "no requests are made yet".to_owned(),
            }),
        }
    }
}
