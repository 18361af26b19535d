//! Asking the model once: what it is sent, what comes of it, and an event for each request that it took.

use crate::background::{ShutDown, blocking, panic_words};
use crate::budget::{HealSpending, Tried, at_most, today, used_by};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::healer::model_asked::{answered, failed, model_of, name};
use crate::healer::prompt::{self, Task};
use crate::material::Material;
use crate::model::{LanguageModel, ModelError, ModelErrorKind, ModelReply, ModelRequest, Usage};
use crate::pipeline::{Halt, Rejection, Step};
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

/// What the model is asked.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) spec: &'static ToolSpec,
    /// What it is to read.
    pub(super) material: &'a Material,
    pub(super) task: &'a Task<'a>,
    /// Its last answer, if that was turned back.
    pub(super) rejected: Option<&'a Rejection>,
    /// Whether little is left to try.
    pub(super) last: bool,
}

/// Asks the model that writes the tool's bodies, if the budget allows it.
///
/// # Errors
/// When nobody answered, or was asked.
pub(super) async fn ask(
    engine: &Arc<Engine>,
    question: &Question<'_>,
    spending: &HealSpending,
) -> Result<Asked, Halt> {
    let &Question {
        spec,
        material,
        task,
        rejected,
        last,
    } = question;
    let mut request = prompt::request(spec, &engine.gate(spec), task, rejected, last);
    let declaration = engine.redactor().redact(&request.declaration);
    // What is read was looked through before it was quoted: something like a key at its end must not take the end of the
    // quotation with it.
    request.declaration = declaration.into_owned() + &prompt::material(material);
    let model = engine.model(&spec.name)?.clone();
    let info = model.info();
    let at_most = at_most(&request, info.max_output_tokens);
    let budget = engine.budget();
    // From here until it is settled the request counts as what it may use at most, whatever becomes of it.
    let reserved =
        blocking(|| budget.reserve(today(), &spec.name, &info.names, at_most, spending))?;
    let span = telemetry::model_span(&spec.name);
    let started = Instant::now();
    let asked = info.names.first().map_or("the model", String::as_str);
    let asking = doing(engine, spec, format!("asking {asked}"));
    let answer = complete(engine, model, request, at_most, &span).await?;
    drop(asking);
    let took = started.elapsed();
    let (answer, earlier) = one_by_one(answer, at_most);
    let answer = answer.map(|reply| ModelReply {
        model: name(engine, &reply.model),
        ..reply
    });
    let tried = tried(engine, &answer, &earlier);
    let unsettled = blocking(|| budget.settle(&reserved, spending, &tried)).err();
    let mut usage = Usage::default();
    for Tried { usage: used, .. } in tried {
        usage += used;
    }
    let mut others = Vec::new();
    for error in earlier {
        let error = shown(engine, error);
        engine.record(spec, failed(engine, spec, &error));
        others.push(error);
    }
    let (event, answer) = match answer {
        Ok(reply) => (answered(engine, spec, &reply), Ok(Answer::Said(reply))),
        Err(error) => {
            let error = shown(engine, error);
            let event = failed(engine, spec, &error);
            (event, no_body(spec, rejected, error, &others))
        }
    };
    let event = match event.duration_ms {
        Some(_) => event,
        None => event.took(took),
    };
    let event = match unsettled {
        // The answer is there and paid for; who asks next will hear of it.
        Some(error) => event.with("not_settled", error.to_string()),
        None => event,
    };
    engine.record_end(&span, spec, event);
    Ok(Asked {
        answer: answer?,
        usage,
    })
}

/// The answer, or the error, of each request by itself; the last one, and those before it.
fn one_by_one(
    answer: Result<ModelReply, ModelError>,
    at_most: Usage,
) -> (Result<ModelReply, ModelError>, Vec<ModelError>) {
    match answer {
        Ok(mut reply) => {
            let earlier = std::mem::take(&mut reply.earlier);
            if reply.usage.is_nothing() {
                reply.usage = used_by(at_most, &reply.text);
            }
            (Ok(reply), earlier)
        }
        Err(error) => {
            let mut errors: Vec<ModelError> = error.one_by_one().collect();
            let last = errors.pop().expect("an error is one at least");
            (Err(last), errors)
        }
    }
}

/// What each request used.
fn tried(
    engine: &Engine,
    answer: &Result<ModelReply, ModelError>,
    earlier: &[ModelError],
) -> Vec<Tried> {
    let errors = earlier.iter().chain(answer.as_ref().err());
    let errors = errors.map(|error| Tried {
        model: model_of(engine, error),
        usage: error.usage(),
    });
    let reply = answer.as_ref().ok().map(|reply| Tried {
        model: Some(reply.model.clone()),
        usage: reply.usage,
    });
    errors.chain(reply).collect()
}

/// Waits for the model, on a task of its own: it is somebody else's code, and may panic.
async fn complete(
    engine: &Engine,
    model: Arc<dyn LanguageModel>,
    request: ModelRequest,
    at_most: Usage,
    span: &Span,
) -> Result<Result<ModelReply, ModelError>, Error> {
    let asking = async move { model.complete(&request).await }.instrument(span.clone());
    match engine.background().spawn(asking).await {
        Ok(answer) => Ok(answer),
        Err(error) => match error.try_into_panic() {
            Ok(payload) => {
                let words = format!("it panicked: {}", panic_words(&*payload));
                // Nobody knows what it has asked by then.
                Ok(Err(ModelError::new(words).with_usage(at_most)))
            }
            Err(_) => Err(ShutDown.into()),
        },
    }
}

/// Providers quote keys that they do not know.
fn shown(engine: &Engine, error: ModelError) -> ModelError {
    let redact = |words: &str| engine.redactor().redact(words).into_owned();
    let help = error.help().map(redact);
    let words = redact(&error.to_string());
    let error = error.with_message(words);
    match help {
        Some(help) => error.with_help(help),
        None => error,
    }
}

/// What it means that there is no body in the answer, or no answer.
fn no_body(
    spec: &ToolSpec,
    rejected: Option<&Rejection>,
    error: ModelError,
    earlier: &[ModelError],
) -> Result<Answer, Halt> {
    let rejection = Rejection {
        step: Step::Draft,
        body: String::new(),
        words: error.to_string(),
    };
    match error.kind() {
        ModelErrorKind::Refusal => Ok(Answer::Refused(rejection)),
        ModelErrorKind::CutOff | ModelErrorKind::Empty => Ok(Answer::Unusable(rejection)),
        kind => {
            let rejected = rejected.map_or_else(String::new, |rejection| {
                format!(" after its last answer was turned back ({rejection})")
            });
            let others = of_others(earlier, &error);
            let message = format!(
                "the model gave no body for `{}`{rejected}{others}",
                spec.name
            );
            let help = error.help().map(str::to_owned);
            let helped = |error: Error| match help {
                Some(help) => error.with_help(help),
                None => error,
            };
            Err(match kind {
                ModelErrorKind::NotRecorded => {
                    let unasked = Error::new(ErrorKind::Configuration, message);
                    Halt::Unasked(helped(unasked.because(error)))
                }
                _ => helped(Error::new(ErrorKind::Model, message).because(error)).into(),
            })
        }
    }
}

/// What the providers said that were asked before the one with `last`, each in its last words.
fn of_others(earlier: &[ModelError], last: &ModelError) -> String {
    let provider = |error: &ModelError| error.trace().map(|trace| trace.provider);
    let mut words = String::new();
    for (nth, error) in earlier.iter().enumerate() {
        let next = earlier.get(nth + 1).unwrap_or(last);
        if provider(error) != provider(next) {
            words.push_str(&format!(": {error}"));
        }
    }
    words
}
