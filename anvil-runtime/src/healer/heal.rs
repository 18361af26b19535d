//! A better version of a tool that failed a call.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, HealAttempt};
use crate::event::{Event, EventKind, whole_ms};
use crate::healer::candidate::{Candidate, candidate};
use crate::healer::prompt::{Heal, Task};
use crate::healer::service::{bring_up, for_another_declaration, pinned, put_into_service};
use crate::healer::verdict::{Verdict, verdict};
use crate::healer::work;
use crate::model::Usage;
use crate::pipeline::{FailedCall, Halt, Proven};
use crate::slot::{Made, Outcome, Slot, State, Unhealed, Work};
use crate::store::{Lock, Origin, Provenance, Stored};
use crate::text::one_line;
use crate::version::Version;
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Instant;

/// What a failed call gets out of a heal.
#[derive(Debug)]
pub(crate) enum Healed {
    /// The new version answered this very call as it was proven.
    Answered { version: Version, answer: Arc<[u8]> },
    /// There is a new version, made for another call: try it.
    Retry,
}

/// Has the tool healed after `failed`, or says why not.
pub(crate) async fn heal(
    engine: &Arc<Engine>,
    slot: &Arc<Slot>,
    failed: FailedCall,
) -> Result<Healed, Error> {
    let error = Error::from_failure(slot.name(), &failed.live, &failed.failure);
    if verdict(failed.failure.cause) == Verdict::Return {
        return Err(error);
    }
    let failed = Arc::new(failed);
    let live = &failed.live;
    let (work, mine) = {
        let mut state = slot.state();
        // Somebody else's heal may have ended while this call was failing on the version before it.
        if slot.live().is_none_or(|now| !Arc::ptr_eq(&now, live)) {
            return Ok(Healed::Retry);
        }
        let under_way = state.work.as_ref().is_some_and(Work::is_under_way);
        if !under_way && let Some(reason) = refusal(engine, slot, &failed, &state) {
            let error = error
                .not_healed(&reason)
                .with_attempts(state.attempts.told());
            return Err(unhealed(&mut state, error));
        }
        let call = failed.clone();
        work::join_or_start(engine, slot, &mut state, |engine, slot| {
            make(engine, slot, call)
        })
    };
    let Some(outcome) = engine.wait_for_heal(work::wait(work)).await else {
        return Err(error.while_healing());
    };
    match outcome {
        Ok(Made {
            version,
            answer: Some(answer),
        }) if mine => Ok(Healed::Answered { version, answer }),
        Ok(_) => Ok(Healed::Retry),
        Err(outcome) => {
            let error = error.unhealed(&outcome);
            let mut state = slot.state();
            match slot.live() {
                Some(now) if Arc::ptr_eq(&now, live) => Err(unhealed(&mut state, error)),
                _ => Err(error),
            }
        }
    }
}

/// Remembers that a failure was left as it is.
fn unhealed(state: &mut State, error: Error) -> Error {
    state.unhealed = Some(Unhealed {
        at: Timestamp::now(),
        error: error.clone(),
    });
    error
}

/// Why the tool is not healed now, as the error says it.
fn refusal(engine: &Engine, slot: &Slot, failed: &FailedCall, state: &State) -> Option<String> {
    let name = slot.name();
    if !engine.self_healing() {
        return Some("self-healing is switched off".to_owned());
    }
    if !slot.declaration.spec().heal {
        return Some("the tool is declared with `heal = false`".to_owned());
    }
    let stored = stored_now(engine, slot);
    // Taking over what others made of it costs neither a model nor an attempt.
    if let Ok(Some(stored)) = &stored
        && is_another(stored, failed, state)
    {
        return None;
    }
    if state.ejected {
        return Some(format!(
            "tool.rs was edited by hand, and is not rewritten; `anvil.adopt({name:?})` gives it back"
        ));
    }
    match stored {
        Ok(Some(stored)) if stored.record.pinned => return Some(pinned(&stored.record)),
        _ => {}
    }
    if let Err(error) = engine.model(name) {
        return Some(error.to_string());
    }
    let limit = engine.limit(slot);
    let used = state.attempts.used(limit, Instant::now());
    (used >= limit.most).then(|| {
        format!(
            "its heal attempts are spent ({used} of {}); `anvil.reset_heal_attempts({name:?})` allows more",
            limit.most
        )
    })
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>, failed: Arc<FailedCall>) -> Outcome {
    let spec = slot.declaration.spec();
    let lock = engine.lock(&spec.name).await?;
    match stored_now(&engine, &slot)? {
        Some(stored) if is_another(&stored, &failed, &slot.state()) => {
            return bring_up(&engine, &slot, stored).await;
        }
        Some(stored) if stored.record.pinned => {
            return Err(Error::new(ErrorKind::Rejected, pinned(&stored.record)));
        }
        _ => {}
    }
    let limit = engine.limit(&slot);
    // Bounded here too: where there is a window, attempts may come out of it faster than they are made.
    for _ in 0..limit.most {
        let begun = slot.state().attempts.begin(limit, Instant::now());
        let Some(number) = begun else {
            break;
        };
        let started = Instant::now();
        let result = match attempt(&engine, &slot, &failed).await {
            Ok(accepted) => commit(&engine, &slot, &lock, &failed, accepted, started),
            Err(halt) => Err(halt),
        };
        let halt = match result {
            Ok(made) => {
                let error = failed.failure.to_string();
                let mut state = slot.state();
                let attempts = &mut state.attempts;
                attempts.made(number, made.version, error, Instant::now());
                return Ok(made);
            }
            Err(halt) => halt,
        };
        let counts = halt.counts();
        let (error, source, broken) = match halt {
            Halt::Rejected(rejection) => (one_line(&rejection.to_string()), rejection.body, false),
            Halt::Broken(error) => (error.to_string(), String::new(), true),
        };
        engine.logger().record(
            Event::new(EventKind::HealFailed, &spec.name)
                .version(failed.live.version)
                .took(started.elapsed())
                .error(&error)
                .with("attempt", number),
        );
        let told = {
            let mut state = slot.state();
            let attempts = &mut state.attempts;
            attempts.failed(number, error, source, Instant::now());
            let told = attempts.told();
            if !counts {
                attempts.withdraw(number);
            }
            told
        };
        if broken {
            // The model, cargo or the disk: the next attempt would end in the same place.
            return Err(in_vain(told));
        }
    }
    Err(in_vain(slot.state().attempts.told()))
}

fn in_vain(attempts: Vec<HealAttempt>) -> Error {
    Error::new(ErrorKind::Rejected, "healing failed").with_attempts(attempts)
}

/// What the store holds for this declaration.
fn stored_now(engine: &Engine, slot: &Slot) -> Result<Option<Stored>, Error> {
    let spec = slot.declaration.spec();
    let Some(stored) = engine.load(&spec.name)? else {
        return Ok(None);
    };
    if !stored.edited() && !stored.record.fits(&spec.digest()) {
        return Err(for_another_declaration(&stored.record));
    }
    Ok(Some(stored))
}

/// Whether another process that shares the store, or the user, made something else of the tool meanwhile, and
/// something that is not known to be of no use.
fn is_another(stored: &Stored, failed: &FailedCall, state: &State) -> bool {
    let live = &failed.live;
    let differs = stored.record.current != live.version || stored.body != live.body;
    let known = state.broken_edit.as_ref();
    differs && known.is_none_or(|edit| edit.body != stored.body)
}

/// A body that answered the failed call, and what it took to get it.
struct Accepted {
    proven: Proven,
    model: String,
    usage: Usage,
}

/// Asks for a body, builds it, and has it answer the failed call.
async fn attempt(engine: &Engine, slot: &Slot, failed: &Arc<FailedCall>) -> Result<Accepted, Halt> {
    let FailedCall {
        live,
        failure,
        arguments: encoded,
    } = &**failed;
    let spec = slot.declaration.spec();
    let earlier = slot.state().attempts.in_vain();
    let backtrace = background::blocking(|| live.backtrace(&failure.frames));
    let body = engine.redactor().redact_source(&live.body);
    let task = Task::Heal(Heal {
        version: live.version,
        body: &body,
        error: failure.to_string(),
        line: failure.location.as_ref().map(|location| location.line),
        backtrace: backtrace.iter().map(ToString::to_string).collect(),
        arguments: engine.readable(spec, encoded),
        earlier: &earlier,
    });
    let Candidate {
        built,
        model,
        usage,
    } = candidate(engine, spec, &task).await?;
    let proven = engine.prove(slot, built, Some(failed.clone())).await;
    if let Err(Halt::Rejected(rejection)) = &proven {
        engine
            .logger()
            .record(Event::new(EventKind::CandidateRejected, &spec.name).error(rejection));
    }
    Ok(Accepted {
        proven: proven?,
        model,
        usage,
    })
}

/// Stores the proven body as the next version and puts it into service.
fn commit(
    engine: &Engine,
    slot: &Slot,
    lock: &Lock,
    failed: &FailedCall,
    accepted: Accepted,
    started: Instant,
) -> Result<Made, Halt> {
    let spec = slot.declaration.spec();
    let Accepted {
        proven,
        model,
        usage,
    } = accepted;
    let answer = proven.answer.clone();
    let error = failed.failure.to_string();
    let provenance = Provenance {
        origin: Origin::Healed { error },
        model: Some(model.clone()),
        usage,
        took_ms: whole_ms(started.elapsed()),
    };
    let live = background::blocking(|| proven.commit(engine.store(), lock, spec, provenance))
        .map_err(|error| engine.store_error(&spec.name, error))?;
    let version = live.version;
    put_into_service(engine, slot, live);
    engine.logger().record(
        Event::new(EventKind::ToolHealed, &spec.name)
            .version(version)
            .took(started.elapsed())
            .with("from", failed.live.version.to_string())
            .with("model", model),
    );
    Ok(Made { version, answer })
}
