//! What Anvil tells `tracing`, and the only place that knows the names it uses.
//!
//! They are those of OpenTelemetry's conventions for generative AI where there is one, and begin with `anvil.`
//! where there is none. A subscriber that turns spans into OpenTelemetry's takes them as they are.

use crate::event::{Event, EventKind};
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tracing::field::{Empty, display};
use tracing::{Level, Span};

/// Passes an event on. Costs next to nothing where nobody listens.
pub(crate) fn emit(event: &Event) {
    // The level is part of what is compiled in.
    macro_rules! emit_at {
        ($level:expr) => {
            tracing::event!(
                target: "anvil",
                $level,
                anvil.event = %event.kind,
                gen_ai.operation.name = operation(event.kind),
                gen_ai.tool.name = event.tool_name,
                anvil.tool.version = event.version.map(display),
                anvil.tool.isolation = event.isolation.map(display),
                anvil.duration_ms = event.duration_ms,
                "error.type" = error_type(event),
                anvil.error = event.error,
                gen_ai.request.model = text(event, "requested_model"),
                gen_ai.response.model = text(event, "model"),
                gen_ai.usage.input_tokens = number(event, "input_tokens"),
                gen_ai.usage.output_tokens = number(event, "output_tokens"),
                anvil.metadata = metadata(event),
            )
        };
    }
    match event.kind {
        EventKind::ToolExecuted => emit_at!(Level::DEBUG),
        EventKind::HealFailed => emit_at!(Level::ERROR),
        EventKind::ToolFailed => emit_at!(Level::WARN),
        _ if event.error.is_some() => emit_at!(Level::WARN),
        _ => emit_at!(Level::INFO),
    }
}

/// The log on disk begins to fail.
pub(crate) fn log_fails(path: &Path, reason: &str) {
    tracing::warn!(
        target: "anvil",
        { anvil.log.path = %path.display(), anvil.error = reason },
        "the log cannot be written; events will be missing from it",
    );
}

/// A request to a model has no answer, and is made again after a pause.
pub(crate) fn asks_again(provider: &str, error: &dyn std::error::Error, pause: Duration) {
    tracing::warn!(
        target: "anvil",
        {
            gen_ai.provider.name = provider,
            anvil.error = %error,
            anvil.pause_ms = pause.as_secs_f64() * 1000.0,
        },
        "the model gave no answer and is asked again",
    );
}

/// Spans a call of `tool`, heals included.
pub(crate) fn call_span(tool: &str) -> Span {
    tracing::debug_span!(
        target: "anvil",
        "execute_tool",
        otel.name = %format_args!("execute_tool {tool}"),
        gen_ai.operation.name = "execute_tool",
        "gen_ai.tool.type" = "function",
        gen_ai.tool.name = tool,
        anvil.tool.version = Empty,
        anvil.tool.isolation = Empty,
        "error.type" = Empty,
    )
}

/// Spans a request to a model on account of `tool`.
pub(crate) fn model_span(tool: &str) -> Span {
    tracing::debug_span!(
        target: "anvil",
        "chat",
        otel.kind = "client",
        gen_ai.operation.name = "chat",
        gen_ai.tool.name = tool,
        gen_ai.request.model = Empty,
        gen_ai.response.model = Empty,
        gen_ai.usage.input_tokens = Empty,
        gen_ai.usage.output_tokens = Empty,
        "error.type" = Empty,
    )
}

/// Adds to one of these spans how it ended. What the span has no field for is left out.
pub(crate) fn describe(span: &Span, end: &Event) {
    if span.is_disabled() {
        return;
    }
    span.record("anvil.tool.version", end.version.map(display));
    span.record("anvil.tool.isolation", end.isolation.map(display));
    span.record("error.type", error_type(end));
    span.record("gen_ai.request.model", text(end, "requested_model"));
    span.record("gen_ai.response.model", text(end, "model"));
    span.record("gen_ai.usage.input_tokens", number(end, "input_tokens"));
    span.record("gen_ai.usage.output_tokens", number(end, "output_tokens"));
}

fn operation(kind: EventKind) -> Option<&'static str> {
    match kind {
        EventKind::ToolExecuted | EventKind::ToolFailed => Some("execute_tool"),
        EventKind::ModelAsked => Some("chat"),
        _ => None,
    }
}

/// What sort of failure it is: a word, unlike `anvil.error`, that errors can be counted by.
fn error_type(event: &Event) -> Option<String> {
    event.error.as_ref()?;
    let named = text(event, "error_type").map(str::to_owned);
    Some(named.unwrap_or_else(|| event.kind.to_string()))
}

fn text<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.metadata.get(name).and_then(Value::as_str)
}

fn number(event: &Event, name: &str) -> Option<u64> {
    event.metadata.get(name).and_then(Value::as_u64)
}

/// All of it, as JSON.
fn metadata(event: &Event) -> Option<String> {
    let metadata = &event.metadata;
    (!metadata.is_empty()).then(|| Value::Object(metadata.clone()).to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::isolation::Isolation;
    use crate::version::Version;
    use std::collections::BTreeMap;
    use std::fmt;
    use std::sync::{Arc, Mutex};
    use tracing::Subscriber;
    use tracing::field::{Field, Visit};
    use tracing::span::{Attributes, Id, Record};

    /// Notes all that it is told: a name or level, and fields, which spans add to.
    #[derive(Clone, Default)]
    struct Notes(Arc<Mutex<Vec<(String, Fields)>>>);

    #[derive(Clone, Default)]
    struct Fields(BTreeMap<String, String>);

    impl Visit for Fields {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.insert(field.name().to_owned(), value.to_owned());
        }

        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0.insert(field.name().to_owned(), format!("{value:?}"));
        }
    }

    impl Subscriber for Notes {
        fn enabled(&self, _: &tracing::Metadata<'_>) -> bool {
            true
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            let mut fields = Fields::default();
            span.record(&mut fields);
            let mut notes = self.0.lock().unwrap();
            notes.push((span.metadata().name().to_owned(), fields));
            Id::from_u64(notes.len() as u64)
        }

        fn record(&self, span: &Id, values: &Record<'_>) {
            let index = span.into_u64() as usize - 1;
            values.record(&mut self.0.lock().unwrap()[index].1);
        }

        fn event(&self, event: &tracing::Event<'_>) {
            assert_eq!(event.metadata().target(), "anvil");
            let mut fields = Fields::default();
            event.record(&mut fields);
            let level = event.metadata().level().to_string();
            self.0.lock().unwrap().push((level, fields));
        }

        fn record_follows_from(&self, _: &Id, _: &Id) {}
        fn enter(&self, _: &Id) {}
        fn exit(&self, _: &Id) {}
    }

    /// What `work` tells `tracing`.
    pub(crate) fn told(work: impl FnOnce()) -> Vec<(String, BTreeMap<String, String>)> {
        let notes = Notes::default();
        tracing::subscriber::with_default(notes.clone(), work);
        let told = notes.0.lock().unwrap().clone();
        told.into_iter()
            .map(|(name, fields)| (name, fields.0))
            .collect()
    }

    fn fields<const N: usize>(fields: [(&str, &str); N]) -> BTreeMap<String, String> {
        fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    #[test]
    fn an_event_has_the_fields_that_it_has_something_for() {
        let told = told(|| {
            emit(
                &Event::new(EventKind::ToolExecuted, "slugify")
                    .version(Version::FIRST)
                    .isolation(Isolation::Worker)
                    .took(Duration::from_millis(2)),
            );
            emit(
                &Event::new(EventKind::ModelAsked, "slugify")
                    .with("model", "parrot-1")
                    .with("input_tokens", 7),
            );
        });
        let executed = fields([
            ("anvil.event", "tool_executed"),
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.name", "slugify"),
            ("anvil.tool.version", "1.0"),
            ("anvil.tool.isolation", "worker"),
            ("anvil.duration_ms", "2.0"),
        ]);
        assert_eq!(told[0], ("DEBUG".to_owned(), executed));
        let asked = fields([
            ("anvil.event", "model_asked"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.tool.name", "slugify"),
            ("gen_ai.response.model", "parrot-1"),
            ("gen_ai.usage.input_tokens", "7"),
            ("anvil.metadata", r#"{"input_tokens":7,"model":"parrot-1"}"#),
        ]);
        assert_eq!(told[1], ("INFO".to_owned(), asked));
    }

    #[test]
    fn failures_are_louder_and_have_a_type() {
        let event = |kind| Event::new(kind, "a").error("words");
        let told = told(|| {
            emit(&event(EventKind::ToolFailed).with("error_type", "panic"));
            emit(&event(EventKind::HealFailed));
            emit(&event(EventKind::ModelAsked));
            emit(&Event::new(EventKind::ToolHealed, "a"));
        });
        let heard: Vec<_> = told
            .iter()
            .map(|(level, fields)| (level.as_str(), fields.get("error.type").map(String::as_str)))
            .collect();
        assert_eq!(
            heard,
            [
                ("WARN", Some("panic")),
                ("ERROR", Some("heal_failed")),
                ("WARN", Some("model_asked")),
                ("INFO", None),
            ]
        );
        assert_eq!(told[1].1["anvil.error"], "words");
    }

    #[test]
    fn spans_are_told_how_they_ended() {
        let told = told(|| {
            let call = call_span("slugify");
            describe(
                &call,
                &Event::new(EventKind::ToolExecuted, "slugify")
                    .version(Version::FIRST)
                    .isolation(Isolation::Worker),
            );
            let chat = model_span("slugify");
            describe(
                &chat,
                &Event::new(EventKind::ModelAsked, "slugify")
                    .error("no answer")
                    .with("output_tokens", 3),
            );
        });
        let call = fields([
            ("otel.name", "execute_tool slugify"),
            ("gen_ai.operation.name", "execute_tool"),
            ("gen_ai.tool.type", "function"),
            ("gen_ai.tool.name", "slugify"),
            ("anvil.tool.version", "1.0"),
            ("anvil.tool.isolation", "worker"),
        ]);
        assert_eq!(told[0], ("execute_tool".to_owned(), call));
        let chat = fields([
            ("otel.kind", "client"),
            ("gen_ai.operation.name", "chat"),
            ("gen_ai.tool.name", "slugify"),
            ("gen_ai.usage.output_tokens", "3"),
            ("error.type", "model_asked"),
        ]);
        assert_eq!(told[1], ("chat".to_owned(), chat));
    }
}
