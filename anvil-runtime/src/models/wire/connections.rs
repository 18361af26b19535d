//! [`Connections`]: a client that is made once, and keeps its connections.

use crate::http::{USER_AGENT, tls};
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
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
pub(super) struct Connections(Arc<OnceCell<Client>>);

impl Connections {
    /// The client.
    ///
    /// # Errors
    /// When none can be made.
    pub(super) async fn client(&self) -> Result<&Client, ClientError> {
        // What the system trusts is read from files.
        let make = || async { tokio::task::spawn_blocking(client).await? };
        self.0.get_or_try_init(make).await
    }
}

/// Why there is no client.
pub(super) type ClientError = Box<dyn std::error::Error + Send + Sync>;

fn client() -> Result<Client, ClientError> {
    let client = ClientBuilder::new()
        .tls_backend_preconfigured(tls(Vec::new())?)
        .redirect(Policy::none())
        .referer(false)
        .user_agent(USER_AGENT)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE);
    Ok(client.build()?)
}
