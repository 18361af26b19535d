//! What a body has: a tool that was declared, and the secrets of one call.

use crate::background::{self, Background};
use crate::broker::clients::Clients;
use crate::broker::retry::Pace;
use crate::broker::{Broker, Exchanged, Grant, Secrets, StandIns};
use anvil_core::ask::{HttpAnswer, HttpRequest, Refusal};
use anvil_core::failure::ToolErrorKind;
use rustls::pki_types::CertificateDer;
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A body that runs.
pub(super) struct Body(Arc<Call>);

struct Call {
    broker: Arc<Broker>,
    grant: Grant,
    stand_ins: StandIns,
    is_key_set: bool,
}

/// The secret called KEY, with this value.
pub(super) const KEY: &str = "k3y/with=all&of it";

impl Body {
    /// A body of the tool `search`, which was declared with these hosts, and may send KEY to those.
    pub(super) fn new(hosts: &[&str], key: &[&str]) -> Self {
        Self::on(broker(Vec::new()), hosts, key)
    }

    /// A body of another tool, on the same host.
    pub(super) fn beside(&self, hosts: &[&str]) -> Self {
        Self::on(Arc::clone(&self.0.broker), hosts, &[])
    }

    fn on(broker: Arc<Broker>, hosts: &[&str], key: &[&str]) -> Self {
        let own = |hosts: &[&str]| -> Vec<String> {
            hosts.iter().map(|host| (*host).to_owned()).collect()
        };
        let mut secrets = BTreeMap::new();
        if !key.is_empty() {
            secrets.insert("KEY".to_owned(), own(key));
        }
        let grant = Grant::new("search", &own(hosts), &secrets).unwrap();
        Self::of(Call {
            broker,
            stand_ins: StandIns::mint(&grant).unwrap(),
            grant,
            is_key_set: true,
        })
    }

    fn of(call: Call) -> Self {
        Self(Arc::new(call))
    }

    /// One whose host trusts this certificate.
    pub(super) fn trusting(self, certificate: CertificateDer<'static>) -> Self {
        Self::of(Call {
            broker: broker(vec![certificate]),
            ..Arc::into_inner(self.0).unwrap()
        })
    }

    /// One whose KEY is not set.
    pub(super) fn penniless(self) -> Self {
        Self::of(Call {
            is_key_set: false,
            ..Arc::into_inner(self.0).unwrap()
        })
    }

    /// What stands for KEY.
    pub(super) fn key(&self) -> String {
        self.0.stand_ins.of("KEY").unwrap().to_owned()
    }

    pub(super) fn exchange(&self, request: &HttpRequest) -> Exchanged {
        self.exchange_until(request, None)
    }

    pub(super) fn exchange_until(
        &self,
        request: &HttpRequest,
        until: Option<Instant>,
    ) -> Exchanged {
        let (call, request) = (Arc::clone(&self.0), request.clone());
        let background = Background::start().unwrap();
        let task = background.spawn(async move {
            let secrets = Secrets {
                stand_ins: &call.stand_ins,
                values: &|name| (name == "KEY" && call.is_key_set).then(|| KEY.into()),
            };
            let exchange = call.broker.exchange(&call.grant, &secrets, &request, until);
            exchange.await
        });
        background::wait(task).unwrap()
    }

    /// The answer to a request that has one.
    #[track_caller]
    pub(super) fn answer(&self, request: &HttpRequest) -> HttpAnswer {
        self.exchange(request).reply.unwrap()
    }

    /// The refusal of a request of which nothing was sent.
    #[track_caller]
    pub(super) fn denied(&self, request: &HttpRequest) -> String {
        let exchanged = self.exchange(request);
        assert!(!exchanged.sent, "{exchanged:?}");
        kind(exchanged.reply, ToolErrorKind::Denied)
    }

    /// Why there was no answer.
    #[track_caller]
    pub(super) fn refused(&self, request: &HttpRequest, expected: ToolErrorKind) -> String {
        kind(self.exchange(request).reply, expected)
    }
}

#[track_caller]
fn kind(reply: Result<HttpAnswer, Refusal>, expected: ToolErrorKind) -> String {
    let refusal = reply.unwrap_err();
    assert_eq!(refusal.kind, expected, "{refusal:?}");
    refusal.message
}

/// One with short pauses, and names of its own.
fn broker(trusted: Vec<CertificateDer<'static>>) -> Arc<Broker> {
    Arc::new(Broker {
        clients: Clients::with(lookup, trusted),
        pace: Pace {
            first: Duration::from_millis(2),
        },
    })
}

fn lookup(name: &str) -> io::Result<Vec<IpAddr>> {
    let address = match name {
        "localhost" | "inner.test" => "127.0.0.1",
        "metadata.test" => "169.254.169.254",
        _ => return Err(io::Error::new(io::ErrorKind::NotFound, "nobody knows it")),
    };
    Ok(vec![address.parse().unwrap()])
}

pub(super) fn request(method: &str, url: impl Into<String>) -> HttpRequest {
    HttpRequest {
        method: method.to_owned(),
        url: url.into(),
        ..HttpRequest::default()
    }
}

pub(super) fn get(url: impl Into<String>) -> HttpRequest {
    request("GET", url)
}

pub(super) fn pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
