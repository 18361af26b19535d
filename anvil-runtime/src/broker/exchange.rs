//! [`Broker`]: one request of a body's, and what became of it.

use super::clients::Clients;
use super::fill::{Values, fill};
use super::judge::{carried, judge};
use super::limit::{Limit, seconds};
use super::lost::Lost;
use super::outgoing::{Outgoing, line};
use super::received::{Received, send};
use super::redirect;
use super::refusal::{failed, refusal, unavailable};
use super::retry::Pace;
use super::traces::Traces;
use super::{Grant, StandIns};
use anvil_core::ask::{HttpAnswer, HttpRequest, Refusal, Reply};
use anvil_core::failure::ToolErrorKind;
use reqwest::header::HeaderValue;
use reqwest::{Client, Request, StatusCode};
use secrecy::SecretString;
use std::fmt;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout_at};
use url::Url;

/// A longer answer is not taken, in bytes, decompressed.
const LONGEST: usize = 16 << 20;

/// Does what bodies ask for over HTTP, on connections that all tools share. It belongs to the tokio runtime that it was
/// first used on.
#[derive(Debug, Default)]
pub(crate) struct Broker {
    pub(super) clients: Clients,
    pub(super) pace: Pace,
}

/// The secrets of one call.
#[derive(Clone, Copy)]
pub(crate) struct Secrets<'a> {
    /// What stands for them in its body.
    pub(crate) stand_ins: &'a StandIns,
    /// What they are, by name; asked for all of them with each request. `None` where one is not set.
    pub(crate) values: &'a (dyn Fn(&str) -> Option<SecretString> + Sync),
}

/// What became of a request.
#[derive(Debug)]
pub(crate) struct Exchanged {
    /// What was asked for, with secrets by their names: `GET https://example.com/?key=[secret KEY]`.
    pub(crate) line: String,
    /// How often it was tried to send something: redirects and retries count.
    pub(crate) tries: u32,
    /// Whether a service has seen it, or may have. Where this is false, nothing happened anywhere.
    pub(crate) sent: bool,
    /// Whether it was done, whatever the last answer says: a service that answers what changes something with "see
    /// there" has changed it.
    pub(crate) done: bool,
    /// What the body is told.
    pub(crate) reply: Reply<HttpAnswer>,
}

impl Broker {
    /// Does what a body of the tool that was declared with `grant` asks for, if it may, and comes back well before
    /// `until`, the end of its call. Where the future is dropped, the service may have seen it.
    ///
    /// An answer of any status is one, after as many tries as the status and the method allow. A host or a secret that is
    /// not declared is [`Denied`](ToolErrorKind::Denied), a request that is none [`Failed`](ToolErrorKind::Failed), a
    /// secret that is not set a [`MissingCredential`](ToolErrorKind::MissingCredential), and no answer
    /// [`Unavailable`](ToolErrorKind::Unavailable).
    pub(crate) async fn exchange(
        &self,
        grant: &Grant,
        secrets: &Secrets<'_>,
        request: &HttpRequest,
        until: Option<Instant>,
    ) -> Exchanged {
        let values = grant.secrets();
        let values = values.filter_map(|name| Some((name.to_owned(), (secrets.values)(name)?)));
        let values: Values = values.collect();
        let traces = Traces::of(&values);
        let mut exchange = Exchange {
            broker: self,
            grant,
            stand_ins: secrets.stand_ins,
            values,
            traces,
            limit: Limit::new(
                tokio::time::Instant::now(),
                request.timeout_ms.map(Duration::from_millis),
                until.map(tokio::time::Instant::from_std),
            ),
            tries: 0,
            sent: false,
            done: false,
        };
        let (line, reply) = match Outgoing::read(request) {
            Ok(outgoing) => (
                outgoing.line(secrets.stand_ins),
                exchange.run(outgoing).await,
            ),
            Err(refusal) => (
                line(&request.method, &request.url, secrets.stand_ins),
                Err(refusal),
            ),
        };
        Exchanged {
            line,
            tries: exchange.tries,
            sent: exchange.sent,
            done: exchange.done,
            reply: reply.map_err(|refusal| exchange.told(refusal)),
        }
    }
}

/// Whether a request may be made, as far as can be told without making it: that is judged again, with every redirect, when
/// it is.
///
/// # Errors
/// As [`Broker::exchange`], for what is denied or is no request.
pub(crate) fn may_be_made(
    request: &HttpRequest,
    grant: &Grant,
    stand_ins: &StandIns,
) -> Result<(), Refusal> {
    judge(&Outgoing::read(request)?, grant, stand_ins)
}

/// A request that is being done.
struct Exchange<'a> {
    broker: &'a Broker,
    grant: &'a Grant,
    stand_ins: &'a StandIns,
    values: Values,
    traces: Traces,
    limit: Limit,
    /// As [`Exchanged::tries`].
    tries: u32,
    /// As [`Exchanged::sent`].
    sent: bool,
    /// As [`Exchanged::done`].
    done: bool,
}

impl Exchange<'_> {
    async fn run(&mut self, mut outgoing: Outgoing) -> Reply<HttpAnswer> {
        judge(&outgoing, self.grant, self.stand_ins)?;
        for _ in 0..=redirect::MOST {
            let received = self.ask(&outgoing).await?;
            let Some(location) = redirect::location(received.status, &received.headers) else {
                return Ok(self.answer(&outgoing.url, received));
            };
            // A page that moved for good (301) has done nothing; these point to what was made of the request.
            self.done |= matches!(received.status, StatusCode::FOUND | StatusCode::SEE_OTHER)
                && !outgoing.method.is_idempotent();
            let next = self.redirected(&outgoing, received.status, location);
            outgoing = next.map_err(|refusal| Refusal {
                message: format!(
                    "{} was redirected: {}",
                    outgoing.short_line(self.stand_ins),
                    refusal.message
                ),
                ..refusal
            })?;
        }
        Err(failed(format!(
            "{} was the {}th redirect, and there may be {}",
            outgoing.short_line(self.stand_ins),
            redirect::MOST + 1,
            redirect::MOST
        )))
    }

    /// The request that is made instead, judged.
    fn redirected(
        &self,
        outgoing: &Outgoing,
        status: StatusCode,
        location: &HeaderValue,
    ) -> Result<Outgoing, Refusal> {
        let (grant, stand_ins) = (self.grant, self.stand_ins);
        let next =
            redirect::redirected(outgoing, status, location, grant, stand_ins, &self.traces)?;
        judge(&next, grant, stand_ins)?;
        Ok(next)
    }

    /// Makes a request that was judged, until there is an answer or no hope for one.
    async fn ask(&mut self, outgoing: &Outgoing) -> Result<Received, Refusal> {
        for name in carried(outgoing, self.stand_ins) {
            if !self.values.contains_key(name) {
                return Err(refusal(ToolErrorKind::MissingCredential, name));
            }
        }
        let filled = fill(outgoing, self.stand_ins, &self.values)?;
        if let Some((name, form)) = filled.credentials {
            self.traces.add(&name, form);
        }
        let line = outgoing.short_line(self.stand_ins);
        let addresses = self.grant.private_addresses(&outgoing.url);
        let client = self.broker.clients.asking(addresses).await;
        let client = client.map_err(|error| unavailable(format!("{line}: {error}")))?;
        self.persist(&client, filled.request, &line).await
    }

    async fn persist(
        &mut self,
        client: &Client,
        request: Request,
        line: &str,
    ) -> Result<Received, Refusal> {
        let mut tries = 0;
        loop {
            if self.limit.left().is_zero() {
                return Err(self.limit.passed(line));
            }
            tries += 1;
            let outcome = self.attempt(client, &request, line).await?;
            let pause = self.broker.pace.pause(request.method(), tries, &outcome);
            match pause {
                Some(pause) if pause < self.limit.left() => sleep(pause).await,
                _ => {
                    return outcome.map_err(|lost| lost.told(line, &self.told_tries(tries)));
                }
            }
        }
    }

    async fn attempt(
        &mut self,
        client: &Client,
        request: &Request,
        line: &str,
    ) -> Result<Result<Received, Lost>, Refusal> {
        let Some(copy) = request.try_clone() else {
            return Err(failed(format!("{line}: it cannot be sent twice")));
        };
        self.tries += 1;
        let outcome = timeout_at(self.limit.end(), send(client, copy, LONGEST)).await;
        self.sent |= match &outcome {
            Ok(Err(lost)) => lost.sent,
            Ok(Ok(_)) | Err(_) => true,
        };
        outcome.map_err(|_| self.limit.passed(line))
    }

    fn told_tries(&self, tries: u32) -> String {
        match tries {
            1 => String::new(),
            _ => format!(" ({tries} tries in {})", seconds(self.limit.spent())),
        }
    }

    /// What a body sees of a refusal, which may quote what a service says.
    fn told(&self, refusal: Refusal) -> Refusal {
        let message = self.stand_ins.named(&refusal.message);
        Refusal {
            message: self.named(message.as_bytes()),
            ..refusal
        }
    }

    /// What a body sees of an answer.
    fn answer(&self, url: &Url, received: Received) -> HttpAnswer {
        let headers = received.headers.iter();
        HttpAnswer {
            status: received.status.as_u16(),
            url: self.stand_ins.named(url.as_str()),
            headers: headers
                .map(|(name, value)| (name.as_str().to_owned(), self.named(value.as_bytes())))
                .collect(),
            body: self.traces.named(&received.body),
        }
    }

    fn named(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.traces.named(bytes)).into_owned()
    }
}

impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}
