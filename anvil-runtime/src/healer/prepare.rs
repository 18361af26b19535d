//! The first version of a tool that this process has not used yet: from the declaration, from the store, else from the
//! model.

use crate::background;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::healer::generate::{Former, generate};
use crate::healer::review::refuse_while_pending;
use crate::healer::service::{
    bring_up, contract_trial, declared, for_another_declaration, load, made, pinned,
    put_into_service,
};
use crate::healer::work;
use crate::pipeline::{Halt, Live, Rejection};
use crate::slot::{Made, Outcome, Purpose, Slot};
use crate::store::{Origin, Record, Stored};
use crate::version::Version;
use std::sync::Arc;

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
        let _waiting = engine.waits().begin(slot)?;
        let outcome = work::wait(work).await;
        if purpose == Purpose::Calls {
            outcome?;
        }
    }
}

async fn make(engine: Arc<Engine>, slot: Arc<Slot>) -> Outcome {
    // Most processes find the tool ready. Only who has to write one keeps others from writing it too.
    match ready(&engine, &slot).await? {
        Ready::Yes(made) => return Ok(made),
        Ready::No(former) => may_be_written(&engine, &slot, former.as_deref())?,
    }
    let lock = engine.lock(slot.declaration.spec()).await?;
    match ready(&engine, &slot).await? {
        Ready::Yes(made) => Ok(made),
        Ready::No(former) => {
            may_be_written(&engine, &slot, former.as_deref())?;
            generate(&engine, &slot, &lock, former.as_deref()).await
        }
    }
}

enum Ready {
    /// What was there is in service.
    Yes(Made),
    /// A body has to be written. There may be one that it takes the place of.
    No(Option<Box<Former>>),
}

/// Puts into service what is there, if it can be.
async fn ready(engine: &Arc<Engine>, slot: &Arc<Slot>) -> Result<Ready, Error> {
    let made = match find(engine, slot)? {
        Found::Declared(version) => {
            put_into_service(engine, slot, declared(engine, slot, version)?);
            made(version)
        }
        Found::Stored(stored) => bring_up(engine, slot, stored).await?,
        Found::OtherContract(stored) => match try_again(engine, slot, &stored).await? {
            Ok(made) => made,
            Err(flaw) => return Ok(Ready::No(Some(Former::breaks(stored, flaw).into()))),
        },
        Found::OtherDeclaration(stored) => {
            return Ok(Ready::No(Some(Former::of_other_declaration(stored).into())));
        }
        Found::Nothing => return Ok(Ready::No(None)),
    };
    Ok(Ready::Yes(made))
}

enum Found {
    /// The body in the declaration, which no other has taken the place of.
    Declared(Version),
    /// A body for this very declaration, or one that the user wrote.
    Stored(Stored),
    /// A body for this declaration with another contract.
    OtherContract(Stored),
    /// A body for an earlier form of the declaration.
    OtherDeclaration(Stored),
    Nothing,
}

fn find(engine: &Engine, slot: &Slot) -> Result<Found, Error> {
    let spec = slot.declaration.spec();
    let digest = spec.digest();
    let stored = engine.load(&spec.name)?;
    let in_declaration = slot.declaration.native_body().is_some();
    Ok(match stored {
        Some(stored) if stored.edited() => Found::Stored(stored),
        Some(stored) if stored.record.fits(&digest) => {
            let current = stored.record.current;
            if stored.record.origin_of(current) == Some(&Origin::Declared) {
                Found::Declared(current)
            } else if stored.record.keeps(&spec.contract) {
                Found::Stored(stored)
            } else {
                Found::OtherContract(stored)
            }
        }
        stored if in_declaration => {
            let record = stored.as_ref().map(|stored| &stored.record);
            Found::Declared(Record::version_of_declared(record, &digest))
        }
        Some(stored) => Found::OtherDeclaration(stored),
        None => Found::Nothing,
    })
}

/// Holds a stored body against the contract that is declared now. It serves if it keeps that; else it is told why not.
async fn try_again(
    engine: &Arc<Engine>,
    slot: &Slot,
    stored: &Stored,
) -> Result<Result<Made, Rejection>, Error> {
    let spec = slot.declaration.spec();
    let version = stored.record.current;
    let trial = contract_trial(engine, slot, &stored.body);
    match load(engine, slot, stored.body.clone(), &Arc::new(trial)).await {
        Ok(proven) => {
            background::blocking(|| engine.store().note_contract(spec, version));
            put_into_service(engine, slot, proven.already_stored(version));
            Ok(Ok(made(version)))
        }
        Err(Halt::Rejected(flaw)) => Ok(Err(flaw)),
        Err(Halt::Broken(error) | Halt::Unasked(error)) => Err(error),
    }
}

/// Whether a model may be asked for a body in the place of `former`.
fn may_be_written(engine: &Engine, slot: &Slot, former: Option<&Former>) -> Result<(), Error> {
    let spec = slot.declaration.spec();
    let Some(Former { stored, flaw }) = former else {
        refuse_while_pending(engine, slot, None)?;
        return engine.model(&spec.name).map(drop);
    };
    let record = &stored.record;
    let why = match flaw {
        None => for_another_declaration(record),
        Some(flaw) => breaks_contract(record, flaw),
    };
    if record.pinned {
        let message = format!("{why}; {}", pinned(record));
        return Err(Error::new(ErrorKind::Rejected, message));
    }
    refuse_while_pending(engine, slot, Some(record.current))?;
    match (engine.model(&spec.name), flaw) {
        (Err(error), Some(_)) => Err(why.not_healed(&error.to_string())),
        (model, _) => model.map(drop),
    }
}

fn breaks_contract(record: &Record, flaw: &Rejection) -> Error {
    let message = format!(
        "`{}` {} does not keep the contract that is declared now: {flaw}",
        record.spec.name, record.current
    );
    Error::new(ErrorKind::Contract, message)
        .with_help("bring the contract back as it was, or let a model write a body that keeps it")
}
