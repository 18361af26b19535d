//! What is too random to be a name.

use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// In bits per character. At 32 characters, random base64 has 4.7 ± 0.1 and random letters and digits 4.6;
/// hex digests cannot have more than 4.0, and UUIDs not more than 4.1, since they use sixteen digits only.
const LEAST_ENTROPY: f64 = 4.2;

/// Long names have as much entropy as short keys. They differ in that letters of one case follow each other in
/// words: the kind of character changes at every third place at most, but at two of three in random text.
/// Measured on the 11,000 such tokens in the sources of 170 crates: with both limits 21 are taken for random,
/// most of them mangled symbols. Of random tokens 98 % are found at 32 characters, and more at 40.
const LEAST_CHANGES: f64 = 0.4;

static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[A-Za-z0-9+/_=-]{32,}").expect("the pattern is fixed"));

/// Where tokens stand that look random: keys of no known shape.
pub(crate) fn random_tokens(text: &str) -> Vec<Range<usize>> {
    let tokens = TOKEN.find_iter(text);
    let random = tokens.filter(|token| looks_random(token.as_str()));
    random.map(|token| token.range()).collect()
}

fn looks_random(token: &str) -> bool {
    has_all_kinds(token)
        && changes(token) >= LEAST_CHANGES
        && entropy(token) >= LEAST_ENTROPY
        && !is_path(token)
}

/// Whether some of what stands between slashes are words, as they would hardly be by chance.
fn is_path(token: &str) -> bool {
    let word = |segment: &&str| {
        segment.len() >= 3
            && segment
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'-' | b'_'))
    };
    let segments = token.split('/');
    let words = segments.clone().filter(word).count();
    token.contains('/') && words * 5 >= segments.count()
}

/// At how many of its places, from 0 to 1, the kind of character changes.
pub(crate) fn changes(token: &str) -> f64 {
    let bytes = token.as_bytes();
    let changes = bytes
        .windows(2)
        .filter(|pair| Kind::of(pair[0]) != Kind::of(pair[1]));
    changes.count() as f64 / bytes.len().saturating_sub(1).max(1) as f64
}

fn has_all_kinds(token: &str) -> bool {
    [Kind::Lower, Kind::Upper, Kind::Digit]
        .iter()
        .all(|kind| token.bytes().any(|byte| Kind::of(byte) == *kind))
}

#[derive(PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    Mark,
}

impl Kind {
    fn of(byte: u8) -> Self {
        match byte {
            b'a'..=b'z' => Self::Lower,
            b'A'..=b'Z' => Self::Upper,
            b'0'..=b'9' => Self::Digit,
            _ => Self::Mark,
        }
    }
}

/// Shannon's, of the characters as they are spread, in bits.
fn entropy(token: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in token.bytes() {
        counts[usize::from(byte)] += 1;
    }
    let length = token.len() as f64;
    let shares = counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length);
    -shares.map(|share| share * share.log2()).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_tokens_are_told_from_names_digests_and_paths() {
        let cases = [
            // The secret of an AWS key; random bytes in base64 and its forms; letters and digits.
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", true),
            ("9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4", true),
            ("kq3TzZ0o8yV1nB7wC5xR2mJ9sL4dF6gH/+A=", true),
            ("Zr8-x2_QmN4vT7yKpW1sJd9Lh3Bf6Gc0", true),
            (
                "xffFqrjrDqPhvTc45vvq33f6bJrUtyHESuTeklWKgYd64xgzxJwvAkpYYnpNJyZSRn",
                true,
            ),
            ("d41d8cd98f00b204e9800998ecf8427e", false),
            (
                "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
                false,
            ),
            ("123e4567-e89b-12d3-a456-426614174000", false),
            ("slugify_1f0c9a7be2d4435586aa90b1c2d3e4f5", false),
            ("a_candidate_replaces_the_live_version_only_then", false),
            ("AbstractSingletonProxyFactoryBean2Implementation", false),
            ("RelativeYearOrMonthGivenDaysAreHours", false),
            ("WINDOWS_SUBSYSTEM_CONSOLE_VERSION_10_0", false),
            ("/home/user/target/debug/deps/anvil-e2758d291509c8a1", false),
            ("github/BurntSushi/memchr/blob/b0a29f267f4a7fad8ffc", false),
            (
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                false,
            ),
            ("==================================", false),
            ("aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3aB3", false),
        ];
        for (token, random) in cases {
            let found = random_tokens(token);
            assert_eq!(
                !found.is_empty(),
                random,
                "{token}: {} bits, {} changes",
                entropy(token),
                changes(token)
            );
        }
    }

    #[test]
    fn a_token_is_found_where_it_stands() {
        let text = "é(9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4)";
        let found: Vec<&str> = random_tokens(text)
            .into_iter()
            .map(|at| &text[at])
            .collect();
        assert_eq!(found, ["9K3vJ0m2QpXz7LrT1sWbY8uNcE5hGdA4"]);
    }
}
