//! What a body's file says besides the body.

use crate::version::Version;

const FOOTER: &str = "// anvil: ";

/// The text of a file. It ends in a footer and does not begin with a header, so that line numbers stay the
/// body's own.
pub(super) fn with_footer(body: &str, tool: &str, version: Version) -> String {
    let body = body.trim_end();
    format!(
        "{body}\n\n{FOOTER}`{tool}` {version}. Edit tool.rs and it is yours: it runs, and is never rewritten.\n"
    )
}

/// As [`with_footer`], for a body that waits for a person. `replaces` is the version that it is to replace.
pub(super) fn with_pending_footer(body: &str, tool: &str, replaces: Option<Version>) -> String {
    let body = body.trim_end();
    let what = match replaces {
        Some(version) => format!("`{tool}`, to replace {version}"),
        None => format!("the first body of `{tool}`"),
    };
    format!(
        "{body}\n\n{FOOTER}{what}. Waits for `anvil.approve({tool:?})`, or `anvil.reject({tool:?})`; answers nobody before.\n"
    )
}

/// The body in a file. Only the last line can be the footer: the user may have anything above it, and
/// something below it.
pub(super) fn without_footer(text: &str) -> &str {
    match text.trim_end().rsplit_once('\n') {
        Some((body, last)) if last.starts_with(FOOTER) => body,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_footer_goes_on_and_comes_off() {
        let text = with_footer("fn a() {}\n\n", "a", Version::FIRST);
        assert_eq!(without_footer(&text).trim_end(), "fn a() {}");
        assert_eq!(
            with_footer(without_footer(&text), "a", Version::FIRST),
            text
        );
    }

    #[test]
    fn what_is_not_the_footer_stays() {
        let below = with_footer("fn a() { b() }", "a", Version::FIRST) + "fn b() {}\n";
        for untouched in [
            "fn a() {}\n",
            "// anvil: mine\nfn a() {}\n",
            "",
            below.as_str(),
        ] {
            assert_eq!(without_footer(untouched), untouched);
        }
    }
}
