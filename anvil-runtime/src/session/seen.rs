//! What the host saw of a run, and what the run's outcome is to be called after that.
//!
//! A body may swallow what it is told, or put it into words of its own. The host was there.

use crate::isolation::{Answer, NoAnswer};
use anvil_core::ask::{HttpAnswer, Refusal, Reply};
use anvil_core::failure::{Cause, Failure, ToolErrorKind};

/// What the host saw.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// The first thing that the body was kept from.
    denied: Option<String>,
    /// The request that a body which nobody has approved was kept from.
    pub(super) unapproved: Option<String>,
    /// That the service was down which was asked last.
    down: Option<String>,
    witness: Witness,
}

/// Which excuses of a body's are borne out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Witness {
    /// That a credential is not set.
    pub(crate) missing: bool,
    /// That something is down.
    pub(crate) down: bool,
}

impl Witness {
    /// Of a body that may well have asked elsewhere.
    pub(crate) const OF_ANYTHING: Self = Self {
        missing: true,
        down: true,
    };
}

impl Seen {
    pub(super) fn witness(&self) -> Witness {
        self.witness
    }

    /// The body was told this about the request in `line`.
    pub(super) fn replied(&mut self, line: &str, reply: &Reply<HttpAnswer>) {
        self.down = None;
        match reply {
            Ok(answer) if ToolErrorKind::Http(answer.status).is_unavailable() => {
                self.down = Some(format!("{line} was answered with {}", answer.status));
                self.witness.down = true;
            }
            Ok(_) => {}
            Err(refusal) => self.refused(refusal),
        }
    }

    /// The body was refused something.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        match refusal.kind {
            ToolErrorKind::Denied => {
                self.denied.get_or_insert_with(|| refusal.message.clone());
            }
            ToolErrorKind::MissingCredential => self.witness.missing = true,
            ToolErrorKind::Unavailable => {
                self.down = Some(refusal.message.clone());
                self.witness.down = true;
            }
            _ => {}
        }
    }

    /// Keeps the body from a request. Returns what it is told.
    pub(super) fn stop(&mut self, words: String) -> Refusal {
        let refusal = Refusal {
            kind: ToolErrorKind::Denied,
            message: words,
        };
        self.refused(&refusal);
        refusal
    }

    /// What the outcome is. A body that was kept from something has failed, whatever it made of that. One that gave up
    /// after it met a service that was down need not be wrong.
    pub(super) fn settle(&self, outcome: Result<Answer, NoAnswer>) -> Result<Answer, NoAnswer> {
        use ToolErrorKind::{Denied, Failed, Unavailable};
        let failure = match outcome {
            Ok(answer) => match &self.denied {
                None => return Ok(answer),
                Some(words) => Failure::outside(Cause::Returned(Denied), words.clone()),
            },
            Err(NoAnswer::Failed(failure)) => failure,
            Err(why) => return Err(why),
        };
        let own_end = matches!(failure.cause, Cause::Panic | Cause::Returned(_));
        let gave_up = matches!(failure.cause, Cause::Panic | Cause::Returned(Failed));
        Err(NoAnswer::Failed(match (&self.denied, &self.down) {
            (Some(words), _) if own_end => Failure {
                cause: Cause::Returned(Denied),
                message: words.clone(),
                ..failure
            },
            (None, Some(words)) if gave_up => Failure {
                message: format!("{words}, after which the body failed: {}", failure.message),
                cause: Cause::Returned(Unavailable),
                ..failure
            },
            _ => failure,
        }))
    }
}
