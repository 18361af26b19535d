//! The values of private parameters, and how a text is kept from telling them.

use super::forms::{ends_alone, forms, starts_alone};
use super::redactor::{PRIVATE, SHORTEST};
use rmpv::Value;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// A piece of a longer value gives that value away from this length on, in bytes.
const WINDOW: usize = size_of::<u128>();

/// What a value is made of, as text: strings and numbers, also those that keys of maps are. Booleans and
/// nothing tell too little to be hidden, and would hide too much.
pub(crate) fn leaves(value: &Value) -> Vec<String> {
    let mut leaves = Vec::new();
    let mut rest = vec![value];
    while let Some(value) = rest.pop() {
        match value {
            Value::Nil | Value::Boolean(_) | Value::Ext(..) => {}
            Value::Integer(number) => leaves.push(number.to_string()),
            Value::F32(number) => leaves.extend([number.to_string(), format!("{number:?}")]),
            Value::F64(number) => leaves.extend([
                number.to_string(),
                format!("{number:?}"),
                serde_json::Value::from(*number).to_string(), // with the sign of its exponent
            ]),
            Value::String(text) => leaves.extend(text.as_str().map(str::to_owned)),
            Value::Binary(bytes) => leaves.extend(String::from_utf8(bytes.clone()).ok()),
            Value::Array(values) => {
                leaves.extend(text_in(values));
                rest.extend(values);
            }
            Value::Map(entries) => {
                rest.extend(entries.iter().flat_map(|(key, value)| [key, value]));
            }
        }
    }
    leaves
}

/// The text that a list of bytes is.
fn text_in(values: &[Value]) -> Option<String> {
    let bytes = values
        .iter()
        .map(|value| u8::try_from(value.as_u64()?).ok());
    String::from_utf8(bytes.collect::<Option<_>>()?).ok()
}

/// The text with `[private]` wherever one of the values stands in it, within quotes or without: a value of less than
/// 6 characters for itself, a longer one also within a word, and of one of 16 bytes or more each piece of that length.
pub(crate) fn hide_values(text: &str, values: &[String]) -> String {
    let forms: Vec<Cow<'_, str>> = values
        .iter()
        .filter(|value| !value.trim().is_empty())
        .flat_map(|value| forms(value))
        .collect();
    let mut hidden = vec![false; text.len()];
    mark_short(text, &forms, &mut hidden);
    mark_pieces(text, &forms, &mut hidden);
    replaced(text, &hidden)
}

/// Marks values shorter than a window. Costs the text times their lengths, however many values there are.
fn mark_short(text: &str, forms: &[Cow<'_, str>], hidden: &mut [bool]) {
    let short: HashSet<&str> = forms
        .iter()
        .map(|form| &**form)
        .filter(|form| form.len() < WINDOW)
        .collect();
    if short.is_empty() {
        return;
    }
    for (start, _) in text.char_indices() {
        for length in 1..WINDOW {
            let Some(part) = text.get(start..start + length) else {
                continue;
            };
            if short.contains(part) && may_stand(text, start, part) {
                hidden[start..start + length].fill(true);
            }
        }
    }
}

/// Whether `part` is the value rather than something that has the same characters by chance. A number may have its
/// unit behind it.
fn may_stand(text: &str, start: usize, part: &str) -> bool {
    let end = start + part.len();
    let is_number = part.ends_with(|last: char| last.is_ascii_digit());
    let ends = || match is_number {
        true => !text[end..].starts_with(|next: char| next.is_ascii_digit()),
        false => ends_alone(text, end),
    };
    part.chars().count() >= SHORTEST || starts_alone(text, start) && ends()
}

/// Marks what the text has in common with longer values, a window or more at a time.
fn mark_pieces(text: &str, forms: &[Cow<'_, str>], hidden: &mut [bool]) {
    let mut windows: HashMap<u128, bool> = HashMap::new();
    // A look into the map costs more than all else, and a value is mostly made of what the text has not.
    let mut maybe = vec![false; 1 << 16];
    for (_, window) in windows_of(text) {
        windows.insert(window, false);
        maybe[digest(window)] = true;
    }
    for form in forms.iter().filter(|form| form.len() >= WINDOW) {
        for (_, window) in windows_of(form) {
            if maybe[digest(window)]
                && let Some(found) = windows.get_mut(&window)
            {
                *found = true;
            }
        }
    }
    for (at, window) in windows_of(text) {
        let blank = text.as_bytes()[at..at + WINDOW]
            .iter()
            .all(|byte| byte.is_ascii_punctuation() || byte.is_ascii_whitespace());
        if windows[&window] && !blank {
            hidden[at..at + WINDOW].fill(true);
        }
    }
}

/// Every 16 bytes of the text, and where they begin.
fn windows_of(text: &str) -> impl Iterator<Item = (usize, u128)> {
    let bytes = text.as_bytes();
    let mut window = 0;
    bytes.iter().enumerate().filter_map(move |(at, byte)| {
        window = window << 8 | u128::from(*byte);
        Some(((at + 1).checked_sub(WINDOW)?, window))
    })
}

/// 16 bits that depend on all of the window.
fn digest(window: u128) -> usize {
    let folded = (window as u64) ^ ((window >> 64) as u64).rotate_left(29);
    (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
}

/// The text with a marker for each run of characters of which a byte is hidden.
fn replaced(text: &str, hidden: &[bool]) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut inside = false;
    for (at, c) in text.char_indices() {
        let hide = hidden[at..at + c.len_utf8()].contains(&true);
        if !hide {
            replaced.push(c);
        } else if !inside {
            replaced.push_str(PRIVATE);
        }
        inside = hide;
    }
    replaced
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, values: &[&str], expected: &str) {
        let values: Vec<String> = values.iter().map(|value| (*value).to_owned()).collect();
        assert_eq!(hide_values(text, &values), expected, "{text}, {values:?}");
    }

    #[test]
    fn leaves_are_strings_and_numbers_wherever_they_lie() {
        let value = Value::Array(vec![
            Value::from(7),
            Value::from(1e30),
            Value::Nil,
            Value::from(true),
            Value::from("text"),
            Value::from(""),
            Value::Map(vec![(
                Value::from("key"),
                Value::Array(vec![Value::from(-3)]),
            )]),
        ]);
        let mut leaves = leaves(&value);
        leaves.sort();
        assert_eq!(
            leaves,
            [
                "",
                "-3",
                "1000000000000000000000000000000",
                "1e+30",
                "1e30",
                "7",
                "key",
                "text"
            ]
        );
    }

    #[test]
    fn values_are_hidden_where_they_stand_alone() {
        check("Ada is 36", &["Ada", "36"], "[private] is [private]");
        check("Adam is 136, ÉAda", &["Ada", "36"], "Adam is 136, ÉAda");
        check(
            "x=36; 36.5 _36_",
            &["36"],
            "x=[private]; [private].5 _[private]_",
        );
        check(
            "name: Ada Lovelace",
            &["Ada", "Ada Lovelace"],
            "name: [private]",
        );
        check(
            "for 77s, in 7.5ms",
            &["77", "7.5"],
            "for [private]s, in [private]ms",
        );
        check("key_hunter2x", &["hunter2"], "key_[private]x");
        check("at -5, 3-5", &["-5"], "at [private], 3-5");
        check("é (é) éé", &["é"], "[private] ([private]) éé");
        check("nothing \n  of it", &["", " ", "\n"], "nothing \n  of it");
        check("", &["a"], "");
        check("text", &[], "text");
    }

    #[test]
    fn values_are_hidden_within_quotes_too() {
        check(r#"got "a\"b\n""#, &["a\"b\n"], r#"got "[private]""#);
        check(r#"got "x\nAda""#, &["Ada"], r#"got "x\n[private]""#);
        check(
            r#"got "a long text\nof two lines""#,
            &["a long text\nof two lines"],
            r#"got "[private]""#,
        );
    }

    #[test]
    fn a_piece_of_a_long_value_is_hidden_if_it_is_long_enough() {
        let value = "It was the best of times, it was the worst of times";
        check(
            "cut: \"best of times, it was\"",
            &[value],
            "cut: \"[private]\"",
        );
        check("cut: best of times", &[value], "cut: best of times");
        check("xxbest of times, itxx", &[value], "xx[private]xx");
        // Rules and indentation give nothing away.
        let rule = "-".repeat(40);
        check(&rule, &[&format!("Title\n{rule}")], &rule);
    }

    #[test]
    fn no_character_is_cut_in_two() {
        let value = "日本語のテキストです、これは秘密";
        for end in (1..value.len()).filter(|end| value.is_char_boundary(*end)) {
            let text = format!("Ω{}Ω", &value[..end]);
            let hidden = hide_values(&text, &[value.to_owned()]);
            assert_eq!(hidden == "Ω[private]Ω", end >= 18, "{hidden}");
        }
        // The first byte of é and of è is the same, and so is the last of é and of ĩ.
        check("0123456789abcdeè", &["0123456789abcdeé"], "[private]");
    }

    #[test]
    fn big_values_and_many_values_cost_little() {
        let text = "a panic message of the usual sort, 12345\n".repeat(100);
        let big: String = (0..150_000).map(|n| format!("{n:x} word")).collect();
        let many: Vec<String> = (0..200_000).map(|n: u32| n.to_string()).collect();
        let same = "a".repeat(1_000_000);
        assert_eq!(hide_values(&text, &[big]), text);
        assert!(!hide_values(&text, &many).contains("12345"));
        assert_eq!(hide_values(&"a".repeat(4096), &[same]), PRIVATE);
    }
}
