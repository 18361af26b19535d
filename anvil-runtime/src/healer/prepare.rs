//! The first version of a tool that this process has not used yet: from the store, else from the model.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, HealAttempt};
use crate::event::{Event, EventKind};
use crate::healer::candidate::{Candidate, candidate};
use crate::healer::prompt::Task;
use crate::healer::work;
use crate::pipeline::{Drafted, Halt, Live};
use crate::slot::{Made, Outcome, Slot};
use crate::store::{LiveFile, Origin, Stored};
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
            work::join_or_start(engine, slot, &mut state, make).0
        };
        work::wait(work).await?;
    }
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    let spec = slot.declaration.spec();
    // Most processes find the tool ready. Only who has to write one keeps others from writing it too.
    if let Found::Ready(stored) = find(&engine, &slot)? {
        return bring_up(&engine, &slot, stored).await;
    }
    engine.model(&spec.name)?;
    let lock = engine.lock(&spec.name).await?;
    let former = match find(&engine, &slot)? {
        Found::Ready(stored) => return bring_up(&engine, &slot, stored).await,
        Found::Outdated(stored) => Some(stored),
        Found::Nothing => None,
    };
    refuse_if_spent(&engine, &slot)?;

    let started = Instant::now();
    let task = Task::Generate {
        former: former.as_ref().map(|stored| stored.body.as_str()),
    };
    let result = async {
        let Candidate { built, model } = candidate(&engine, spec, &task).await?;
        let proven = engine.prove(&slot, built, None).await?;
        let (store, writer) = (engine.store(), model.clone());
        let live =
            background::blocking(|| proven.commit(store, &lock, spec, writer, Origin::Generated));
        let live = live.map_err(|error| engine.store_error(&spec.name, error))?;
        Ok((live, model))
    };
    let (live, model) = result.await.map_err(|halt| not_generated(&slot, halt))?;
    let version = live.version;
    engine.logger().record(
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

fn find(engine: &Engine, slot: &Slot) -> Result<Found, Error> {
    let spec = slot.declaration.spec();
    let stored = engine.load(&spec.name)?;
    Ok(match stored {
        Some(stored) if stored.edited() || stored.record.digest == spec.digest() => {
            Found::Ready(stored)
        }
        Some(stored) => Found::Outdated(stored),
        None => Found::Nothing,
    })
}

/// A stored body goes through the same states as a new one; its dylib is usually still there.
pub(super) async fn bring_up(engine: &Engine, slot: &Slot, stored: Stored) -> Outcome {
    let spec = slot.declaration.spec();
    let version = stored.record.current;
    let edited = stored.edited();
    if stored.live_file == LiveFile::Behind {
        background::blocking(|| engine.store().repair(&spec.name));
    }
    let result = async {
        let drafted = Drafted::from_store(stored.body);
        let checked = drafted.check(spec).map_err(Halt::Rejected)?;
        let built = checked.build(spec, engine.cargo()).await?;
        engine.prove(slot, built, None).await
    };
    let proven = result.await.map_err(|halt| match halt {
        Halt::Broken(error) => error,
        Halt::Rejected(rejection) => {
            let path = engine.store().root().join(&spec.name);
            let whose = if edited {
                "tool.rs, which was edited by hand"
            } else {
                "the stored body"
            };
            let message = format!("`{}` {version}: {whose}: {rejection}", spec.name);
            Error::new(ErrorKind::Rejected, message).with_help(format!(
                "mend {}, or remove {} to have it written anew",
                path.join("tool.rs").display(),
                path.display()
            ))
        }
    })?;
    put_into_service(engine, slot, proven.already_stored(version, edited));
    Ok(Made {
        version,
        answer: None,
    })
}

pub(super) fn put_into_service(engine: &Engine, slot: &Slot, live: Live) {
    let version = live.version;
    slot.swap(live);
    engine
        .logger()
        .record(Event::new(EventKind::ToolLoaded, slot.name()).version(version));
}

/// A generation that comes to nothing counts like a heal that does: a model that never gets it right, or
/// whose bodies cannot be built here, is not asked for ever.
fn refuse_if_spent(engine: &Engine, slot: &Slot) -> Result<(), Error> {
    let name = slot.name();
    let state = slot.state();
    if state.attempts < engine.max_heal_attempts(slot).max(1) {
        return Ok(());
    }
    let message = format!("`{name}` has no body, and the attempts to write one are spent");
    Err(Error::new(ErrorKind::Rejected, message)
        .with_attempts(state.failed_attempts.clone())
        .with_help(format!(
            "see to what went wrong, then `anvil.reset_heal_attempts({name:?})` to try again"
        )))
}

fn not_generated(slot: &Slot, halt: Halt) -> Error {
    let name = slot.name();
    let counts = halt.counts();
    let error = match halt {
        Halt::Broken(error) => error,
        Halt::Rejected(rejection) => Error::new(
            ErrorKind::Rejected,
            format!("the model wrote no usable body for `{name}`: {rejection}"),
        )
        .with_help("say more in the intent, or use a stronger model"),
    };
    if !counts {
        return error;
    }
    let mut state = slot.state();
    state.attempts += 1;
    let number = state.attempts;
    state.failed_attempts.push(HealAttempt {
        number,
        error: error.to_string(),
    });
    error
}
