//! JSON text, with its numbers, names and their order as they were written.

use std::iter;

/// The JSON on one line, with nothing between its parts.
pub(super) fn compact(json: &str) -> String {
    parts(json).collect()
}

/// The JSON with a line for each value, as people read it.
pub(crate) fn indented(json: &str) -> String {
    let mut laid_out = String::with_capacity(json.len() * 2);
    let mut depth = 0_usize;
    let mut parts = parts(json).peekable();
    while let Some(part) = parts.next() {
        match part {
            "{" | "[" => {
                laid_out.push_str(part);
                match parts.next_if(|next| matches!(*next, "}" | "]")) {
                    Some(end) => laid_out.push_str(end),
                    None => {
                        depth += 1;
                        begin_line(&mut laid_out, depth);
                    }
                }
            }
            "}" | "]" => {
                depth = depth.saturating_sub(1);
                begin_line(&mut laid_out, depth);
                laid_out.push_str(part);
            }
            "," => {
                laid_out.push(',');
                begin_line(&mut laid_out, depth);
            }
            ":" => laid_out.push_str(": "),
            value => laid_out.push_str(value),
        }
    }
    laid_out
}

fn begin_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(iter::repeat_n("  ", depth));
}

/// The marks and the plain values that the JSON consists of.
fn parts(mut json: &str) -> impl Iterator<Item = &str> {
    iter::from_fn(move || {
        json = json.trim_start();
        let length = match json.bytes().next()? {
            b'"' => length_of_text(json),
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            _ => json
                .find(|c: char| c.is_whitespace() || "{}[],:\"".contains(c))
                .unwrap_or(json.len()),
        };
        let (part, rest) = json.split_at(length);
        json = rest;
        Some(part)
    })
}

/// How long the text is that the JSON begins with, in bytes, its quotation marks included.
fn length_of_text(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = r#"{"z": [1.50, 12345678901234567890123, {}, [ ]],
        "a":"é \"{,:\\", "z" :null}"#;

    #[test]
    fn json_is_laid_out_with_all_that_was_written() {
        let expected = r#"{
  "z": [
    1.50,
    12345678901234567890123,
    {},
    []
  ],
  "a": "é \"{,:\\",
  "z": null
}"#;
        assert_eq!(indented(WRITTEN), expected);
        assert_eq!(indented(expected), expected);
    }

    #[test]
    fn json_on_one_line_is_what_it_was_before_it_was_laid_out() {
        let compact_text = r#"{"z":[1.50,12345678901234567890123,{},[]],"a":"é \"{,:\\","z":null}"#;
        assert_eq!(compact(WRITTEN), compact_text);
        assert_eq!(compact(&indented(compact_text)), compact_text);
    }
}
