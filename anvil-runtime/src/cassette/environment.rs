//! `ANVIL_CASSETTE`, the variable that says which way a [`Cassette`](super::Cassette) goes.

use crate::error::{Error, ErrorKind, Result};
use std::ffi::{OsStr, OsString};

const VARIABLE: &str = "ANVIL_CASSETTE";
/// What is set under a name that differs in at most as many letters was meant for it.
const FARTHEST: usize = 2;

/// Which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Record,
    Replay,
    Off,
}

impl Way {
    /// What the environment says. Where it says nothing, nobody is asked.
    ///
    /// # Errors
    /// When it says something else, or says it under a name that is misspelt.
    pub(super) fn in_environment(
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self> {
        let set = environment
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        let mut way = Self::Replay;
        for (name, value) in set {
            let Some(name) = name.to_str() else {
                continue;
            };
            match strsim::osa_distance(name, VARIABLE) {
                0 => way = Self::named(&value)?,
                1..=FARTHEST => {
                    let message = format!("{name} is set, and there is no such variable");
                    let help = format!("call it {VARIABLE}, or unset it");
                    return Err(Error::new(ErrorKind::Configuration, message).with_help(help));
                }
                _ => {}
            }
        }
        Ok(way)
    }

    fn named(word: &OsStr) -> Result<Self> {
        match word.to_str() {
            Some("record") => Ok(Self::Record),
            Some("replay") => Ok(Self::Replay),
            Some("off") => Ok(Self::Off),
            _ => {
                let word = word.to_string_lossy();
                let message = format!("{VARIABLE} is `{word}`, but takes record, replay or off");
                let help = "correct it, or unset it to replay";
                Err(Error::new(ErrorKind::Configuration, message).with_help(help))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(variables: &[(&str, &str)]) -> Result<Way> {
        let owned = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Way::in_environment(variables.iter().map(owned))
    }

    #[test]
    fn nobody_is_asked_unless_the_variable_says_so() {
        for (word, expected) in [
            ("record", Way::Record),
            ("replay", Way::Replay),
            ("off", Way::Off),
            ("", Way::Replay),
        ] {
            assert_eq!(
                way(&[(VARIABLE, word), ("ANVIL_OFFLINE", "1")]).unwrap(),
                expected
            );
        }
        assert_eq!(way(&[]).unwrap(), Way::Replay);
    }

    #[test]
    fn another_word_is_refused_with_those_that_there_are() {
        for word in ["Record", "1", "record "] {
            let error = way(&[(VARIABLE, word)]).unwrap_err();
            let expected = format!("ANVIL_CASSETTE is `{word}`, but takes record, replay or off");
            assert_eq!(error.to_string(), expected);
            assert_eq!(error.kind(), ErrorKind::Configuration);
        }
    }

    #[test]
    fn a_misspelt_variable_is_told_its_right_name() {
        for name in [
            "ANVIL_CASETTE",
            "ANVIL_CASSETE",
            "ANVIL_CASSETTES",
            "ANVIL_CASSTETE",
        ] {
            let error = way(&[(name, "record")]).unwrap_err();
            let words = error.to_string();
            assert_eq!(
                words,
                format!("{name} is set, and there is no such variable")
            );
            assert_eq!(error.help(), Some("call it ANVIL_CASSETTE, or unset it"));
            assert!(way(&[(name, "")]).is_ok());
        }
    }
}
