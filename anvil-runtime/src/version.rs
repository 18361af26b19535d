//! `major.minor` of a body.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Which body of a tool: 1.0 is the first, each healing adds one to the minor part, and a changed intent,
/// signature or type starts the next major.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Version {
    /// Counts declarations.
    pub major: u32,
    /// Counts healings of one declaration.
    pub minor: u32,
}

impl Version {
    /// 1.0, the first body of a tool.
    pub const FIRST: Self = Self { major: 1, minor: 0 };

    /// The version of the next healing.
    #[must_use]
    pub fn next_minor(self) -> Self {
        Self {
            minor: self.minor + 1,
            ..self
        }
    }

    /// The version of the first body for a changed declaration.
    #[must_use]
    pub fn next_major(self) -> Self {
        Self {
            major: self.major + 1,
            minor: 0,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// The text was not `major.minor`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a version such as 1.0")]
pub struct ParseVersionError(String);

impl FromStr for Version {
    type Err = ParseVersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text
            .split_once('.')
            .and_then(|(major, minor)| Some((number(major)?, number(minor)?)));
        let (major, minor) = parts.ok_or_else(|| ParseVersionError(text.to_owned()))?;
        Ok(Self { major, minor })
    }
}

/// Versions become file names, so there is one way to write each: no sign, no leading zero.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

impl TryFrom<String> for Version {
    type Error = ParseVersionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Version> for String {
    fn from(version: Version) -> Self {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_reads_back_what_it_writes() {
        let version: Version = "12.3".parse().unwrap();
        assert_eq!((version.major, version.minor), (12, 3));
        assert_eq!(version.to_string(), "12.3");
        assert_eq!(version.next_minor().to_string(), "12.4");
        assert_eq!(version.next_major().to_string(), "13.0");
    }

    #[test]
    fn versions_sort_as_numbers() {
        let sorted = |text: &str| text.parse::<Version>().unwrap();
        assert!(sorted("1.10") > sorted("1.9") && sorted("2.0") > sorted("1.10"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "", "1", "1.", ".1", "1.0.0", "v1.0", "+1.0", "01.0", "1.-1", "../1.0",
        ] {
            assert!(text.parse::<Version>().is_err(), "{text:?}");
        }
    }
}
