//! [`Content`]: what is sent along with a request or an answer, in the form in which it is read best.

use super::layout::compact;
use crate::text::shortened;
use anvil_core::ask::HttpBody;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use url::form_urlencoded;

/// What is sent along.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Content {
    Json(Json),
    Form(Vec<(String, String)>),
    Text(String),
    Base64(#[serde(with = "base64_text")] Vec<u8>),
}

/// JSON as it was written; the same as other JSON of the same value.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Json(Box<RawValue>);

/// More of a content is not told, in bytes.
const LONGEST_TOLD: usize = 200;

impl Content {
    /// What a body sends, if it sends something. `told` has the say in what is written down of a text.
    pub(super) fn sent(body: &HttpBody, told: &dyn Fn(&str) -> String) -> Option<Self> {
        match body {
            HttpBody::Empty => None,
            HttpBody::Json(json) => {
                let json = told(json);
                Some(Json::read(&json).map_or(Self::Text(json), Self::Json))
            }
            HttpBody::Form(pairs) => {
                let pairs = pairs.iter().map(|(name, value)| (told(name), told(value)));
                Some(Self::Form(pairs.collect()))
            }
            HttpBody::Bytes(bytes) => Self::of(bytes, told),
        }
    }

    /// What a service answered, if that is something: as JSON where it is an object or a list.
    pub(super) fn answered(bytes: &[u8], told: &dyn Fn(&str) -> String) -> Option<Self> {
        Some(match Self::of(bytes, told)? {
            Self::Text(text) if text.trim_start().starts_with(['{', '[']) => {
                Json::read(&text).map_or(Self::Text(text), Self::Json)
            }
            content => content,
        })
    }

    fn of(bytes: &[u8], told: &dyn Fn(&str) -> String) -> Option<Self> {
        match std::str::from_utf8(bytes) {
            Ok("") => None,
            Ok(text) => Some(Self::Text(told(text))),
            Err(_) => Some(Self::Base64(bytes.to_vec())),
        }
    }

    /// As it is sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        match self {
            // On one line, as it most likely was: whoever takes it for lines finds one.
            Self::Json(json) => compact(json.text()).into_bytes(),
            Self::Form(pairs) => {
                let mut form = form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(pairs).finish().into_bytes()
            }
            Self::Text(text) => text.clone().into_bytes(),
            Self::Base64(bytes) => bytes.clone(),
        }
    }

    /// In words: its beginning.
    pub(super) fn told(&self) -> String {
        let kind = match self {
            Self::Json(_) => "JSON",
            Self::Form(_) => "a form",
            Self::Text(_) => "text",
            Self::Base64(bytes) => return format!("{} bytes", bytes.len()),
        };
        let bytes = self.bytes();
        let text: Cow<'_, str> = String::from_utf8_lossy(&bytes);
        format!("{kind} `{}`", shortened(&text, LONGEST_TOLD))
    }
}

impl Json {
    fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    fn text(&self) -> &str {
        self.0.get()
    }

    /// Nothing where it is nested too deeply to be one.
    pub(super) fn value(&self) -> Option<Value> {
        serde_json::from_str(self.text()).ok()
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
            || self
                .value()
                .is_some_and(|value| Some(value) == other.value())
    }
}

/// Bytes as text in base64.
mod base64_text {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(bytes))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> String {
        text.replace("hidden", "[redacted]")
    }

    fn answered(bytes: &[u8]) -> (String, String) {
        let content = Content::answered(bytes, &told).unwrap();
        let written = serde_json::to_string(&content).unwrap();
        let read: Content = serde_json::from_str(&written).unwrap();
        assert_eq!(read, content);
        (written, String::from_utf8_lossy(&read.bytes()).into_owned())
    }

    #[test]
    fn an_answer_comes_back_as_it_was_read() {
        for (content, written, back) in [
            (
                r#" {"b": 1.50, "a": "hidden"}"#,
                r#"{"json":{"b": 1.50, "a": "[redacted]"}}"#,
                r#"{"b":1.50,"a":"[redacted]"}"#,
            ),
            ("[1,\n2]", "{\"json\":[1,\n2]}", "[1,2]"),
            ("42\n", r#"{"text":"42\n"}"#, "42\n"),
            ("{not JSON", r#"{"text":"{not JSON"}"#, "{not JSON"),
            ("{}\n{}", r#"{"text":"{}\n{}"}"#, "{}\n{}"),
        ] {
            let expected = (written.to_owned(), back.to_owned());
            assert_eq!(answered(content.as_bytes()), expected);
        }
        assert_eq!(answered(b"\xff\0").0, r#"{"base64":"/wA="}"#);
        assert_eq!(Content::answered(b"", &told), None);
    }

    #[test]
    fn json_is_compared_by_its_value_and_with_json_only() {
        let json = |text: &str| Content::sent(&HttpBody::Json(text.to_owned()), &told);
        assert_eq!(json(r#"{"a":1,"b":2}"#), json(r#"{ "b": 2, "a": 1 }"#));
        assert_ne!(json("1"), json("2"));
        assert_ne!(
            json("1"),
            Content::sent(&HttpBody::Bytes(b"1".into()), &told)
        );
    }

    #[test]
    fn what_is_no_base64_is_told_as_the_file_is_read() {
        let error = serde_json::from_str::<Content>(r#"{"base64":"a b"}"#).unwrap_err();
        assert!(error.to_string().contains("Invalid symbol"), "{error}");
    }
}
