//! What becomes of a candidate that is not good enough: an event, and a file for whoever looks into it.

use crate::background;
use crate::engine::Engine;
use crate::event::{Event, EventKind};
use crate::healer::candidate::Attempt;
use crate::pipeline::{Rejection, Step};
use crate::store::{Lock, Rejected};
use std::time::Duration;

/// Notes that a candidate was turned back, and keeps it.
pub(super) fn turned_back(
    engine: &Engine,
    attempt: &Attempt<'_>,
    rejection: &Rejection,
    took: Duration,
) {
    let spec = attempt.spec();
    let step = rejection.step.to_string();
    let kind = match rejection.step {
        Step::Build => EventKind::BuildFailed,
        _ => EventKind::CandidateRejected,
    };
    let event = Event::new(kind, &spec.name)
        .took(took)
        .error(rejection)
        .with("step", step.clone());
    let rejected = Rejected {
        body: &rejection.body,
        replaces: attempt.replaces,
        step: &step,
        words: &rejection.words,
    };
    let event = keep(engine, attempt.lock, &rejected, event);
    engine.record(spec, event);
}

/// Keeps a candidate in the store, where there is a source at all, without anything secret. `event`, which is about
/// the tool, tells where.
pub(super) fn keep(engine: &Engine, lock: &Lock, rejected: &Rejected<'_>, event: Event) -> Event {
    if rejected.body.is_empty() {
        return event;
    }
    let redactor = engine.redactor();
    let rejected = Rejected {
        body: &redactor.redact_source(rejected.body),
        words: &redactor.redact_source(rejected.words),
        ..*rejected
    };
    let store = engine.store();
    match background::blocking(|| store.keep_rejected(lock, &event.tool_name, &rejected)) {
        Ok(path) => event.with("kept", path),
        // It would have been there to be looked at, and nothing else: the work goes on.
        Err(error) => event.with("not_kept", error.to_string()),
    }
}
