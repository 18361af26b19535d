//! One body in the making per tool, shared by everyone who waits for it.

use crate::background::{self, ShutDown};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::slot::{Outcome, Purpose, Slot, State, Work};
use std::any::Any;
use std::sync::Arc;
use tokio::sync::watch;
use tracing::Instrument;

/// Joins the work that is under way for `slot`, or starts `make`. `state` is the slot's, locked since its live
/// version was looked at. The flag is whether this caller started it.
pub(super) fn join_or_start<F>(
    engine: &Arc<Engine>,
    slot: &Arc<Slot>,
    state: &mut State,
    purpose: Purpose,
    make: impl FnOnce(Arc<Engine>, Arc<Slot>) -> F,
) -> (Work, bool)
where
    F: Future<Output = Outcome> + Send + 'static,
{
    if let Some(work) = state.work.as_ref().filter(|work| work.is_under_way()) {
        return (work.clone(), false);
    }
    let (tell, outcome) = watch::channel(None);
    let work = Work::new(purpose, outcome);
    state.work = Some(work.clone());

    let making = engine
        .background()
        .spawn(make(engine.clone(), slot.clone()).in_current_span());
    engine.background().spawn(async move {
        let outcome = match making.await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => Err(panicked(error.into_panic().as_ref())),
            Err(_) => return, // shut down: dropping `tell` says so
        };
        tell.send_replace(Some(outcome));
    });
    (work, true)
}

/// Does what a person asked for once nothing else is under way for `slot`, and waits for its outcome.
pub(super) async fn by_hand<F>(
    engine: &Arc<Engine>,
    slot: &Arc<Slot>,
    make: impl FnOnce(Arc<Engine>, Arc<Slot>) -> F,
) -> Outcome
where
    F: Future<Output = Outcome> + Send + 'static,
{
    let mut make = Some(make);
    loop {
        let (work, mine) = {
            let mut state = slot.state();
            join_or_start(engine, slot, &mut state, Purpose::ByHand, |engine, slot| {
                let make = make.take().expect("it is started once");
                make(engine, slot)
            })
        };
        let outcome = wait(work).await;
        if mine {
            return outcome;
        }
    }
}

/// Waits for the outcome.
pub(super) async fn wait(work: Work) -> Outcome {
    work.outcome().await.unwrap_or_else(|| Err(ShutDown.into()))
}

/// Anvil's own code panicked: a defect, but not one that a caller has to wait for.
fn panicked(payload: &(dyn Any + Send)) -> Error {
    let words = background::panic_words(payload);
    Error::new(
        ErrorKind::Defect,
        format!("making the tool's body panicked: {words}"),
    )
}
