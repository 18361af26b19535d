//! [`Received`]: one request, sent once, and its answer as it came.

use super::lost::Lost;
use super::redirect;
use reqwest::header::HeaderMap;
use reqwest::{Client, Request, StatusCode};

/// Longer headers are not taken, in bytes, with their names.
pub(super) const LONGEST_HEADERS: u32 = 64 << 10;

#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// Decompressed; empty where the answer is to ask elsewhere.
    pub(crate) body: Vec<u8>,
}

/// Sends the request, and waits for all of the answer, whose content has at most `longest` bytes.
pub(crate) async fn send(
    client: &Client,
    request: Request,
    longest: usize,
) -> Result<Received, Lost> {
    let url = request.url().clone();
    let lost = |error| Lost::of(&error, &url);
    let mut response = client.execute(request).await.map_err(lost)?;
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let lengths = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len());
    if lengths.sum::<usize>() > LONGEST_HEADERS as usize {
        return Err(Lost::too_long("headers", LONGEST_HEADERS as usize));
    }
    let mut body = Vec::new();
    if redirect::location(status, &headers).is_none() {
        while let Some(chunk) = response.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > longest {
                return Err(Lost::too_long("content", longest));
            }
            body.extend_from_slice(&chunk);
        }
    }
    Ok(Received {
        status,
        headers,
        body,
    })
}
