//! [`excerpts`]: the parts about the tool, where all of it is too long.

use super::passages::{self, Passage, passages};
use crate::replay::indented;
use serde::de::IgnoredAny;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// What stands where something was left out.
const GAP: &str = "[…]\n";

/// The texts; where they are longer than `longest` bytes together, what of them is most about `about`, in its order.
/// Gaps are marked, beyond `longest`.
pub(super) fn excerpts(texts: &[&str], about: &BTreeSet<String>, longest: usize) -> Vec<String> {
    let length: usize = texts.iter().map(|text| text.len()).sum();
    if length <= longest {
        return texts.iter().map(|text| (*text).to_owned()).collect();
    }
    let texts: Vec<Cow<'_, str>> = texts.iter().map(|text| in_lines(text)).collect();
    let parted: Vec<Vec<Passage<'_>>> = texts.iter().map(|text| passages(text)).collect();
    let mut candidates = candidates(&parted, about);
    weigh(&mut candidates, about);

    // Those that are as good are taken in their order.
    candidates.sort_by(|one, other| other.weight.total_cmp(&one.weight));
    let mut kept: Vec<Vec<bool>> = parted.iter().map(|text| vec![false; text.len()]).collect();
    let mut left = longest;
    for Candidate { text, passage, .. } in candidates {
        let (passages, kept) = (&parted[text], &mut kept[text]);
        // Nobody understands it without what it is under.
        let chain: Vec<usize> = chain(passages, passage).filter(|one| !kept[*one]).collect();
        let length: usize = chain.iter().map(|one| passages[*one].text.len()).sum();
        if length <= left {
            left -= length;
            chain.into_iter().for_each(|one| kept[one] = true);
        }
    }
    let texts = parted.iter().zip(&kept);
    texts
        .map(|(passages, kept)| joined(passages, kept))
        .collect()
}

/// A passage that may be shown.
struct Candidate<'a> {
    text: usize,
    passage: usize,
    /// The words in it, and in what it is under, that tell what the tool is about.
    words: BTreeSet<&'a str>,
    weight: f64,
}

fn candidates<'a>(parted: &[Vec<Passage<'_>>], about: &'a BTreeSet<String>) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for (text, passages) in parted.iter().enumerate() {
        let first = candidates.len();
        for (passage, Passage { text: said, under }) in passages.iter().enumerate() {
            let said = words(said).into_iter();
            let mut words: BTreeSet<&str> = said
                .filter_map(|word| about.get(&word).map(String::as_str))
                .collect();
            if let Some(under) = under {
                let above: &Candidate<'_> = &candidates[first + under];
                words.extend(&above.words);
            }
            candidates.push(Candidate {
                text,
                passage,
                words,
                weight: 0.0,
            });
        }
    }
    candidates
}

/// The rarer the words, the more a passage tells: one that is in all of them tells nothing.
#[expect(
    clippy::cast_precision_loss,
    reason = "there are not that many passages"
)]
fn weigh(candidates: &mut [Candidate<'_>], about: &BTreeSet<String>) {
    let all = candidates.len() as f64;
    for word in about {
        let with = candidates
            .iter()
            .filter(|one| one.words.contains(word.as_str()));
        let weight = (all / with.count().max(1) as f64).ln();
        let with = candidates
            .iter_mut()
            .filter(|one| one.words.contains(word.as_str()));
        with.for_each(|one| one.weight += weight);
    }
}

/// The passage and what it is under.
fn chain(passages: &[Passage<'_>], passage: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(passage), |one| passages[*one].under)
}

fn joined(passages: &[Passage<'_>], kept: &[bool]) -> String {
    let mut joined = String::new();
    let mut in_gap = false;
    for (passage, kept) in passages.iter().zip(kept) {
        match kept {
            true => joined.push_str(passage.text),
            false if in_gap => {}
            false => {
                if !joined.is_empty() && !joined.ends_with('\n') {
                    joined.push('\n');
                }
                joined.push_str(GAP);
            }
        }
        in_gap = !kept;
    }
    joined
}

/// JSON that was written without lines, in lines.
fn in_lines(text: &str) -> Cow<'_, str> {
    let is_long = |line: &str| line.len() > passages::LONGEST;
    let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
    match text.trim_start().starts_with(['{', '[']) && text.lines().any(is_long) && is_json() {
        true => Cow::Owned(indented(text)),
        false => Cow::Borrowed(text),
    }
}

/// The words of a text as they can be compared: in lower case, those of a name one by one, without the plural's `s`.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut spaced = String::with_capacity(text.len());
    let mut after_lower = false;
    for c in text.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && after_lower {
            spaced.push(' ');
        }
        if c.is_alphanumeric() {
            spaced.extend(c.to_lowercase());
        }
        after_lower = c.is_lowercase();
    }
    let words = spaced.split_whitespace().map(|word| {
        let singular = word.strip_suffix('s');
        singular
            .filter(|stem| stem.len() > 1 && !stem.ends_with('s'))
            .unwrap_or(word)
    });
    words
        .filter(|word| word.len() > 1)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(text: &str) -> BTreeSet<String> {
        words(text).into_iter().collect()
    }

    /// A section of about 600 bytes.
    fn section(title: &str, word: &str) -> String {
        format!(
            "## {title}\n\n{}\n\n",
            format!("{word} ").repeat(600 / (word.len() + 1))
        )
    }

    #[test]
    fn what_is_short_enough_stays_as_it_is() {
        let texts = ["# A\n\none", "{}"];
        assert_eq!(excerpts(&texts, &about("two"), 12), texts);
        assert_ne!(excerpts(&texts, &about("two"), 9), texts);
    }

    #[test]
    fn what_is_too_long_is_cut_to_the_parts_about_the_tool() {
        let mut page = "# The shop\n\n".to_owned();
        for title in [
            "Users",
            "Refund an order",
            "Items",
            "Cancel an order",
            "Taxes",
            "Colours",
        ] {
            page.push_str(&section(title, "something"));
        }
        let [told] = &excerpts(
            &[&page],
            &about("the orderId that is to be cancelled, cancel it"),
            700,
        )[..] else {
            panic!("one text for one");
        };
        let (title, rest) = told.split_once("[…]\n").unwrap();
        assert_eq!(title, "# The shop\n\n");
        assert!(rest.starts_with("## Cancel an order\n"), "{rest}");
        assert!(rest.ends_with("[…]\n"), "{rest}");
        assert_eq!(rest.matches("## ").count(), 1, "{rest}");
    }

    #[test]
    fn a_rare_word_counts_more_than_those_that_stand_everywhere() {
        let page: String = ["list shop", "list shop", "invoice", "list shop"]
            .iter()
            .map(|word| section("-", word))
            .collect();
        let [told] = &excerpts(&[&page], &about("list the shop's invoices"), 700)[..] else {
            panic!("one text for one");
        };
        assert!(told.contains("invoice") && !told.contains("shop"), "{told}");
    }

    #[test]
    fn what_was_chosen_stands_below_what_it_is_under() {
        let one = "x".repeat(1_500);
        let yaml = format!(
            "paths:\n  /orders:\n    get: {one}\n    post: create {one}\n  /items:\n    get: {one}\n"
        );
        let [told] = &excerpts(&[&yaml], &about("create an order"), 1_600)[..] else {
            panic!("one text for one");
        };
        assert_eq!(
            told,
            &format!("paths:\n  /orders:\n[…]\n    post: create {one}\n[…]\n")
        );
    }

    #[test]
    fn all_texts_share_the_room_and_none_is_forgotten() {
        let (much, about_it) = (section("-", "nothing").repeat(10), section("-", "order"));
        let told = excerpts(&[&much, &about_it], &about("order"), 650);
        assert_eq!(told, ["[…]\n".to_owned(), about_it]);
    }

    #[test]
    fn json_in_one_line_is_told_in_lines() {
        let operations: Vec<String> = (0..40)
            .map(|n| {
                format!(
                    r#""/things/{n}":{{"get":{{"summary":"{}"}}}}"#,
                    "word ".repeat(20)
                )
            })
            .collect();
        let json =
            format!(r#"{{"paths":{{{}}}}}"#, operations.join(",")).replace("/things/33", "/orders");
        let [told] = &excerpts(&[&json], &about("orders"), 300)[..] else {
            panic!("one text for one");
        };
        assert!(
            told.starts_with("{\n  \"paths\": {\n[…]\n    \"/orders\": {\n"),
            "{told}"
        );
        assert!(told.len() < 400, "{told}");
    }

    #[test]
    fn words_are_compared_in_one_form() {
        assert_eq!(
            words("getUserIDs(order_items) — Straße, class a 42"),
            [
                "get", "user", "id", "order", "item", "straße", "class", "42"
            ]
        );
    }
}
