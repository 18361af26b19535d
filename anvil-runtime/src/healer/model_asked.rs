//! What the log says of a request to a model.

use crate::engine::Engine;
use crate::event::{Event, EventKind};
use crate::model::{ModelError, ModelReply, Trace, Usage};
use crate::spec::ToolSpec;
use crate::text::{one_line, shortened};

/// More is not told of a name, in bytes.
const LONGEST_NAME: usize = 200;

/// One that was answered.
pub(super) fn answered(engine: &Engine, spec: &ToolSpec, reply: &ModelReply) -> Event {
    let event = Event::new(EventKind::ModelAsked, &spec.name);
    let event = traced(event, engine, reply.trace.as_ref()).with("model", reply.model.clone());
    used(event, engine, Some(&reply.model), reply.usage)
}

/// One that had no answer, or none that can be used.
pub(super) fn failed(engine: &Engine, spec: &ToolSpec, error: &ModelError) -> Event {
    let event = Event::new(EventKind::ModelAsked, &spec.name).error(error);
    let event = event.with("error_type", error.kind().to_string());
    let event = traced(event, engine, error.trace());
    let model = model_of(engine, error);
    let event = match &model {
        Some(model) => event.with("model", model.clone()),
        None => event,
    };
    used(event, engine, model.as_deref(), error.usage())
}

/// Which model it was.
pub(super) fn model_of(engine: &Engine, error: &ModelError) -> Option<String> {
    Some(name(engine, error.model()?))
}

/// A name that somebody else has given to something, as it may be shown.
pub(super) fn name(engine: &Engine, given: &str) -> String {
    let name = engine.redactor().redact(given);
    shortened(&one_line(&name), LONGEST_NAME)
}

/// How the request went.
fn traced(event: Event, engine: &Engine, trace: Option<&Trace>) -> Event {
    let Some(trace) = trace else {
        return event;
    };
    let mut event = event
        .took(trace.took)
        .with("provider", trace.provider)
        .with("requested_model", trace.asked_for.clone());
    event.timestamp = trace.ended;
    if let Some(status) = trace.status {
        event = event.with("status", status);
    }
    if let Some(id) = &trace.request_id {
        event = event.with("request_id", name(engine, id));
    }
    event
}

/// What the request used, as far as that is not nothing, and what that costs.
fn used(event: Event, engine: &Engine, model: Option<&str>, usage: Usage) -> Event {
    let mut event = event
        .with("input_tokens", usage.input_tokens)
        .with("output_tokens", usage.output_tokens);
    for (name, tokens) in [
        ("cache_read_tokens", usage.cache_read_tokens),
        ("cache_write_tokens", usage.cache_write_tokens),
        ("thinking_tokens", usage.thinking_tokens),
    ] {
        if tokens > 0 {
            event = event.with(name, tokens);
        }
    }
    if usage.estimated {
        event = event.with("estimated", true);
    }
    match engine.budget().usd(model, &usage) {
        _ if usage.total_tokens() == 0 => event,
        Some(usd) => event.with("usd", usd.as_f64()),
        None => event.with("price", "unknown"),
    }
}
