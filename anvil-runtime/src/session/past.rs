//! [`Past`]: what a call has exchanged so far.

use super::reach::{Reach, may_be_repeated};
use crate::broker::StandIns;
use crate::text::shortened;
use anvil_core::ask::{HttpAnswer, HttpAuth, HttpBody, HttpRequest, Reply};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::sync::{Mutex, MutexGuard, PoisonError};
use url::Url;

/// The exchanges of one call, in all runs of bodies that there were for it.
#[derive(Debug, Default)]
pub(crate) struct Past(Mutex<Exchanges>);

#[derive(Debug, Default)]
struct Exchanges {
    all: Vec<Exchange>,
    /// How long the contents of the answers that are kept are, in bytes.
    kept: usize,
}

/// A request that was made, and what came of it.
#[derive(Debug)]
struct Exchange {
    /// With the names of secrets in place of what stood for them.
    request: HttpRequest,
    reply: Reply<HttpAnswer>,
    /// Whether a service has done what must not be done twice, or may have: one that answers 4xx has not.
    done: bool,
    /// Whether request and answer have their contents.
    whole: bool,
}

/// What one run has made use of.
#[derive(Debug)]
pub(super) struct LookingBack {
    /// What comes later is of this run itself.
    until: usize,
    used: BTreeSet<usize>,
}

/// What the past has for a request.
#[derive(Debug)]
pub(super) enum Found {
    /// The request was not made, or may be made again.
    Nothing,
    /// It was made, and this came of it.
    Reply(Reply<HttpAnswer>),
    /// Another one was made, which would be made twice if this one is meant to do the same: why it is not made.
    Another(String),
}

/// Longer contents, all together, are not kept, in bytes: what was done with them is not done again, and cannot be
/// answered either.
const LONGEST_KEPT: usize = 32 << 20;

impl Past {
    /// What a new run looks back with.
    pub(super) fn look_back(&self) -> LookingBack {
        LookingBack {
            until: self.exchanges().all.len(),
            used: BTreeSet::new(),
        }
    }

    /// Adds what came of a request that was sent. `done`: whatever the answer says, it has changed something.
    pub(super) fn add(&self, mut request: HttpRequest, done: bool, reply: &Reply<HttpAnswer>) {
        let mut exchanges = self.exchanges();
        let answered = reply.as_ref().map_or(0, |answer| answer.body.len());
        let length = content(&request.body).len() + answered;
        let whole = exchanges.kept + length <= LONGEST_KEPT;
        let mut reply = reply.clone();
        if whole {
            exchanges.kept += length;
        } else {
            request.body = HttpBody::Empty;
            if let Ok(answer) = &mut reply {
                answer.body = Vec::new();
            }
        }
        let turned_down = |answer: &HttpAnswer| (400..500).contains(&answer.status);
        let done = done || !reply.as_ref().is_ok_and(turned_down);
        exchanges.all.push(Exchange {
            done: done && !may_be_repeated(&request.method),
            request,
            reply,
            whole,
        });
    }

    /// What an earlier run had for a request.
    ///
    /// One that must not be made twice, and has been made, is answered as it was then, once for each time that it was
    /// made. Headers do not count: who authenticates otherwise asks for the same. As long as there are such that were
    /// not asked for again, no other one is made: it may be the same one in other words. After that the body has got
    /// further than the one before, and goes on from there.
    ///
    /// Where a run may reach nothing, it is answered whatever was answered before.
    pub(super) fn find(
        &self,
        back: &mut LookingBack,
        request: &HttpRequest,
        reach: Reach,
    ) -> Found {
        let exchanges = self.exchanges();
        let earlier = || exchanges.all[..back.until].iter().enumerate();
        if may_be_repeated(&request.method) {
            let answered = |exchange: &Exchange| exchange.whole && exchange.was_answered();
            let same = earlier()
                .rev()
                .find(|(_, one)| answered(one) && is_same(&one.request, request));
            return match same {
                Some((_, exchange)) if reach == Reach::Nothing => {
                    Found::Reply(exchange.reply.clone())
                }
                _ => Found::Nothing,
            };
        }
        let mut done = earlier().filter(|(at, one)| one.done && !back.used.contains(at));
        let same = done
            .clone()
            .find(|(_, one)| one.whole && is_same(&one.request, request));
        match (same, done.next()) {
            (Some((at, exchange)), _) => {
                let reply = exchange.reply.clone();
                back.used.insert(at);
                Found::Reply(reply)
            }
            (None, Some((_, other))) if reach == Reach::Everything => Found::Another(format!(
                "{} is not made: the call has made {} before, which must not be done twice and which this body did not \
                 ask for as it was",
                line(request),
                line(&other.request)
            )),
            (None, _) => Found::Nothing,
        }
    }

    /// The latest exchanges as they are told to who is to mend the body. `contents`: whether what was sent and answered
    /// may be told, and not only that it was.
    pub(crate) fn told(&self, contents: bool) -> Vec<String> {
        let exchanges = self.exchanges();
        let latest = exchanges.all.len().saturating_sub(MOST_TOLD);
        let told = exchanges.all[latest..].iter();
        told.map(|exchange| exchange.told(contents)).collect()
    }

    fn exchanges(&self) -> MutexGuard<'_, Exchanges> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// So many exchanges are told.
const MOST_TOLD: usize = 8;
/// More of what was sent is not told, in bytes.
const LONGEST_SENT: usize = 1_000;
/// More of what was answered is not told, in bytes.
const LONGEST_ANSWER: usize = 3_000;
/// Headers of answers that say what a service wants, or how it has changed.
const TELLING: [&str; 10] = [
    "allow",
    "content-type",
    "deprecation",
    "link",
    "location",
    "retry-after",
    "sunset",
    "warning",
    "www-authenticate",
    "x-api-version",
];

impl Exchange {
    /// Whether it was answered with what is no error.
    fn was_answered(&self) -> bool {
        self.reply.as_ref().is_ok_and(|answer| answer.status < 400)
    }

    fn told(&self, contents: bool) -> String {
        let HttpRequest {
            headers,
            auth,
            body,
            ..
        } = &self.request;
        let came = match &self.reply {
            Ok(answer) => answer.status.to_string(),
            Err(refusal) => refusal.message.clone(),
        };
        if !contents {
            let target = target(&self.request);
            let target = target.split(['?', '#']).next().unwrap_or_default();
            let came = match &self.reply {
                Ok(answer) => answer.status.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            return format!("{} {target}: {came}", self.request.method);
        }
        let mut told = format!("{}: {came}", line(&self.request));
        // Writing to text cannot fail.
        for (name, value) in headers {
            let _ = write!(told, "\n> {name}: {value}");
        }
        match auth {
            Some(HttpAuth::Bearer(token)) => {
                let _ = write!(told, "\n> authorization: Bearer {token}");
            }
            Some(HttpAuth::Basic(user, password)) => {
                let password = password.as_deref().unwrap_or_default();
                let _ = write!(told, "\n> basic auth: {user}:{password}");
            }
            None => {}
        }
        let sent = content(body);
        if !sent.is_empty() {
            let _ = write!(told, "\n> {}", shortened(&sent, LONGEST_SENT));
        }
        if let Ok(answer) = &self.reply {
            let telling = answer.headers.iter();
            for (name, value) in telling.filter(|(name, _)| TELLING.contains(&name.as_str())) {
                let _ = write!(told, "\n< {name}: {value}");
            }
            let answered = match self.whole {
                true => String::from_utf8_lossy(&answer.body).into_owned(),
                false => "a content that is too long to be kept".to_owned(),
            };
            let _ = write!(told, "\n< {}", shortened(&answered, LONGEST_ANSWER));
        }
        told
    }
}

/// A request with the names of secrets in place of what stands for them.
pub(super) fn named(request: &HttpRequest, stand_ins: &StandIns) -> HttpRequest {
    let text = |text: &String| stand_ins.named(text);
    let pairs = |pairs: &[(String, String)]| {
        let named = pairs.iter();
        named
            .map(|(name, value)| (text(name), text(value)))
            .collect()
    };
    HttpRequest {
        method: request.method.clone(),
        url: text(&request.url),
        query: pairs(&request.query),
        headers: pairs(&request.headers),
        auth: request.auth.as_ref().map(|auth| match auth {
            HttpAuth::Bearer(token) => HttpAuth::Bearer(text(token)),
            HttpAuth::Basic(user, password) => {
                HttpAuth::Basic(text(user), password.as_ref().map(text))
            }
        }),
        body: match &request.body {
            HttpBody::Empty => HttpBody::Empty,
            HttpBody::Json(json) => HttpBody::Json(text(json)),
            HttpBody::Form(fields) => HttpBody::Form(pairs(fields)),
            HttpBody::Bytes(bytes) => HttpBody::Bytes(match std::str::from_utf8(bytes) {
                Ok(content) => stand_ins.named(content).into_bytes(),
                Err(_) => bytes.clone(),
            }),
        },
        timeout_ms: request.timeout_ms,
    }
}

/// A named request in one line.
pub(super) fn line(request: &HttpRequest) -> String {
    format!("{} {}", request.method, target(request))
}

/// Where to, with the query.
fn target(request: &HttpRequest) -> String {
    if request.query.is_empty() {
        return request.url.clone();
    }
    match Url::parse(&request.url) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(&request.query);
            url.into()
        }
        Err(_) => format!("{}?{}", request.url, pairs(&request.query)),
    }
}

/// What is sent along, as it is told.
fn content(body: &HttpBody) -> Cow<'_, str> {
    match body {
        HttpBody::Empty => Cow::Borrowed(""),
        HttpBody::Json(json) => Cow::Borrowed(json),
        HttpBody::Form(fields) => Cow::Owned(pairs(fields)),
        HttpBody::Bytes(bytes) => String::from_utf8_lossy(bytes),
    }
}

fn pairs(pairs: &[(String, String)]) -> String {
    let pairs = pairs.iter().map(|(name, value)| format!("{name}={value}"));
    pairs.collect::<Vec<_>>().join("&")
}

/// Whether two named requests ask for the same.
fn is_same(one: &HttpRequest, other: &HttpRequest) -> bool {
    one.method == other.method
        && target(one) == target(other)
        && match (&one.body, &other.body) {
            (HttpBody::Json(one), HttpBody::Json(other)) => {
                let parsed = |json: &str| serde_json::from_str::<Value>(json).ok();
                one == other || parsed(one).is_some_and(|one| Some(one) == parsed(other))
            }
            (one, other) => one == other,
        }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::ask::Refusal;
    use anvil_core::failure::ToolErrorKind;

    fn request(method: &str, url: &str, json: &str) -> HttpRequest {
        HttpRequest {
            method: method.to_owned(),
            url: url.to_owned(),
            body: match json {
                "" => HttpBody::Empty,
                json => HttpBody::Json(json.to_owned()),
            },
            ..HttpRequest::default()
        }
    }

    fn answer(status: u16, body: &[u8]) -> Reply<HttpAnswer> {
        Ok(HttpAnswer {
            status,
            url: String::new(),
            headers: Vec::new(),
            body: body.to_vec(),
        })
    }

    fn no_answer() -> Reply<HttpAnswer> {
        Err(Refusal {
            kind: ToolErrorKind::Unavailable,
            message: "gone".to_owned(),
        })
    }

    /// What a later run finds, one request after the other.
    fn found(past: &Past, reach: Reach, requests: &[HttpRequest]) -> Vec<String> {
        let mut back = past.look_back();
        let found = requests.iter();
        let found = found.map(|request| match past.find(&mut back, request, reach) {
            Found::Nothing => "made".to_owned(),
            Found::Reply(Ok(answer)) => String::from_utf8(answer.body).unwrap(),
            Found::Reply(Err(refusal)) => refusal.message,
            Found::Another(words) => words,
        });
        found.collect()
    }

    const ORDERS: &str = "http://shop/orders";

    #[test]
    fn what_was_done_is_answered_as_it_was_once_for_each_time() {
        let past = Past::default();
        let order = request("POST", ORDERS, r#"{"a":1,"b":2}"#);
        past.add(order.clone(), false, &answer(201, b"first"));
        past.add(order.clone(), false, &answer(201, b"second"));
        let in_other_words = HttpRequest {
            headers: vec![("authorization".to_owned(), "Bearer x".to_owned())],
            ..request("POST", ORDERS, r#"{ "b": 2, "a": 1 }"#)
        };
        assert_eq!(
            found(
                &past,
                Reach::Everything,
                &[in_other_words.clone(), order, in_other_words]
            ),
            ["first", "second", "made"]
        );
    }

    #[test]
    fn another_request_is_stopped_until_all_that_was_done_was_asked_for_again() {
        let past = Past::default();
        let (first, second) = (request("POST", ORDERS, "1"), request("POST", ORDERS, "2"));
        past.add(first.clone(), false, &answer(200, b"done"));
        let found = found(&past, Reach::Everything, &[second.clone(), first, second]);
        assert!(
            found[0].starts_with("POST http://shop/orders is not made: the call has made POST"),
            "{found:?}"
        );
        assert_eq!(found[1..], ["done", "made"]);
    }

    #[test]
    fn only_what_may_have_been_done_counts_as_done() {
        let order = request("POST", ORDERS, "1");
        for (done, reply, expected) in [
            (false, answer(500, b"oh"), "oh"),
            (false, no_answer(), "gone"),
            (false, answer(401, b"who?"), "made"),
            (false, answer(429, b"later"), "made"),
            // It was redirected to what it made, and that is not there for everybody.
            (true, answer(404, b"where?"), "where?"),
        ] {
            let past = Past::default();
            past.add(order.clone(), done, &reply);
            let found = found(&past, Reach::Everything, std::slice::from_ref(&order));
            assert_eq!(found, [expected], "{done} {reply:?}");
        }
    }

    #[test]
    fn what_may_be_repeated_is_made_again_unless_nothing_may_be_reached() {
        let past = Past::default();
        let titles = HttpRequest {
            query: vec![("q".to_owned(), "a b".to_owned())],
            ..request("GET", "http://shop/titles", "")
        };
        let in_one = request("GET", "http://shop/titles?q=a+b", "");
        past.add(titles.clone(), false, &answer(200, b"old"));
        past.add(titles.clone(), false, &answer(200, b"new"));
        past.add(titles.clone(), false, &answer(401, b"refused"));
        assert_eq!(
            found(&past, Reach::Everything, std::slice::from_ref(&titles)),
            ["made"]
        );
        assert_eq!(
            found(&past, Reach::Nothing, &[titles, in_one]),
            ["new", "new"]
        );
    }

    #[test]
    fn a_run_does_not_look_back_on_itself() {
        let past = Past::default();
        let mut back = past.look_back();
        let order = request("POST", ORDERS, "1");
        past.add(order.clone(), false, &answer(200, b"done"));
        let found = past.find(&mut back, &order, Reach::Everything);
        assert!(matches!(found, Found::Nothing), "{found:?}");
    }

    #[test]
    fn an_answer_that_was_too_long_to_be_kept_is_no_reason_to_do_it_twice() {
        let past = Past::default();
        let order = request("POST", ORDERS, "1");
        past.add(
            order.clone(),
            true,
            &answer(200, &vec![b'x'; LONGEST_KEPT + 1]),
        );
        let found = found(&past, Reach::Everything, &[order]);
        assert!(found[0].contains("must not be done twice"), "{found:?}");
    }

    #[test]
    fn the_latest_exchanges_are_told_without_their_contents_where_those_are_withheld() {
        let past = Past::default();
        for page in 0..9 {
            let url = format!("{ORDERS}?page={page}");
            past.add(request("GET", &url, ""), false, &answer(200, b"[]"));
        }
        let mut titles = answer(401, br#"{"error":"use a bearer token"}"#);
        if let Ok(answer) = &mut titles {
            let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
            answer.headers = vec![
                header("www-authenticate", "Bearer"),
                header("date", "today"),
            ];
        }
        let order = HttpRequest {
            headers: vec![("x-api-key".to_owned(), "[secret KEY]".to_owned())],
            ..request("POST", ORDERS, "1")
        };
        past.add(order, false, &titles);
        let told = past.told(true);
        assert_eq!(
            (told.len(), &*told[0]),
            (8, "GET http://shop/orders?page=2: 200\n< []")
        );
        assert_eq!(
            told[7],
            "POST http://shop/orders: 401\n> x-api-key: [secret KEY]\n> 1\n< www-authenticate: Bearer\n\
             < {\"error\":\"use a bearer token\"}"
        );
        assert_eq!(past.told(false)[6], "GET http://shop/orders: 200");
        assert_eq!(past.told(false)[7], "POST http://shop/orders: 401");
    }
}
