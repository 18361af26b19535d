//! What a body is given of an answer.

use super::body::{Body, get, request};
use super::service::{Service, answer};
use anvil_core::failure::ToolErrorKind;

fn body() -> Body {
    Body::new(&["127.0.0.1:*"], &[])
}

#[test]
fn headers_come_in_order_with_names_in_lower_case() {
    let service = Service::saying(answer(
        "418 I'm a teapot",
        &[("X-B", "1"), ("X-A", "2"), ("X-B", "\u{e9}")],
        "",
    ));
    let answer = body().answer(&get(service.url("/")));
    assert_eq!(answer.status, 418);
    let own: Vec<_> = answer
        .headers
        .iter()
        .filter(|(name, _)| name.starts_with("x-"))
        .collect();
    let values: Vec<_> = own
        .iter()
        .filter(|(name, _)| name == "x-b")
        .map(|(_, value)| &**value)
        .collect();
    assert_eq!((own.len(), values), (3, vec!["1", "\u{e9}"]));
}

/// `hello, hello, hello`, compressed.
const HELLO: &[u8] = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xd7\x51\xc8\x40\xa2\x00\x9f\xa1\xca\x09\x13\x00\x00\x00";

#[test]
fn what_is_compressed_comes_decompressed() {
    let service = Service::answering(|_, seen| {
        assert_eq!(seen.header("accept-encoding"), Some("gzip"));
        answer("200 OK", &[("content-encoding", "gzip")], HELLO)
    });
    let answer = body().answer(&get(service.url("/")));
    assert_eq!(answer.body, b"hello, hello, hello");
}

#[test]
fn a_head_has_no_content_whatever_it_says() {
    let service = Service::saying(
        "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\ncontent-length: 29\r\n\r\n",
    );
    let answer = body().answer(&request("HEAD", service.url("/")));
    assert_eq!((answer.status, answer.body.len()), (200, 0));
    assert_eq!(service.lines(), ["HEAD /"]);
}

#[test]
fn an_answer_without_end_is_cut_off() {
    let service = Service::doing(|_, _, stream| {
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
        let block = [b'x'; 1 << 16];
        while sent.is_ok() {
            sent = stream.write_all(&block);
        }
    });
    let message = body().refused(&get(service.url("/")), ToolErrorKind::Failed);
    assert_eq!(
        message,
        format!(
            "GET {}: the content of the answer would be longer than the 16777216 bytes that it may have: ask for less",
            service.url("/")
        )
    );
    assert_eq!(service.lines().len(), 1);
}

/// Eight times 258 zeros, compressed, to be repeated.
const ZEROS: &[u8] = b"\x05\xa3\x60\x14\x8c\x82\x51\x30\x0a\x46\xc1\x28\x18";

#[test]
fn an_answer_that_grows_without_end_as_it_is_decompressed_is_cut_off() {
    let service = Service::doing(|_, _, stream| {
        let mut sent = stream.write_all(
            b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff\x63\x18",
        );
        let block = ZEROS.repeat(64);
        while sent.is_ok() {
            sent = stream.write_all(&block);
        }
    });
    let message = body().refused(&get(service.url("/")), ToolErrorKind::Failed);
    assert!(
        message.contains("longer than the 16777216 bytes"),
        "{message}"
    );
}

#[test]
fn headers_without_end_are_no_answer() {
    let service = Service::doing(|_, _, stream| {
        let mut sent = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while sent.is_ok() {
            sent = stream.write_all(&[b"x: ", &[b'y'; 1000][..], b"\r\n"].concat());
        }
    });
    body().refused(
        &request("POST", service.url("/")),
        ToolErrorKind::Unavailable,
    );
    let long = "y".repeat(70_000);
    let service = Service::saying(answer("200 OK", &[("x", &long)], ""));
    let message = body().refused(&get(service.url("/")), ToolErrorKind::Failed);
    assert!(
        message.contains("the headers of the answer would be longer than the 65536 bytes"),
        "{message}"
    );
}

#[test]
fn a_status_that_says_no_is_an_answer() {
    let service = Service::saying(answer("404 Not Found", &[], "no such row"));
    let answer = body().answer(&get(service.url("/")));
    assert_eq!((answer.status, &*answer.body), (404, &b"no such row"[..]));
    assert_eq!(service.lines().len(), 1);
}
