//! What errors about settings have in common.

use super::settings::KEYS;
use crate::error::{Error, ErrorKind};
use crate::privacy::Redactor;

/// More of a wrong value is not shown, in characters.
const LONGEST: usize = 60;

pub(crate) fn wrong(message: String) -> Error {
    Error::new(ErrorKind::Configuration, message)
}

pub(crate) fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A wrong value as it may be shown: it may be an address with a password, or a key that was set in the wrong place.
pub(crate) fn told(value: &str) -> String {
    let value = Redactor::default().redact(value);
    match value.rsplit_once('@') {
        Some((_, behind)) => shortened(&format!("[redacted]@{behind}")),
        None => shortened(&value),
    }
}

/// The key that `name` was meant for: the one that differs in fewest letters, if these are at most one of
/// `share`.
pub(crate) fn nearest(name: &str, share: usize) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    let distances = KEYS
        .iter()
        .map(|key| (strsim::osa_distance(key, &name), *key));
    let (distance, key) = distances.min()?;
    (distance * share <= key.len()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_is_shown_without_what_may_be_a_secret() {
        for (value, shown) in [
            ("yes please", "yes please"),
            ("ada:hush@localhost:8080/v1", "[redacted]@localhost:8080/v1"),
            ("ftp://ada:hush@host/a@b", "[redacted]@b"),
            ("localhost/v1?key=hushhush", "localhost/v1?key=[redacted]"),
            ("sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123", "[redacted]"),
        ] {
            assert_eq!(told(value), shown);
        }
    }

    #[test]
    fn a_name_is_near_if_few_of_its_letters_differ() {
        for (name, in_file, in_environment) in [
            ("ofline", Some("offline"), Some("offline")),
            ("OFFLINE", Some("offline"), Some("offline")),
            ("wathc", Some("watch"), Some("watch")),
            ("tools-dir", Some("tools_dir"), Some("tools_dir")),
            ("max_attempts", Some("max_heal_attempts"), None),
            ("online", Some("offline"), None),
            ("modle", Some("model"), Some("model")),
            ("api_key", None, None),
            ("", None, None),
        ] {
            assert_eq!(nearest(name, 3), in_file, "{name}");
            assert_eq!(nearest(name, 4), in_environment, "{name}");
        }
    }
}
