//! Each redirect is judged as a first request is.

use super::body::{Body, KEY, get, pair, request};
use super::service::{Service, elsewhere, ok};
use anvil_core::ask::{HttpAuth, HttpBody, HttpRequest};
use anvil_core::failure::ToolErrorKind;

/// A service that sends its first request on, and answers what comes back.
fn sending_on(status: &'static str, location: impl Into<String>) -> Service {
    let location = location.into();
    Service::answering(move |nth, _| match nth {
        0 => elsewhere(status, &location),
        _ => ok("arrived"),
    })
}

fn post(url: impl Into<String>, body: &str) -> HttpRequest {
    HttpRequest {
        body: HttpBody::Json(body.to_owned()),
        ..request("POST", url)
    }
}

#[test]
fn a_redirect_is_followed_and_the_answer_tells_where_to() {
    let there = Service::saying(ok("there"));
    let here = sending_on("302 Found", there.url("/b?c#d"));
    let exchanged = Body::new(&["127.0.0.1:*"], &[]).exchange(&get(here.url("/a")));
    let answer = exchanged.reply.unwrap();
    assert_eq!((answer.url, exchanged.tries), (there.url("/b?c"), 2));
    assert_eq!(answer.body, b"there");
}

#[test]
fn what_was_made_of_a_request_is_done_though_it_cannot_be_seen() {
    for (status, done) in [
        ("303 See Other", true),
        ("302 Found", true),
        ("301 Moved Permanently", false),
        ("307 Temporary Redirect", false),
    ] {
        let service = Service::answering(move |nth, _| match nth {
            0 => elsewhere(status, "/made"),
            _ => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".into(),
        });
        let exchanged = Body::new(&["127.0.0.1:*"], &[]).exchange(&post(service.url("/"), "1"));
        assert_eq!(
            (exchanged.reply.unwrap().status, exchanged.done),
            (404, done),
            "{status}"
        );
    }
}

#[test]
fn nothing_is_sent_on_to_where_a_first_request_may_not_go() {
    let there = Service::saying(ok(""));
    let port = there.port();
    for (location, words) in [
        (
            "http://169.254.169.254/latest".to_owned(),
            "`169.254.169.254` is not among the hosts",
        ),
        (
            format!("http://inner.test:{port}/"),
            "has the address 127.0.0.1 here, which is not public",
        ),
        (
            format!("http://localhost:{port}/"),
            "is not among the hosts that `search` was declared with",
        ),
        (
            format!("//localhost:{port}/"),
            "is not among the hosts that `search` was declared with",
        ),
        (format!("http://ada:word@127.0.0.1:{port}/"), "names a user"),
        (
            format!("http://127.0.0.1:{port}\\@localhost/"),
            "a URL has no '\\\\'",
        ),
        (
            "file:///etc/shadow".to_owned(),
            "by http or https, and not by file",
        ),
    ] {
        let here = sending_on("307 Temporary Redirect", location);
        let body = Body::new(
            &[
                "127.0.0.1:1",
                &format!("127.0.0.1:{}", here.port()),
                "inner.test:*",
            ],
            &[],
        );
        let exchanged = body.exchange(&get(here.url("/a")));
        let refusal = exchanged.reply.unwrap_err();
        assert_eq!(refusal.kind, ToolErrorKind::Denied, "{refusal:?}");
        assert!(refusal.message.contains(words), "{words}: {refusal:?}");
        assert!(exchanged.sent);
        if !words.contains("not public") {
            let line = format!("GET {} was redirected: ", here.url("/a"));
            assert!(refusal.message.starts_with(&line), "{refusal:?}");
        }
    }
    assert_eq!(there.lines().len(), 0);
}

#[test]
fn a_redirect_without_end_is_given_up() {
    let service = Service::saying(elsewhere("302 Found", "/again"));
    let body = Body::new(&["127.0.0.1:*"], &[]);
    let message = body.refused(&get(service.url("/")), ToolErrorKind::Failed);
    assert_eq!(
        message,
        format!(
            "GET {} was the 6th redirect, and there may be 5",
            service.url("/again")
        )
    );
    assert_eq!(service.lines().len(), 6);
}

#[test]
fn some_redirects_make_it_a_get_and_some_do_not() {
    let cases = [
        ("301 Moved Permanently", "POST", "GET"),
        ("302 Found", "POST", "GET"),
        ("302 Found", "PUT", "PUT"),
        ("303 See Other", "PUT", "GET"),
        ("303 See Other", "HEAD", "HEAD"),
        ("307 Temporary Redirect", "POST", "POST"),
        ("308 Permanent Redirect", "POST", "POST"),
    ];
    for (status, method, becomes) in cases {
        let service = sending_on(status, "/b");
        let asked = HttpRequest {
            method: method.to_owned(),
            ..post(service.url("/a"), "{}")
        };
        let exchanged = Body::new(&["127.0.0.1:*"], &[]).exchange(&asked);
        assert_eq!(
            (exchanged.reply.unwrap().status, exchanged.sent),
            (200, true)
        );
        let seen = &service.seen()[1];
        assert_eq!(seen.line, format!("{becomes} /b"), "{status}");
        let keeps_body = becomes != "GET";
        assert_eq!(seen.body == b"{}", keeps_body, "{status}");
        assert_eq!(
            seen.header("content-type").is_some(),
            keeps_body,
            "{status}"
        );
    }
}

#[test]
fn a_post_that_was_sent_on_was_sent() {
    let here = sending_on("303 See Other", "http://example.com/");
    let exchanged = Body::new(&["127.0.0.1:*"], &[]).exchange(&post(here.url("/"), "{}"));
    assert_eq!(exchanged.reply.unwrap_err().kind, ToolErrorKind::Denied);
    assert!(exchanged.sent);
}

#[test]
fn an_answer_without_a_location_is_an_answer() {
    let service = Service::saying(super::service::answer("302 Found", &[], "nowhere"));
    let answer = Body::new(&["127.0.0.1:*"], &[]).answer(&get(service.url("/")));
    assert_eq!((answer.status, &*answer.body), (302, &b"nowhere"[..]));
}

#[test]
fn another_origin_is_not_told_who_asks() {
    let there = Service::saying(ok(""));
    let here = sending_on("307 Temporary Redirect", there.url("/b"));
    let bound = format!("127.0.0.1:{}", here.port());
    let body = Body::new(&["127.0.0.1:*"], &[&bound]);
    let headers = [
        pair("cookie", "a=b"),
        pair("x-key", &body.key()),
        pair("x-open", "c"),
    ];
    for auth in [
        Some(HttpAuth::Bearer("open".to_owned())),
        Some(HttpAuth::Basic(body.key(), None)),
        None,
    ] {
        let mut headers = headers.to_vec();
        if auth.is_none() {
            headers.push(pair("authorization", "open"));
        }
        let asked = HttpRequest {
            headers,
            auth,
            ..get(here.url("/a"))
        };
        body.answer(&asked);
    }
    for seen in there.seen() {
        for name in ["authorization", "cookie", "x-key"] {
            assert_eq!(seen.header(name), None, "{name}");
        }
        assert_eq!(seen.header("x-open"), Some("c"));
    }
    assert_eq!(here.seen()[0].header("x-key"), Some(KEY));
}

#[test]
fn the_same_origin_is_told_who_asks_again() {
    let service = sending_on("302 Found", "/b");
    let body = Body::new(&[], &["127.0.0.1:*"]);
    let asked = HttpRequest {
        auth: Some(HttpAuth::Bearer(body.key())),
        headers: vec![pair("cookie", "a=b")],
        ..get(service.url("/a"))
    };
    body.answer(&asked);
    let seen = &service.seen()[1];
    assert_eq!(
        seen.header("authorization"),
        Some(&*format!("Bearer {KEY}"))
    );
    assert_eq!(seen.header("cookie"), Some("a=b"));
}

#[test]
fn another_host_that_a_secret_is_bound_to_gets_its_header() {
    let there = Service::saying(ok(""));
    let here = sending_on("302 Found", there.url("/b"));
    let body = Body::new(&[], &["127.0.0.1:*"]);
    let asked = HttpRequest {
        headers: vec![pair("x-key", &body.key())],
        ..get(here.url("/a"))
    };
    body.answer(&asked);
    assert_eq!(there.seen()[0].header("x-key"), Some(KEY));
}

#[test]
fn a_body_with_a_secret_is_not_sent_on_to_where_it_is_not_bound() {
    let there = Service::saying(ok(""));
    let here = sending_on("307 Temporary Redirect", there.url("/b"));
    let bound = format!("127.0.0.1:{}", here.port());
    let body = Body::new(&["127.0.0.1:*"], &[&bound]);
    let json = format!("\"{}\"", body.key());
    let message = body.refused(&post(here.url("/a"), &json), ToolErrorKind::Denied);
    assert!(
        message.contains("was redirected: the secret KEY would go to"),
        "{message}"
    );
    assert_eq!(there.lines().len(), 0);
}

#[test]
fn a_service_cannot_be_made_to_send_a_secret_on() {
    let there = Service::saying(ok(""));
    for form in [
        KEY,
        "k3y%2Fwith%3Dall%26of%20it",
        "k3y%2fwith%3dall%26of+it",
    ] {
        let here = sending_on("302 Found", there.url(&format!("/b?key={form}")));
        let bound = format!("127.0.0.1:{}", here.port());
        let body = Body::new(&["127.0.0.1:*"], &[&bound]);
        let message = body.refused(
            &get(here.url(&format!("/a?to={}", body.key()))),
            ToolErrorKind::Denied,
        );
        assert!(message.contains("the secret KEY would go to"), "{message}");
        assert!(!message.contains("k3y"), "{message}");
    }
    assert_eq!(there.lines().len(), 0);
}

#[test]
fn what_a_service_says_is_quoted_without_secrets() {
    let here = sending_on("302 Found", format!("ftp://example.com/{KEY}"));
    let body = Body::new(&[], &["127.0.0.1:*"]);
    let message = body.refused(&get(here.url("/a")), ToolErrorKind::Denied);
    assert!(
        message.contains("`ftp://example.com/[secret KEY]`"),
        "{message}"
    );
}

#[test]
fn a_service_may_send_a_secret_of_its_own_to_itself() {
    let service = sending_on("302 Found", "/b?key=k3y%2Fwith%3Dall%26of%20it");
    let body = Body::new(&[], &["127.0.0.1:*"]);
    let answer = body.answer(&get(service.url("/a")));
    assert_eq!(answer.url, service.url("/b?key=[secret KEY]"));
    assert_eq!(service.lines()[1], "GET /b?key=k3y%2Fwith%3Dall%26of%20it");
}
