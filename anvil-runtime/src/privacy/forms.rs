//! How a value may stand in a text.

use crate::text::one_line;
use std::borrow::Cow;
use std::ops::Range;

/// The value as it is, as Rust's `Debug` and JSON write it between quotes, and as it looks in an error of one
/// line.
pub(crate) fn forms(value: &str) -> Vec<Cow<'_, str>> {
    let mut forms = vec![Cow::Borrowed(value)];
    let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    if value.bytes().all(plain) {
        return forms;
    }
    let json = serde_json::Value::from(value).to_string();
    for form in [
        unquoted(&format!("{value:?}")).to_owned(),
        unquoted(&json).to_owned(),
        one_line(value),
    ] {
        if !form.is_empty() && !forms.iter().any(|known| *known == form) {
            forms.push(Cow::Owned(form));
        }
    }
    forms
}

/// Whether what stands at `range` is not part of a longer word or number.
pub(crate) fn stands_alone(text: &str, range: &Range<usize>) -> bool {
    starts_alone(text, range.start) && ends_alone(text, range.end)
}

/// Whether a word may start at `at`. The letter of an escaped line break or tab belongs to no word.
pub(crate) fn starts_alone(text: &str, at: usize) -> bool {
    let before = &text[..at];
    !before.ends_with(char::is_alphanumeric)
        || [r"\n", r"\r", r"\t"]
            .iter()
            .any(|escape| before.ends_with(escape))
}

/// Whether a word may end at `at`.
pub(crate) fn ends_alone(text: &str, at: usize) -> bool {
    !text[at..].starts_with(char::is_alphanumeric)
}

fn unquoted(quoted: &str) -> &str {
    &quoted[1..quoted.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_as_many_forms_as_ways_to_write_it() {
        assert_eq!(forms("plain-1"), ["plain-1"]);
        assert_eq!(forms("two words"), ["two words"]);
        assert_eq!(forms("a\"b"), ["a\"b", "a\\\"b"]);
        assert_eq!(
            forms("a\n\u{1b}"),
            ["a\n\u{1b}", r"a\n\u{1b}", r"a\n\u001b", "a "]
        );
    }

    #[test]
    fn a_word_ends_where_no_letter_or_digit_goes_on() {
        let cases = [
            ("abc", true),
            ("(abc)", true),
            ("_abc_", true),
            ("xabc", false),
            ("abc1", false),
            ("éabc", false),
            (r"\nabc", true),
            (r"nabc", false),
        ];
        for (text, alone) in cases {
            let at = text.find("abc").unwrap();
            assert_eq!(stands_alone(text, &(at..at + 3)), alone, "{text}");
        }
    }
}
