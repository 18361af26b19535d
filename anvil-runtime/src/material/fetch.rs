//! [`Fetcher`]: one page, asked for where it may be.

use super::LONGEST;
use super::text::{Form, text};
use crate::broker::{
    Clients, HostPattern, Lost, MOST_REDIRECTS, Received, addresses_of, is_local_name, is_public,
    location, send,
};
use anvil_core::failure::ToolErrorKind;
use reqwest::header::{
    ACCEPT, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE,
    IF_NONE_MATCH, LAST_MODIFIED,
};
use reqwest::{Method, Request, StatusCode};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;
use url::{Host, Url};

/// A page that takes longer is given up, redirects and all.
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Many sites have their pages as Markdown, too.
const ACCEPTED: &str = "text/markdown, text/html;q=0.9, */*;q=0.8";

/// Asks for pages: with no cookies, no credentials and no proxy.
#[derive(Debug)]
pub(super) struct Fetcher {
    clients: Clients,
    longest_wait: Duration,
}

/// What tells one state of a page from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Validators {
    /// Who said so: it means nothing to anybody else.
    pub(super) url: Url,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
}

#[derive(Debug)]
pub(super) enum Fetched {
    /// It is as it was.
    Unchanged,
    Page {
        text: String,
        validators: Validators,
    },
}

impl Default for Fetcher {
    fn default() -> Self {
        Self::waiting(LONGEST_WAIT)
    }
}

impl Fetcher {
    /// One that gives a page up after this time.
    pub(super) fn waiting(longest_wait: Duration) -> Self {
        Self {
            clients: Clients::default(),
            longest_wait,
        }
    }

    /// Asks for the page, and where redirects lead; `known` is what was said of it the last time.
    ///
    /// # Errors
    /// Why it could not be had.
    pub(super) async fn fetch(
        &self,
        declared: &Url,
        known: Option<&Validators>,
    ) -> Result<Fetched, String> {
        let fetched = timeout(self.longest_wait, self.follow(declared, known)).await;
        fetched.unwrap_or_else(|_| {
            let seconds = self.longest_wait.as_secs_f32();
            Err(format!("it takes longer than {seconds} seconds"))
        })
    }

    async fn follow(&self, declared: &Url, known: Option<&Validators>) -> Result<Fetched, String> {
        let own = HostPattern::of(declared).ok_or("its URL has no host")?;
        let mut url = declared.clone();
        for _ in 0..=MOST_REDIRECTS {
            let addresses = match own.admits(&url) {
                // Whoever declares the name means what it is called at home, too.
                true => private_addresses(&url).await?,
                false => admit(&url).map(|()| BTreeSet::new())?,
            };
            let known = known.filter(|known| known.url == url);
            let received = self.ask(&url, addresses, known).await?;
            match location(received.status, &received.headers) {
                Some(location) => url = redirected(&url, location)?,
                None => return answered(url, received, known.is_some()).await,
            }
        }
        Err(format!("there are more than {MOST_REDIRECTS} redirects"))
    }

    async fn ask(
        &self,
        url: &Url,
        addresses: BTreeSet<IpAddr>,
        known: Option<&Validators>,
    ) -> Result<Received, String> {
        let client = self.clients.asking(addresses).await;
        let client = client.map_err(|error| error.to_string())?;
        let mut request = Request::new(Method::GET, url.clone());
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(ACCEPTED));
        if let Some(known) = known {
            insert(headers, IF_NONE_MATCH, known.etag.as_deref());
            insert(headers, IF_MODIFIED_SINCE, known.last_modified.as_deref());
        }
        let received = send(&client, request, LONGEST).await;
        received.map_err(|lost: Lost| match lost.kind {
            ToolErrorKind::Denied => not_public(url),
            _ => lost.words,
        })
    }
}

/// What is not public, and was not declared, is not asked.
fn admit(url: &Url) -> Result<(), String> {
    let admitted = match url.host() {
        Some(Host::Domain(name)) => !is_local_name(name), // what it leads to is judged as it is looked up
        Some(Host::Ipv4(address)) => is_public(address.into()),
        Some(Host::Ipv6(address)) => is_public(address.into()),
        None => false,
    };
    match admitted {
        true => Ok(()),
        false => Err(not_public(url)),
    }
}

fn not_public(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    format!("it is at `{host}`, which is not on the public internet: declare that URL itself")
}

/// The addresses beyond the public internet that a declared name has, but for those where clouds have their metadata:
/// nobody has pages there.
async fn private_addresses(url: &Url) -> Result<BTreeSet<IpAddr>, String> {
    let Some(Host::Domain(name)) = url.host() else {
        return Ok(BTreeSet::new()); // it is an address, and asked as it is
    };
    let name = name.to_owned();
    let found = tokio::task::spawn_blocking(move || addresses_of(&name));
    let found = found.await.map_err(|error| error.to_string())?;
    // Whoever asks is told that the name has none.
    let found = found.unwrap_or_default().into_iter();
    Ok(found
        .filter(|address| !is_public(*address) && !is_link_local(*address))
        .collect())
}

fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

fn redirected(url: &Url, location: &HeaderValue) -> Result<Url, String> {
    let location = location
        .to_str()
        .map_err(|_| "it is redirected to what is no URL")?;
    let next = url.join(location);
    let mut next = next.map_err(|error| format!("it is redirected to what is no URL: {error}"))?;
    next.set_fragment(None);
    match (url.scheme(), next.scheme()) {
        (_, "https") | ("http", "http") => {}
        (_, scheme) => {
            return Err(format!(
                "it is redirected from {} to {scheme}",
                url.scheme()
            ));
        }
    }
    if !next.username().is_empty() || next.password().is_some() {
        return Err("it is redirected to a URL with a user or a password".to_owned());
    }
    Ok(next)
}

async fn answered(url: Url, received: Received, conditional: bool) -> Result<Fetched, String> {
    match received.status {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if conditional => return Ok(Fetched::Unchanged),
        status => return Err(format!("the answer is {status}")),
    }
    let header = |name: HeaderName| {
        let value = received.headers.get(name)?;
        Some(value.to_str().ok()?.to_owned())
    };
    let validators = Validators {
        url,
        etag: header(ETAG),
        last_modified: header(LAST_MODIFIED),
    };
    let content_type = header(CONTENT_TYPE);
    let bytes = received.body;
    let form = Form::of(content_type.as_deref(), &bytes)?;
    let read = tokio::task::spawn_blocking(move || text(&bytes, form));
    let read = read.await.map_err(|error| error.to_string())?;
    Ok(Fetched::Page {
        text: read?,
        validators,
    })
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}
