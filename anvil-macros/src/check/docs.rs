//! What the model is to read beside the declaration.

use super::Mistakes;
use crate::model::{Arguments, Reference};

pub(super) fn check(arguments: &Arguments, mistakes: &mut Mistakes) {
    let mut seen = Vec::new();
    for Reference { word, text } in &arguments.docs {
        let checked = match word {
            None => url(&text.value()),
            Some(word) if word == "path" => path(&text.value()),
            Some(word) => {
                mistakes.add(
                    word,
                    "write a page as `\"https://…\"`, and a file as `path = \"…\"`",
                );
                continue;
            }
        };
        if let Err(mistake) = checked {
            mistakes.add(text, mistake);
        } else if seen.contains(&text.value()) {
            mistakes.add(text, "this is named twice; keep one");
        }
        seen.push(text.value());
    }
}

/// Whether `text` looks like the URL of a page. The runtime reads all of it.
fn url(text: &str) -> Result<(), &'static str> {
    const URL: &str =
        "write a page as `\"https://api.example.com/reference\"`, and a file as `path = \"…\"`";
    let (scheme, rest) = text.split_once("://").ok_or(URL)?;
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(URL);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority {
        "" => Err(URL),
        _ if text.chars().any(|c| c.is_whitespace() || c.is_control()) => Err(URL),
        _ if authority.contains('@') => Err("leave out the user and the password: declarations \
             are shown to the model and stored"),
        _ => Ok(()),
    }
}

/// Whether `text` names a file below the workspace's root.
fn path(text: &str) -> Result<(), &'static str> {
    const PATH: &str = "a file is named by its path from the workspace's root, as in `path = \"api/openapi.yaml\"`: not \
         empty, not absolute, and without `..`";
    let mut parts = text.split(['/', '\\']);
    // On Windows, a colon names a drive or a stream.
    match text.is_empty() || text.contains(':') || parts.any(|part| part == "..") {
        false if !text.starts_with(['/', '\\']) => Ok(()),
        _ => Err(PATH),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_named_by_its_whole_url() {
        for right in [
            "https://api.example.com",
            "http://localhost:8080/docs?v=2#orders",
            "HTTPS://example.com/@user",
            "https://[::1]/",
        ] {
            assert!(url(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "api.example.com/docs",
            "ftp://example.com",
            "file:///etc/passwd",
            "https://",
            "https:///docs",
            "https://example.com/a b",
            "https://me:word@example.com",
        ] {
            assert!(url(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_is_named_by_its_path_from_the_root() {
        for right in ["openapi.yaml", "api/openapi.yaml", "./docs/..hidden/x.md"] {
            assert!(path(right).is_ok(), "{right}");
        }
        for wrong in [
            "",
            "/etc/passwd",
            "../secret",
            "a/../../b",
            "a\\..\\b",
            "\\\\server\\x",
            "C:x",
        ] {
            assert!(path(wrong).is_err(), "{wrong}");
        }
    }
}
