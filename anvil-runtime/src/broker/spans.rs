//! Finding parts of bytes, and writing others in their place.

use std::cmp::Reverse;
use std::ops::Range;

/// What stands somewhere, and what is to be written there instead.
pub(super) type Span<'s> = (Range<usize>, &'s [u8]);

/// Where `part` stands in `bytes`.
pub(super) fn occurrences(bytes: &[u8], part: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let found = memchr::memmem::find_iter(bytes, part).map(|at| at..at + part.len());
    // Nothing stands nowhere.
    found.filter(|range| !range.is_empty())
}

/// The bytes with the spans written anew. Of those that overlap, the first counts, the longest of them, and nothing of
/// the others stays.
pub(super) fn rewritten(bytes: &[u8], mut spans: Vec<Span<'_>>) -> Vec<u8> {
    spans.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
    let mut rewritten = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (range, instead) in spans {
        if range.start >= at {
            rewritten.extend_from_slice(&bytes[at..range.start]);
            rewritten.extend_from_slice(instead);
        }
        at = at.max(range.end);
    }
    rewritten.extend_from_slice(&bytes[at..]);
    rewritten
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, parts: &[(&str, &str)], expected: &str) {
        let mut spans: Vec<Span<'_>> = Vec::new();
        for (part, instead) in parts {
            let found = occurrences(text.as_bytes(), part.as_bytes());
            spans.extend(found.map(|range| (range, instead.as_bytes())));
        }
        let rewritten = rewritten(text.as_bytes(), spans);
        assert_eq!(String::from_utf8(rewritten).unwrap(), expected, "{text}");
    }

    #[test]
    fn parts_are_rewritten_wherever_they_stand() {
        check("a-b-a", &[("a", "long"), ("b", "")], "long--long");
        check("aaa", &[("a", "b")], "bbb");
        check("text", &[], "text");
        check("text", &[("", "x"), ("other", "x")], "text");
        check("", &[("a", "b")], "");
    }

    #[test]
    fn nothing_stays_of_parts_that_overlap() {
        check("xabcdy", &[("abc", "1"), ("bcd", "2")], "x1y");
        check("xabcdy", &[("ab", "1"), ("abcd", "2")], "x2y");
        check("xabcdy", &[("abcd", "1"), ("bc", "2")], "x1y");
    }
}
