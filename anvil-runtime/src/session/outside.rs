//! [`Outside`]: what stands between a session and the world.

use crate::broker::{Broker, Exchanged, Grant, Secrets, StandIns, may_be_made};
use crate::privacy::Redactor;
use crate::replay::{Exchange, HttpReplay, Mode, NotRecorded, Recording, Request, Tape};
use anvil_core::ask::{HttpAnswer, HttpRequest, Refusal, Reply};
use std::io;
use std::sync::Arc;
use std::time::Instant;

/// What becomes of the requests that sessions have made.
#[derive(Debug)]
pub(crate) enum Outside {
    /// They are made.
    Live(Broker),
    /// They are made and written down.
    Recording(Broker, Arc<Recording>),
    /// They are answered as they were recorded, and nobody is asked.
    Replaying(Arc<Tape>),
}

impl Outside {
    pub(crate) fn new(replay: Option<HttpReplay>) -> Self {
        match replay.map(HttpReplay::into_mode) {
            None => Self::Live(Broker::default()),
            Some(Mode::Recording(recording)) => Self::Recording(Broker::default(), recording),
            Some(Mode::Replaying(tape)) => Self::Replaying(tape),
        }
    }

    /// Whether nobody is asked.
    pub(crate) fn is_replay(&self) -> bool {
        matches!(self, Self::Replaying(_))
    }

    /// What comes of a request, as [`Broker::exchange`] has it.
    ///
    /// # Errors
    /// When it could not be recorded, or was not.
    pub(super) async fn exchange(
        &self,
        grant: &Grant,
        secrets: &Secrets<'_>,
        request: &HttpRequest,
        until: Option<Instant>,
        redactor: &Redactor,
    ) -> Result<Exchanged, NotRecorded> {
        let stand_ins = secrets.stand_ins;
        match self {
            Self::Live(broker) => Ok(broker.exchange(grant, secrets, request, until).await),
            Self::Recording(broker, recording) => {
                let exchanged = broker.exchange(grant, secrets, request, until).await;
                // What is judged away now will be so when it is replayed.
                if may_be_made(request, grant, stand_ins).is_ok() {
                    record(recording, &exchanged, request, &told(stand_ins, redactor)).await?;
                }
                Ok(exchanged)
            }
            Self::Replaying(tape) => {
                let asked = Request::new(request, &told(stand_ins, redactor));
                match may_be_made(request, grant, stand_ins) {
                    Ok(()) => Ok(tape.take(&asked)?.exchanged()),
                    Err(refusal) => Ok(Exchanged {
                        line: asked.line(),
                        tries: 0,
                        sent: false,
                        done: false,
                        reply: Err(Refusal {
                            message: stand_ins.named(&refusal.message),
                            ..refusal
                        }),
                    }),
                }
            }
        }
    }

    /// What was recorded for a request of a trial's. It is left to calls where they have nothing else.
    pub(super) fn foreseen(
        &self,
        grant: &Grant,
        stand_ins: &StandIns,
        request: &HttpRequest,
        redactor: &Redactor,
    ) -> Option<Reply<HttpAnswer>> {
        let Self::Replaying(tape) = self else {
            return None;
        };
        may_be_made(request, grant, stand_ins).ok()?;
        let asked = Request::new(request, &told(stand_ins, redactor));
        tape.lend(&asked).map(|recorded| recorded.exchanged().reply)
    }
}

async fn record(
    recording: &Arc<Recording>,
    exchanged: &Exchanged,
    request: &HttpRequest,
    told: &(dyn Fn(&str) -> String + Sync),
) -> Result<(), NotRecorded> {
    let asked = Request::new(request, told);
    let line = asked.line();
    let exchange = Exchange::new(asked, exchanged, told);
    let written = {
        let recording = recording.clone();
        tokio::task::spawn_blocking(move || recording.add(exchange)).await
    };
    let written = written.unwrap_or_else(|error| Err(io::Error::other(error)));
    written.map_err(|error| {
        let path = recording.path().display();
        NotRecorded(format!(
            "{line} was made, and cannot be recorded: {path} cannot be written: {error}"
        ))
    })
}

/// What is written down of a text: not the secrets in it, and not what stands for them. What merely looks random stays,
/// for it may be what the body is after.
fn told(stand_ins: &StandIns, redactor: &Redactor) -> impl Fn(&str) -> String + Sync {
    |text| redactor.redact_source(&stand_ins.named(text)).into_owned()
}
