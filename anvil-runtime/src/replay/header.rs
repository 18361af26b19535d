//! [`Header`]: a header as it is written down.

use serde::{Deserialize, Serialize};

/// A header, written down as HTTP has it: `name: value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(super) struct Header {
    /// In lower case.
    pub(super) name: String,
    pub(super) value: String,
}

/// What says when an answer was given, and what was meant for the connection.
const LEFT_OUT: [&str; 8] = [
    "connection",
    "date",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

impl Header {
    /// What a body has put into a request, in the order of the names: that of others means nothing.
    pub(super) fn sent(pairs: &[(String, String)], told: &dyn Fn(&str) -> String) -> Vec<Self> {
        let mut headers: Vec<Self> = pairs.iter().map(|pair| Self::new(pair, told)).collect();
        sort(&mut headers);
        headers
    }

    /// What a service has put into an answer, as far as it is worth being kept.
    pub(super) fn answered(pairs: &[(String, String)], told: &dyn Fn(&str) -> String) -> Vec<Self> {
        let headers = pairs.iter().map(|pair| Self::new(pair, told));
        headers
            .filter(|header| !LEFT_OUT.contains(&header.name.as_str()))
            .collect()
    }

    fn new((name, value): &(String, String), told: &dyn Fn(&str) -> String) -> Self {
        let name = name.to_ascii_lowercase();
        let value = told(value);
        let value = match name.as_str() {
            "cookie" => {
                let cookies: Vec<String> = value.split("; ").map(without_value).collect();
                cookies.join("; ")
            }
            "set-cookie" => match value.split_once(';') {
                Some((cookie, terms)) => format!("{};{terms}", without_value(cookie)),
                None => without_value(&value),
            },
            _ => value,
        };
        Self { name, value }
    }
}

/// By name; what has the same name stays in order.
pub(super) fn sort(headers: &mut [Header]) {
    headers.sort_by(|one, other| one.name.cmp(&other.name));
}

/// The cookie without what tells whose it is: that is as good as a password. One that is a secret of the tool's is told
/// by its name.
fn without_value(cookie: &str) -> String {
    match cookie.split_once('=') {
        Some((name, value)) if !value.starts_with("[secret ") => format!("{name}=[redacted]"),
        _ => cookie.to_owned(),
    }
}

impl From<Header> for String {
    fn from(Header { name, value }: Header) -> Self {
        format!("{name}: {value}")
    }
}

impl TryFrom<String> for Header {
    type Error = String;

    fn try_from(line: String) -> Result<Self, String> {
        let Some((name, value)) = line.split_once(':') else {
            return Err(format!("`{line}` is no header: write `name: value`"));
        };
        Ok(Self {
            name: name.trim().to_ascii_lowercase(),
            value: value.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn lines(headers: Vec<Header>) -> Vec<String> {
        headers.into_iter().map(String::from).collect()
    }

    #[test]
    fn headers_are_lines_and_cookies_lose_what_is_in_them() {
        let asked = pairs(&[
            ("X-Own", "b: c"),
            ("Cookie", "session=a=b; key=[secret KEY]; plain"),
            ("accept", "x"),
        ]);
        let told = |text: &str| text.replace('x', "[redacted]");
        assert_eq!(
            lines(Header::sent(&asked, &told)),
            [
                "accept: [redacted]",
                "cookie: session=[redacted]; key=[secret KEY]; plain",
                "x-own: b: c"
            ]
        );
        let answered = pairs(&[
            ("set-cookie", "session=abc; Path=/; HttpOnly"),
            ("date", "today"),
            ("transfer-encoding", "chunked"),
            ("set-cookie", "b=c"),
            ("link", "<a>; rel=\"next\""),
        ]);
        assert_eq!(
            lines(Header::answered(&answered, &|text| text.to_owned())),
            [
                "set-cookie: session=[redacted]; Path=/; HttpOnly",
                "set-cookie: b=[redacted]",
                "link: <a>; rel=\"next\""
            ]
        );
    }

    #[test]
    fn a_header_may_be_written_by_hand() {
        let header = Header::try_from("Accept:text/plain ".to_owned()).unwrap();
        assert_eq!(String::from(header), "accept: text/plain");
        let error = Header::try_from("accept".to_owned()).unwrap_err();
        assert_eq!(error, "`accept` is no header: write `name: value`");
    }
}
