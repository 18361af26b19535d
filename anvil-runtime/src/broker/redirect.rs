//! Asking elsewhere, because a service says so.

use super::outgoing::Outgoing;
use super::refusal::{denied, failed};
use super::target::target;
use super::traces::Traces;
use super::{Grant, StandIns};
use anvil_core::ask::{HttpBody, Refusal};
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION};
use reqwest::{Method, StatusCode};
use url::Url;

/// A service that sends a request on more often does not know where to.
pub(crate) const MOST: u32 = 5;

/// Where else to ask, if that is what the answer says.
pub(crate) fn location(status: StatusCode, headers: &HeaderMap) -> Option<&HeaderValue> {
    match status.as_u16() {
        301 | 302 | 303 | 307 | 308 => headers.get(LOCATION),
        _ => None,
    }
}

/// The request that is made instead; it has yet to be judged. As browsers have it, a 303, and a 301 or 302 for a `POST`,
/// make it a `GET`. Another origin is not told who asks, nor a secret that is not bound there; a body with such a secret
/// stays, and is what the request will be refused for.
///
/// A secret in the location, which the service knows, becomes what stands for it: else a service could be made to send it
/// to where it may not go.
pub(super) fn redirected(
    outgoing: &Outgoing,
    status: StatusCode,
    location: &HeaderValue,
    grant: &Grant,
    stand_ins: &StandIns,
    traces: &Traces,
) -> Result<Outgoing, Refusal> {
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| failed("the location is no text"))?;
    let url = stood_for(target(Some(&outgoing.url), location)?, stand_ins, traces);
    if outgoing.url.scheme() == "https" && url.scheme() != "https" {
        return Err(denied(format!(
            "it would go on by http, to `{}`",
            url.host_str().unwrap_or_default()
        )));
    }
    let mut next = Outgoing {
        url,
        ..outgoing.clone()
    };
    let becomes_get = match status {
        StatusCode::SEE_OTHER => next.method != Method::HEAD,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => next.method == Method::POST,
        _ => false,
    };
    if becomes_get {
        next.method = Method::GET;
        next.body = HttpBody::Empty;
        let is_of_content = |name: &HeaderName| name.as_str().starts_with("content-");
        next.headers.retain(|(name, _)| !is_of_content(name));
    }
    if next.url.origin() != outgoing.url.origin() {
        next.auth = None;
        next.headers.retain(|(name, value)| {
            let may_go = |secret| grant.admit_secret(secret, &next.url).is_ok();
            let says_who = *name == AUTHORIZATION || *name == COOKIE;
            !says_who && stand_ins.names_in(value.as_bytes()).all(may_go)
        });
    }
    Ok(next)
}

/// The URL with what stands for secrets in place of them.
fn stood_for(mut url: Url, stand_ins: &StandIns, traces: &Traces) -> Url {
    let path = traces.stood_for(url.path(), stand_ins);
    url.set_path(&path);
    let query = url.query().map(|query| traces.stood_for(query, stand_ins));
    url.set_query(query.as_deref());
    url
}
