//! [`StandIns`]: what bodies have in place of secrets.

use super::Grant;
use super::spans::{Span, occurrences, rewritten};
use std::fmt::Write;

/// What stands for the secrets of a tool during one call: `anvil_secret_<NAME>_<32 hex digits>`.
///
/// The digits are new for each call, and unpredictable: what stood for a secret in another call, and what a service made
/// up, is text like any other. All of it survives being put into a URL, a form or JSON.
#[derive(Debug)]
pub(crate) struct StandIns {
    nonce: String,
    /// The secrets' names, and what stands for each.
    all: Vec<(String, String)>,
}

impl StandIns {
    /// Those of one call of the tool that was declared with `grant`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn mint(grant: &Grant) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let mut nonce = String::with_capacity(32);
        for byte in bytes {
            // Writing to text cannot fail.
            let _ = write!(nonce, "{byte:02x}");
        }
        let names = grant.secrets().map(str::to_owned);
        let all = names.map(|name| (name.clone(), format!("anvil_secret_{name}_{nonce}")));
        Ok(Self {
            all: all.collect(),
            nonce,
        })
    }

    /// What stands for the secret called `name`, if it is declared.
    pub(crate) fn of(&self, name: &str) -> Option<&str> {
        let mut all = self.all.iter();
        all.find_map(|(named, stand_in)| (named == name).then_some(&**stand_in))
    }

    /// The text with the secrets' names in place of what stands for them.
    pub(crate) fn named(&self, text: &str) -> String {
        self.replaced(text, |name| format!("[secret {name}]"))
    }

    /// The names of the secrets that something stands for in there.
    pub(super) fn names_in(&self, bytes: &[u8]) -> impl Iterator<Item = &str> {
        let found = self
            .all
            .iter()
            .filter(|(_, stand_in)| occurrences(bytes, stand_in.as_bytes()).next().is_some());
        found.map(|(name, _)| name.as_str())
    }

    /// Whether something stands for a secret in there, in any case.
    pub(super) fn are_in_any_case(&self, text: &str) -> bool {
        !self.all.is_empty() && text.to_ascii_lowercase().contains(&self.nonce)
    }

    /// The text with what `instead` makes of each name in place of what stands for it.
    pub(super) fn replaced(&self, text: &str, instead: impl Fn(&str) -> String) -> String {
        let mut text = text.to_owned();
        for (name, stand_in) in &self.all {
            if text.contains(stand_in) {
                text = text.replace(stand_in, &instead(name));
            }
        }
        text
    }

    /// As [`replaced`](Self::replaced), for what may be no text.
    pub(super) fn replaced_in_bytes(
        &self,
        bytes: &[u8],
        instead: impl Fn(&str) -> String,
    ) -> Vec<u8> {
        let values: Vec<_> = self
            .names_in(bytes)
            .map(|name| (name, instead(name)))
            .collect();
        let mut spans: Vec<Span<'_>> = Vec::new();
        for (name, value) in &values {
            let stand_in = self.of(name).unwrap_or_default();
            let found = occurrences(bytes, stand_in.as_bytes());
            spans.extend(found.map(|range| (range, value.as_bytes())));
        }
        rewritten(bytes, spans)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stand_ins(names: &[&str]) -> StandIns {
        let secrets = names.iter().map(|name| ((*name).to_owned(), Vec::new()));
        StandIns::mint(&Grant::new("tool", &[], &secrets.collect()).unwrap()).unwrap()
    }

    #[test]
    fn a_stand_in_names_its_secret_and_ends_in_digits_of_its_call() {
        let [one, other] = [stand_ins(&["KEY"]), stand_ins(&["KEY"])];
        let digits = one.of("KEY").unwrap().strip_prefix("anvil_secret_KEY_");
        let digits = digits.unwrap();
        assert_eq!(digits.len(), 32);
        assert!(digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(one.of("KEY"), other.of("KEY"));
        assert_eq!(one.of("OTHER"), None);
    }

    #[test]
    fn stand_ins_are_found_and_named_wherever_they_stand() {
        let stand_ins = stand_ins(&["KEY", "KEY_2", "UNUSED"]);
        let [key, other] = ["KEY", "KEY_2"].map(|name| stand_ins.of(name).unwrap());
        let text = format!("a{key}{key}b, {other}");
        assert_eq!(
            stand_ins.named(&text),
            "a[secret KEY][secret KEY]b, [secret KEY_2]"
        );
        let names: Vec<_> = stand_ins.names_in(text.as_bytes()).collect();
        assert_eq!(names, ["KEY", "KEY_2"]);
        let bytes = [b"\xff", key.as_bytes(), b"\xff"].concat();
        let replaced = stand_ins.replaced_in_bytes(&bytes, |name| format!("<{name}>"));
        assert_eq!(replaced, b"\xff<KEY>\xff");
    }

    #[test]
    fn what_stood_for_a_secret_in_another_call_is_mere_text() {
        let [one, other] = [stand_ins(&["KEY"]), stand_ins(&["KEY"])];
        let planted = one.of("KEY").unwrap();
        assert_eq!(other.named(planted), planted);
        assert_eq!(other.names_in(planted.as_bytes()).count(), 0);
        assert!(!other.are_in_any_case(planted));
        assert!(one.are_in_any_case(&planted.to_lowercase()));
    }
}
