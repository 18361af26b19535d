//! What is a key by its looks, wherever it stands.

use regex::{Match, Regex};
use std::iter;
use std::ops::Range;
use std::sync::LazyLock;

/// Before a key there is no letter or digit, unless it belongs to an escape: `\nsk-…`, `%3Dsk-…`.
pub(crate) const EDGE: &str = r"(?:^|[^A-Za-z0-9]|\\[nrt]|%[0-9A-Fa-f]{2})";

/// What keys begin with, what else they consist of, and what they are. The first that fits counts.
const KEYS: &[(&str, &str, &str)] = &[
    ("sk-ant-", "[A-Za-z0-9_-]{16,}", "an Anthropic key"),
    ("sk-or-", "[A-Za-z0-9_-]{16,}", "an OpenRouter key"),
    ("sk-proj-", "[A-Za-z0-9_-]{16,}", "an OpenAI key"),
    ("sk-", "[A-Za-z0-9_-]{16,}", "an OpenAI key"),
    ("xai-", "[A-Za-z0-9_-]{16,}", "an xAI key"),
    ("gsk_", "[A-Za-z0-9]{16,}", "a Groq key"),
    ("pplx-", "[A-Za-z0-9]{16,}", "a Perplexity key"),
    ("nvapi-", "[A-Za-z0-9_-]{16,}", "an NVIDIA key"),
    ("hf_", "[A-Za-z0-9]{16,}", "a Hugging Face token"),
    ("r8_", "[A-Za-z0-9]{30,}", "a Replicate token"),
    ("AIza", "[A-Za-z0-9_-]{30,}", "a Google key"),
    ("GOCSPX-", "[A-Za-z0-9_-]{16,}", "a Google client secret"),
    ("ya29.", "[A-Za-z0-9_-]{16,}", "a Google token"),
    ("AKIA", "[A-Z0-9]{16,}", "an AWS key"),
    ("ASIA", "[A-Z0-9]{16,}", "an AWS key"),
    ("ghp_", "[A-Za-z0-9]{16,}", "a GitHub token"),
    ("gho_", "[A-Za-z0-9]{16,}", "a GitHub token"),
    ("ghu_", "[A-Za-z0-9]{16,}", "a GitHub token"),
    ("ghs_", "[A-Za-z0-9]{16,}", "a GitHub token"),
    ("ghr_", "[A-Za-z0-9]{16,}", "a GitHub token"),
    ("github_pat_", "[A-Za-z0-9_]{16,}", "a GitHub token"),
    ("glpat-", "[A-Za-z0-9_-]{16,}", "a GitLab token"),
    ("npm_", "[A-Za-z0-9]{30,}", "an npm token"),
    ("pypi-", "[A-Za-z0-9_-]{50,}", "a PyPI token"),
    ("xox", "[a-z]-[A-Za-z0-9-]{10,}", "a Slack token"),
    ("xapp-", "[A-Za-z0-9-]{16,}", "a Slack token"),
    ("sk_live_", "[A-Za-z0-9]{10,}", "a Stripe key"),
    ("sk_test_", "[A-Za-z0-9]{10,}", "a Stripe key"),
    ("rk_live_", "[A-Za-z0-9]{10,}", "a Stripe key"),
    ("rk_test_", "[A-Za-z0-9]{10,}", "a Stripe key"),
    ("whsec_", "[A-Za-z0-9+/=]{16,}", "a Stripe secret"),
    (
        "SG.",
        r"[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}",
        "a SendGrid key",
    ),
    ("dop_v1_", "[a-f0-9]{32,}", "a DigitalOcean token"),
    ("shpat_", "[A-Za-z0-9]{16,}", "a Shopify token"),
    (
        "eyJ",
        r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}(?:\.[A-Za-z0-9_-]+)*",
        "a JSON web token",
    ),
];

static KEY: LazyLock<Regex> = LazyLock::new(|| {
    let keys: Vec<String> = KEYS
        .iter()
        .map(|(start, rest, _)| regex::escape(start) + rest)
        .collect();
    Regex::new(&format!("{EDGE}({})", keys.join("|"))).expect("the patterns are fixed")
});

/// A private key from its first line to its last, or to where it was cut off, and one whose beginning was.
static PRIVATE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    let name = "[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----";
    let lines = r"(?:[A-Za-z0-9+/=\s\\,:.()]|-[A-Za-z0-9])*";
    let gap = r"(?:\s|\\[nr])*";
    Regex::new(&format!(
        "-----BEGIN {name}{lines}(?:-----END {name})?\
         |(?:[A-Za-z0-9+/=]{{16,}}{gap})+[A-Za-z0-9+/=]*{gap}-----END {name}"
    ))
    .expect("the patterns are fixed")
});

/// Where keys stand, in order.
pub(crate) fn keys(text: &str) -> Vec<Range<usize>> {
    key_matches(text).map(|(range, _)| range).collect()
}

/// Where private keys stand, in order.
pub(crate) fn private_keys(text: &str) -> Vec<Range<usize>> {
    private_key_matches(text).map(|key| key.range()).collect()
}

/// What the first key in the text is.
pub(crate) fn first_key(text: &str) -> Option<&'static str> {
    if private_key_matches(text).next().is_some() {
        return Some("a private key");
    }
    let (_, key) = key_matches(text).next()?;
    KEYS.iter()
        .find(|(start, ..)| key.starts_with(start))
        .map(|(.., what)| *what)
}

fn key_matches(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut at = 0;
    let all = iter::from_fn(move || {
        // From the end of the last one, which is an edge as well: keys may stand side by side.
        let key = KEY.captures(&text[at..])?.get(1)?;
        let range = at + key.start()..at + key.end();
        at = range.end;
        Some((range, key.as_str()))
    });
    all.filter(|(_, key)| !is_words(key))
}

/// Whether it is `sk-folding-cube-animation`: lower-case words, not a key.
fn is_words(key: &str) -> bool {
    key.contains(['-', '_'])
        && key
            .trim_start_matches("sk-")
            .split(['-', '_'])
            .all(|word| word.len() < 16 && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}

fn private_key_matches(text: &str) -> impl Iterator<Item = Match<'_>> {
    // A first line alone is what a program that reads such keys is made of.
    PRIVATE_KEY.find_iter(text).filter(|found| {
        let body = found.as_str().rsplit("KEY-----").find(|part| {
            part.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '='))
                .any(|run| run.len() >= 16)
        });
        body.is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A key that nobody has: put together here, so that no scanner takes this file for a leak.
    fn key(start: &str, length: usize) -> String {
        let rest = "A1B2C3D4E5F6G7H8J9K0".repeat(5);
        format!("{start}{}", &rest[..length])
    }

    fn parts(text: &str, found: Vec<Range<usize>>) -> Vec<&str> {
        found.into_iter().map(|at| &text[at]).collect()
    }

    #[test]
    fn keys_are_known_by_what_they_begin_with() {
        let cases = [
            (key("sk-", 48), "an OpenAI key"),
            (key("sk-proj-", 48), "an OpenAI key"),
            (key("sk-ant-api03-", 90), "an Anthropic key"),
            (key("sk-or-v1-", 64), "an OpenRouter key"),
            (key("xai-", 80), "an xAI key"),
            (key("gsk_", 52), "a Groq key"),
            (key("AIza", 35), "a Google key"),
            (key("AKIA", 16), "an AWS key"),
            (key("ASIA", 16), "an AWS key"),
            (key("ghp_", 36), "a GitHub token"),
            (key("gho_", 36), "a GitHub token"),
            (key("ghu_", 36), "a GitHub token"),
            (key("ghs_", 36), "a GitHub token"),
            (key("github_pat_", 22) + &key("_", 59), "a GitHub token"),
            (key("glpat-", 20), "a GitLab token"),
            (key("xoxb-123456789012-", 24), "a Slack token"),
            (key("hf_", 34), "a Hugging Face token"),
            (key("npm_", 36), "an npm token"),
            (key("sk_live_", 24), "a Stripe key"),
            (key("rk_live_", 24), "a Stripe key"),
            (key("whsec_", 32), "a Stripe secret"),
            (key("SG.", 22) + &key(".", 43), "a SendGrid key"),
            (
                key("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi", 10) + &key(".", 43),
                "a JSON web token",
            ),
        ];
        for (key, what) in cases {
            assert_eq!(first_key(&key), Some(what), "{key}");
            for (before, after) in [
                ("", ""),
                ("the key \"", "\" was refused"),
                ("é", "é"),
                (r"a line\n", r"\nanother"),
                ("?q=a%3D", "&page=2"),
                ("KEY_", ","),
            ] {
                let text = format!("{before}{key}{after}");
                assert_eq!(parts(&text, keys(&text)), [&key], "{text}");
            }
        }
    }

    #[test]
    fn what_only_begins_like_a_key_is_none() {
        for text in [
            "sk-…",
            "sk-ant-…",
            "sk-folding-cube-animation",
            "a task-oriented-programming-language-2",
            "disk-usage-of-partition-2024-01-01",
            "xoxo",
            "npm_config_registry_location_of_project",
            "hf_transfer_enabled",
            "AKIAH",
            "AIzaBad",
            "ghp_short",
            "eyJ is how JSON in base64 begins",
            "SG.something",
        ] {
            assert_eq!(first_key(text), None, "{text}");
        }
    }

    #[test]
    fn a_private_key_is_found_whole_escaped_and_cut_off() {
        let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        let whole = format!(
            "-----BEGIN RSA PRIVATE KEY-----\n{line}\n{line}\nabc=\n-----END RSA PRIVATE KEY-----"
        );
        let headers = format!(
            "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A\n\n{line}\n\
             -----END RSA PRIVATE KEY-----"
        );
        let pgp = format!(
            "-----BEGIN PGP PRIVATE KEY BLOCK-----\nVersion: GnuPG v2.0 (GNU/Linux)\n\n{line}\n=aB3d\n\
             -----END PGP PRIVATE KEY BLOCK-----"
        );
        for key in [
            whole.clone(),
            whole.replace('\n', " "),
            whole.replace('\n', r"\n"),
            whole.replace('\n', r"\r\n"),
            whole[..150].to_owned(),
            whole[32..].to_owned(),
            headers,
            pgp,
        ] {
            let text = format!("got \"{key}\"; and so on");
            assert_eq!(parts(&text, private_keys(&text)), [&key], "{text}");
            assert_eq!(first_key(&text), Some("a private key"));
        }
        for text in [
            "let first = \"-----BEGIN PRIVATE KEY-----\";",
            "if line == \"-----END PRIVATE KEY-----\" { break; }",
            "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
        ] {
            assert_eq!(first_key(text), None, "{text}");
        }
    }
}
