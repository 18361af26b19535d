//! [`Clients`]: the connections that all tools share.

use super::received::LONGEST_HEADERS;
use super::resolver::{Lookup, Resolver, system};
use crate::http::{USER_AGENT, tls};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::pki_types::CertificateDer;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::Mutex;

/// A connection that takes longer to be made is given up.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(60);

/// A client for each set of addresses beyond the public internet that may be asked; nearly all tools have none. A client
/// finds no others, so what one tool may ask is never asked for another.
///
/// They trust what the system trusts, know no proxy, keep no cookies, and follow no redirect.
#[derive(Debug)]
pub(super) struct Clients {
    lookup: Lookup,
    /// Trusted beside what the system trusts.
    trusted: Vec<CertificateDer<'static>>,
    made: Mutex<BTreeMap<BTreeSet<IpAddr>, Client>>,
}

impl Default for Clients {
    fn default() -> Self {
        Self::with(system, Vec::new())
    }
}

impl Clients {
    /// Those that find addresses in this way, and trust these certificates beside what the system trusts.
    pub(super) fn with(lookup: Lookup, trusted: Vec<CertificateDer<'static>>) -> Self {
        Self {
            lookup,
            trusted,
            made: Mutex::default(),
        }
    }

    /// The client that may ask these addresses, and public ones.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) async fn asking(&self, declared: BTreeSet<IpAddr>) -> Result<Client, ClientError> {
        let mut made = self.made.lock().await;
        if let Some(client) = made.get(&declared) {
            return Ok(client.clone());
        }
        let resolver = Resolver {
            lookup: self.lookup,
            declared: declared.clone(),
        };
        let trusted = self.trusted.clone();
        // What the system trusts is read from files.
        let client = tokio::task::spawn_blocking(|| client(resolver, trusted)).await??;
        made.insert(declared, client.clone());
        Ok(client)
    }
}

/// Why there is no client.
pub(super) type ClientError = Box<dyn std::error::Error + Send + Sync>;

fn client(
    resolver: Resolver,
    trusted: Vec<CertificateDer<'static>>,
) -> Result<Client, ClientError> {
    let client = ClientBuilder::new()
        .tls_backend_preconfigured(tls(trusted)?)
        .dns_resolver(resolver)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(USER_AGENT)
        .http2_max_header_list_size(LONGEST_HEADERS)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE);
    Ok(client.build()?)
}
