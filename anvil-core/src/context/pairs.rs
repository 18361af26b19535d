//! A value as the pairs of a query or a form.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Serialize, de};
use serde_json::Value;
use std::fmt;

/// The pairs that `value` consists of, in its own order: a struct, a map, or a list of pairs. What is `None` is left out.
pub(super) fn pairs<T: Serialize + ?Sized>(value: &T) -> Result<Vec<(String, String)>, String> {
    // As text, where numbers are written as they are meant: 0.1_f32 is not 0.10000000149011612.
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    let Pairs(pairs) = serde_json::from_str(&text).map_err(|error| {
        format!("it has to be a list of pairs, a map or a struct of plain values: {error}")
    })?;
    Ok(pairs)
}

struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read).map(Pairs)
    }
}

struct Read;

impl<'de> Visitor<'de> for Read {
    type Value = Vec<(String, String)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("pairs")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            pairs.extend(text(value)?.map(|value| (name, value)));
        }
        Ok(pairs)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, value)) = list.next_element::<(Value, Value)>()? {
            pairs.extend(text(name)?.zip(text(value)?));
        }
        Ok(pairs)
    }
}

fn text<E: de::Error>(value: Value) -> Result<Option<String>, E> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text)),
        Value::Bool(_) | Value::Number(_) => Ok(Some(value.to_string())),
        Value::Array(_) | Value::Object(_) => {
            Err(E::custom(format!("`{value}` is no plain value")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn whatever_has_names_and_values_becomes_pairs() {
        #[derive(Serialize)]
        struct Page {
            query: &'static str,
            limit: u32,
            at: Option<u8>,
            ratio: f32,
        }
        let page = Page {
            query: "a&b",
            limit: 3,
            at: None,
            ratio: 0.1,
        };
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            let pairs = pairs.iter();
            pairs.map(|(n, v)| (n.to_string(), v.to_string())).collect()
        };
        assert_eq!(
            pairs(&page).unwrap(),
            own(&[("query", "a&b"), ("limit", "3"), ("ratio", "0.1")])
        );
        assert_eq!(
            pairs(&[("q", "x"), ("q", "y")]).unwrap(),
            own(&[("q", "x"), ("q", "y")])
        );
        assert_eq!(pairs(&[("on", true)]).unwrap(), own(&[("on", "true")]));
        assert_eq!(
            pairs(&BTreeMap::from([("n", 1.5)])).unwrap(),
            own(&[("n", "1.5")])
        );
        assert_eq!(pairs(&()).unwrap(), own(&[]));
        assert!(
            pairs(&[("list", [1, 2])])
                .unwrap_err()
                .contains("`[1,2]` is no plain value")
        );
        assert!(pairs("text").is_err());
    }
}
