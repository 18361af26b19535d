//! One call of a tool that has no body yet, of a model that is asked in some dialect.

use anvil::models::{Anthropic, ChatCompletions, OpenAi};
use anvil::testing::TestAnvil;
use anvil::{Event, EventFilter, EventKind, LanguageModel};
use anvil_tests::provider::Provider;
use expect_test::Expect;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

#[anvil::tool(intent = "Double x")]
fn double(x: u64) -> anvil::Result<u64>;

/// What a dialect is tried with: its name, as a folder has it, and a model that speaks it.
#[derive(Clone, Copy)]
pub(crate) struct Dialect {
    pub(crate) name: &'static str,
    model: fn(&str, Terms) -> anvil::Result<Arc<dyn LanguageModel>>,
}

/// How patient the model is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) time_limit: Duration,
    pub(crate) retry_for: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            time_limit: Duration::from_secs(60),
            retry_for: Duration::from_secs(30),
        }
    }
}

macro_rules! dialect {
    ($name:literal, $model:expr) => {
        Dialect {
            name: $name,
            model: |base, terms| {
                let model = $model(base)?;
                let model = model.time_limit(terms.time_limit);
                Ok(Arc::new(model.retry_for(terms.retry_for)))
            },
        }
    };
}

pub(crate) const ANTHROPIC: Dialect = dialect!("anthropic", |base: &str| {
    Anthropic::new("sk-ant-the-key-of-a-test").base_url(base)
});

pub(crate) const OPENAI: Dialect = dialect!("openai", |base: &str| {
    OpenAi::new("sk-the-key-of-a-test").base_url(&format!("{base}/v1"))
});

pub(crate) const XAI: Dialect = dialect!("xai", |base: &str| {
    OpenAi::xai("xai-the-key-of-a-test").base_url(&format!("{base}/v1/"))
});

pub(crate) const CHAT: Dialect = dialect!("chat", |base: &str| {
    ChatCompletions::at(&format!("{base}/v1"), "qwen3-coder")
});

pub(crate) const GEMINI: Dialect = dialect!("gemini", |base: &str| {
    ChatCompletions::gemini("the-key-of-a-test").base_url(&format!("{base}/v1beta/openai"))
});

impl Dialect {
    pub(crate) fn model(self, base: &str) -> Arc<dyn LanguageModel> {
        self.model_on(base, Terms::default())
    }

    pub(crate) fn model_on(self, base: &str, terms: Terms) -> Arc<dyn LanguageModel> {
        (self.model)(base, terms).expect("an address")
    }
}

/// Has the tool written by a provider that gives these answers, in order.
pub(crate) fn check(dialect: Dialect, answers: &[&str], expected: Expect) {
    check_on(Terms::default(), dialect, answers, expected);
}

/// The same, where the model is as patient as these terms say.
pub(crate) fn check_on(terms: Terms, dialect: Dialect, answers: &[&str], expected: Expect) {
    let provider = Provider::start(dialect.name, answers);
    let told = told(dialect.model_on(&provider.base, terms));
    let story = format!("{}\n{told}", provider.transcript());
    let story = story.replace(&provider.base, "http://provider");
    expected.assert_eq(&without_times(&story));
}

/// What the log says of the requests, and what the caller gets.
pub(crate) fn told(model: Arc<dyn LanguageModel>) -> String {
    let anvil = TestAnvil::new(model);
    let outcome = match double(21) {
        Ok(answer) => answer.to_string(),
        Err(error) => format!("{error:?}"),
    };
    let events = anvil.logger().history(EventFilter::new());
    let events: Vec<String> = events.iter().rev().filter_map(in_the_log).collect();
    format!("{}\ncaller: {outcome}", events.join("\n"))
}

fn in_the_log(event: &Event) -> Option<String> {
    match event.kind {
        EventKind::ModelAsked => Some(request(event)),
        EventKind::CandidateRejected => {
            let why = event.error.as_deref().unwrap_or_default();
            Some(format!("log: turned back: {why}"))
        }
        _ => None,
    }
}

fn request(event: &Event) -> String {
    let number = |name: &str| {
        event
            .metadata
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    let mut words = vec![format!(
        "log: {} {}",
        event.metadata["provider"].as_str().unwrap_or_default(),
        event.metadata["model"].as_str().unwrap_or_default()
    )];
    words.push(format!(
        "{} in, {} out",
        number("input_tokens"),
        number("output_tokens")
    ));
    for (name, word) in [
        ("cache_read_tokens", "cached"),
        ("cache_write_tokens", "put into the cache"),
        ("thinking_tokens", "thought"),
    ] {
        if number(name) > 0 {
            words.push(format!("{} {word}", number(name)));
        }
    }
    if event.metadata.contains_key("estimated") {
        words[1] = "an estimate".to_owned();
        words.truncate(2);
    }
    if let Some(error) = &event.error {
        let kind = event.metadata["error_type"].as_str().unwrap_or_default();
        words.push(format!("{kind}: {error}"));
    }
    words.join(", ")
}

/// How long tries took is not the same twice.
fn without_times(story: &str) -> String {
    let mut parts = story.split(" tries in ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |story, part| {
        let end = part.find(['\n', ';', ' ']).unwrap_or(part.len());
        format!("{story} tries in …{}", &part[end..])
    })
}
