//! [`Redactor`]: takes secrets out of a text.

use super::entropy::random_tokens;
use super::forms::{forms, stands_alone};
use super::keys;
use super::labelled;
use super::pieces::Pieces;
use arc_swap::ArcSwap;
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::cmp::Reverse;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

/// What is longer is cut, in bytes. A prompt or an event is never meant to be as long.
const LONGEST: usize = 64 * 1024;

/// A shorter value may be part of a word by chance, in characters.
pub(crate) const SHORTEST: usize = 6;

const REDACTED: &str = "[redacted]";
/// What [`hide_values`](super::hide_values) leaves.
pub(crate) const PRIVATE: &str = "[private]";

/// Knows secrets and the looks of secrets.
#[derive(Default)]
pub(crate) struct Redactor {
    /// Longest first: a secret may hold another one.
    known: ArcSwap<Vec<Arc<Known>>>,
}

/// One way to write a known secret.
struct Known {
    form: SecretString,
    name: String,
    /// What stands in its place.
    marker: String,
    /// Whether it is so short that it counts only where it stands alone.
    short: bool,
}

impl Redactor {
    /// One that knows these secrets, each a name and a value.
    pub(crate) fn new<N, V>(secrets: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: Into<String>,
        V: Into<SecretString>,
    {
        let redactor = Self::default();
        for (name, value) in secrets {
            redactor.learn(&name.into(), &value.into());
        }
        redactor
    }

    /// Takes this secret out as well, from now on.
    pub(crate) fn learn(&self, name: &str, value: &SecretString) {
        let value = value.expose_secret();
        let is_known =
            |known: &Arc<Known>| known.name == name && known.form.expose_secret() == value;
        if value.trim().is_empty() || self.known.load().iter().any(is_known) {
            return;
        }
        let short = value.chars().count() < SHORTEST;
        let learned = forms(value).into_iter().map(|form| {
            Arc::new(Known {
                form: form.into_owned().into(),
                name: name.to_owned(),
                marker: format!("[secret {name}]"),
                short,
            })
        });
        let learned: Vec<_> = learned.collect();
        self.known.rcu(|known| {
            let mut known = [known.as_slice(), &learned].concat();
            known.sort_by_key(|known| Reverse(known.form.expose_secret().len()));
            known
        });
    }

    /// The text without secrets, and without its end if it is longer than 64 KiB.
    pub(crate) fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let known = self.known.load();
        let mut pieces = without_known(&known, text);
        pieces.cut(LONGEST);
        hide_keys(&mut pieces);
        for find in labelled::finders() {
            pieces.hide(|open| marked(find(open), REDACTED));
        }
        pieces.hide(|open| marked(random_tokens(open), REDACTED));
        pieces.cut(LONGEST);
        pieces.finish()
    }

    /// A program without secrets. What is merely suspicious stays: a program is shown so that it can be written
    /// anew, and would be written wrong without it.
    pub(crate) fn redact_source<'t>(&self, source: &'t str) -> Cow<'t, str> {
        let known = self.known.load();
        let mut pieces = without_known(&known, source);
        hide_keys(&mut pieces);
        pieces.finish()
    }

    /// Says which credential a program holds, if it does: a known secret, or something that can be nothing but
    /// a key. What [`redact`](Self::redact) merely suspects is left to the program.
    pub(crate) fn looks_like_a_key(&self, source: &str) -> Option<String> {
        let all = self.known.load();
        let known = all
            .iter()
            .find(|known| !known.short && source.contains(known.form.expose_secret()));
        if let Some(known) = known {
            return Some(format!("the secret {}", known.name));
        }
        keys::first_key(source)
            .or_else(|| labelled::has_bearer(source).then_some("a bearer token"))
            .map(str::to_owned)
    }
}

/// The text without these secrets.
fn without_known<'t, 'm>(known: &'m [Arc<Known>], text: &'t str) -> Pieces<'t, 'm> {
    let mut pieces = Pieces::new(text);
    let markers = known.iter().map(|known| known.marker.as_str());
    for marker in [REDACTED, PRIVATE].into_iter().chain(markers) {
        pieces.hide(|open| marked(occurrences(open, marker), marker));
    }
    for known in known {
        pieces.hide(|open| marked(known.find(open), &known.marker));
    }
    pieces
}

fn hide_keys(pieces: &mut Pieces<'_, '_>) {
    pieces.hide(|open| marked(keys::private_keys(open), REDACTED));
    pieces.hide(|open| marked(keys::keys(open), REDACTED));
}

impl Known {
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = occurrences(text, self.form.expose_secret());
        found.retain(|range| !self.short || stands_alone(text, range));
        found
    }
}

fn occurrences(text: &str, part: &str) -> Vec<Range<usize>> {
    text.match_indices(part)
        .map(|(at, part)| at..at + part.len())
        .collect()
}

fn marked(found: Vec<Range<usize>>, marker: &str) -> Vec<(Range<usize>, &str)> {
    found.into_iter().map(|range| (range, marker)).collect()
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redactor() -> Redactor {
        Redactor::new([
            ("TOKEN", "tok-with\"quote\\"),
            ("OUTER", "https://user:inner-value@host"),
            ("INNER", "inner-value"),
            ("PIN", "0417"),
            ("LINES", "first line\nsecond line\n"),
            ("EMPTY", ""),
            ("BLANK", " \n"),
        ])
    }

    fn check(text: &str, expected: &str) {
        let redactor = redactor();
        let once = redactor.redact(text);
        assert_eq!(once, expected, "{text}");
        assert_eq!(redactor.redact(&once), once);
    }

    #[test]
    fn known_secrets_are_taken_out_however_they_are_written() {
        for (text, expected) in [
            ("a tok-with\"quote\\ b", "a [secret TOKEN] b"),
            (r#"Err("tok-with\"quote\\")"#, r#"Err("[secret TOKEN]")"#),
            ("xinner-valuex", "x[secret INNER]x"),
            (
                "https://user:inner-value@host/inner-value",
                "[secret OUTER]/[secret INNER]",
            ),
            ("PIN 0417, not 04170", "PIN [secret PIN], not 04170"),
            ("a first line\nsecond line\nb", "a [secret LINES]b"),
            (r"a first line\nsecond line\nb", "a [secret LINES]b"),
            ("a first line second line b", "a [secret LINES] b"),
            ("éinner-valueé", "é[secret INNER]é"),
            ("token=inner-value", "token=[secret INNER]"),
            ("nothing here", "nothing here"),
            ("", ""),
        ] {
            check(text, expected);
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_taken_out_where_none_is_known() {
        let key = format!("sk-ant-api03-{}", "aB3".repeat(30));
        for (text, expected) in [
            (
                format!("401 for {key}: see https://x.com"),
                "401 for [redacted]: see https://x.com",
            ),
            (format!("Bearer {key}"), "Bearer [redacted]"),
            (
                format!("{{\"api_key\": \"{key}\"}}"),
                "{\"api_key\": \"[redacted]\"}",
            ),
            (format!("?token={key}&page=2"), "?token=[redacted]&page=2"),
            (
                "the value 9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4 is bad".to_owned(),
                "the value [redacted] is bad",
            ),
        ] {
            check(&text, expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "blake3 af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262",
            "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "id 123e4567-e89b-12d3-a456-426614174000",
            "/home/ada/.cargo/registry/src/registry.example-1949cf8c6b5b557f/serde_json-1.0.140/src/de.rs:12:5",
            r"C:\Users\ada\AppData\Local\Temp\cargo-installA1b2C3\release\deps\tool.rs",
            "rustc 1.95.0 (59807616e 2026-04-14), anvil 0.1.0+build.20260414",
            "error[E0308]: mismatched types\n --> src/lib.rs:2:5\n  |\n2 |     token.len()\n  |     ^^^^^^^^^^^ expected `String`, found `usize`",
            "panicked: called `Result::unwrap()` on an `Err` value: ParseIntError { kind: InvalidDigit } (tool.rs:2:10)",
            "pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {",
            "    let token = text.split_whitespace().next().ok_or_else(|| ToolError::new(\"no token\"))?;",
            "The body refused the password, since it is shorter than 12 characters; see https://docs.rs/x/1.2.3/x.",
            "assertion `left == right` failed: left: 1234567890123456789012345678901234567890, right: 0",
            "a_test_that_is_named_as_a_sentence_and_goes_on_for_2_lines",
            "[secret OTHER] [redacted] [private]",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_program_that_holds_a_credential_is_told_from_one_that_does_not() {
        let redactor = redactor();
        let key = format!("sk-{}", "aB3".repeat(16));
        for (source, expected) in [
            ("fn f() { g(\"inner-value\") }", Some("the secret INNER")),
            (
                r#"const T: &str = "tok-with\"quote\\";"#,
                Some("the secret TOKEN"),
            ),
            (&*format!("let k = \"{key}\";"), Some("an OpenAI key")),
            ("\"Bearer a1b2c3d4e5f6g7h8\"", Some("a bearer token")),
            ("let pin = 0417;", None),
            ("let password = \"\"; let url = \"?api_key=abc\";", None),
            (
                "const T: &str = \"9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4\";",
                None,
            ),
        ] {
            assert_eq!(
                redactor.looks_like_a_key(source).as_deref(),
                expected,
                "{source}"
            );
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", redactor()), "Redactor { .. }");
    }

    #[test]
    fn hostile_text_costs_little() {
        let begin = "-----BEGIN PRIVATE KEY-----\n";
        for part in [
            "a",
            "A1b2",
            " ",
            "sk-",
            "ask-",
            "eyJ",
            "a.",
            "://a:",
            "token=",
            "token: ",
            "\"",
            "\\",
            "Bearer ",
            "authorization: ",
            "password\\",
            "[redacted]",
            "[secret ",
            "0417",
            "é",
            begin,
            "-----END ",
            "token=\"a",
            "AKIA",
            "xox",
            "{",
            "secret: \"\\\"",
            "inner-valu",
        ] {
            let text = part.repeat(500_000 / part.len());
            let redactor = redactor();
            let once = redactor.redact(&text);
            assert!(once.len() <= LONGEST && once.ends_with("(the rest is left out)"));
            assert_eq!(redactor.redact(&once), once, "{part}");
        }
    }

    #[test]
    fn redacting_twice_is_redacting_once() {
        let parts = [
            "sk-ant-api03-A1B2C3D4E5F6",
            "token",
            "password",
            "=",
            ": ",
            "\"",
            "\\\"",
            " ",
            "\n",
            "\\n",
            "&",
            "@",
            "://",
            "user:",
            "Bearer ",
            "Basic ",
            "AKIAIOSFODNN7EXAMPLE",
            "9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4",
            "inner-value",
            "0417",
            "[redacted]",
            "[secret PIN]",
            "eyJhbGciOiJIUzI1.eyJzdWIiOiIx.",
            "é",
            ",",
            "}",
            "Authorization: ",
            "-----BEGIN PRIVATE KEY-----",
            "-----END PRIVATE KEY-----",
            "abc123",
            "/",
            "-",
            "_",
        ];
        let redactor = redactor();
        let mut seed = 1_u64;
        for _ in 0..3_000 {
            let mut text = String::new();
            for _ in 0..12 {
                seed = seed
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                text += parts[(seed >> 33) as usize % parts.len()];
            }
            let once = redactor.redact(&text);
            assert_eq!(redactor.redact(&once), once, "{text}");
            assert!(!once.contains("inner-value"), "{text}\n{once}");
        }
    }
}
