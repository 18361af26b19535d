//! Secrets, as bodies have them.

use serde::{Serialize, Serializer};
use std::fmt;

/// What stands for a secret: text without meaning, which the host replaces in a request to where the secret may go.
///
/// It can be put into headers, the query, a form, JSON, a bearer token and basic authentication, and into text with
/// `format!`. Encoding it in any way makes it lose its meaning: pass it on as it is.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    name: String,
    stand_in: String,
}

impl Secret {
    pub(super) fn new(name: &str, stand_in: String) -> Self {
        Self {
            name: name.to_owned(),
            stand_in,
        }
    }
}

/// What stands for it.
impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.stand_in)
    }
}

/// Its name.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Secret").field(&self.name).finish()
    }
}

/// What stands for it.
impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.stand_in)
    }
}

/// What stands for it.
impl From<Secret> for String {
    fn from(secret: Secret) -> Self {
        secret.stand_in
    }
}
