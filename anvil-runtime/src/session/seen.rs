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
    /// The first thing that cannot be answered because a recording does not have it, or cannot be written.
    not_recorded: Option<String>,
    /// That the service was down which was asked last.
    down: Option<String>,
    /// The secret that was asked for last and is not set, if nothing was answered since.
    missing: Option<String>,
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
        self.missing = None;
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
            ToolErrorKind::MissingCredential => {
                self.missing = Some(refusal.message.clone());
                self.witness.missing = true;
            }
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

    /// A recording does not have what the body asked for, or cannot be written. Returns what it is told: most likely it
    /// gives up when a service is down.
    pub(super) fn not_recorded(&mut self, words: String) -> Refusal {
        self.not_recorded.get_or_insert_with(|| words.clone());
        Refusal {
            kind: ToolErrorKind::Unavailable,
            message: words,
        }
    }

    /// What the outcome is. A call that a recording lacks something for has none, whatever the body made of that: neither
    /// the body nor a service is to blame, and no other body would do better. A body that was kept from something has
    /// failed, whatever it made of that. One that gave up after it met a service that was down need not be wrong.
    pub(super) fn settle(&self, outcome: Result<Answer, NoAnswer>) -> Result<Answer, NoAnswer> {
        use ToolErrorKind::{Denied, Failed, MissingCredential, Unavailable};
        let failure = match outcome {
            Ok(_) | Err(NoAnswer::Failed(_)) if let Some(words) = &self.not_recorded => {
                return Err(NoAnswer::NotRecorded(words.clone()));
            }
            Ok(answer) => match &self.denied {
                None => return Ok(answer),
                Some(words) => Failure::outside(Cause::Returned(Denied), words.clone()),
            },
            Err(NoAnswer::Failed(failure)) => failure,
            Err(why) => return Err(why),
        };
        let own_end = matches!(failure.cause, Cause::Panic | Cause::Returned(_));
        let gave_up = matches!(failure.cause, Cause::Panic | Cause::Returned(Failed));
        // One that goes on asking in vain has run out of time over it, and not over itself.
        let in_vain = gave_up || failure.cause == Cause::Deadline;
        Err(NoAnswer::Failed(match (&self.denied, &self.down) {
            (Some(words), _) if own_end => Failure {
                cause: Cause::Returned(Denied),
                message: words.clone(),
                ..failure
            },
            (None, Some(words)) if in_vain => Failure {
                message: format!("{words}, after which the body failed: {}", failure.message),
                cause: Cause::Returned(Unavailable),
                ..failure
            },
            (None, None) if gave_up && self.missing.is_some() => Failure {
                cause: Cause::Returned(MissingCredential),
                message: self.missing.clone().unwrap_or_default(),
                ..failure
            },
            _ => failure,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(status: u16) -> Reply<HttpAnswer> {
        Ok(HttpAnswer {
            status,
            url: String::new(),
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    fn refused(kind: ToolErrorKind) -> Reply<HttpAnswer> {
        Err(Refusal {
            kind,
            message: format!("{kind:?}!"),
        })
    }

    fn ended(cause: Cause) -> Result<Answer, NoAnswer> {
        Err(NoAnswer::Failed(Failure::outside(cause, "its words")))
    }

    /// The cause and the words of an outcome, after these replies.
    fn settled(
        replies: &[Reply<HttpAnswer>],
        outcome: Result<Answer, NoAnswer>,
    ) -> (Cause, String) {
        let mut seen = Seen::default();
        for reply in replies {
            seen.replied("GET http://x", reply);
        }
        match seen.settle(outcome) {
            Err(NoAnswer::Failed(failure)) => (failure.cause, failure.message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_body_that_was_kept_from_something_has_failed_whatever_it_made_of_that() {
        let denied = [refused(ToolErrorKind::Denied), answered(200)];
        for outcome in [
            Ok(Answer::Crossed(Vec::new())),
            ended(Cause::Panic),
            ended(Cause::Returned(ToolErrorKind::Unavailable)),
        ] {
            let expected = (Cause::Returned(ToolErrorKind::Denied), "Denied!".to_owned());
            assert_eq!(settled(&denied, outcome), expected);
        }
        let (cause, words) = settled(&denied, ended(Cause::Crash));
        assert_eq!((cause, &*words), (Cause::Crash, "its words"));
    }

    #[test]
    fn a_call_without_its_recording_has_no_outcome_whatever_its_body_made_of_that() {
        for outcome in [
            Ok(Answer::Crossed(Vec::new())),
            ended(Cause::Panic),
            ended(Cause::Deadline),
            ended(Cause::Returned(ToolErrorKind::Unavailable)),
        ] {
            let mut seen = Seen::default();
            seen.refused(&refused(ToolErrorKind::Denied).unwrap_err());
            seen.not_recorded("first".to_owned());
            let told = seen.not_recorded("second".to_owned());
            assert_eq!(told.message, "second");
            let outcome = seen.settle(outcome);
            assert!(
                matches!(&outcome, Err(NoAnswer::NotRecorded(words)) if words == "first"),
                "{outcome:?}"
            );
        }
    }

    #[test]
    fn a_body_that_gave_up_over_a_service_that_was_down_need_not_be_wrong() {
        let own = |kind| ended(Cause::Returned(kind));
        for down in [
            answered(503),
            answered(429),
            refused(ToolErrorKind::Unavailable),
        ] {
            let down = [answered(200), down];
            for outcome in [
                ended(Cause::Panic),
                own(ToolErrorKind::Failed),
                ended(Cause::Deadline),
            ] {
                let (cause, words) = settled(&down, outcome);
                assert_eq!(cause, Cause::Returned(ToolErrorKind::Unavailable));
                assert!(
                    words.ends_with("after which the body failed: its words"),
                    "{words}"
                );
            }
            let (cause, _) = settled(&down, own(ToolErrorKind::InvalidInput));
            assert_eq!(cause, Cause::Returned(ToolErrorKind::InvalidInput));
            let (cause, _) = settled(
                &[refused(ToolErrorKind::MissingCredential)],
                ended(Cause::Panic),
            );
            assert_eq!(cause, Cause::Returned(ToolErrorKind::MissingCredential));
            // It asked again, and was answered.
            let (cause, _) = settled(&[down[1].clone(), answered(200)], ended(Cause::Panic));
            assert_eq!(cause, Cause::Panic);
        }
    }
}
