//! What is written down of a text: no key, and no name of an account.

use crate::privacy::Redactor;
use regex::{Captures, Regex};
use std::sync::LazyLock;

/// What providers call accounts, projects and requests, where it is told in words: the part before the name, and the name.
const IDS: &[&str] = &[
    // `org-…` of OpenAI, `req_…` of several, and so on
    r"\b((?:acct|org|organization|proj|project|req|request|user|workspace|wrkspc)[-_])([A-Za-z0-9]{12,})\b",
    // of a model that was tuned, its owner and what it is called there
    r"\b(ft:[A-Za-z0-9._-]+:)([A-Za-z0-9._:-]+)",
    // of a resource at AWS, the number of the account
    r"\b(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)([0-9]{12})\b",
];

static ID: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = IDS.iter().map(|pattern| Regex::new(pattern));
    patterns
        .map(|id| id.expect("the patterns are fixed"))
        .collect()
});

/// The text without what the redactor takes for a secret, and without what names an account or a request. What is merely
/// suspicious stays: most of the text is source, which would be another program without it.
pub(super) fn told(redactor: &Redactor, text: &str) -> String {
    let mut text = redactor.redact_source(text).into_owned();
    for id in &*ID {
        let hidden = |found: &Captures<'_>| match found[2].bytes().any(|byte| byte.is_ascii_digit())
        {
            true => format!("{}[redacted]", &found[1]),
            false => found[0].to_owned(), // words
        };
        text = id.replace_all(&text, hidden).into_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let redactor = Redactor::new([("MODEL_KEY", "s3cret-of-the-model")]);
        let once = told(&redactor, text);
        assert_eq!(once, expected);
        assert_eq!(told(&redactor, &once), once);
        assert_eq!(
            told(&Redactor::default(), &once),
            once,
            "as it is asked later"
        );
    }

    #[test]
    fn keys_and_the_names_of_accounts_and_requests_are_left_out() {
        check("key s3cret-of-the-model", "key [secret MODEL_KEY]");
        let key = format!("sk-proj-{}", "A1b2C3d4".repeat(4));
        check(&format!("key {key}."), "key [redacted].");
        check(
            "org-AbCdEf0123456789, proj_0a1B2c3D4e5F6g7H (req_011CSHoEeqs5C35K2UUqR7Fy)",
            "org-[redacted], proj_[redacted] (req_[redacted])",
        );
        check("of acct_1032D82eZvKYlo2C", "of acct_[redacted]");
        check(
            "ft:gpt-4.1-mini-2025-04-14:acme::B7xY9z1q",
            "ft:gpt-4.1-mini-2025-04-14:[redacted]",
        );
        check(
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/one",
            "arn:aws:bedrock:us-east-1:[redacted]:inference-profile/one",
        );
    }

    #[test]
    fn source_stays_as_it_is() {
        for source in [
            "let user_authentication = proj_configuration(req_1, \"org-chart\");",
            "let password = format!(\"{user_1}:{token}\");",
            "const ALPHABET: &str = \"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/\";",
        ] {
            check(source, source);
        }
    }
}
