//! What becomes of a candidate that is not good enough: an event, and a file for whoever looks into it.

use crate::background;
use crate::engine::Engine;
use crate::event::{Event, EventKind};
use crate::healer::candidate::Attempt;
use crate::pipeline::{Rejection, Step};
use crate::store::{Rejected, StoreError};
use std::time::Duration;

/// Notes that a candidate was turned back, and keeps it in the store, without anything secret.
pub(super) fn turned_back(
    engine: &Engine,
    attempt: &Attempt<'_>,
    rejection: &Rejection,
    took: Duration,
) {
    let spec = attempt.spec();
    let kind = match rejection.step {
        Step::Build => EventKind::BuildFailed,
        _ => EventKind::CandidateRejected,
    };
    let event = Event::new(kind, &spec.name)
        .took(took)
        .error(rejection)
        .with("step", rejection.step.to_string());
    let event = match keep(engine, attempt, rejection) {
        None => event,
        Some(Ok(path)) => event.with("kept", path),
        // It would have been there to be looked at, and nothing else: the work goes on.
        Some(Err(error)) => event.with("not_kept", error.to_string()),
    };
    engine.record(spec, event);
}

/// Keeps the candidate, where there is a source at all.
fn keep(
    engine: &Engine,
    attempt: &Attempt<'_>,
    rejection: &Rejection,
) -> Option<Result<String, StoreError>> {
    if rejection.body.is_empty() {
        return None;
    }
    let redactor = engine.redactor();
    let rejected = Rejected {
        body: &redactor.redact_source(&rejection.body),
        replaces: attempt.replaces,
        step: &rejection.step.to_string(),
        words: &redactor.redact_source(&rejection.words),
    };
    let (store, tool) = (engine.store(), &attempt.spec().name);
    Some(background::blocking(|| {
        store.keep_rejected(attempt.lock, tool, &rejected)
    }))
}
