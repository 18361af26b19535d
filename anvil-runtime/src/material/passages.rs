//! [`passages`]: the parts that a text has.

use std::ops::Range;

/// A part that is longer is taken apart, in bytes.
pub(super) const LONGEST: usize = 2 << 10;

/// A part of a text. All of them, one after the other, are the text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Passage<'t> {
    pub(super) text: &'t str,
    /// Which one says what this one is about: its heading, its key.
    pub(super) under: Option<usize>,
}

/// Takes a text apart: prose at headings and empty lines, YAML and JSON by their indentation. What belongs together stays
/// together as far as it is short.
pub(super) fn passages(text: &str) -> Vec<Passage<'_>> {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let mut offsets = vec![0];
    for line in &lines {
        offsets.push(offsets[offsets.len() - 1] + line.len());
    }
    let mut splitter = Splitter {
        text,
        offsets,
        depths: match is_structured(text) {
            true => lines.iter().map(|line| indentation(line)).collect(),
            false => headings(&lines),
        },
        passages: Vec::new(),
    };
    splitter.split(0..lines.len(), None);
    splitter.passages
}

struct Splitter<'t> {
    text: &'t str,
    /// Where each line begins, and where the last one ends.
    offsets: Vec<usize>,
    /// How deep the part is that begins with each line; nothing where the line belongs to the one before it.
    depths: Vec<Option<usize>>,
    passages: Vec<Passage<'t>>,
}

impl Splitter<'_> {
    fn split(&mut self, lines: Range<usize>, under: Option<usize>) {
        let depths = &self.depths[lines.clone()];
        let Some(outermost) = depths.iter().flatten().min() else {
            return self.cut(lines, under);
        };
        if self.offsets[lines.end] - self.offsets[lines.start] <= LONGEST {
            return self.cut(lines, under);
        }
        let begins = |line: &usize| self.depths[*line] == Some(*outermost);
        let parts: Vec<usize> = lines.clone().filter(begins).collect();
        if parts == [lines.start] {
            let mut inside = lines.start + 1..lines.end;
            let inside = inside.find(|line| self.depths[*line].is_some());
            let inside = inside.unwrap_or(lines.end);
            let head = self.passages.len();
            self.cut(lines.start..inside, under);
            return self.split(inside..lines.end, Some(head));
        }
        let ends = parts.iter().skip(1).copied().chain([lines.end]);
        self.split(lines.start..parts[0], under);
        for (start, end) in parts.iter().copied().zip(ends) {
            self.split(start..end, under);
        }
    }

    /// Adds what has no parts: as a whole, if it is short enough.
    fn cut(&mut self, lines: Range<usize>, under: Option<usize>) {
        let (mut start, end) = (self.offsets[lines.start], self.offsets[lines.end]);
        while start < end {
            let mut stop = self.text.floor_char_boundary(start + LONGEST).min(end);
            if stop < end
                && let Some(newline) = self.text[start..stop].rfind('\n')
            {
                stop = start + newline + 1;
            }
            let text = &self.text[start..stop];
            self.passages.push(Passage { text, under });
            start = stop;
        }
    }
}

/// Whether it looks like JSON, or like YAML: most lines are `key: …`, be they items of a list or not.
fn is_structured(text: &str) -> bool {
    if text.trim_start().starts_with(['{', '[']) {
        return true;
    }
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let (mut all, mut structured) = (0, 0);
    for line in lines {
        all += 1;
        let item = line.strip_prefix("- ");
        let key = item.unwrap_or(line).split_once(':');
        let is_key = key.is_some_and(|(key, value)| {
            !key.contains(char::is_whitespace) && (value.is_empty() || value.starts_with(' '))
        });
        structured += usize::from(is_key);
    }
    structured * 2 > all
}

/// Where what is further in is part of what is further out. An item of a list is a part of the key above it, even if it is
/// not further in.
fn indentation(line: &str) -> Option<usize> {
    let inside = line.trim_start();
    let indentation = line.len() - inside.len();
    let belongs_to_former = inside.is_empty() || inside.starts_with(['}', ']']);
    (!belongs_to_former).then(|| 2 * indentation + usize::from(inside.starts_with("- ")))
}

/// A heading is as deep as it says, and a paragraph is deeper than all of them.
fn headings(lines: &[&str]) -> Vec<Option<usize>> {
    const PARAGRAPH: usize = 7;
    let mut in_code = false;
    let mut after_empty = true;
    let depth = |line: &&str| {
        let is_fence = line.trim_start().starts_with("```");
        let level = line.bytes().take_while(|byte| *byte == b'#').count();
        let is_heading = (1..PARAGRAPH).contains(&level) && line[level..].starts_with(' ');
        let is_empty = line.trim().is_empty();
        let depth = match (in_code, is_heading) {
            (true, _) => None,
            (false, true) => Some(level),
            (false, false) => (after_empty && !is_empty).then_some(PARAGRAPH),
        };
        in_code ^= is_fence;
        after_empty = is_empty || is_heading;
        depth
    };
    lines.iter().map(depth).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The beginning of each passage, below what it is under.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let passages = passages(text);
        let whole: String = passages.iter().map(|passage| passage.text).collect();
        assert_eq!(whole, text);
        let title = |passage: &Passage<'_>| {
            let line = passage.text.lines().next().unwrap_or_default();
            line.chars().take(20).collect::<String>()
        };
        let told: Vec<String> = passages
            .iter()
            .map(|passage| {
                assert!(passage.text.len() <= LONGEST);
                match passage.under {
                    Some(under) => format!("{} > {}", title(&passages[under]), title(passage)),
                    None => title(passage),
                }
            })
            .collect();
        assert_eq!(told, expected);
    }

    fn long(word: &str) -> String {
        format!("{word} ").repeat(1_200 / (word.len() + 1))
    }

    #[test]
    fn what_is_short_is_one_passage() {
        check("# A\n\none\n\n## B\n\ntwo\n", &["# A"]);
        check("", &[]);
    }

    #[test]
    fn prose_is_parted_at_headings_then_at_empty_lines() {
        let (one, two, three) = (long("one"), long("two"), long("three"));
        check(
            &format!("before\n\n# A\n\n{one}\n\n## B\nhi\n\n## C\n{two}\n\n{three}\n"),
            &[
                "before",
                "# A",
                "# A > one one one one one ",
                "# A > ## B",
                "# A > ## C",
                "## C > two two two two two ",
                "## C > three three three th",
            ],
        );
    }

    #[test]
    fn code_is_not_taken_for_headings() {
        let code = format!("```sh\n# not a heading\n\n{}\n```\n", long("x"));
        check(
            &format!("{}\n\n{code}", long("a")),
            &["a a a a a a a a a a ", "```sh"],
        );
    }

    #[test]
    fn yaml_and_json_are_parted_by_their_indentation() {
        let (one, two) = (long("one"), long("two"));
        check(
            &format!(
                "openapi: 3.0.0\npaths:\n  /orders:\n    get: {one}\n    post: {two}\n  /items:\n    get: x\ntags:\n- a: b\n"
            ),
            &[
                "openapi: 3.0.0",
                "paths:",
                "paths: >   /orders:",
                "  /orders: >     get: one one one",
                "  /orders: >     post: two two tw",
                "paths: >   /items:",
                "tags:",
            ],
        );
        check(
            &format!("{{\n  \"a\": {{\n    \"b\": \"{one}\"\n  }},\n  \"c\": \"{two}\"\n}}\n"),
            &["{", "{ >   \"a\": {", "{ >   \"c\": \"two two two "],
        );
    }

    #[test]
    fn what_has_no_parts_is_cut_between_lines_else_between_characters() {
        check(&"é".repeat(1_500), &["é".repeat(20).as_str(); 2]);
        let lines = ("x".repeat(999) + "\n").repeat(5);
        let cut = passages(&lines).into_iter();
        let lengths: Vec<usize> = cut.map(|passage| passage.text.len()).collect();
        assert_eq!(lengths, [2_000, 2_000, 1_000]);
    }

    #[test]
    fn what_is_nested_without_end_is_taken_apart_all_the_same() {
        let nested: String = (0..2_000).map(|depth| " ".repeat(depth) + "a:\n").collect();
        let passages = passages(&nested);
        let whole: usize = passages.iter().map(|passage| passage.text.len()).sum();
        assert_eq!(whole, nested.len());
    }
}
