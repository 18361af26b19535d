//! Putting what is stored into service.

use crate::background;
use crate::declaration::Declaration;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind};
use crate::healer::trial::prove;
use crate::pipeline::{Drafted, Halt, Live, Proven, Step, Trial};
use crate::slot::{BrokenEdit, Made, Outcome, Slot};
use crate::store::{LiveFile, Record, Stored};
use crate::version::Version;
use std::sync::Arc;

/// Puts a stored body into service. It goes through the same states as a new one; its dylib is usually still there.
///
/// Where the body is an edit of the user's that cannot be used, what serves already goes on serving, else the
/// current version does.
pub(super) async fn bring_up(engine: &Arc<Engine>, slot: &Slot, stored: Stored) -> Outcome {
    let spec = slot.declaration.spec();
    let version = stored.record.current;
    let edited = stored.edited();
    if stored.live_file == LiveFile::Behind {
        background::blocking(|| engine.store().repair(&spec.name));
    }
    let former = slot.live();
    if !edited && stored.is_declared_as(version) {
        put_into_service(engine, slot, declared(engine, slot, version)?);
        return Ok(made(version));
    }
    let trial = match edited || !stored.record.keeps(&spec.contract) {
        true => contract_trial(engine, slot, &stored.body),
        false => Trial::default(),
    };
    let halt = match load(engine, slot, stored.body.clone(), &Arc::new(trial)).await {
        Ok(proven) => {
            put_into_service(engine, slot, proven.already_stored(version));
            if former.is_some() {
                engine.record(
                    spec,
                    Event::new(EventKind::ToolReloaded, &spec.name)
                        .version(version)
                        .with("edited", edited),
                );
            }
            return Ok(made(version));
        }
        Err(halt) => halt,
    };
    if !edited {
        return Err(unusable(
            engine,
            version,
            "the stored body",
            &spec.name,
            halt,
        ));
    }
    let whose = "tool.rs, which was edited by hand";
    let error = unusable(engine, version, whose, &spec.name, halt);
    engine.record(
        spec,
        Event::new(EventKind::ReloadFailed, &spec.name)
            .version(version)
            .error(&error),
    );
    let edit = BrokenEdit {
        body: stored.body,
        error: error.clone(),
    };
    if former.is_some() || !stored.record.fits(&spec.digest()) {
        slot.state().broken_edit = Some(edit);
        return Err(error);
    }
    let body = engine
        .store()
        .body(&spec.name, version)
        .map_err(|error| engine.store_error(&spec.name, error))?;
    let proven = load(engine, slot, body, &Arc::default()).await;
    // Where that cannot be used either, the edit is what to look at first.
    let proven = proven.map_err(|_| error)?;
    put_into_service(engine, slot, proven.already_stored(version));
    slot.state().broken_edit = Some(edit);
    Ok(made(version))
}

/// A body from the store, ready to serve.
pub(super) async fn load(
    engine: &Arc<Engine>,
    slot: &Slot,
    body: String,
    trial: &Arc<Trial>,
) -> Result<Proven, Halt> {
    let spec = slot.declaration.spec();
    let checked = Drafted::from_store(body)
        .check(spec, &engine.gate(spec))
        .map_err(Halt::Rejected)?;
    let built = checked.build(engine, spec).await?;
    prove(engine, slot, built, trial).await
}

/// The body in the declaration, ready to serve as `version`.
///
/// # Errors
/// Where this program knows the tool by its name only.
pub(super) fn declared(engine: &Engine, slot: &Slot, version: Version) -> Result<Live, Error> {
    let spec = slot.declaration.spec();
    let (Some(native), Some(body)) = (slot.declaration.native_body(), &spec.body) else {
        let name = &spec.name;
        let message =
            format!("the body of `{name}` {version} is a part of the program that declares it");
        return Err(Error::new(ErrorKind::Configuration, message)
            .with_help("call it where it is declared, or roll it back to a version of Anvil's"));
    };
    let recordings = engine.recordings_of_declared(spec);
    Ok(Live::declared(
        version,
        native,
        body.source.clone(),
        recordings,
    ))
}

/// The stored version that a new one would take the place of; nothing where that is the body in the declaration.
pub(crate) fn current(declaration: &Declaration, stored: Option<&Stored>) -> Option<Version> {
    let record = &stored?.record;
    let fits = || record.fits(&declaration.spec().digest());
    (declaration.native_body().is_none() || fits()).then_some(record.current)
}

/// What a body has to show that serves already, or did, when the contract was changed.
pub(super) fn contract_trial(engine: &Engine, slot: &Slot, body: &str) -> Trial {
    Trial {
        examples: true,
        failed: None,
        recorded: engine.recordings(slot.declaration.spec(), body).all(),
        unapproved: false,
    }
}

pub(super) fn put_into_service(engine: &Engine, slot: &Slot, live: Live) {
    let version = live.version;
    slot.state().attempts.live(version, &live.body);
    slot.swap(live);
    let event = Event::new(EventKind::ToolLoaded, slot.name()).version(version);
    engine.record(slot.declaration.spec(), event);
}

/// There is a version now, and no call that it was made for.
pub(super) fn made(version: Version) -> Made {
    Made {
        version,
        answer: None,
    }
}

/// The body cannot be used: says whose it is, and what to do.
pub(super) fn unusable(
    engine: &Engine,
    version: Version,
    whose: &str,
    tool: &str,
    halt: Halt,
) -> Error {
    let rejection = match halt {
        Halt::Broken(error) | Halt::Unasked(error) => return error,
        Halt::Rejected(rejection) => rejection,
    };
    let widen = match rejection.step {
        Step::Gate { rule } => format!(
            "; to let it through, build the `Anvil` with `.policy(Policy::default().allow_for({tool:?}, {rule:?}))`"
        ),
        _ => String::new(),
    };
    let path = engine.store().root().join(tool);
    // The compiler quotes the source.
    let rejection = engine
        .redactor()
        .redact(&rejection.to_string())
        .into_owned();
    let message = format!("`{tool}` {version}: {whose}: {rejection}");
    Error::new(ErrorKind::Rejected, message).with_help(format!(
        "mend {}, or remove {} to have it written anew{widen}",
        path.join("tool.rs").display(),
        path.display()
    ))
}

pub(super) fn for_another_declaration(record: &Record) -> Error {
    let message = format!(
        "the store holds {} of `{}`, which was written for another declaration of it",
        record.current, record.spec.name
    );
    Error::new(ErrorKind::Configuration, message)
        .with_help("restart the process that runs the older declaration")
}

/// Why a pinned tool is left as it is.
pub(super) fn pinned(record: &Record) -> String {
    let Record { spec, current, .. } = record;
    format!(
        "it is pinned at {current}; `anvil.unpin({:?})` lets it change",
        spec.name
    )
}
