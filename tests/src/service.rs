//! A service on this machine that tools ask over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// It answers each request on a connection of its own, for as long as the process lives.
#[derive(Debug, Clone)]
pub struct Service {
    /// `http://127.0.0.1:…`
    pub base: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// `POST /orders?n=1`
    pub line: String,
    /// The headers, one a line, their names in lower case.
    pub headers: String,
    /// The content.
    pub content: String,
}

impl Service {
    /// Starts one that answers with the status and the content that `answer` makes of a request: a page of HTML, or JSON.
    ///
    /// # Panics
    /// When there is no port to be had.
    pub fn start(answer: impl Fn(&Request) -> (u16, String) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let address = listener.local_addr().expect("the port that was bound");
        let service = Self {
            base: format!("http://{address}"),
            seen: Arc::default(),
        };
        let (seen, answer) = (service.seen.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, answer) = (seen.clone(), answer.clone());
                thread::spawn(move || serve(stream, &seen, &*answer));
            }
        });
        service
    }

    /// What has arrived so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Request> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The lines of what has arrived so far.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.seen().into_iter().map(|one| one.line).collect()
    }
}

/// A client that goes away is none of this service's business.
fn serve(
    mut stream: TcpStream,
    seen: &Mutex<Vec<Request>>,
    answer: &(dyn Fn(&Request) -> (u16, String) + Send + Sync),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut headers = String::new();
    while reader.read_line(&mut headers).ok()? > 2 {}
    let headers = headers.to_lowercase();
    let length = headers
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok());
    let mut content = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut content).ok()?;
    let request = Request {
        line: first.trim().trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        content: String::from_utf8(content).ok()?,
    };
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(request.clone());
    let (status, content) = answer(&request);
    let length = content.len();
    let kind = match content.starts_with("<!doctype html>") {
        true => "text/html",
        false => "application/json",
    };
    write!(
        stream,
        "HTTP/1.1 {status} x\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{content}"
    )
    .ok()
}
