//! [`Dialect`]: one kind of interface.

use super::fault::Fault;
use super::line::Line;
use crate::model::{ModelRequest, Usage};
use reqwest::header::HeaderMap;
use serde_json::Value;

/// How a request is written for one kind of interface, and how its answer is read.
pub(in crate::models) trait Dialect {
    /// Behind the base URL.
    const PATH: &'static [&'static str];

    /// Beside the key.
    fn headers() -> HeaderMap {
        HeaderMap::new()
    }

    fn write(line: &Line, request: &ModelRequest) -> Value;

    /// What is in an answer.
    ///
    /// # Errors
    /// When it is no answer of this kind of interface.
    fn read(answer: &[u8]) -> serde_json::Result<Spoken>;
}

/// What is in an answer.
pub(in crate::models) struct Spoken {
    /// The model that answered.
    pub(in crate::models) model: Option<String>,
    pub(in crate::models) usage: Option<Usage>,
    /// The text, or why there is none.
    pub(in crate::models) text: Result<String, Fault>,
}
