//! Numbers of tokens, as they are counted by whoever likes to: no answer is turned back for the way that it is counted.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A number of tokens: none where it is no number, or less than none.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::models) struct Tokens(pub(in crate::models) u64);

impl<'de> Deserialize<'de> for Tokens {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        // Some have no whole numbers, and say 12.0.
        let number = value.as_u64().or_else(|| Some(value.as_f64()? as u64));
        Ok(Self(number.unwrap_or(0)))
    }
}

/// What is counted, or nothing where that is not understood.
pub(in crate::models) fn usage<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let value = Value::deserialize(deserializer)?;
    Ok(T::deserialize(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Answer {
        #[serde(default, deserialize_with = "usage")]
        usage: Option<Used>,
    }

    #[derive(Deserialize)]
    struct Used {
        tokens: Tokens,
    }

    #[test]
    fn a_number_is_taken_however_it_is_written_and_anything_else_is_none() {
        for (usage, tokens) in [
            (r#"{"tokens":12}"#, Some(12)),
            (r#"{"tokens":12.0}"#, Some(12)),
            (r#"{"tokens":18446744073709551615}"#, Some(u64::MAX)),
            (r#"{"tokens":99999999999999999999999}"#, Some(u64::MAX)),
            (r#"{"tokens":-1}"#, Some(0)),
            (r#"{"tokens":null}"#, Some(0)),
            (r#"{"tokens":"many"}"#, Some(0)),
            (r#"{}"#, None),
            ("null", None),
            (r#""none""#, None),
            ("3", None),
        ] {
            let answer: Answer = serde_json::from_str(&format!(r#"{{"usage":{usage}}}"#)).unwrap();
            assert_eq!(answer.usage.map(|used| used.tokens.0), tokens, "{usage}");
        }
        let answer: Answer = serde_json::from_str("{}").unwrap();
        assert!(answer.usage.is_none());
    }
}
