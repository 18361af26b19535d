//! [`Text`]: text that reviews line by line.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A text, as it is. In a file, one of several lines is a list of its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(pub(super) String);

#[derive(Deserialize)]
#[serde(untagged, expecting = "neither a text nor a list of its lines")]
enum Written {
    OneLine(String),
    Lines(Vec<String>),
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.contains('\n') {
            false => serializer.serialize_str(&self.0),
            // Whatever else some call the end of a line stays in it: `\r` is escaped there, and seen.
            true => serializer.collect_seq(self.0.split('\n')),
        }
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Written::deserialize(deserializer)? {
            Written::OneLine(text) => text,
            Written::Lines(lines) => lines.join("\n"),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_as_it_was_whatever_ends_its_lines() {
        for (text, written) in [
            ("", r#""""#),
            ("one line", r#""one line""#),
            ("a\nb", r#"["a","b"]"#),
            ("a\r\n\n\tb\n", r#"["a\r","","\tb",""]"#),
            ("\n", r#"["",""]"#),
        ] {
            let text = Text(text.to_owned());
            assert_eq!(serde_json::to_string(&text).unwrap(), written);
            let read: Text = serde_json::from_str(written).unwrap();
            assert_eq!(read, text);
        }
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let error = serde_json::from_str::<Text>("[1]").unwrap_err();
        assert!(error.to_string().contains("neither a text nor"), "{error}");
    }
}
