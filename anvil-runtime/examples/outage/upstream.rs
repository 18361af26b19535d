//! The price list: a service on this machine that changes its mind.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// What it wants to be shown.
pub(crate) const KEY: &str = "prices-7c41e0b2";

/// A service that runs until the program ends.
pub(crate) struct Upstream {
    base: String,
    terms: Arc<Mutex<Terms>>,
}

/// What can change about it; each change is taken back by the next of its kind.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Change {
    Authentication,
    Path,
    Shape,
}

/// What it wants and answers now.
#[derive(Debug, Clone, Copy, Default)]
struct Terms {
    bearer: bool,
    moved: bool,
    nested: bool,
}

impl Upstream {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
        let base = format!("http://{}", listener.local_addr()?);
        let terms = Arc::new(Mutex::new(Terms::default()));
        let shared = terms.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let terms = shared.clone();
                // A client that goes away is no concern of the service's.
                thread::spawn(move || serve(&stream, &terms));
            }
        });
        Ok(Self { base, terms })
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn change(&self, change: Change) {
        let mut terms = self.terms.lock().unwrap_or_else(PoisonError::into_inner);
        let term = match change {
            Change::Authentication => &mut terms.bearer,
            Change::Path => &mut terms.moved,
            Change::Shape => &mut terms.nested,
        };
        *term = !*term;
    }
}

/// Answers one request after the other on a connection.
fn serve(stream: &TcpStream, terms: &Mutex<Terms>) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if reader.read_line(&mut head)? == 0 {
                return Ok(());
            }
        }
        let terms = *terms.lock().unwrap_or_else(PoisonError::into_inner);
        let (status, body) = terms.answer(&head);
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        // In one piece: the rest of what is sent in pieces waits until the first is acknowledged.
        let mut stream = stream;
        stream.write_all(answer.as_bytes())?;
    }
}

impl Terms {
    fn answer(self, head: &str) -> (&'static str, String) {
        let head = head.to_lowercase();
        let wanted = match self.bearer {
            true => format!("authorization: bearer {KEY}"),
            false => format!("x-api-key: {KEY}"),
        };
        if !head.contains(&wanted) {
            let hint = match self.bearer {
                true => "use a bearer token",
                false => "use the header X-API-Key",
            };
            return ("401 Unauthorized", format!(r#"{{"error":"{hint}"}}"#));
        }
        let path = head.split(' ').nth(1).unwrap_or_default();
        let sku = match self.moved {
            true => path.strip_prefix("/v2/prices?sku="),
            false => path.strip_prefix("/v1/prices/"),
        };
        let Some(sku) = sku else {
            let hint = match self.moved {
                true => "moved to /v2/prices?sku=SKU",
                false => "moved to /v1/prices/SKU",
            };
            return ("410 Gone", format!(r#"{{"error":"{hint}"}}"#));
        };
        let body = match self.nested {
            true => format!(r#"{{"price":{{"cents":{sku}00}}}}"#),
            false => format!(r#"{{"cents":{sku}00}}"#),
        };
        ("200 OK", body)
    }
}
