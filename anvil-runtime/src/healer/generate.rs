//! A body where there is none that fits.

use crate::background;
use crate::budget::HealSpending;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind, whole_ms};
use crate::healer::candidate::{Attempt, Candidate, candidate};
use crate::healer::prompt::{self, Task};
use crate::healer::review::leave_pending;
use crate::healer::service::{contract_trial, put_into_service};
use crate::pipeline::{Halt, Live, Rejection, Trial};
use crate::slot::{Made, Outcome, Slot};
use crate::store::{Lock, Origin, Provenance, Stored};
use crate::text::one_line;
use std::sync::Arc;
use std::time::Instant;

/// A stored body that does not fit any more.
pub(super) struct Former {
    pub(super) stored: Stored,
    /// How it breaks the contract, where it was written for this declaration.
    pub(super) flaw: Option<Rejection>,
}

impl Former {
    pub(super) fn of_other_declaration(stored: Stored) -> Self {
        Self { stored, flaw: None }
    }

    pub(super) fn breaks(stored: Stored, flaw: Rejection) -> Self {
        Self {
            stored,
            flaw: Some(flaw),
        }
    }
}

/// Has a body written in the place of `former`, and puts it into service.
pub(super) async fn generate(
    engine: &Arc<Engine>,
    slot: &Arc<Slot>,
    lock: &Lock,
    former: Option<&Former>,
) -> Outcome {
    let spec = slot.declaration.spec();
    let (number, last) = begin(engine, slot)?;
    let attempt = Attempt {
        slot,
        lock,
        number,
        replaces: former.map(|former| former.stored.record.current),
        last,
        trial: Arc::new(Trial {
            unapproved: engine.is_reviewed(spec),
            ..trial(engine, slot, former)
        }),
        spending: &HealSpending::default(),
    };
    let started = Instant::now();
    let made = match make(engine, &attempt, former, started).await {
        Ok(made) => made?,
        Err(halt) => return Err(not_generated(slot, number, halt)),
    };
    // The first body is no attempt to mend one.
    slot.state().attempts.withdraw(number);
    let (live, model) = made;
    let version = live.version;
    let (kind, from) = match former {
        Some(Former {
            stored,
            flaw: Some(_),
        }) => (EventKind::ToolHealed, Some(stored.record.current)),
        _ => (EventKind::ToolGenerated, None),
    };
    let event = Event::new(kind, &spec.name)
        .version(version)
        .took(started.elapsed())
        .with("model", model);
    engine.record(
        spec,
        match from {
            Some(from) => event.with("from", from.to_string()),
            None => event,
        },
    );
    put_into_service(engine, slot, live);
    Ok(Made {
        version,
        answer: None,
    })
}

/// What the body has to show: where it takes the place of one that serves, what that one answered, too.
fn trial(engine: &Engine, slot: &Slot, former: Option<&Former>) -> Trial {
    match former {
        Some(Former {
            stored,
            flaw: Some(_),
        }) => contract_trial(engine, slot, &stored.body),
        _ => Trial {
            examples: true,
            ..Trial::default()
        },
    }
}

/// Asks for the body and stores it; where a person has to approve it first, there is an error that says so.
async fn make(
    engine: &Arc<Engine>,
    attempt: &Attempt<'_>,
    former: Option<&Former>,
    started: Instant,
) -> Result<Result<(Live, String), Error>, Halt> {
    let spec = attempt.spec();
    let body = former.map(|former| engine.redactor().redact_source(&former.stored.body));
    let flaw = former.and_then(|former| former.flaw.as_ref());
    let flaw = flaw.map(|flaw| one_line(&flaw.to_string()));
    let earlier = attempt.slot.state().attempts.in_vain();
    let task = Task::Generate {
        former: body.as_deref().map(|body| prompt::Former {
            body,
            flaw: flaw.as_deref(),
        }),
        earlier: &earlier,
    };
    let Candidate {
        proven,
        model,
        usage,
    } = candidate(engine, attempt, &task).await?;
    let provenance = Provenance {
        origin: match flaw {
            Some(error) => Origin::Healed { error },
            None => Origin::Generated,
        },
        model: Some(model.clone()),
        usage,
        took_ms: whole_ms(started.elapsed()),
    };
    if engine.is_reviewed(spec) {
        return Ok(Err(leave_pending(engine, attempt, proven, provenance)?));
    }
    let live =
        background::blocking(|| proven.commit(engine.store(), attempt.lock, spec, provenance));
    let live = live.map_err(|error| engine.store_error(&spec.name, error))?;
    Ok(Ok((live, model)))
}

/// A generation that comes to nothing counts like a heal that does: a model that never gets it right, or
/// whose bodies cannot be built here, is not asked for ever. Returns the attempt's number, and whether it is the last.
fn begin(engine: &Engine, slot: &Slot) -> Result<(u32, bool), Error> {
    let name = slot.name();
    let mut limit = engine.limit(slot.declaration.spec());
    limit.most = limit.most.max(1);
    let mut state = slot.state();
    let now = Instant::now();
    if let Some(number) = state.attempts.begin(limit, now) {
        return Ok((number, state.attempts.are_spent(limit, now)));
    }
    let message = format!("`{name}` has no body, and the attempts to write one are spent");
    Err(Error::new(ErrorKind::Rejected, message)
        .with_attempts(state.attempts.told())
        .with_help(format!(
            "see to what went wrong, then `anvil.reset_heal_attempts({name:?})` to try again"
        )))
}

fn not_generated(slot: &Slot, number: u32, halt: Halt) -> Error {
    let name = slot.name();
    let counts = halt.counts();
    let (error, source) = match halt {
        Halt::Broken(error) | Halt::Unasked(error) => (error, String::new()),
        Halt::Rejected(rejection) => {
            let message = format!("the model wrote no usable body for `{name}`: {rejection}");
            let error = Error::new(ErrorKind::Rejected, message)
                .with_help("say more in the intent, or use a stronger model");
            (error, rejection.body)
        }
    };
    let mut state = slot.state();
    if counts {
        let words = error.to_string();
        state.attempts.failed(number, words, source, Instant::now());
    } else {
        state.attempts.withdraw(number);
    }
    error
}
