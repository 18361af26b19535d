//! Asking the model once: what it is sent, what comes of it, and an event for each request that it took.

use crate::background::{ShutDown, panic_words};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind};
use crate::healer::prompt::{self, Task};
use crate::model::{ModelError, ModelErrorKind, ModelReply, ModelRequest, Trace, Usage};
use crate::pipeline::{Rejection, Step};
use crate::progress::doing;
use crate::spec::ToolSpec;
use crate::telemetry;
use std::sync::Arc;
use std::time::Instant;
use tracing::{Instrument, Span};

/// What came of asking.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) answer: Answer,
    /// What all requests used, those without an answer included.
    pub(super) usage: Usage,
}

#[derive(Debug)]
pub(super) enum Answer {
    Said(ModelReply),
    /// It was cut off, or empty: the model may do better.
    Unusable(Rejection),
    /// The model does not want to: asking again would end in the same place.
    Refused(Rejection),
}

/// Asks the model that writes the tool's bodies.
///
/// # Errors
/// When nobody answered.
pub(super) async fn ask(
    engine: &Arc<Engine>,
    spec: &'static ToolSpec,
    task: &Task<'_>,
    rejected: Option<&Rejection>,
    last: bool,
) -> Result<Asked, Error> {
    let mut request = prompt::request(spec, &engine.gate(spec), task, rejected, last);
    request.declaration = engine.redactor().redact(&request.declaration).into_owned();
    let span = telemetry::model_span(&spec.name);
    let started = Instant::now();
    let answer = complete(engine, spec, request, &span).await?;
    let took = started.elapsed();
    let mut usage = Usage::default();
    let (answer, earlier) = match answer {
        Ok(mut reply) => {
            let earlier = std::mem::take(&mut reply.earlier);
            (Ok(reply), earlier)
        }
        Err(error) => {
            let mut errors: Vec<ModelError> = error.one_by_one().collect();
            let last = errors.pop().expect("an error is one at least");
            (Err(last), errors)
        }
    };
    for error in earlier {
        usage += error.usage();
        let event = failed(engine, spec, &shown(engine, error));
        engine.record(spec, event);
    }
    match answer {
        Ok(reply) => {
            usage += reply.usage;
            let event = Event::new(EventKind::ModelAsked, &spec.name).took(took);
            let event = traced(event, reply.trace.as_ref()).with("model", reply.model.clone());
            engine.record_end(&span, spec, used(event, reply.usage));
            let answer = Answer::Said(reply);
            Ok(Asked { answer, usage })
        }
        Err(error) => {
            usage += error.usage();
            let error = shown(engine, error);
            let event = failed(engine, spec, &error);
            let event = match event.duration_ms {
                Some(_) => event,
                None => event.took(took),
            };
            engine.record_end(&span, spec, event);
            let answer = no_body(spec, rejected, error)?;
            Ok(Asked { answer, usage })
        }
    }
}

/// Waits for the model, on a task of its own: it is somebody else's code, and may panic.
async fn complete(
    engine: &Arc<Engine>,
    spec: &'static ToolSpec,
    request: ModelRequest,
    span: &Span,
) -> Result<Result<ModelReply, ModelError>, Error> {
    let model = engine.model(&spec.name)?.clone();
    let name = model.info().names.into_iter().next();
    let _doing = doing(
        engine,
        spec,
        format!("asking {}", name.as_deref().unwrap_or("the model")),
    );
    let asking = async move { model.complete(&request).await }.instrument(span.clone());
    match engine.background().spawn(asking).await {
        Ok(answer) => Ok(answer),
        Err(error) => match error.try_into_panic() {
            Ok(payload) => {
                let words = format!("it panicked: {}", panic_words(&*payload));
                Ok(Err(ModelError::new(words)))
            }
            Err(_) => Err(ShutDown.into()),
        },
    }
}

/// Providers quote keys that they do not know.
fn shown(engine: &Engine, error: ModelError) -> ModelError {
    let words = engine.redactor().redact(&error.to_string()).into_owned();
    error.with_message(words)
}

fn failed(engine: &Engine, spec: &ToolSpec, error: &ModelError) -> Event {
    let event = Event::new(EventKind::ModelAsked, &spec.name).error(error);
    let event = event.with("error_type", error.kind().to_string());
    let event = traced(event, error.trace());
    let event = match error.model() {
        Some(model) => event.with("model", engine.redactor().redact(model).into_owned()),
        None => event,
    };
    used(event, error.usage())
}

/// How the request went.
fn traced(event: Event, trace: Option<&Trace>) -> Event {
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
        event = event.with("request_id", id.clone());
    }
    event
}

/// What the request used, as far as that is not nothing.
fn used(event: Event, usage: Usage) -> Event {
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
    match usage.estimated {
        true => event.with("estimated", true),
        false => event,
    }
}

/// What it means that there is no body in the answer, or no answer.
fn no_body(
    spec: &ToolSpec,
    rejected: Option<&Rejection>,
    error: ModelError,
) -> Result<Answer, Error> {
    let rejection = Rejection {
        step: Step::Draft,
        body: String::new(),
        words: error.to_string(),
    };
    match error.kind() {
        ModelErrorKind::Refusal => Ok(Answer::Refused(rejection)),
        ModelErrorKind::CutOff | ModelErrorKind::Empty => Ok(Answer::Unusable(rejection)),
        kind => {
            let earlier = rejected.map_or_else(String::new, |rejection| {
                format!(" after its last answer was turned back ({rejection})")
            });
            let message = format!("the model gave no body for `{}`{earlier}", spec.name);
            let help = error.help().map(str::to_owned);
            let kind = match kind {
                // No other body would be asked for otherwise.
                ModelErrorKind::NotRecorded => ErrorKind::Configuration,
                _ => ErrorKind::Model,
            };
            let error = Error::new(kind, message).because(error);
            Err(match help {
                Some(help) => error.with_help(help),
                None => error,
            })
        }
    }
}
