//! What is a secret by the place where it stands: after `password=`, after `Bearer`, before the `@` of a URL.

use super::entropy::changes;
use super::keys::EDGE;
use regex::Regex;
use std::ops::Range;
use std::sync::LazyLock;

/// A place where secrets stand. The pattern's groups are what may be one.
struct Place {
    pattern: Regex,
    is_secret: fn(&str) -> bool,
}

/// Names of what is secret, whatever stands before them. Not `tokens`, which are counted.
const NAME: &str = "(?:pass(?:word|wd|phrase|code)|pwd|secret|token|credential|(?:api|access|secret|private|signing|encryption|account)\
                    [_.-]?key(?:[_-]?(?:base|id))?)(?:[_-]?[0-9]{1,2})?";

/// To look into more than this again and again would take the square of the time.
const LONGEST_NAME: usize = 64;

static PLACES: LazyLock<Vec<Place>> = LazyLock::new(|| {
    let place = |pattern: &str, is_secret| Place {
        pattern: Regex::new(pattern).expect("the patterns are fixed"),
        is_secret,
    };
    vec![
        // The whole header, with any scheme that carries a secret; then schemes where they stand alone.
        place(
            r#"(?i)authorization\\*["']?\s*[:=]\s*\\*["']?(?:basic|bearer|token|digest|negotiate|apikey)\s+([^\s"'\\,;]+)"#,
            is_given,
        ),
        place(
            &format!("(?i){EDGE}bearer\\s+([A-Za-z0-9._~+/=-]{{6,}})"),
            is_no_word,
        ),
        place(
            &format!("(?i){EDGE}basic\\s+([A-Za-z0-9_+/=-]{{8,}})"),
            is_no_word,
        ),
        // scheme://user:PASSWORD@host
        place(r#"://[^\s/?#@:"'`<>]*:([^\s/?#@"'`<>]+)@"#, is_given),
        // "api_key": "…", api_key: Some("…"), const API_KEY: &str = "…", also inside of quotes.
        place(
            &format!(
                r#"(?i){NAME}\\*["'`]?(?:\s*:\s*&?(?:'static\s+)?(?:str|String))?\s*(?:=>|[:=])\s*(?:Some\()?(?:"((?:[^"\\\n]|\\.)*)|\\+"((?:[^"\\\n]|\\[^"\n])*)|'([^'\n]*))"#
            ),
            |text| text.len() >= 4 && is_given(text),
        ),
        // In a query, a form, a connection string, a line of settings.
        place(
            &format!(r#"(?i){NAME}=([^\s"'`&,;\\=][^\s"'`&,;\\]*)"#),
            is_given,
        ),
        place(
            r#"(?i)[?&](?:key|auth|sig|signature|x-(?:amz|goog)-signature)=([^\s"'`&;#\\]+)"#,
            is_given,
        ),
        // In prose, headers and YAML, where the next word may as well be a type or a word.
        place(
            &format!(
                r#"(?i){NAME}["'`]?\s*:\s*([^\s"'`,;()\[\]{{}}<>&|:\\][^\s"'`,;()\[\]{{}}<>&|\\]{{5,}})(?:[\s"'`,;)\]}}\\]|$)"#
            ),
            has_digit,
        ),
        place(
            &format!(
                r#"(?i){NAME}["'`]?\s*=\s+([^\s"'`,;()\[\]{{}}<>&|=\\][^\s"'`,;()\[\]{{}}<>&|\\]{{5,}})(?:[\s"'`,)\]}}\\]|$)"#
            ),
            has_digit,
        ),
    ]
});

/// Stands where a value is put in later, or for none.
static NO_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^(?:\$?\{+[\w.:?#]*\}*|\$[A-Z_]+|<[^<>]*>|\(?%[sdv]\)?|\*+|(?i:true|false|none|null|nil|yes|no))$",
    )
    .expect("the pattern is fixed")
});

/// One finder for each place; each is to be asked for itself.
pub(crate) fn finders() -> impl Iterator<Item = impl Fn(&str) -> Vec<Range<usize>>> {
    PLACES.iter().map(|place| |text: &str| place.find(text))
}

/// Whether the text has a token for an `Authorization` header in it. Of places, only this one is no place for
/// anything else in a program.
pub(crate) fn has_bearer(text: &str) -> bool {
    static BEARER: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new("[Bb]earer ([A-Za-z0-9._~+/=-]{16,})").expect("the pattern is fixed")
    });
    BEARER
        .captures_iter(text)
        .filter_map(|found| found.get(1))
        .any(|token| has_digit(token.as_str()))
}

impl Place {
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(groups) = self.pattern.captures(&text[at..]) {
            let Some(secret) = groups.iter().skip(1).flatten().next() else {
                break;
            };
            let range = at + secret.start()..at + secret.end();
            let is_secret = (self.is_secret)(secret.as_str());
            // What is none may be the name of one: `Bearer token=…`.
            let look_into = !is_secret && range.len() < LONGEST_NAME;
            at = if look_into { range.start } else { range.end };
            if is_secret {
                found.push(range);
            }
        }
        found
    }
}

fn is_given(text: &str) -> bool {
    !text.is_empty() && !NO_VALUE.is_match(text)
}

fn has_digit(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_digit())
}

/// Whether it is no English word.
fn is_no_word(text: &str) -> bool {
    has_digit(text) || text.len() >= 20 || changes(text) >= 0.3
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str) -> String {
        let mut text = text.to_owned();
        for find in finders() {
            for range in find(&text).into_iter().rev() {
                text.replace_range(range, "***");
            }
        }
        text
    }

    #[test]
    fn secrets_are_found_where_they_are_expected() {
        for (text, expected) in [
            ("Authorization: Bearer abc", "Authorization: Bearer ***"),
            (
                r#"{"authorization": "token abc"}"#,
                r#"{"authorization": "token ***"}"#,
            ),
            ("sent Bearer abc123.def-456", "sent Bearer ***"),
            (r"sent\nbearer abcdef123", r"sent\nbearer ***"),
            ("sent Basic dXNlcjpwYXNz", "sent Basic ***"),
            (
                "postgres://user:p4ss@db:5432/x",
                "postgres://user:***@db:5432/x",
            ),
            ("redis://:hunter@localhost", "redis://:***@localhost"),
            ("password=hunter2", "password=***"),
            ("DB_PASSWORD=x next", "DB_PASSWORD=*** next"),
            ("Server=a;Pwd=b;Port=1", "Server=a;Pwd=***;Port=1"),
            ("/v1?page=2&api_key=abc&x=1", "/v1?page=2&api_key=***&x=1"),
            ("/v1?access_token=abc#top", "/v1?access_token=***"),
            ("/v1?key=abc&sig=def", "/v1?key=***&sig=***"),
            ("client_secret=a%20b", "client_secret=***"),
            ("api_key: abc123def", "api_key: ***"),
            ("x-api-key: 0123456789", "x-api-key: ***"),
            ("(password: hunter2)", "(password: ***)"),
            ("token = abc123def\n", "token = ***\n"),
            (
                r#"{"api_key": "some words", "id": "some words"}"#,
                r#"{"api_key": "***", "id": "some words"}"#,
            ),
            (r#"{"apiKey":"a\"b c"}"#, r#"{"apiKey":"***"}"#),
            (r#"{\"token\": \"some words\"}"#, r#"{\"token\": \"***\"}"#),
            (
                r#"Config { secret: Some("word"), id: 1 }"#,
                r#"Config { secret: Some("***"), id: 1 }"#,
            ),
            (
                "const API_KEY: &str = \"word\";",
                "const API_KEY: &str = \"***\";",
            ),
            ("{'secret_key': 'word'}", "{'secret_key': '***'}"),
            ("AWS_SECRET_ACCESS_KEY=a/b+c", "AWS_SECRET_ACCESS_KEY=***"),
            ("SECRET_KEY_BASE=abc", "SECRET_KEY_BASE=***"),
            ("token_2=abc", "token_2=***"),
            ("\"password\": \"cut off", "\"password\": \"***"),
        ] {
            assert_eq!(redacted(text), expected, "{text}");
        }
    }

    #[test]
    fn code_and_prose_about_secrets_stay() {
        for text in [
            "let token = lexer.next().unwrap();",
            "let token = tokens[i1];",
            "let token = token2;",
            "fn parse(token: &str, secret: Option<String>) -> Token {",
            "password: String,",
            "if token == \"let\" && token != \"x\" {",
            "token: u64, secret: [u8; 32],",
            "match token { Token::Let => 1 }",
            "format!(\"?token={token}&api_key={}\", key)",
            "password=$PASSWORD token=${TOKEN}",
            "error: unexpected token: `;`",
            "error[E0425]: cannot find value `token` in this scope",
            "expected one of `,` or `}`, found `secret`",
            "prompt_tokens=123456 max_tokens: 123456",
            "a bearer of good news, of basic understanding and Basic authentication",
            "Bearer authentication is required",
            "The password is wrong: try again. The token: not there.",
            "https://example.com:8080/a@b and http://user@host",
            "format!(\"https://{user}:{password}@host\")",
            "password=true secret=none",
            "secretary: Mrs 12345678",
            "ANVIL_OFFLINE=1 PATH=/usr/bin",
        ] {
            assert_eq!(redacted(text), text);
        }
    }

    #[test]
    fn a_program_may_speak_of_bearers_but_not_hold_their_tokens() {
        assert!(has_bearer("\"Bearer a1b2c3d4e5f6g7h8\""));
        assert!(!has_bearer("format!(\"Bearer {token}\")"));
        assert!(!has_bearer("// the bearer token-of-the-user"));
    }
}
