//! The levels of isolation.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Where the bodies of tools run, and what keeps them from harm.
///
/// The default is [`Sandboxed`](Self::Sandboxed) on Linux and [`Worker`](Self::Worker) elsewhere.
/// [`Display`](fmt::Display) is the word that settings and declarations say it with: `sandboxed`, `worker`,
/// `in_process`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Isolation {
    /// In a process of its own for each version, with every door shut: no file, no socket, no other process, no
    /// environment, so much memory and no more, and a deadline that kills.
    Sandboxed,
    /// In a plain process. It contains crashes and hangs, not malice.
    Worker,
    /// In the host's own process, for tools whose author chose it. A crash there is the host's crash.
    InProcess,
}

impl Isolation {
    /// All of them, strictest first.
    pub(crate) const ALL: [Self; 3] = [Self::Sandboxed, Self::Worker, Self::InProcess];

    /// The level that is said with `word`.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.word() == word)
    }

    /// Whether it keeps a body as far away as `other` does, or farther.
    pub(crate) fn is_at_least(self, other: Self) -> bool {
        let place = |level| Self::ALL.iter().position(|one| *one == level);
        place(self) <= place(other)
    }

    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Sandboxed => "sandboxed",
            Self::Worker => "worker",
            Self::InProcess => "in_process",
        }
    }
}

impl Default for Isolation {
    fn default() -> Self {
        match cfg!(target_os = "linux") {
            true => Self::Sandboxed,
            false => Self::Worker,
        }
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_said_with_one_word_everywhere() {
        for level in Isolation::ALL {
            assert_eq!(Isolation::from_word(&level.to_string()), Some(level));
            assert_eq!(serde_json::to_value(level).unwrap(), level.word());
        }
        for word in ["", "Worker", "in-process", "InProcess", "none"] {
            assert_eq!(Isolation::from_word(word), None, "{word}");
        }
    }

    #[test]
    fn levels_are_told_apart_by_how_far_they_keep_a_body_away() {
        use Isolation::{InProcess, Sandboxed, Worker};
        for (level, other, at_least) in [
            (Sandboxed, Sandboxed, true),
            (Sandboxed, InProcess, true),
            (Worker, Sandboxed, false),
            (Worker, InProcess, true),
            (InProcess, Worker, false),
        ] {
            assert_eq!(level.is_at_least(other), at_least, "{level} and {other}");
        }
    }
}
