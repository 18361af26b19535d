//! [`Connections`]: a client that is made once, and keeps its connections.

use crate::http::{USER_AGENT, tls};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// A connection that takes longer to be made is given up.
const CONNECT: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(90);

/// The connections to one provider. They trust what the system trusts, go through the proxies that `HTTPS_PROXY`,
/// `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` name, and follow no redirect, which would take the key elsewhere.
#[derive(Debug, Clone, Default)]
pub(super) struct Connections {
    client: Arc<OnceCell<Client>>,
    /// Trusted beside what the system trusts.
    trusted: Vec<CertificateDer<'static>>,
}

impl Connections {
    #[cfg(test)]
    pub(super) fn trusting(trusted: Vec<CertificateDer<'static>>) -> Self {
        Self {
            client: Arc::default(),
            trusted,
        }
    }

    /// The client.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) async fn client(&self) -> Result<&Client, ClientError> {
        let make = || async {
            let trusted = self.trusted.clone();
            // What the system trusts is read from files.
            tokio::task::spawn_blocking(|| client(trusted)).await?
        };
        self.client.get_or_try_init(make).await
    }
}

/// Why there is no client.
pub(super) type ClientError = Box<dyn std::error::Error + Send + Sync>;

fn client(trusted: Vec<CertificateDer<'static>>) -> Result<Client, ClientError> {
    let client = ClientBuilder::new()
        .tls_backend_preconfigured(tls(trusted)?)
        .redirect(Policy::none())
        .referer(false)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE);
    Ok(client.build()?)
}
