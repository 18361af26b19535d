//! [`Outgoing`]: a request as the host understands it, what stands for secrets still in it.

use super::StandIns;
use super::refusal::{denied, failed};
use super::target::{is_short, target};
use crate::text::{one_line, shortened};
use anvil_core::ask::{HttpAuth, HttpBody, HttpRequest, Refusal};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use url::Url;

/// More is not sent along, in bytes.
const LONGEST_BODY: usize = 16 << 20;

/// More headers are not sent.
const MOST_HEADERS: usize = 128;

/// Longer headers are not sent, in bytes, with their names.
const LONGEST_HEADERS: usize = 64 << 10;

/// More of a request is not told, in bytes.
const LONGEST_LINE: usize = 500;

/// A request that is well-formed, and not yet judged.
#[derive(Debug, Clone)]
pub(super) struct Outgoing {
    pub(super) method: Method,
    /// Without user and fragment.
    pub(super) url: Url,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) auth: Option<HttpAuth>,
    pub(super) body: HttpBody,
}

impl Outgoing {
    pub(super) fn read(request: &HttpRequest) -> Result<Self, Refusal> {
        let method = method(&request.method)?;
        let mut url = target(None, &request.url)?;
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
            is_short(url.as_str())?;
        }
        let length = match &request.body {
            HttpBody::Empty => 0,
            HttpBody::Json(json) => json.len(),
            HttpBody::Bytes(bytes) => bytes.len(),
            HttpBody::Form(pairs) => pairs
                .iter()
                .map(|(name, value)| name.len() + value.len())
                .sum(),
        };
        if length > LONGEST_BODY {
            return Err(failed(format!(
                "there are {length} bytes to send, and may be {LONGEST_BODY}"
            )));
        }
        Ok(Self {
            method,
            url,
            headers: headers(&request.headers)?,
            auth: request.auth.clone(),
            body: request.body.clone(),
        })
    }

    /// What is asked for, with secrets by their names: `GET https://example.com/?key=[secret KEY]`.
    pub(super) fn line(&self, stand_ins: &StandIns) -> String {
        line(self.method.as_str(), self.url.as_str(), stand_ins)
    }

    /// As [`line`](Self::line), without the query.
    pub(super) fn short_line(&self, stand_ins: &StandIns) -> String {
        let mut url = self.url.clone();
        url.set_query(None);
        line(self.method.as_str(), url.as_str(), stand_ins)
    }
}

/// A request in a line.
pub(super) fn line(method: &str, url: &str, stand_ins: &StandIns) -> String {
    let line = one_line(&format!("{method} {url}"));
    shortened(&stand_ins.named(&line), LONGEST_LINE)
}

fn method(text: &str) -> Result<Method, Refusal> {
    match Method::from_bytes(text.as_bytes()) {
        Ok(Method::CONNECT) => Err(denied("CONNECT is for proxies, and there is none")),
        Ok(method) => Ok(method),
        Err(_) => Err(failed(format!(
            "`{}` is no method of HTTP",
            shortened(&one_line(text), LONGEST_LINE)
        ))),
    }
}

fn headers(asked: &[(String, String)]) -> Result<Vec<(HeaderName, String)>, Refusal> {
    let length: usize = asked
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    if asked.len() > MOST_HEADERS || length > LONGEST_HEADERS {
        return Err(failed(format!(
            "there are {} headers of {length} bytes to send, and may be {MOST_HEADERS} of {LONGEST_HEADERS}",
            asked.len()
        )));
    }
    let mut headers = Vec::with_capacity(asked.len());
    for (name, value) in asked {
        let Ok(header) = name.parse::<HeaderName>() else {
            let name = shortened(&one_line(name), LONGEST_LINE);
            return Err(failed(format!("`{name}` is no name of a header")));
        };
        if HeaderValue::from_bytes(value.as_bytes()).is_err() {
            return Err(no_header(&header));
        }
        match whose(&header) {
            Whose::Body => headers.push((header, value.clone())),
            Whose::Nobody => {}
            Whose::Host => {
                return Err(denied(format!(
                    "the header `{header}` is the host's to set: leave it out"
                )));
            }
        }
    }
    Ok(headers)
}

/// The body has put something into a header that cannot stand there.
pub(super) fn no_header(name: &HeaderName) -> Refusal {
    failed(format!(
        "the header `{name}` holds a line break or another control character"
    ))
}

/// Who says what is in a header.
enum Whose {
    /// The body that asks.
    Body,
    /// Whoever sends it: a body may not say where a message goes, or where it ends.
    Host,
    /// What a body says here is done anyway, or makes no difference to it.
    Nobody,
}

fn whose(header: &HeaderName) -> Whose {
    match header.as_str() {
        "host" | "transfer-encoding" | "te" | "trailer" | "upgrade" | "expect" => Whose::Host,
        name if name.starts_with("proxy-") => Whose::Host,
        "accept-encoding" | "connection" | "content-length" | "keep-alive" => Whose::Nobody,
        _ => Whose::Body,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::failure::ToolErrorKind::{self, Denied, Failed};

    fn request(change: impl FnOnce(&mut HttpRequest)) -> Result<Outgoing, Refusal> {
        let mut request = HttpRequest {
            method: "GET".to_owned(),
            url: "http://example.com/a?b=c".to_owned(),
            ..HttpRequest::default()
        };
        change(&mut request);
        Outgoing::read(&request)
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[track_caller]
    fn refused(change: impl FnOnce(&mut HttpRequest), kind: ToolErrorKind, words: &str) {
        let refusal = request(change).unwrap_err();
        assert_eq!(refusal.kind, kind, "{refusal:?}");
        assert!(refusal.message.contains(words), "{refusal:?}");
    }

    #[test]
    fn pairs_are_added_to_the_query() {
        let outgoing = request(|request| request.query = vec![pair("d", "e f&g"), pair("b", "é")]);
        assert_eq!(
            outgoing.unwrap().url.as_str(),
            "http://example.com/a?b=c&d=e+f%26g&b=%C3%A9"
        );
        refused(
            |request| request.query = vec![pair("q", &"x".repeat(20_000))],
            Failed,
            "the URL has 20027 bytes",
        );
    }

    #[test]
    fn headers_that_say_where_a_message_goes_or_ends_are_the_hosts() {
        for name in [
            "Host",
            "Transfer-Encoding",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "Proxy-Authorization",
            "proxy-anything",
        ] {
            refused(
                |request| request.headers = vec![pair(name, "x")],
                Denied,
                "is the host's to set: leave it out",
            );
        }
        let outgoing = request(|request| {
            request.headers = ["Accept-Encoding", "Connection", "Content-Length", "X-Own"]
                .map(|name| pair(name, "x"))
                .into();
        });
        assert_eq!(
            outgoing.unwrap().headers,
            [(HeaderName::from_static("x-own"), "x".to_owned())]
        );
    }

    #[test]
    fn what_is_no_message_of_http_is_refused() {
        refused(
            |request| request.method = "GET /".to_owned(),
            Failed,
            "`GET /` is no method",
        );
        refused(
            |request| request.method = "CONNECT".to_owned(),
            Denied,
            "CONNECT is for proxies",
        );
        refused(
            |request| request.headers = vec![pair("a b", "x")],
            Failed,
            "`a b` is no name of a header",
        );
        refused(
            |request| request.headers = vec![pair("X-Own", "x\r\nHost: evil.com")],
            Failed,
            "the header `x-own` holds a line break",
        );
    }

    #[test]
    fn what_is_too_long_is_refused() {
        refused(
            |request| request.headers = vec![pair("x", "y"); 129],
            Failed,
            "there are 129 headers",
        );
        refused(
            |request| request.headers = vec![pair("x", &"y".repeat(1 << 16))],
            Failed,
            "1 headers of 65537 bytes",
        );
        let long = "x".repeat((16 << 20) + 1);
        for body in [
            HttpBody::Bytes(long.clone().into()),
            HttpBody::Form(vec![(String::new(), long.clone())]),
            HttpBody::Json(long),
        ] {
            refused(
                |request| request.body = body,
                Failed,
                "there are 16777217 bytes to send",
            );
        }
    }
}
