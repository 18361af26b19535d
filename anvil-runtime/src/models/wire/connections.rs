//! [`Connections`]: a client that is made once, and keeps its connections.

use crate::http::{USER_AGENT, tls};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::{Host, Url};

/// A connection that takes longer to be made is given up.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(90);

/// The connections to one provider. They trust what the system trusts, go through the proxies that `HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name, except to this machine itself, which a proxy takes for its own, and follow
/// no redirect, which would take the key elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections(Arc<OnceCell<Client>>);

impl Connections {
    /// The client that asks at `base`.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) async fn client(&self, base: &Url) -> Result<&Client, ClientError> {
        let is_here = is_here(base);
        // What the system trusts is read from files.
        let make = || async move { tokio::task::spawn_blocking(move || client(is_here)).await? };
        self.0.get_or_try_init(make).await
    }
}

/// Why there is no client.
pub(super) type ClientError = Box<dyn std::error::Error + Send + Sync>;

/// Whether it is this machine that is asked.
fn is_here(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn client(is_here: bool) -> Result<Client, ClientError> {
    let client = ClientBuilder::new()
        .tls_backend_preconfigured(tls(Vec::new())?)
        .redirect(Policy::none())
        .referer(false)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE);
    let client = match is_here {
        true => client.no_proxy(),
        false => client,
    };
    Ok(client.build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for (url, here) in [
            ("http://localhost:11434/v1", true),
            ("http://LOCALHOST", true),
            ("http://ollama.localhost", true),
            ("http://127.0.0.2:8000/v1", true),
            ("http://[::1]:8000/v1", true),
            ("http://localhost.example", false),
            ("http://192.168.0.2", false),
            ("https://api.openai.com/v1", false),
        ] {
            assert_eq!(is_here(&url.parse().unwrap()), here, "{url}");
        }
    }
}
