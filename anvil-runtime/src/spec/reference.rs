//! [`Reference`]: where more is written about what a tool has to do.

use serde::{Deserialize, Serialize};
use std::path::{Component, Path};
use url::Url;

/// Something that the model is to read before it writes a body. As JSON, `{"url": "https://…"}` or
/// `{"path": "openapi.yaml"}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reference {
    /// A page, by its `http` or `https` URL.
    Url(String),
    /// A file, by its path from the workspace's root.
    Path(String),
}

impl Reference {
    /// What is wrong with it, if something is.
    pub(crate) fn check(&self) -> Result<(), String> {
        match self {
            Self::Url(text) => page(text).map(drop),
            Self::Path(path) if is_below(path) => Ok(()),
            Self::Path(path) => Err(format!("{path:?} names no file below the workspace's root")),
        }
    }
}

/// The URL of a page, without what only a browser looks at.
pub(crate) fn page(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text).map_err(|error| format!("{text:?} is no URL: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{text:?} is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("the URL of a page holds a user or a password".to_owned());
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether the path goes down and nowhere else.
fn is_below(path: &str) -> bool {
    let mut parts = Path::new(path).components().peekable();
    let down = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    parts.peek().is_some() && parts.all(down) && !path.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Reference {
        Reference::Url(text.to_owned())
    }

    fn file(path: &str) -> Reference {
        Reference::Path(path.to_owned())
    }

    #[test]
    fn a_page_has_a_whole_url_without_credentials() {
        assert_eq!(
            url("https://api.example.com/docs?v=2#orders").check(),
            Ok(())
        );
        for (wrong, words) in [
            ("api.example.com/docs", "is no URL"),
            ("https://", "is no URL"),
            ("ftp://example.com", "neither http nor https"),
            ("file:///etc/passwd", "neither http nor https"),
            ("https://me:word@example.com", "a user or a password"),
        ] {
            let mistake = url(wrong).check().unwrap_err();
            assert!(mistake.contains(words), "{mistake}");
        }
        assert_eq!(
            page("https://example.com/a#b").unwrap().as_str(),
            "https://example.com/a"
        );
    }

    #[test]
    fn a_file_lies_below_the_root() {
        for right in ["openapi.yaml", "./api/openapi.yaml", "a/..b"] {
            assert_eq!(file(right).check(), Ok(()), "{right}");
        }
        for wrong in ["", "/etc/passwd", "..", "api/../../x"] {
            assert!(file(wrong).check().is_err(), "{wrong}");
        }
    }

    #[test]
    fn it_is_stored_as_people_would_write_it() {
        let stored = serde_json::to_string(&[url("https://example.com"), file("a.md")]).unwrap();
        assert_eq!(stored, r#"[{"url":"https://example.com"},{"path":"a.md"}]"#);
    }
}
