//! From bytes to text that a model can read.

use super::html::shown;

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Html,
    /// Markdown, JSON, YAML and all else that is read as it is.
    Plain,
}

impl Form {
    /// As a service calls it; where it does not, or does so in name only, as it looks.
    ///
    /// # Errors
    /// When it is nothing that has a text.
    pub(super) fn of(content_type: Option<&str>, bytes: &[u8]) -> Result<Self, String> {
        let named = content_type.unwrap_or_default();
        let named = named.split(';').next().unwrap_or_default();
        let named = named.trim().to_ascii_lowercase();
        match named.as_str() {
            "" | "application/octet-stream" | "binary/octet-stream" => Ok(Self::of_looks(bytes)),
            "text/html" | "application/xhtml+xml" => Ok(Self::Html),
            name if name.starts_with("text/") => Ok(Self::Plain),
            name if name.starts_with("application/") && is_written(name) => Ok(Self::Plain),
            name => Err(format!(
                "it is `{name}`, and only HTML, Markdown, JSON, YAML and plain text can be read"
            )),
        }
    }

    pub(super) fn of_looks(bytes: &[u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let bytes = bytes.trim_ascii_start();
        let begins = |with: &str| {
            let beginning = bytes.get(..with.len());
            beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(with.as_bytes()))
        };
        match begins("<!doctype html") || begins("<html") {
            true => Self::Html,
            false => Self::Plain,
        }
    }
}

/// Whether the type's name says that it is JSON, YAML or the like.
fn is_written(name: &str) -> bool {
    let kind = name.rsplit(['/', '+', '-', '.']).next().unwrap_or(name);
    ["json", "yaml", "yml", "xml", "toml", "markdown", "graphql"].contains(&kind)
}

/// The text of what the bytes are, decoded as UTF-8: what is not is replaced. Blocks for as long as a page takes.
///
/// # Errors
/// When there is none.
pub(super) fn text(bytes: &[u8], form: Form) -> Result<String, String> {
    if bytes.contains(&0) {
        return Err(
            "it is binary, and only HTML, Markdown, JSON, YAML and plain text can be read"
                .to_owned(),
        );
    }
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let text = match form {
        Form::Html => shown(text)?,
        Form::Plain => text.to_owned(),
    };
    let text = tidy(&text);
    match text.trim().is_empty() {
        false => Ok(text),
        true if form == Form::Html => {
            Err("there is no text on it, but perhaps scripts that would write some".to_owned())
        }
        true => Err("it is empty".to_owned()),
    }
}

/// Without ends of lines that nobody sees, and with one empty line where there are several.
fn tidy(text: &str) -> String {
    let mut tidied = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.lines().map(str::trim_end) {
        empty = if line.is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            tidied.push_str(line);
            tidied.push('\n');
        }
    }
    tidied
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn a_page_is_told_as_its_reader_sees_it() {
        let page = "<!doctype html><html><head><title>T</title><style>a{}</style><script>alert(1)</script></head>\
            <body><h1>Orders</h1><p>Use <b>bold</b> <a href='https://x.y/z'>links</a> and <code>GET /orders</code>.</p>\
            <script>evil()</script><style>p{}</style><h2>List</h2><pre>curl \\\n  https://a.b\n\nmore</pre>\
            <ul><li>one<li>two</ul><table><tr><th>Name<th>Type<tr><td>quantity<td>integer</table></body></html>";
        expect![[r"
            # Orders

            Use bold links and `GET /orders`.

            ## List

            curl \
              https://a.b

            more
            - one
            - two

            Name     Type
            quantity integer
        "]]
        .assert_eq(&text(page.as_bytes(), Form::Html).unwrap());
    }

    #[test]
    fn what_it_is_follows_from_its_type_else_from_its_looks() {
        for (named, bytes, form) in [
            (Some("text/html; charset=utf-8"), "{}", Form::Html),
            (Some("Text/Markdown"), "<!doctype html>", Form::Plain),
            (Some("application/json"), "{}", Form::Plain),
            (Some("application/vnd.oai.openapi+json"), "{}", Form::Plain),
            (Some("application/x-yaml"), "a: b", Form::Plain),
            (Some("application/openapi+yaml"), "a: b", Form::Plain),
            (None, "\u{feff}\n<!DOCTYPE html>", Form::Html),
            (None, "<", Form::Plain),
            (
                Some("application/octet-stream"),
                "<html lang=en>",
                Form::Html,
            ),
            (Some("application/octet-stream"), "# Orders", Form::Plain),
        ] {
            assert_eq!(Form::of(named, bytes.as_bytes()), Ok(form), "{named:?}");
        }
        for named in ["application/pdf", "image/svg+xml", "video/mp4", "x"] {
            let refused = Form::of(Some(named), b"").unwrap_err();
            assert!(refused.contains(named), "{refused}");
        }
    }

    #[test]
    fn what_has_no_text_is_refused_with_the_reason() {
        for (bytes, form, words) in [
            (&b"\x7fELF\0"[..], Form::Plain, "it is binary"),
            (b" \n", Form::Plain, "it is empty"),
            (
                b"<html><script>render()</script>",
                Form::Html,
                "no text on it",
            ),
        ] {
            let refused = text(bytes, form).unwrap_err();
            assert!(refused.contains(words), "{refused}");
        }
        assert_eq!(text(b"caf\xe9", Form::Plain).unwrap(), "caf\u{fffd}\n");
    }
}
