//! A better version of a tool that failed a call.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, HealAttempt, one_line};
use crate::event::{Event, EventKind};
use crate::healer::arguments;
use crate::healer::candidate::{Candidate, candidate};
use crate::healer::prepare::{bring_up, put_into_service};
use crate::healer::prompt::{Heal, Task};
use crate::healer::verdict::{Verdict, verdict};
use crate::healer::work;
use crate::pipeline::{FailedCall, Halt, Proven};
use crate::slot::{Made, Outcome, Slot, State, Work};
use crate::store::{Lock, Origin, Stored};
use crate::version::Version;
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
            return Err(error
                .not_healed(&reason)
                .with_attempts(state.failed_attempts.clone()));
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
        Err(outcome) => Err(error.unhealed(&outcome)),
    }
}

/// Why the tool is not healed now, as the error says it.
fn refusal(engine: &Engine, slot: &Slot, failed: &FailedCall, state: &State) -> Option<String> {
    let name = slot.name();
    if !engine.self_healing() {
        Some("self-healing is switched off".to_owned())
    } else if !slot.declaration.may_heal() {
        Some("the tool is declared with `heal = false`".to_owned())
    } else if failed.live.edited {
        Some("tool.rs was edited by hand, and is not rewritten".to_owned())
    } else if matches!(healed_elsewhere(engine, slot, failed), Ok(Some(_))) {
        None // that costs neither a model nor an attempt
    } else if let Err(error) = engine.model(name) {
        Some(error.to_string())
    } else if state.attempts >= engine.max_heal_attempts(slot) {
        let spent = state.attempts;
        Some(format!(
            "its heal attempts are spent ({spent} of {}); `anvil.reset_heal_attempts({name:?})` allows more",
            engine.max_heal_attempts(slot)
        ))
    } else {
        None
    }
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>, failed: Arc<FailedCall>) -> Outcome {
    let spec = slot.declaration.spec();
    let lock = engine.lock(&spec.name).await?;
    if let Some(stored) = healed_elsewhere(&engine, &slot, &failed)? {
        return bring_up(&engine, &slot, stored).await;
    }
    while let Some(number) = next_attempt(&engine, &slot) {
        let started = Instant::now();
        let result = match attempt(&engine, &slot, &failed).await {
            Ok((proven, model)) => commit(&engine, &slot, &lock, &failed, proven, model, started),
            Err(halt) => Err(halt),
        };
        let halt = match result {
            Ok(made) => return Ok(made),
            Err(halt) => halt,
        };
        let counts = halt.counts();
        let (error, broken) = match halt {
            Halt::Rejected(rejection) => (one_line(&rejection.to_string()), false),
            Halt::Broken(error) => (error.to_string(), true),
        };
        engine.logger().record(
            Event::new(EventKind::HealFailed, &spec.name)
                .version(failed.live.version)
                .took(started.elapsed())
                .error(&error)
                .with("attempt", number),
        );
        let failed_attempts = {
            let mut state = slot.state();
            let attempt = HealAttempt { number, error };
            if counts {
                state.failed_attempts.push(attempt);
                state.failed_attempts.clone()
            } else {
                state.attempts = state.attempts.saturating_sub(1);
                [state.failed_attempts.as_slice(), &[attempt]].concat()
            }
        };
        if broken {
            // The model, cargo or the disk: the next attempt would end in the same place.
            return Err(in_vain(failed_attempts));
        }
    }
    Err(in_vain(slot.state().failed_attempts.clone()))
}

fn in_vain(attempts: Vec<HealAttempt>) -> Error {
    Error::new(ErrorKind::Rejected, "healing failed").with_attempts(attempts)
}

/// What another process that shares the store, or the user, made of the tool meanwhile.
fn healed_elsewhere(
    engine: &Engine,
    slot: &Slot,
    failed: &FailedCall,
) -> Result<Option<Stored>, Error> {
    let spec = slot.declaration.spec();
    let Some(stored) = engine.load(&spec.name)? else {
        return Ok(None);
    };
    if !stored.edited() && stored.record.digest != spec.digest() {
        let message = format!(
            "the store holds {} of `{}`, which was written for another declaration of it",
            stored.record.current, spec.name
        );
        return Err(Error::new(ErrorKind::Configuration, message)
            .with_help("restart the process that runs the older declaration"));
    }
    let newer = stored.edited() || stored.record.current != failed.live.version;
    Ok(newer.then_some(stored))
}

/// The number of the attempt that begins, unless they are spent.
fn next_attempt(engine: &Engine, slot: &Slot) -> Option<u32> {
    let mut state = slot.state();
    if state.attempts >= engine.max_heal_attempts(slot) {
        return None;
    }
    state.attempts += 1;
    Some(state.attempts)
}

/// Asks for a body, builds it, and has it answer the failed call.
async fn attempt(
    engine: &Engine,
    slot: &Slot,
    failed: &Arc<FailedCall>,
) -> Result<(Proven, String), Halt> {
    let FailedCall {
        live,
        failure,
        arguments: encoded,
    } = &**failed;
    let spec = slot.declaration.spec();
    let earlier = slot.state().failed_attempts.clone();
    let backtrace = background::blocking(|| live.backtrace(&failure.frames));
    let task = Task::Heal(Heal {
        version: live.version,
        body: &live.body,
        error: failure.to_string(),
        line: failure.location.as_ref().map(|location| location.line),
        backtrace: backtrace.iter().map(ToString::to_string).collect(),
        arguments: arguments::readable(spec, encoded),
        earlier: &earlier,
    });
    let Candidate { built, model } = candidate(engine, spec, &task).await?;
    let proven = engine.prove(slot, built, Some(failed.clone())).await;
    if let Err(Halt::Rejected(rejection)) = &proven {
        engine
            .logger()
            .record(Event::new(EventKind::CandidateRejected, &spec.name).error(rejection));
    }
    Ok((proven?, model))
}

/// Stores the proven body as the next version and puts it into service.
fn commit(
    engine: &Engine,
    slot: &Slot,
    lock: &Lock,
    failed: &FailedCall,
    proven: Proven,
    model: String,
    started: Instant,
) -> Result<Made, Halt> {
    let spec = slot.declaration.spec();
    let answer = proven.answer.clone();
    let origin = Origin::Healed {
        error: failed.failure.to_string(),
    };
    let live =
        background::blocking(|| proven.commit(engine.store(), lock, spec, model.clone(), origin))
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
