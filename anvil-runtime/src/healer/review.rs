//! Bodies that a person has to approve before they answer any call.
//!
//! One that was proven, as far as that goes without a request, is left in the store. It is taken up again by [`approve`] alone, which has it checked and built
//! like any other body from the store; nothing else ever runs it.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventKind};
use crate::healer::candidate::Attempt;
use crate::healer::service::{contract_trial, current, load, made, pinned, put_into_service};
use crate::healer::turned_back::keep;
use crate::healer::work;
use crate::pipeline::{Halt, Live, Proven};
use crate::slot::{Outcome, Slot};
use crate::store::{Lock, Origin, Pending, PendingRecord, Provenance, Rejected};
use crate::version::Version;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Refuses to have a body made while one waits that is for what the tool is now. `current` is the current version in
/// the store.
pub(super) fn refuse_while_pending(
    engine: &Engine,
    slot: &Slot,
    current: Option<Version>,
) -> Result<()> {
    let spec = slot.declaration.spec();
    if !engine.is_reviewed(spec) {
        return Ok(());
    }
    match engine.pending(&spec.name)? {
        Some(Pending { record, .. })
            if record.is_for(&spec.digest()) && record.builds_on(current) =>
        {
            Err(waits(engine, &spec.name, slot.live().as_deref()))
        }
        _ => Ok(()),
    }
}

/// Leaves a body that was proven for a person to approve. Returns what to tell those who wait for it.
pub(super) fn leave_pending(
    engine: &Engine,
    attempt: &Attempt<'_>,
    proven: Proven,
    provenance: Provenance,
) -> Result<Error> {
    let Attempt {
        slot,
        lock,
        number,
        replaces,
        ..
    } = *attempt;
    let spec = attempt.spec();
    let event = Event::new(EventKind::CandidatePending, &spec.name)
        .took(Duration::from_millis(provenance.took_ms))
        .with("attempt", number);
    let event = of_whom(event, replaces, &provenance);
    let error = match &provenance.origin {
        Origin::Healed { error } => Some(error.clone()),
        Origin::Generated | Origin::Adopted | Origin::Declared => None,
    };
    let event = match &proven.unproven {
        Some(request) => event.with("unproven", request.clone()),
        None => event,
    };
    drop_outdated(engine, lock, slot)?;
    let store = engine.store();
    let body =
        background::blocking(|| proven.leave_pending(store, lock, spec, replaces, provenance))
            .map_err(|error| engine.store_error(&spec.name, error))?;
    let now = Instant::now();
    slot.state().attempts.waits(number, error, body, now);
    engine.record(spec, event);
    Ok(waits(engine, &spec.name, slot.live().as_deref()))
}

/// What waited for a declaration or a version that is no longer the current one gives way.
fn drop_outdated(engine: &Engine, lock: &Lock, slot: &Slot) -> Result<()> {
    let Some(pending) = engine.pending(slot.name())? else {
        return Ok(());
    };
    let words = "what it was made for has changed, and another candidate was proven";
    let event = Event::new(EventKind::CandidateRejected, slot.name()).error(words);
    drop_pending(engine, lock, slot, &pending, words, event)
}

/// Puts into service what waits for a person, who has approved it.
pub(crate) async fn approve(engine: &Arc<Engine>, slot: &Arc<Slot>) -> Result<Version> {
    let made = work::by_hand(engine, slot, make_approve).await?;
    Ok(made.version)
}

async fn make_approve(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    let spec = slot.declaration.spec();
    let name = &spec.name;
    let (lock, pending) = locked(&engine, &slot).await?;
    refuse_to_approve(&engine, &slot, &pending)?;
    let Pending { record, body } = pending;
    let PendingRecord {
        replaces,
        provenance,
        ..
    } = record;
    let mut trial = contract_trial(&engine, &slot, &body);
    // What was answered while it waited.
    let live = slot.live();
    trial
        .recorded
        .extend(live.iter().flat_map(|live| live.recordings.all()));
    let proven = load(&engine, &slot, body, &Arc::new(trial))
        .await
        .map_err(|halt| match halt {
            Halt::Broken(error) | Halt::Unasked(error) => error,
            Halt::Rejected(rejection) => {
                // The compiler quotes the source.
                let words = engine
                    .redactor()
                    .redact(&rejection.to_string())
                    .into_owned();
                Error::new(
                    ErrorKind::Rejected,
                    format!("what waits to be approved of `{name}`: {words}"),
                )
                .with_help(format!("`anvil.reject({name:?})` drops it"))
            }
        })?;
    let healed = provenance.clone();
    let live = background::blocking(|| {
        let live = proven.commit(engine.store(), &lock, spec, provenance)?;
        // If it cannot be taken away, it waits for what is no longer current: nobody can approve it again.
        let _ = engine.store().drop_pending(&lock, name);
        Ok(live)
    })
    .map_err(|error| engine.store_error(name, error))?;
    let version = live.version;
    put_into_service(&engine, &slot, live);
    let kind = match replaces {
        Some(_) if matches!(healed.origin, Origin::Healed { .. }) => EventKind::ToolHealed,
        _ => EventKind::ToolGenerated,
    };
    let took = Duration::from_millis(healed.took_ms);
    for event in [
        Event::new(EventKind::CandidateApproved, name),
        Event::new(kind, name).took(took),
    ] {
        let event = of_whom(event.version(version), replaces, &healed);
        engine.record(spec, event);
    }
    Ok(made(version))
}

/// Why what waits cannot become the tool's next version now.
fn refuse_to_approve(engine: &Engine, slot: &Slot, pending: &Pending) -> Result<()> {
    let spec = slot.declaration.spec();
    let name = &spec.name;
    let refuse = |why: &str, help: String| {
        let message = format!("what waits of `{name}` cannot be approved: {why}");
        Err(Error::new(ErrorKind::Configuration, message).with_help(help))
    };
    let drop_it =
        format!("`anvil.reject({name:?})` drops it, and the next failure has another one made");
    let stored = engine.load(name)?;
    if let Some(stored) = &stored {
        if stored.edited() {
            let help = format!("first `anvil.adopt({name:?})` the edit, or undo it");
            return refuse("tool.rs was edited by hand", help);
        }
        if stored.record.pinned {
            return refuse(&pinned(&stored.record), drop_it);
        }
    }
    let current = current(slot.declaration, stored.as_ref());
    if !pending.record.is_for(&spec.digest()) {
        return refuse("it was written for another declaration", drop_it);
    }
    if !pending.record.builds_on(current) {
        let why = match (pending.record.replaces, current) {
            (Some(replaces), Some(current)) => {
                format!("it is to replace {replaces}, and {current} is current")
            }
            _ => "it is to be the first body, and there is one".to_owned(),
        };
        return refuse(&why, drop_it);
    }
    if !pending.is_as_proven() {
        let path = engine.store().pending_path(name);
        return refuse(
            "it is not what was proven",
            format!(
                "bring {} back as it was, or drop it with `anvil.reject({name:?})`; a body of your own belongs in tool.rs",
                path.display()
            ),
        );
    }
    Ok(())
}

/// Drops what waits for a person, who has refused it.
pub(crate) async fn refuse(engine: &Arc<Engine>, slot: &Slot) -> Result<()> {
    let (lock, pending) = locked(engine, slot).await?;
    let event = Event::new(EventKind::CandidateRefused, slot.name());
    drop_pending(engine, &lock, slot, &pending, "refused by a person", event)
}

/// Takes away what waits, keeps it with what was turned back, and notes that with `event`.
fn drop_pending(
    engine: &Engine,
    lock: &Lock,
    slot: &Slot,
    pending: &Pending,
    words: &str,
    event: Event,
) -> Result<()> {
    let Pending { record, body } = pending;
    let rejected = Rejected {
        body,
        replaces: record.replaces,
        step: "review",
        words,
    };
    let event = of_whom(event, record.replaces, &record.provenance).with("step", "review");
    let event = keep(engine, lock, &rejected, event);
    background::blocking(|| engine.store().drop_pending(lock, slot.name()))
        .map_err(|error| engine.store_error(slot.name(), error))?;
    engine.record(slot.declaration.spec(), event);
    Ok(())
}

/// What waits, and the right to change it.
async fn locked(engine: &Arc<Engine>, slot: &Slot) -> Result<(Lock, Pending)> {
    let pending = || {
        engine.pending(slot.name())?.ok_or_else(|| {
            let message = format!("nothing of `{}` waits to be approved", slot.name());
            Error::new(ErrorKind::Configuration, message)
        })
    };
    // Looked at first, so that a tool which was never stored leaves no folder.
    pending()?;
    let lock = engine.lock(slot.declaration.spec()).await?;
    Ok((lock, pending()?))
}

/// That a body waits, and `live` serves meanwhile.
pub(crate) fn waits(engine: &Engine, name: &str, live: Option<&Live>) -> Error {
    let what = match live {
        Some(_) => "a better version waits".to_owned(),
        None => format!("`{name}` has no approved body, and one waits"),
    };
    let message = format!("{what} for approval: `anvil.approve({name:?})`");
    let path = engine.store().pending_path(name);
    Error::new(ErrorKind::PendingApproval, message).with_help(format!(
        "read {}, then approve it, or drop it with `anvil.reject({name:?})`",
        path.display()
    ))
}

/// Adds whose work it was, and what for.
fn of_whom(event: Event, replaces: Option<Version>, provenance: &Provenance) -> Event {
    let event = match replaces {
        Some(version) => event.with("from", version.to_string()),
        None => event,
    };
    match &provenance.model {
        Some(model) => event.with("model", model.clone()),
        None => event,
    }
}
