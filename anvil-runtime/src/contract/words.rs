//! The contract as text.

use serde::{Deserialize, Serialize};

/// What a declaration says of right answers, in the user's own expressions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Contract {
    /// Expressions that call the tool and are true.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub examples: Vec<String>,
    /// What good input is, as a closure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires: Option<String>,
    /// What is true of every answer, as a closure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ensures: Option<String>,
    /// Whether an answer follows from the arguments alone and nothing else happens, so that a call can be made again
    /// to see whether it is still answered as it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub pure: bool,
}

impl Contract {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
