//! Services that are down, and what is tried.

use super::body::{Body, get, request};
use super::service::{Service, answer, ok};
use anvil_core::ask::HttpRequest;
use anvil_core::failure::ToolErrorKind::Unavailable;
use std::net::TcpListener;
use std::time::{Duration, Instant};

fn body() -> Body {
    Body::new(&["127.0.0.1:*", "*.test:*"], &[])
}

fn post(url: String) -> HttpRequest {
    request("POST", url)
}

/// A port that nobody listens at.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/search", listener.local_addr().unwrap())
}

#[test]
fn who_does_not_listen_is_tried_three_times_whatever_the_method() {
    for method in ["GET", "POST"] {
        let url = nobody();
        let exchanged = body().exchange(&request(method, format!("{url}?q=a")));
        let refusal = exchanged.reply.unwrap_err();
        assert_eq!(refusal.kind, Unavailable);
        let words = format!("{method} {url}: connection refused (3 tries in 0.");
        assert!(refusal.message.starts_with(&words), "{refusal:?}");
        assert_eq!((exchanged.tries, exchanged.sent), (3, false));
    }
}

#[test]
fn a_name_that_nobody_knows_is_tried_three_times() {
    let exchanged = body().exchange(&post("http://gone.test:81/a".to_owned()));
    let refusal = exchanged.reply.unwrap_err();
    assert_eq!(refusal.kind, Unavailable);
    let words = "POST http://gone.test:81/a: no address is known of `gone.test`: nobody knows it (3 tries in 0.";
    assert!(refusal.message.starts_with(words), "{refusal:?}");
    assert_eq!((exchanged.tries, exchanged.sent), (3, false));
}

#[test]
fn a_service_that_recovers_is_asked_again_where_that_does_no_harm() {
    let recovering = || {
        Service::answering(|nth, _| match nth {
            0 => answer("503 Service Unavailable", &[], "wait"),
            _ => ok("again"),
        })
    };
    let service = recovering();
    let exchanged = body().exchange(&get(service.url("/")));
    assert_eq!(exchanged.reply.unwrap().body, b"again");
    assert_eq!((exchanged.tries, service.lines().len()), (2, 2));

    let service = recovering();
    let exchanged = body().exchange(&post(service.url("/")));
    let told = exchanged.reply.unwrap();
    assert_eq!((told.status, &*told.body), (503, &b"wait"[..]));
    assert_eq!((exchanged.sent, service.lines().len()), (true, 1));
}

#[test]
fn a_service_that_stays_down_has_the_last_word() {
    let service =
        Service::answering(|nth, _| answer("500 Internal Server Error", &[], nth.to_string()));
    let told = body().answer(&get(service.url("/")));
    assert_eq!((told.status, &*told.body), (500, &b"2"[..]));
    assert_eq!(service.lines().len(), 3);
}

#[test]
fn a_service_that_asks_for_more_time_than_there_is_is_left_alone() {
    let service = Service::saying(answer(
        "429 Too Many Requests",
        &[("retry-after", "31")],
        "",
    ));
    assert_eq!(body().answer(&get(service.url("/"))).status, 429);
    assert_eq!(service.lines().len(), 1);

    let service = Service::saying(answer("429 Too Many Requests", &[("retry-after", "0")], ""));
    assert_eq!(body().answer(&get(service.url("/"))).status, 429);
    assert_eq!(service.lines().len(), 3);
}

#[test]
fn an_answer_that_breaks_off_is_none() {
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf of";
    for (answer, words) in [
        (cut, "end of file before message length reached"),
        ("", "connection closed before message completed"),
        ("What?\r\n\r\n", "invalid HTTP version parsed"),
    ] {
        let service = Service::saying(answer);
        let message = body().refused(&get(service.url("/")), Unavailable);
        let line = format!("GET {}: ", service.url("/"));
        assert!(
            message.starts_with(&line) && message.contains(words),
            "{message}"
        );
        assert_eq!(service.lines().len(), 3);

        let service = Service::saying(answer);
        let exchanged = body().exchange(&post(service.url("/")));
        assert_eq!(exchanged.reply.unwrap_err().kind, Unavailable);
        assert_eq!((exchanged.sent, service.lines().len()), (true, 1));
    }
}

#[test]
fn one_that_drips_is_not_waited_for_beyond_the_limit() {
    let dripping = || {
        Service::doing(|_, _, stream| {
            let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
            while sent.is_ok() {
                std::thread::sleep(Duration::from_millis(5));
                sent = stream.write_all(b"x");
            }
        })
    };
    let service = dripping();
    let asked = HttpRequest {
        timeout_ms: Some(600), // enough to get through to it on a machine that does much else
        ..get(service.url("/"))
    };
    let exchanged = body().exchange(&asked);
    assert_eq!(
        exchanged.reply.unwrap_err().message,
        format!(
            "GET {}: no answer in 0.6 s, and it was not to take longer",
            service.url("/")
        )
    );
    assert_eq!((exchanged.sent, exchanged.tries), (true, 1));

    let service = dripping();
    let until = Instant::now() + Duration::from_millis(600);
    let exchanged = body().exchange_until(&get(service.url("/")), Some(until));
    let refusal = exchanged.reply.unwrap_err();
    assert_eq!(refusal.kind, Unavailable);
    assert!(
        refusal.message.ends_with("that were left of the call"),
        "{refusal:?}"
    );
}

#[test]
fn nothing_is_sent_once_the_call_has_ended() {
    let service = Service::saying(ok(""));
    let exchanged = body().exchange_until(&get(service.url("/")), Some(Instant::now()));
    assert_eq!(exchanged.reply.unwrap_err().kind, Unavailable);
    assert_eq!((exchanged.tries, exchanged.sent), (0, false));
    assert_eq!(service.lines().len(), 0);
}
