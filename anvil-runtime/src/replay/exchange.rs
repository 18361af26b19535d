//! [`Exchange`]: a request and what came of it, as they are written down.
//!
//! Secrets stand there by their names. What is compared is this form, and nothing else.

use super::content::Content;
use super::header::{self, Header};
use anvil_core::ask::{HttpAnswer, HttpAuth, HttpRequest, Refusal, Reply};
use anvil_core::failure::ToolErrorKind;
use serde::{Deserialize, Serialize};
use url::Url;

/// A request, and what came of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Exchange {
    pub(super) request: Request,
    reply: Came,
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
    /// Whether a service may have seen the request.
    sent: bool,
}

impl Exchange {
    /// `told` has the say in what is written down of a text, and `sent` is whether a service may have seen the request.
    pub(crate) fn new(
        request: Request,
        reply: &Reply<HttpAnswer>,
        sent: bool,
        told: &dyn Fn(&str) -> String,
    ) -> Self {
        let reply = match reply {
            Ok(answer) => Came::Answer(Answer {
                status: answer.status,
                url: Some(told(&answer.url)).filter(|url| *url != request.url),
                headers: Header::answered(&answer.headers, told),
                content: Content::answered(&answer.body, told),
            }),
            Err(Refusal { kind, message }) => Came::Refusal(Refused {
                kind: *kind,
                message: told(message),
                sent,
            }),
        };
        Self { request, reply }
    }

    /// What a body is told.
    pub(crate) fn reply(&self) -> Reply<HttpAnswer> {
        match &self.reply {
            Came::Answer(answer) => Ok(HttpAnswer {
                status: answer.status,
                url: answer.url.as_ref().unwrap_or(&self.request.url).clone(),
                headers: answer
                    .headers
                    .iter()
                    .map(|Header { name, value }| (name.clone(), value.clone()))
                    .collect(),
                body: answer
                    .content
                    .as_ref()
                    .map_or_else(Vec::new, Content::bytes),
            }),
            Came::Refusal(Refused { kind, message, .. }) => Err(Refusal {
                kind: *kind,
                message: message.clone(),
            }),
        }
    }

    /// Whether a service may have seen the request.
    pub(crate) fn was_sent(&self) -> bool {
        match &self.reply {
            Came::Answer(_) => true,
            Came::Refusal(refused) => refused.sent,
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
    use anvil_core::ask::HttpBody;

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

    /// The exchange, written down and read again.
    fn kept(request: &HttpRequest, reply: &Reply<HttpAnswer>, sent: bool) -> (String, Exchange) {
        let exchange = Exchange::new(Request::new(request, &told), reply, sent, &told);
        let written = serde_json::to_string(&exchange).unwrap();
        let read: Exchange = serde_json::from_str(&written).unwrap();
        assert_eq!(read.request, exchange.request);
        (written, read)
    }

    #[test]
    fn an_exchange_comes_back_as_it_was_written_down() {
        let answer = HttpAnswer {
            status: 201,
            url: "https://shop.example/?key=[secret KEY]&q=a+b%26c".to_owned(),
            headers: vec![pair("content-type", "application/json")],
            body: br#"{"id":7}"#.to_vec(),
        };
        let (written, read) = kept(&order(), &Ok(answer.clone()), true);
        assert_eq!(
            written,
            r#"{"request":{"method":"POST","url":"https://shop.example/?key=[secret KEY]&q=a+b%26c","headers":["accept: text/plain","x-own: 1"],"auth":{"bearer":"[secret KEY]"},"content":{"json":{"key":"[secret KEY]"}}},"reply":{"answer":{"status":201,"headers":["content-type: application/json"],"content":{"json":{"id":7}}}}}"#
        );
        assert_eq!(read.reply(), Ok(answer));
    }

    #[test]
    fn what_had_no_answer_comes_back_as_well() {
        let request = HttpRequest {
            auth: Some(HttpAuth::Basic("ada".to_owned(), None)),
            ..HttpRequest::default()
        };
        let refusal = Refusal {
            kind: ToolErrorKind::Unavailable,
            message: "gone".to_owned(),
        };
        let (written, read) = kept(&request, &Err(refusal.clone()), false);
        let expected = r#""auth":{"basic":{"user":"ada"}}},"reply":{"refusal":{"kind":"Unavailable","message":"gone","sent":false}}}"#;
        assert!(written.ends_with(expected), "{written}");
        assert_eq!(read.reply(), Err(refusal));
        assert!(!read.was_sent());
    }

    #[test]
    fn an_answer_from_elsewhere_says_from_where() {
        let answer = HttpAnswer {
            status: 200,
            url: "https://shop.example/moved".to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        };
        let (written, read) = kept(&order(), &Ok(answer.clone()), true);
        assert!(written.contains(r#""url":"https://shop.example/moved""#));
        assert_eq!(read.reply(), Ok(answer));
    }
}
