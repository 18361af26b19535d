//! What a person does to a tool: reload an edit, roll back, adopt, pin.
//!
//! Each waits for what is being made of the tool in this process, and those that write for other processes too.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventKind};
use crate::healer::service::{
    bring_up, contract_trial, declared, for_another_declaration, load, made, put_into_service,
    unusable,
};
use crate::healer::work;
use crate::model::Usage;
use crate::pipeline::Live;
use crate::slot::{Outcome, Slot};
use crate::store::{Lock, Origin, Provenance, Stored};
use crate::version::Version;
use std::sync::Arc;

/// Puts into service what the store holds now, if that is another body than the live one.
pub(crate) async fn reload(engine: &Arc<Engine>, slot: &Arc<Slot>) -> Result<Version> {
    let version = work::by_hand(engine, slot, make_reload).await?.version;
    match &slot.state().broken_edit {
        None => Ok(version),
        Some(edit) => Err(edit.error.clone()),
    }
}

async fn make_reload(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    let spec = slot.declaration.spec();
    let stored = stored(&engine, &slot)?;
    if !stored.edited() && !stored.record.fits(&spec.digest()) {
        return Err(for_another_declaration(&stored.record));
    }
    let current = stored.record.current;
    if let Some(live) = slot.live()
        && live.version == current
        && live.body == stored.body
    {
        slot.state().broken_edit = None;
        return Ok(made(current));
    }
    bring_up(&engine, &slot, stored).await
}

/// Makes an earlier version the live one again.
pub(crate) async fn roll_back(
    engine: &Arc<Engine>,
    slot: &Arc<Slot>,
    version: Version,
) -> Result<()> {
    let make = move |engine, slot| make_roll_back(engine, slot, version);
    work::by_hand(engine, slot, make).await.map(drop)
}

async fn make_roll_back(engine: Arc<Engine>, slot: Arc<Slot>, version: Version) -> Outcome {
    let spec = slot.declaration.spec();
    let (lock, stored) = locked(&engine, &slot).await?;
    let refuse = |why: String| {
        let message = format!("`{}` cannot be rolled back to {version}: {why}", spec.name);
        Error::new(ErrorKind::Configuration, message)
    };
    if stored.edited() {
        return Err(
            refuse("tool.rs was edited by hand".to_owned()).with_help(format!(
                "first `anvil.adopt({:?})` the edit, or undo it",
                spec.name
            )),
        );
    }
    let record = stored.record;
    match record.digest_of(version) {
        None => {
            let known: Vec<String> = record
                .versions
                .iter()
                .map(|known| known.version.to_string())
                .collect();
            return Err(refuse(format!("there are {} only", known.join(", "))));
        }
        Some(digest) if digest != spec.digest() => {
            return Err(refuse("it was written for another declaration".to_owned())
                .with_help("bring the declaration back as it was, too"));
        }
        Some(_) => {}
    }
    let from = record.current;
    let name = &spec.name;
    let is_declared = record.origin_of(version) == Some(&Origin::Declared);
    let body = engine
        .store()
        .body(name, version)
        .map_err(|error| engine.store_error(name, error))?;
    let is_live = |live: Arc<Live>| live.version == version && live.body == body;
    if from == version && slot.live().is_some_and(is_live) {
        return Ok(made(version));
    }
    let live = match is_declared {
        true => declared(&engine, &slot, version)?,
        // Not tried against the contract: who goes back may have to, whatever it says.
        false => load(&engine, &slot, body, &Arc::default())
            .await
            .map_err(|halt| unusable(&engine, version, "the stored body", name, halt))?
            .already_stored(version),
    };
    if from != version {
        background::blocking(|| engine.store().roll_back(&lock, record, spec, version))
            .map_err(|error| engine.store_error(name, error))?;
    }
    put_into_service(&engine, &slot, live);
    engine.record(
        spec,
        Event::new(EventKind::ToolRolledBack, name)
            .version(version)
            .with("from", from.to_string()),
    );
    Ok(made(version))
}

/// Makes the user's edit of `tool.rs` a version of Anvil's, which may be healed again.
pub(crate) async fn adopt(engine: &Arc<Engine>, slot: &Arc<Slot>) -> Result<Version> {
    let made = work::by_hand(engine, slot, make_adopt).await?;
    Ok(made.version)
}

async fn make_adopt(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    let spec = slot.declaration.spec();
    let name = &spec.name;
    let (lock, stored) = locked(&engine, &slot).await?;
    if !stored.edited() {
        return Ok(made(stored.record.current));
    }
    let whose = "tool.rs, which was edited by hand";
    let current = stored.record.current;
    let trial = contract_trial(&engine, &slot, &stored.body);
    let proven = load(&engine, &slot, stored.body, &Arc::new(trial))
        .await
        .map_err(|halt| unusable(&engine, current, whose, name, halt))?;
    let provenance = Provenance {
        origin: Origin::Adopted,
        model: None,
        usage: Usage::default(),
        took_ms: 0,
    };
    let live = background::blocking(|| proven.commit(engine.store(), &lock, spec, provenance))
        .map_err(|error| engine.store_error(name, error))?;
    let version = live.version;
    put_into_service(&engine, &slot, live);
    engine.record(
        spec,
        Event::new(EventKind::ToolAdopted, name)
            .version(version)
            .with("from", current.to_string()),
    );
    Ok(made(version))
}

/// Keeps the current version, whatever fails, or lets it change again.
pub(crate) async fn pin(engine: &Arc<Engine>, slot: &Arc<Slot>, pinned: bool) -> Result<Version> {
    let spec = slot.declaration.spec();
    let name = &spec.name;
    let (lock, stored) = locked(engine, slot).await?;
    let version = stored.record.current;
    if stored.record.pinned == pinned {
        return Ok(version);
    }
    engine
        .store()
        .pin(&lock, stored.record, pinned)
        .map_err(|error| engine.store_error(name, error))?;
    let kind = match pinned {
        true => EventKind::ToolPinned,
        false => EventKind::ToolUnpinned,
    };
    engine.record(spec, Event::new(kind, name).version(version));
    Ok(version)
}

/// The tool as it is stored, and the right to change it.
async fn locked(engine: &Arc<Engine>, slot: &Slot) -> Result<(Lock, Stored)> {
    // Looked at first, so that a tool which was never stored leaves no folder.
    stored(engine, slot)?;
    let lock = engine.lock(slot.declaration.spec()).await?;
    Ok((lock, stored(engine, slot)?))
}

fn stored(engine: &Engine, slot: &Slot) -> Result<Stored> {
    engine.load(slot.name())?.ok_or_else(|| slot.not_stored())
}
