//! The first version of a tool that this process has not used yet: from the store, else from the model.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind, whole_ms};
use crate::healer::candidate::{Attempt, Candidate, candidate};
use crate::healer::prompt::Task;
use crate::healer::review::{leave_pending, refuse_while_pending};
use crate::healer::service::{bring_up, for_another_declaration, pinned, put_into_service};
use crate::healer::work;
use crate::pipeline::{Halt, Live, Trial};
use crate::slot::{Made, Outcome, Purpose, Slot};
use crate::store::{Origin, Provenance, Stored};
use std::sync::Arc;
use std::time::Instant;

/// Waits until the tool has a live version.
pub(crate) async fn prepare(engine: &Arc<Engine>, slot: &Arc<Slot>) -> Result<Arc<Live>, Error> {
    loop {
        if let Some(live) = slot.live() {
            return Ok(live); // the way of nearly every call
        }
        let work = {
            let mut state = slot.state();
            if slot.live().is_some() {
                continue;
            }
            work::join_or_start(engine, slot, &mut state, Purpose::Calls, make).0
        };
        let purpose = work.purpose;
        let outcome = work::wait(work).await;
        if purpose == Purpose::Calls {
            outcome?;
        }
    }
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    let spec = slot.declaration.spec();
    // Most processes find the tool ready. Only who has to write one keeps others from writing it too.
    if let Found::Ready(stored) = find(&engine, &slot)? {
        return bring_up(&engine, &slot, stored).await;
    }
    engine.model(&spec.name, false)?;
    let lock = engine.lock(&spec.name).await?;
    let former = match find(&engine, &slot)? {
        Found::Ready(stored) => return bring_up(&engine, &slot, stored).await,
        Found::Outdated(stored) if stored.record.pinned => {
            let message = format!(
                "{}; {}",
                for_another_declaration(&stored.record),
                pinned(&stored.record)
            );
            return Err(Error::new(ErrorKind::Rejected, message));
        }
        Found::Outdated(stored) => Some(stored),
        Found::Nothing => None,
    };
    let (number, last) = begin(&engine, &slot)?;
    let aim = Attempt {
        slot: &slot,
        lock: &lock,
        number,
        replaces: former.as_ref().map(|former| former.record.current),
        last,
        trial: Arc::new(Trial {
            examples: true,
            ..Trial::default()
        }),
    };
    let started = Instant::now();
    let former = former
        .as_ref()
        .map(|stored| engine.redactor().redact_source(&stored.body));
    let earlier = slot.state().attempts.in_vain();
    let task = Task::Generate {
        former: former.as_deref(),
        earlier: &earlier,
    };
    let result = async {
        let Candidate {
            proven,
            model,
            usage,
        } = candidate(&engine, &aim, &task).await?;
        let provenance = Provenance {
            origin: Origin::Generated,
            model: Some(model.clone()),
            usage,
            took_ms: whole_ms(started.elapsed()),
        };
        if engine.is_reviewed(spec) {
            let waits = leave_pending(&engine, &aim, proven, provenance)?;
            return Ok(Err(waits));
        }
        let live = background::blocking(|| proven.commit(engine.store(), &lock, spec, provenance));
        let live = live.map_err(|error| engine.store_error(&spec.name, error))?;
        Ok(Ok((live, model)))
    };
    let (live, model) = match result.await {
        Ok(generated) => generated?,
        Err(halt) => return Err(not_generated(&slot, number, halt)),
    };
    // The first body is no attempt to mend one.
    slot.state().attempts.withdraw(number);
    let version = live.version;
    engine.record(
        spec,
        Event::new(EventKind::ToolGenerated, &spec.name)
            .version(version)
            .took(started.elapsed())
            .with("model", model),
    );
    put_into_service(&engine, &slot, live);
    Ok(Made {
        version,
        answer: None,
    })
}

enum Found {
    /// A body for this very declaration, or one that the user wrote.
    Ready(Stored),
    /// A body for an earlier form of the declaration.
    Outdated(Stored),
    Nothing,
}

/// Looks into the store. That a body waits for a person is an error: nobody is to write another one.
fn find(engine: &Engine, slot: &Slot) -> Result<Found, Error> {
    let spec = slot.declaration.spec();
    let mut stored = engine.load(&spec.name)?;
    if let Some(stored) =
        stored.take_if(|stored| stored.edited() || stored.record.fits(&spec.digest()))
    {
        return Ok(Found::Ready(stored));
    }
    let current = stored.as_ref().map(|stored| stored.record.current);
    refuse_while_pending(engine, slot, current)?;
    Ok(match stored {
        Some(stored) => Found::Outdated(stored),
        None => Found::Nothing,
    })
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
        Halt::Broken(error) => (error, String::new()),
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
