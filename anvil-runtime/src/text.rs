//! Text as it is shown: not too long, and in one line where there is one to fill.

/// Text in one line: panics of `assert_eq!`, for one, are told in several.
pub(crate) fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    // Whoever reads it may do so on a terminal, which takes some of a body's words for orders.
    let shown = |c: &char| !c.is_control() || *c == '\t';
    lines.join(" ").trim().chars().filter(shown).collect()
}

/// The beginning of a text that is longer than `longest` bytes, and how long it is.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let beginning = &text[..text.floor_char_boundary(longest)];
    format!("{beginning}… ({} bytes in all)", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_obey_is_left_out() {
        assert_eq!(one_line("a\u{1b}[2J\u{7}b\tc\rd\u{9b}"), "a[2Jb\tcd");
    }

    #[test]
    fn several_lines_become_one() {
        assert_eq!(
            one_line("\n a:\n   left: 1\n  right: 2\n"),
            "a: left: 1 right: 2"
        );
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(shortened("short", 5), "short");
        assert_eq!(shortened("éé", 3), "é… (4 bytes in all)");
    }
}
