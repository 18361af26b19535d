//! What is refused, and what never arrives for it.

use super::body::{Body, get, request};
use super::service::{Service, ok};
use anvil_core::failure::ToolErrorKind;

#[test]
fn a_declared_host_is_asked() {
    let service = Service::saying(ok("found"));
    let body = Body::new(&["127.0.0.1:*"], &[]);
    let exchanged = body.exchange(&get(service.url("/search?q=a#b")));
    let answer = exchanged.reply.unwrap();
    assert_eq!((answer.status, &*answer.body), (200, &b"found"[..]));
    assert_eq!(answer.url, service.url("/search?q=a"));
    assert_eq!(service.lines(), ["GET /search?q=a"]);
    assert_eq!((exchanged.tries, exchanged.sent), (1, true));
    assert_eq!(
        exchanged.line,
        format!("GET {}", service.url("/search?q=a"))
    );
    let seen = service.seen();
    assert!(seen[0].header("user-agent").unwrap().starts_with("anvil/"));
}

#[test]
fn nothing_is_sent_to_a_host_that_nobody_declared() {
    let service = Service::saying(ok(""));
    let body = Body::new(&["localhost:*"], &[]);
    let port = service.port();
    for (url, host) in [
        (service.url("/"), format!("127.0.0.1:{port}")),
        (
            format!("http://2130706433:{port}/"),
            format!("127.0.0.1:{port}"),
        ),
        (
            format!("http://0x7f.1:{port}/"),
            format!("127.0.0.1:{port}"),
        ),
        (
            format!("http://127.0.0.1:{port}#localhost"),
            format!("127.0.0.1:{port}"),
        ),
        (
            "http://evil.com#localhost:1".to_owned(),
            "evil.com".to_owned(),
        ),
        (
            "http://169.254.169.254/latest".to_owned(),
            "169.254.169.254".to_owned(),
        ),
    ] {
        let message = body.denied(&get(url));
        assert_eq!(
            message,
            format!(
                "`{host}` is not among the hosts that `search` was declared with (localhost:*): add it with \
                 `hosts(\"{host}\")`"
            )
        );
    }
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn nothing_is_sent_to_what_readers_of_urls_disagree_about() {
    let service = Service::saying(ok(""));
    let body = Body::new(&["127.0.0.1:*", "localhost:*"], &[]);
    let port = service.port();
    for url in [
        format!("http://127.0.0.1:{port}\0.localhost/"),
        format!("http://localhost@127.0.0.1:{port}/"),
        format!("http://127.0.0.1:{port}\\@localhost/"),
        format!("http://127.0.0.1:{port}/\r\nHost: localhost"),
        format!("ws://127.0.0.1:{port}/"),
    ] {
        body.denied(&get(url));
    }
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn a_name_with_an_address_that_is_not_public_is_not_asked() {
    let service = Service::saying(ok(""));
    let port = service.port();
    let url = format!("http://inner.test:{port}/");
    let message = Body::new(&["inner.test:*"], &[]).denied(&get(&url));
    assert_eq!(
        message,
        format!(
            "GET {url}: `inner.test` has the address 127.0.0.1 here, which is not public: add it with \
             `hosts(\"127.0.0.1:{port}\")`"
        )
    );
    let message = Body::new(&["*.test"], &[]).denied(&get("http://metadata.test/"));
    assert!(
        message.ends_with("add it with `hosts(\"169.254.169.254\")`"),
        "{message}"
    );
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn a_name_with_a_declared_address_is_asked_by_those_who_declared_it() {
    let service = Service::saying(ok(""));
    let port = service.port();
    let url = format!("http://inner.test:{port}/");
    let declared = format!("127.0.0.1:{port}");
    let answer = Body::new(&["inner.test:*", &declared], &[]).answer(&get(&url));
    assert_eq!(answer.status, 200);
    // The address of another port is another service's.
    Body::new(&["inner.test:*", "127.0.0.1:1"], &[]).denied(&get(&url));
    assert_eq!(service.lines().len(), 1);
}

#[test]
fn what_one_tool_may_ask_is_not_asked_for_another() {
    let service = Service::saying(ok(""));
    let port = service.port();
    let url = format!("http://inner.test:{port}/");
    let body = Body::new(&["inner.test:*", "127.0.0.1:*"], &[]);
    assert_eq!(body.answer(&get(&url)).status, 200);
    body.beside(&["inner.test:*"]).denied(&get(&url));
    assert_eq!(service.lines().len(), 1);
}

#[test]
fn localhost_is_declared_as_any_name() {
    let service = Service::saying(ok(""));
    let url = format!("http://localhost:{}/", service.port());
    assert_eq!(
        Body::new(&["localhost:*"], &[]).answer(&get(url)).status,
        200
    );
    assert_eq!(service.lines(), ["GET /"]);
}

#[test]
fn a_request_that_is_none_is_not_sent() {
    let service = Service::saying(ok(""));
    let body = Body::new(&["127.0.0.1:*"], &[]);
    body.refused(
        &request("NO METHOD", service.url("/")),
        ToolErrorKind::Failed,
    );
    body.refused(&get("127.0.0.1/path"), ToolErrorKind::Failed);
    assert_eq!(service.lines().len(), 0);
}
