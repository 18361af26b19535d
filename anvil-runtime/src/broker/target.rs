//! Where a request goes, read as strictly as it will be judged.

use super::refusal::{denied, failed};
use crate::text::{one_line, shortened};
use anvil_core::ask::Refusal;
use url::Url;

/// A longer URL is refused, in bytes.
pub(super) const LONGEST: usize = 16 << 10;

/// More of a URL is not told, in bytes.
const LONGEST_TOLD: usize = 200;

/// The URL that `text` is, seen from `base` where there is one. What readers of URLs disagree about, or drop without a
/// word, is refused, so that what is judged is what was meant.
pub(super) fn target(base: Option<&Url>, text: &str) -> Result<Url, Refusal> {
    is_short(text)?;
    if let Some(c) = text.chars().find(|c| c.is_control() || *c == '\\') {
        return Err(denied(format!(
            "{}: a URL has no {c:?}: percent-encode it",
            told(text)
        )));
    }
    let mut url = Url::options()
        .base_url(base)
        .parse(text)
        .map_err(|error| failed(format!("{} is no URL: {error}", told(text))))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(denied(format!(
            "{}: requests go by http or https, and not by {}",
            told(text),
            url.scheme()
        )));
    }
    if !url.username().is_empty() || url.password().is_some() {
        let host = url.host_str().unwrap_or_default();
        return Err(denied(format!(
            "a URL of `{host}` names a user: use `basic_auth(user, Some(password))`"
        )));
    }
    // It is never sent.
    url.set_fragment(None);
    Ok(url)
}

/// Refuses a URL that is too long.
pub(super) fn is_short(url: &str) -> Result<(), Refusal> {
    match url.len() {
        0..=LONGEST => Ok(()),
        length => Err(failed(format!(
            "{}: the URL has {length} bytes, and may have {LONGEST}: send it as a body",
            told(url)
        ))),
    }
}

/// A URL as it is told.
fn told(url: &str) -> String {
    format!("`{}`", shortened(&one_line(url), LONGEST_TOLD))
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::failure::ToolErrorKind::{self, Denied, Failed};

    #[test]
    fn what_readers_of_urls_disagree_about_is_refused() {
        let cases: [(&str, ToolErrorKind, &str); 14] = [
            (
                "http://evil.com\0.example.com/",
                Denied,
                "a URL has no '\\0'",
            ),
            ("http://evil.com%00.example.com/", Failed, "is no URL"),
            ("http://exa\tmple.com/", Denied, "a URL has no '\\t'"),
            (
                "http://example.com/\r\nHost: evil.com",
                Denied,
                "a URL has no '\\r'",
            ),
            (
                "http://evil.com\\@example.com/",
                Denied,
                "a URL has no '\\\\'",
            ),
            (
                "http://example.com@evil.com/",
                Denied,
                "a URL of `evil.com` names a user",
            ),
            (
                "http://user:word@evil.com/",
                Denied,
                "a URL of `evil.com` names a user",
            ),
            (
                "http://:word@evil.com/",
                Denied,
                "a URL of `evil.com` names a user",
            ),
            (
                "ftp://example.com/",
                Denied,
                "by http or https, and not by ftp",
            ),
            (
                "file:///etc/shadow",
                Denied,
                "by http or https, and not by file",
            ),
            (
                "example.com/path",
                Failed,
                "`example.com/path` is no URL: relative URL",
            ),
            ("http:///", Failed, "is no URL: empty host"),
            ("http://exa mple.com/", Failed, "is no URL: invalid"),
            (
                "http://example.com:99999/",
                Failed,
                "is no URL: invalid port",
            ),
        ];
        for (text, kind, words) in cases {
            let refusal = target(None, text).unwrap_err();
            assert_eq!(refusal.kind, kind, "{text}: {refusal:?}");
            assert!(refusal.message.contains(words), "{text}: {refusal:?}");
            assert!(!refusal.message.contains("word@"), "{refusal:?}");
        }
        let refusal = target(None, &format!("http://a/{}", "x".repeat(LONGEST))).unwrap_err();
        assert!(
            refusal
                .message
                .ends_with("the URL has 16393 bytes, and may have 16384: send it as a body")
        );
        assert!(refusal.message.len() < 400);
    }

    #[test]
    fn a_url_is_what_its_host_says_and_has_no_fragment() {
        for (text, url) in [
            ("http://evil.com#api.github.com", "http://evil.com/"),
            ("http://2130706433/a b?c d", "http://127.0.0.1/a%20b?c%20d"),
            ("HTTP://0x7f.1", "http://127.0.0.1/"),
            ("https:example.com", "https://example.com/"),
        ] {
            assert_eq!(target(None, text).unwrap().as_str(), url);
        }
        let base = Url::parse("https://example.com/a/b?c").unwrap();
        for (text, url) in [
            ("d", "https://example.com/a/d"),
            ("/d#e", "https://example.com/d"),
            ("//evil.com/d", "https://evil.com/d"),
            ("http://evil.com", "http://evil.com/"),
        ] {
            assert_eq!(target(Some(&base), text).unwrap().as_str(), url);
        }
    }
}
