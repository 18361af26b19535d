//! What a body may do beyond computing: ask its host.
//!
//! [`Context`] is the only door. [`Client`] and [`Response`] are shaped after reqwest's blocking client, so that whoever
//! knows that one writes this one right; the request itself is made by the host, which judges it first. A [`Secret`]
//! never holds the secret.

mod client;
mod pairs;
mod response;
mod secret;

pub use client::{Client, RequestBuilder};
pub use response::{HeaderMap, HeaderValue, Response, StatusCode};
pub use secret::Secret;

use crate::ask::{Ask, Level, Refusal, Reply};
use crate::codec::{self, CodecError};
use crate::failure::ToolError;
use crate::guest::Door;
use serde::Deserialize;
use std::fmt;

/// The host, as one call of a body sees it.
pub struct Context {
    door: Door,
}

impl Context {
    pub(crate) fn new(door: Door) -> Self {
        Self { door }
    }

    /// A client for HTTP. The host makes its requests, to the hosts that the tool was declared with.
    #[must_use]
    pub fn http(&self) -> Client<'_> {
        Client::new(self)
    }

    /// What stands for the secret called `name`, which the tool was declared with. The host puts the secret in its
    /// place in requests to the hosts that it is for.
    ///
    /// # Errors
    /// When the secret is not declared, or not set.
    #[track_caller]
    pub fn secret(&self, name: &str) -> Result<Secret, ToolError> {
        let stand_in: String = self.ask(&Ask::Secret(name.to_owned()))?;
        Ok(Secret::new(name, stand_in))
    }

    /// Adds a line to the tool's log: `cx.log(Level::Warn, "…")`, or `cx.log("warn", "…")`.
    pub fn log(&self, level: impl Into<Level>, text: impl fmt::Display) {
        let mut text = text.to_string();
        text.truncate(text.floor_char_boundary(LONGEST_LINE));
        let level = level.into();
        // A log that is full is no reason to fail.
        let _ = self.ask::<()>(&Ask::Log { level, text });
    }

    #[track_caller]
    fn ask<T: for<'de> Deserialize<'de>>(&self, ask: &Ask) -> Result<T, ToolError> {
        // Not in a closure, which would not know the place in the body.
        match self.reply(ask) {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(Refusal { kind, message })) => Err(ToolError::of_kind(kind, message)),
            Err(error) => Err(ToolError::new(format!("the host cannot be asked: {error}"))),
        }
    }

    fn reply<T: for<'de> Deserialize<'de>>(&self, ask: &Ask) -> Result<Reply<T>, CodecError> {
        codec::decode(&self.door.ask(&codec::encode(ask)?))
    }
}

/// More of a line is not logged, in bytes.
const LONGEST_LINE: usize = 8 << 10;

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}
