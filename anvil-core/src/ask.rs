//! What a running body asks its host for, and what it is told.
//!
//! A request crosses as structure and not as text: the host judges where it goes, and puts secrets in, before anything
//! is encoded. The form is a part of the sources that [`ABI`](crate::abi::ABI) is made of, so a host and a guest that
//! would misunderstand each other never meet. Both sides bound what they send; a worker's frame bounds it again.

use crate::failure::ToolErrorKind;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ask {
    /// That a request be made: replied to with a [`Reply`] of an [`HttpAnswer`].
    Http(HttpRequest),
    /// What stands for the secret of this name during this call: replied to with a [`Reply`] of a [`String`].
    Secret(String),
    /// That a line be logged: replied to with a [`Reply`] of `()`.
    Log {
        /// How much it matters.
        level: Level,
        /// What it says.
        text: String,
    },
}

/// What the host says.
pub type Reply<T> = Result<T, Refusal>;

/// Why the host does not do what it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// What that means for the body.
    pub kind: ToolErrorKind,
    /// Why, and what to do; for a missing credential its name.
    pub message: String,
}

/// An HTTP request. Wherever it holds text, that may name secrets by what stands for them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HttpRequest {
    /// `GET`, `POST`, …
    pub method: String,
    /// Where to, with its scheme.
    pub url: String,
    /// What is added to the URL's query.
    pub query: Vec<(String, String)>,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
    /// Who asks.
    pub auth: Option<HttpAuth>,
    /// What is sent along.
    pub body: HttpBody,
    /// How long it may take, in milliseconds, if not as long as the host allows.
    pub timeout_ms: Option<u64>,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum HttpAuth {
    /// Whoever has this token.
    Bearer(String),
    /// A user, who may have a password.
    Basic(String, Option<String>),
}

/// What is sent along with a request.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum HttpBody {
    /// Nothing.
    #[default]
    Empty,
    /// JSON text.
    Json(String),
    /// The fields of a form.
    Form(Vec<(String, String)>),
    /// Whatever the body made.
    Bytes(#[serde(with = "serde_bytes")] Vec<u8>),
}

/// What a service answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpAnswer {
    /// The status.
    pub status: u16,
    /// Where the answer came from, after redirects.
    pub url: String,
    /// The headers, in order, their names in lower case.
    pub headers: Vec<(String, String)>,
    /// The content, decompressed.
    #[serde(with = "serde_bytes")]
    pub body: Vec<u8>,
}

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// As expected.
    Info,
    /// Something to look after.
    Warn,
    /// Something went wrong.
    Error,
}

/// The level's name, in any case; what is no level counts as [`Info`](Level::Info).
impl From<&str> for Level {
    fn from(name: &str) -> Self {
        match name.to_ascii_lowercase().as_str() {
            "debug" | "trace" => Self::Debug,
            "warn" | "warning" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Info,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}
