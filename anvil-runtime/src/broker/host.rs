//! [`HostPattern`]: a host as it is declared, and which URLs it admits.

use std::str::FromStr;
use thiserror::Error;

/// A declared host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostPattern {
    text: String,
}

/// A declared host that is none: says what to write.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub(crate) struct HostError(String);

impl FromStr for HostPattern {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        match text.is_empty() {
            true => Err(HostError("a host has a name".to_owned())),
            false => Ok(Self {
                text: text.to_owned(),
            }),
        }
    }
}
