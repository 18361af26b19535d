//! Whether a person has to agree before a body goes live.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether a person has to approve what a model wrote before it answers any call.
///
/// The default is [`None`](Self::None). [`Display`](fmt::Display) is the word that settings and declarations say it
/// with: `none`, `review`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Approval {
    /// A body that was proven goes live.
    #[default]
    None,
    /// A body that was proven is stored as pending, and what served before serves on until
    /// [`Anvil::approve`](crate::Anvil::approve). Where nobody ever approves it, it
    /// answers nobody. To be proven it has to run before, where the tool's bodies run: with
    /// [`Isolation::InProcess`](crate::Isolation::InProcess), in this process.
    Review,
}

impl Approval {
    pub(crate) const ALL: [Self; 2] = [Self::None, Self::Review];

    /// What is said with `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// Whether it lets no more through than `other` does.
    pub(crate) fn is_at_least(self, other: Self) -> bool {
        self == Self::Review || other == Self::None
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Review => "review",
        }
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_with_one_word_everywhere() {
        for one in Approval::ALL {
            assert_eq!(Approval::from_word(&one.to_string()), Some(one));
            assert_eq!(serde_json::to_value(one).unwrap(), one.word());
        }
        for word in ["", "Review", "yes", "auto"] {
            assert_eq!(Approval::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn review_is_stricter_than_none() {
        use Approval::{None, Review};
        for (one, other, at_least) in [
            (None, None, true),
            (None, Review, false),
            (Review, None, true),
            (Review, Review, true),
        ] {
            assert_eq!(one.is_at_least(other), at_least, "{one} and {other}");
        }
    }
}
