//! One request, sent once, and the whole of its answer.

use crate::http::{causes, first, in_words};
use reqwest::header::HeaderMap;
use reqwest::{Client, Request, StatusCode};

/// A longer answer is not taken, in bytes, decompressed.
const LONGEST: usize = 8 << 20;

#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// A request without an answer.
#[derive(Debug)]
pub(super) struct Lost {
    /// Why.
    pub(super) words: String,
    /// Whether the provider may have worked on it, and charge for that.
    pub(super) sent: bool,
    pub(super) next: Next,
}

/// What there would be the next time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// An answer, maybe.
    MayAnswer,
    /// The same certificate, which nobody vouches for.
    NoTrust,
    /// The same.
    Same,
}

/// Sends the request, and waits for all of the answer.
pub(super) async fn send(client: &Client, request: Request) -> Result<Received, Lost> {
    let host = request.url().host_str().unwrap_or_default().to_owned();
    let lost = |error: reqwest::Error| Lost {
        words: in_words(&error, &host),
        sent: !error.is_connect() && !error.is_builder(),
        next: match first::<rustls::Error>(&causes(&error)) {
            Some(_) => Next::NoTrust,
            None if error.is_builder() => Next::Same,
            None => Next::MayAnswer,
        },
    };
    let mut response = client.execute(request).await.map_err(lost)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.transpose() {
        let chunk = chunk.map_err(|error| Lost {
            words: format!(
                "the answer was cut in the middle: {}",
                in_words(&error, &host)
            ),
            // What says that it failed has cost nothing.
            sent: status.is_success(),
            next: Next::MayAnswer,
        })?;
        if body.len() + chunk.len() > LONGEST {
            return Err(Lost {
                words: format!("the answer is longer than the {LONGEST} bytes that are taken"),
                sent: status.is_success(),
                next: Next::Same,
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Received {
        status,
        headers,
        body,
    })
}
