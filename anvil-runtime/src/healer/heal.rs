//! A better version of a tool that failed a call.

use crate::attempts::Limit;
use crate::background;
use crate::budget::HealSpending;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, HealAttempt};
use crate::event::{Event, EventKind, whole_ms};
use crate::healer::candidate::{Attempt, Candidate, candidate};
use crate::healer::prompt::{Heal, Task};
use crate::healer::review::{leave_pending, refuse_while_pending};
use crate::healer::service::{bring_up, for_another_declaration, pinned, put_into_service};
use crate::healer::verdict::{Verdict, verdict};
use crate::healer::work;
use crate::pipeline::{FailedCall, Halt, Trial};
use crate::session::Past;
use crate::slot::{Made, Outcome, Purpose, Slot, State, Work};
use crate::spec::ToolSpec;
use crate::store::{Lock, Origin, Provenance, Stored};
use crate::text::one_line;
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
    if let Some(reason) = never_healed(engine, slot) {
        let error = error.not_healed(reason);
        let mut state = slot.state();
        if slot.is_live(&failed.live) {
            state.failed(&error);
        }
        return Err(error);
    }
    let failed = Arc::new(failed);
    loop {
        let (work, mine) = {
            let mut state = slot.state();
            // Somebody else's heal may have ended while this call was failing on the version before it.
            if !slot.is_live(&failed.live) {
                return Ok(Healed::Retry);
            }
            let under_way = state.work.as_ref().is_some_and(Work::is_under_way);
            if !under_way && let Some(reason) = refusal(engine, slot, &failed, &state) {
                let error = match reason {
                    Refusal::Reason(reason) => {
                        let error = error.not_healed(&reason);
                        error.with_attempts(state.attempts.told())
                    }
                    Refusal::Error(reason) => error.unhealed(&reason),
                };
                state.failed(&error);
                return Err(error);
            }
            state.failed(&error);
            let call = failed.clone();
            work::join_or_start(engine, slot, &mut state, Purpose::Calls, |engine, slot| {
                make(engine, slot, call)
            })
        };
        let purpose = work.purpose;
        let _waiting = engine
            .waits()
            .begin(slot)
            .map_err(|circle| error.clone().unhealed(&circle))?;
        let Some(outcome) = engine.wait_for_heal(work::wait(work)).await else {
            return Err(error.while_healing());
        };
        match outcome {
            Ok(Made {
                version,
                answer: Some(answer),
            }) if mine => return Ok(Healed::Answered { version, answer }),
            Err(outcome) if purpose == Purpose::Calls => return Err(error.unhealed(&outcome)),
            // There may be another version now, and there may not.
            Ok(_) | Err(_) => {}
        }
    }
}

/// Why a failure of the tool is returned as it is, whatever others make of the tool.
fn never_healed(engine: &Engine, slot: &Slot) -> Option<&'static str> {
    if !engine.self_healing() {
        return Some("self-healing is switched off");
    }
    let heal = slot.declaration.spec().heal;
    (!heal).then_some("the tool is declared with `heal = false`")
}

/// Why the tool is not healed now.
enum Refusal {
    /// As the error says it, with the attempts before.
    Reason(String),
    /// It is an error of its own: what could be better waits for a person, or nobody can tell.
    Error(Error),
}

fn refusal(engine: &Engine, slot: &Slot, failed: &FailedCall, state: &State) -> Option<Refusal> {
    let name = slot.name();
    let stored = stored_now(engine, slot);
    // Taking over what others made of it costs neither a model nor an attempt.
    if let Ok(Some(stored)) = &stored
        && is_another(stored, failed, state)
    {
        return None;
    }
    let current = match stored {
        Ok(Some(stored)) if stored.edited() => {
            return Some(Refusal::Reason(format!(
                "tool.rs was edited by hand, and is not rewritten; `anvil.adopt({name:?})` gives it back"
            )));
        }
        Ok(Some(stored)) if stored.record.pinned => {
            return Some(Refusal::Reason(pinned(&stored.record)));
        }
        Ok(Some(stored)) => Some(stored.record.current),
        Ok(None) | Err(_) => None,
    };
    if let Err(error) = refuse_while_pending(engine, slot, current) {
        return Some(Refusal::Error(error));
    }
    if let Err(error) = engine.model(name) {
        return Some(Refusal::Reason(error.to_string()));
    }
    spent(engine, slot, state).map(Refusal::Reason)
}

/// That the tool has no attempts left, if it has none.
fn spent(engine: &Engine, slot: &Slot, state: &State) -> Option<String> {
    let limit = engine.limit(slot.declaration.spec());
    if limit.most == 0 {
        return Some("`max_heal_attempts` is 0".to_owned());
    }
    let used = state.attempts.used(limit, Instant::now());
    (used >= limit.most).then(|| {
        format!(
            "its heal attempts are spent ({used} of {}); `anvil.reset_heal_attempts({:?})` allows more",
            limit.most,
            slot.name()
        )
    })
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>, failed: Arc<FailedCall>) -> Outcome {
    let outcome = mend(&engine, &slot, &failed).await;
    if let Err(outcome) = &outcome {
        // Here and not where it is waited for: nobody may wait any longer.
        let mut state = slot.state();
        if slot.is_live(&failed.live) {
            let error = Error::from_failure(slot.name(), &failed.live, &failed.failure);
            state.failed(&error.unhealed(outcome));
        }
    }
    outcome
}

async fn mend(engine: &Arc<Engine>, slot: &Arc<Slot>, failed: &Arc<FailedCall>) -> Outcome {
    let spec = slot.declaration.spec();
    let lock = engine.lock(spec).await?;
    let stored = stored_now(engine, slot)?;
    let current = stored.as_ref().map(|stored| stored.record.current);
    match stored {
        Some(stored) if is_another(&stored, failed, &slot.state()) => {
            return bring_up(engine, slot, stored).await;
        }
        Some(stored) if stored.record.pinned => {
            return Err(Error::new(ErrorKind::Rejected, pinned(&stored.record)));
        }
        _ => {}
    }
    refuse_while_pending(engine, slot, current)?;
    let limit = engine.limit(spec);
    let spending = HealSpending::default();
    // Bounded here too: where there is a window, attempts may come out of it faster than they are made.
    for _ in 0..limit.most {
        let Some((number, last)) = begin(slot, limit) else {
            break;
        };
        let started = Instant::now();
        let aim = Attempt {
            slot,
            lock: &lock,
            number,
            replaces: Some(failed.live.version),
            last,
            trial: Arc::new(Trial {
                examples: true,
                failed: Some(failed.clone()),
                recorded: failed.live.recordings.all(),
                unapproved: engine.is_reviewed(spec),
            }),
            spending: &spending,
        };
        let result = match attempt(engine, &aim, failed).await {
            Ok(accepted) if engine.is_reviewed(spec) => {
                let provenance = provenance(&accepted, failed, started);
                match leave_pending(engine, &aim, accepted.proven, provenance) {
                    Ok(waits) => return Err(waits),
                    Err(error) => Err(error.into()),
                }
            }
            Ok(accepted) => commit(engine, slot, &lock, failed, accepted, started),
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
        let broken = match &halt {
            Halt::Broken(error) | Halt::Unasked(error) => Some(error.clone()),
            Halt::Rejected(_) => None,
        };
        let told = failed_attempt(engine, &aim, failed, halt, started);
        if let Some(error) = broken {
            // The model, the budget, cargo, the disk or the declaration: the next attempt would end in the same place.
            return Err(match error.kind() {
                ErrorKind::Budget => error.with_attempts(slot.state().attempts.told()),
                _ => in_vain(told).helped_as(&error),
            });
        }
    }
    let state = slot.state();
    let error = in_vain(state.attempts.told());
    Err(match spent(engine, slot, &state) {
        Some(spent) => error.with_help(spent),
        None => error,
    })
}

/// Begins the next attempt, unless they are spent: its number, and whether it is the last.
fn begin(slot: &Slot, limit: Limit) -> Option<(u32, bool)> {
    let now = Instant::now();
    let mut state = slot.state();
    let number = state.attempts.begin(limit, now)?;
    Some((number, state.attempts.are_spent(limit, now)))
}

/// Notes that an attempt came to nothing. Returns all that were made so far.
fn failed_attempt(
    engine: &Engine,
    attempt: &Attempt<'_>,
    failed: &FailedCall,
    halt: Halt,
    started: Instant,
) -> Vec<HealAttempt> {
    let (spec, number) = (attempt.spec(), attempt.number);
    let counts = halt.counts();
    let (error, source) = match halt {
        Halt::Rejected(rejection) => (one_line(&rejection.to_string()), rejection.body),
        Halt::Broken(error) | Halt::Unasked(error) => (error.to_string(), String::new()),
    };
    engine.record(
        spec,
        Event::new(EventKind::HealFailed, &spec.name)
            .version(failed.live.version)
            .took(started.elapsed())
            .error(&error)
            .with("attempt", number),
    );
    let mut state = attempt.slot.state();
    let attempts = &mut state.attempts;
    attempts.failed(number, error, source, Instant::now());
    let told = attempts.told();
    if !counts {
        attempts.withdraw(number);
    }
    told
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
    if stored.edited() || stored.record.fits(&spec.digest()) {
        return Ok(Some(stored));
    }
    match slot.declaration.native_body() {
        // What serves is not what is stored, and never was.
        Some(_) => Ok(None),
        None => Err(for_another_declaration(&stored.record)),
    }
}

/// Whether another process that shares the store, or the user, made something else of the tool meanwhile, and
/// something that is not known to be of no use.
fn is_another(stored: &Stored, failed: &FailedCall, state: &State) -> bool {
    let live = &failed.live;
    // A body in the declaration may have been laid out otherwise since it was stored.
    let in_declaration =
        !stored.edited() && live.is_declared() && stored.is_declared_as(live.version);
    // Blank lines at its end are no part of a body.
    let other_body = stored.body.trim_end() != live.body.trim_end();
    let differs = stored.record.current != live.version || (other_body && !in_declaration);
    let known = state.broken_edit.as_ref();
    differs && known.is_none_or(|edit| edit.body != stored.body)
}

fn provenance(accepted: &Candidate, failed: &FailedCall, started: Instant) -> Provenance {
    Provenance {
        origin: Origin::Healed {
            error: failed.failure.to_string(),
        },
        model: Some(accepted.model.clone()),
        usage: accepted.usage,
        took_ms: whole_ms(started.elapsed()),
    }
}

/// Asks for a body that answers the failed call.
async fn attempt(
    engine: &Arc<Engine>,
    aim: &Attempt<'_>,
    failed: &FailedCall,
) -> Result<Candidate, Halt> {
    let FailedCall {
        live,
        failure,
        arguments: encoded,
        past,
    } = failed;
    let earlier = aim.slot.state().attempts.in_vain();
    let backtrace = background::blocking(|| live.backtrace(&failure.frames));
    let body = engine.redactor().redact_source(&live.body);
    let task = Task::Heal(Heal {
        version: live.version,
        body: &body,
        in_users_crate: live.is_declared(),
        error: failure.to_string(),
        line: failure.location.as_ref().map(|location| location.line),
        backtrace: backtrace.iter().map(ToString::to_string).collect(),
        arguments: engine.readable(aim.spec(), encoded),
        exchanges: exchanges(engine, aim.spec(), encoded, past),
        earlier: &earlier,
    });
    candidate(engine, aim, &task).await
}

/// What the failed call has exchanged, as it may be shown. Where an argument is withheld, anything in it may tell of that.
fn exchanges(engine: &Engine, spec: &ToolSpec, arguments: &[u8], past: &Past) -> Vec<String> {
    let told = past.told(engine.withheld(spec).is_empty()).into_iter();
    told.map(|exchange| engine.scrub_words(spec, arguments, exchange))
        .collect()
}

/// Stores the proven body as the next version and puts it into service.
fn commit(
    engine: &Engine,
    slot: &Slot,
    lock: &Lock,
    failed: &FailedCall,
    accepted: Candidate,
    started: Instant,
) -> Result<Made, Halt> {
    let spec = slot.declaration.spec();
    let provenance = provenance(&accepted, failed, started);
    let Candidate { proven, model, .. } = accepted;
    let answer = proven.answer.clone();
    let live = background::blocking(|| proven.commit(engine.store(), lock, spec, provenance))
        .map_err(|error| engine.store_error(&spec.name, error))?;
    let version = live.version;
    put_into_service(engine, slot, live);
    engine.record(
        spec,
        Event::new(EventKind::ToolHealed, &spec.name)
            .version(version)
            .took(started.elapsed())
            .with("from", failed.live.version.to_string())
            .with("model", model),
    );
    Ok(Made { version, answer })
}
