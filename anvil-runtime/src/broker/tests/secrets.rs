//! Secrets go where they are bound, and do not come back.

use super::body::{Body, KEY, get, pair, request};
use super::service::{Service, answer, ok};
use anvil_core::ask::{HttpAuth, HttpBody, HttpRequest};
use anvil_core::failure::ToolErrorKind;

/// A request for each place that a secret can stand in.
fn everywhere(url: &str, key: &str) -> Vec<HttpRequest> {
    let post = || request("POST", url);
    let key = || key.to_owned();
    vec![
        get(format!("{url}/{}", key())),
        get(format!("{url}?key={}", key())),
        HttpRequest {
            query: vec![("key".to_owned(), key())],
            ..post()
        },
        HttpRequest {
            query: vec![(key(), "value".to_owned())],
            ..post()
        },
        HttpRequest {
            headers: vec![("x-key".to_owned(), key())],
            ..post()
        },
        HttpRequest {
            auth: Some(HttpAuth::Bearer(key())),
            ..post()
        },
        HttpRequest {
            auth: Some(HttpAuth::Basic(key(), None)),
            ..post()
        },
        HttpRequest {
            auth: Some(HttpAuth::Basic("ada".to_owned(), Some(key()))),
            ..post()
        },
        HttpRequest {
            body: HttpBody::Json(format!("\"{}\"", key())),
            ..post()
        },
        HttpRequest {
            body: HttpBody::Form(vec![("key".to_owned(), key())]),
            ..post()
        },
        HttpRequest {
            body: HttpBody::Form(vec![(key(), "value".to_owned())]),
            ..post()
        },
        HttpRequest {
            body: HttpBody::Bytes([b"\xff", key().as_bytes()].concat()),
            ..post()
        },
    ]
}

#[test]
fn nothing_is_sent_with_a_secret_to_where_it_is_not_bound() {
    let service = Service::saying(ok(""));
    let port = service.port();
    let body = Body::new(&["127.0.0.1:*"], &["localhost:*"]);
    for request in everywhere(&service.url("/a"), &body.key()) {
        let message = body.denied(&request);
        assert_eq!(
            message,
            format!(
                "the secret KEY would go to `127.0.0.1:{port}`, and is bound to localhost:*: bind it there with \
                 `secrets(KEY = \"127.0.0.1:{port}\")`"
            )
        );
    }
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn a_secret_arrives_wherever_it_stands() {
    let service = Service::saying(ok(""));
    let body = Body::new(&[], &["127.0.0.1:*"]);
    for request in everywhere(&service.url("/a"), &body.key()) {
        assert_eq!(body.answer(&request).status, 200);
    }
    let percent = "k3y%2Fwith%3Dall%26of%20it";
    let credentials = [
        "Basic azN5L3dpdGg9YWxsJm9mIGl0Og==",
        "Basic YWRhOmszeS93aXRoPWFsbCZvZiBpdA==",
    ];
    let seen = service.seen();
    assert_eq!(seen[0].line, format!("GET /a/{percent}"));
    assert_eq!(seen[1].line, format!("GET /a?key={percent}"));
    assert_eq!(seen[2].line, format!("POST /a?key={percent}"));
    assert_eq!(seen[3].line, format!("POST /a?{percent}=value"));
    assert_eq!(seen[4].header("x-key"), Some(KEY));
    assert_eq!(
        seen[5].header("authorization"),
        Some(&*format!("Bearer {KEY}"))
    );
    assert_eq!(seen[6].header("authorization"), Some(credentials[0]));
    assert_eq!(seen[7].header("authorization"), Some(credentials[1]));
    assert_eq!(seen[8].body, format!("\"{KEY}\"").as_bytes());
    assert_eq!(seen[9].body, b"key=k3y%2Fwith%3Dall%26of+it");
    assert_eq!(seen[10].body, b"k3y%2Fwith%3Dall%26of+it=value");
    assert_eq!(seen[11].body, [b"\xff", KEY.as_bytes()].concat());
    assert!(!format!("{seen:?}").contains("anvil_secret_"));
}

#[test]
fn what_a_service_sends_back_of_a_secret_is_its_name() {
    let service = Service::answering(|_, seen| {
        let sent = ["authorization", "x-key"].map(|name| seen.header(name).unwrap_or_default());
        let headers = sent.map(|value| ("x-you-sent", value));
        let told = [seen.line.as_bytes(), b" ", &seen.body].concat();
        answer("200 OK", &headers, told)
    });
    let body = Body::new(&[], &["127.0.0.1:*"]);
    for request in everywhere(&service.url("/a"), &body.key()) {
        let exchanged = body.exchange(&request);
        let told = format!(
            "{exchanged:?} {}",
            String::from_utf8_lossy(&exchanged.reply.as_ref().unwrap().body)
        );
        for form in [KEY, "k3y", "azN5", "mszeS", "anvil_secret_"] {
            assert!(!told.contains(form), "{form} in {told}");
        }
        let answer = exchanged.reply.unwrap();
        let headers = format!("{:?}", answer.headers);
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            text.contains("[secret KEY]") || headers.contains("[secret KEY]"),
            "{told}"
        );
    }
    let exchanged = body.exchange(&get(service.url(&format!("/?key={}", body.key()))));
    assert_eq!(
        exchanged.line,
        format!("GET {}", service.url("/?key=[secret KEY]"))
    );
    assert_eq!(
        exchanged.reply.unwrap().url,
        service.url("/?key=[secret KEY]")
    );
}

#[test]
fn what_a_service_plants_gets_it_nothing() {
    let service = Service::answering(|_, seen| ok(&seen.body));
    let body = Body::new(&["127.0.0.1:*"], &["localhost:*"]);
    let other_call = Body::new(&[], &["localhost:*"]).key();
    let planted = HttpRequest {
        body: HttpBody::Bytes(other_call.clone().into()),
        ..request("POST", service.url("/"))
    };
    assert_eq!(body.answer(&planted).body, other_call.as_bytes());
}

#[test]
fn a_secret_is_no_part_of_where_a_request_goes() {
    let body = Body::new(&[], &["*.localhost:*"]);
    let key = body.key();
    let message = body.denied(&get(format!("http://{key}.localhost/")));
    assert_eq!(message, "a secret cannot be a part of a host's name");
    let message = body.denied(&get(format!("http://ada:{key}@a.localhost/")));
    assert!(
        message.contains("use `basic_auth(user, Some(password))`"),
        "{message}"
    );
    let message = body.refused(
        &get(format!("http://a.localhost:{key}/")),
        ToolErrorKind::Failed,
    );
    assert!(
        message.contains("[secret KEY]") && !message.contains(&key),
        "{message}"
    );
}

#[test]
fn a_secret_that_is_not_set_is_named_and_nothing_is_sent() {
    let service = Service::saying(ok(""));
    let body = Body::new(&[], &["127.0.0.1:*"]).penniless();
    let asked = HttpRequest {
        headers: vec![pair("x-key", &body.key())],
        ..get(service.url("/"))
    };
    let exchanged = body.exchange(&asked);
    let refusal = exchanged.reply.unwrap_err();
    assert_eq!(refusal.kind, ToolErrorKind::MissingCredential);
    assert_eq!((&*refusal.message, exchanged.sent), ("KEY", false));
    assert_eq!(service.lines().len(), 0);
}
