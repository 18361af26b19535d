//! [`Exchange`]: a request and what came of it, as they are written down.
//!
//! Secrets stand there by their names. What is compared is this form, and nothing else.

use super::content::Content;
use super::header::{self, Header};
use crate::broker::Exchanged;
use anvil_core::ask::{HttpAnswer, HttpAuth, HttpRequest, Refusal};
use anvil_core::failure::ToolErrorKind;
use serde::{Deserialize, Serialize};
use std::ops::Not;
use url::Url;

/// A request, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(super) request: Request,
    reply: Came,
    /// As [`Exchanged::done`].
    #[serde(default, skip_serializing_if = "Not::not")]
    done: bool,
}

/// What a body asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(super) method: String,
    /// With its query.
    pub(super) url: String,
    /// Those that the body set, in the order of their names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) auth: Option<Auth>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Auth {
    Bearer(String),
    Basic {
        user: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        password: Option<String>,
    },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Came {
    Answer(Answer),
    Refusal(Refused),
}

/// What a service answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    status: u16,
    /// Where it came from, if not from where was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    headers: Vec<Header>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content: Option<Content>,
}

/// Why there was no answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    kind: ToolErrorKind,
    message: String,
    /// As [`Exchanged::sent`].
    sent: bool,
}

impl Exchange {
    /// `told` has the say in what is written down of a text.
    pub(crate) fn new(
        request: Request,
        exchanged: &Exchanged,
        told: &dyn Fn(&str) -> String,
    ) -> Self {
        let reply = match &exchanged.reply {
            Ok(answer) => Came::Answer(Answer {
                status: answer.status,
                url: Some(told(&answer.url)).filter(|url| *url != request.url),
                headers: Header::answered(&answer.headers, told),
                content: Content::answered(&answer.body, told),
            }),
            Err(Refusal { kind, message }) => Came::Refusal(Refused {
                kind: *kind,
                message: told(message),
                sent: exchanged.sent,
            }),
        };
        Self {
            request,
            reply,
            done: exchanged.done,
        }
    }

    /// What has become of the request.
    pub(crate) fn exchanged(&self) -> Exchanged {
        let (sent, reply) = match &self.reply {
            Came::Answer(answer) => {
                let headers = answer.headers.iter();
                let answer = HttpAnswer {
                    status: answer.status,
                    url: answer.url.as_ref().unwrap_or(&self.request.url).clone(),
                    headers: headers
                        .map(|Header { name, value }| (name.clone(), value.clone()))
                        .collect(),
                    body: answer
                        .content
                        .as_ref()
                        .map_or_else(Vec::new, Content::bytes),
                };
                (true, Ok(answer))
            }
            Came::Refusal(Refused {
                kind,
                message,
                sent,
            }) => {
                let refusal = Refusal {
                    kind: *kind,
                    message: message.clone(),
                };
                (*sent, Err(refusal))
            }
        };
        Exchanged {
            line: self.request.line(),
            tries: 1,
            sent,
            done: self.done,
            reply,
        }
    }

    /// As it is meant, however it was written by hand.
    pub(super) fn in_order(mut self) -> Self {
        header::sort(&mut self.request.headers);
        self
    }
}

impl Request {
    /// What a body asks for. `told` has the say in what is written down of a text: it names what stands for secrets.
    pub(crate) fn new(request: &HttpRequest, told: &dyn Fn(&str) -> String) -> Self {
        Self {
            method: request.method.clone(),
            url: told(&whole_url(request)),
            headers: Header::sent(&request.headers, told),
            auth: request.auth.as_ref().map(|auth| match auth {
                HttpAuth::Bearer(token) => Auth::Bearer(told(token)),
                HttpAuth::Basic(user, password) => Auth::Basic {
                    user: told(user),
                    password: password.as_deref().map(told),
                },
            }),
            content: Content::sent(&request.body, told),
        }
    }

    /// In one line.
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// The URL with the query, as it is sent.
fn whole_url(request: &HttpRequest) -> String {
    let Ok(mut url) = Url::parse(&request.url) else {
        return request.url.clone();
    };
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::ask::{HttpBody, Reply};

    fn told(text: &str) -> String {
        text.replace("anvil_secret_KEY_1", "[secret KEY]")
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    fn order() -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            url: "https://shop.example?key=anvil_secret_KEY_1#end".to_owned(),
            query: vec![pair("q", "a b&c")],
            headers: vec![pair("X-Own", "1"), pair("Accept", "text/plain")],
            auth: Some(HttpAuth::Bearer("anvil_secret_KEY_1".to_owned())),
            body: HttpBody::Json(r#"{"key":"anvil_secret_KEY_1"}"#.to_owned()),
            timeout_ms: Some(1),
        }
    }

    fn came(reply: Reply<HttpAnswer>) -> Exchanged {
        Exchanged {
            line: String::new(),
            tries: 1,
            sent: reply.is_ok(),
            done: false,
            reply,
        }
    }

    fn answer(status: u16, url: &str, body: &[u8]) -> Reply<HttpAnswer> {
        Ok(HttpAnswer {
            status,
            url: url.to_owned(),
            headers: vec![pair("content-type", "application/json")],
            body: body.to_vec(),
        })
    }

    /// The exchange, as it is written down and as it comes back.
    fn kept(request: &HttpRequest, exchanged: &Exchanged) -> (String, Exchanged) {
        let exchange = Exchange::new(Request::new(request, &told), exchanged, &told);
        let written = serde_json::to_string(&exchange).unwrap();
        let read: Exchange = serde_json::from_str(&written).unwrap();
        assert_eq!(read.request, exchange.request);
        (written, read.exchanged())
    }

    #[test]
    fn an_exchange_comes_back_as_it_was_written_down() {
        let url = "https://shop.example/?key=[secret KEY]&q=a+b%26c";
        let placed = answer(201, url, br#"{"id":7}"#);
        let (written, read) = kept(&order(), &came(placed.clone()));
        assert_eq!(
            written,
            r#"{"request":{"method":"POST","url":"https://shop.example/?key=[secret KEY]&q=a+b%26c","headers":["accept: text/plain","x-own: 1"],"auth":{"bearer":"[secret KEY]"},"content":{"json":{"key":"[secret KEY]"}}},"reply":{"answer":{"status":201,"headers":["content-type: application/json"],"content":{"json":{"id":7}}}}}"#
        );
        assert_eq!(read.reply, placed);
        assert_eq!(read.line, format!("POST {url}"));
        assert!(read.sent && !read.done);
    }

    #[test]
    fn what_had_no_answer_comes_back_as_well() {
        let request = HttpRequest {
            auth: Some(HttpAuth::Basic("ada".to_owned(), None)),
            ..HttpRequest::default()
        };
        let gone = Err(Refusal {
            kind: ToolErrorKind::Unavailable,
            message: "gone".to_owned(),
        });
        let (written, read) = kept(&request, &came(gone.clone()));
        let expected = r#""auth":{"basic":{"user":"ada"}}},"reply":{"refusal":{"kind":"Unavailable","message":"gone","sent":false}}}"#;
        assert!(written.ends_with(expected), "{written}");
        assert_eq!(read.reply, gone);
        assert!(!read.sent);
    }

    #[test]
    fn an_answer_from_elsewhere_says_from_where_and_whether_something_was_done_on_the_way() {
        let moved = answer(404, "https://shop.example/placed", b"");
        let exchanged = Exchanged {
            done: true,
            ..came(moved.clone())
        };
        let (written, read) = kept(&order(), &exchanged);
        assert!(written.contains(r#""url":"https://shop.example/placed""#));
        assert!(written.ends_with(r#","done":true}"#));
        assert_eq!(read.reply, moved);
        assert!(read.done);
    }
}
