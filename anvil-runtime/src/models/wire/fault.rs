//! [`Fault`]: why there is no answer, and whether there may be one later.

use super::line::Line;
use super::pace::{asked_for, should_retry};
use super::said::Said;
use crate::model::ModelErrorKind;
use crate::text::{one_line, shortened};
use reqwest::StatusCode;
use reqwest::header::{HeaderMap, LOCATION};
use std::time::Duration;

/// A request without an answer.
#[derive(Debug)]
pub(in crate::models) struct Fault {
    pub(super) kind: ModelErrorKind,
    pub(super) message: String,
    pub(super) help: Option<String>,
    pub(super) again: Again,
}

/// Whether to ask again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// It would end in the same place.
    Never,
    /// It may pass; after this time, if the provider said one.
    Later(Option<Duration>),
}

impl Fault {
    /// One that will not pass.
    pub(in crate::models) fn new(kind: ModelErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
            again: Again::Never,
        }
    }

    /// The answer ended before it was complete, after so many tokens.
    pub(in crate::models) fn cut_off(tokens: Option<u64>) -> Self {
        let after = tokens.map_or_else(String::new, |tokens| format!(" after {tokens} tokens"));
        let message = format!("the model's answer was cut off{after}, thinking included");
        Self::new(ModelErrorKind::CutOff, message)
            .with_help("allow a longer one with `max_output_tokens`, or ask for less in the intent")
    }

    /// The model does not want to answer, and may have said why.
    pub(in crate::models) fn refusal(words: &str) -> Self {
        let words = shortened(&one_line(words), LONGEST_REFUSAL);
        let message = match words.is_empty() {
            true => "the model refused to answer".to_owned(),
            false => format!("the model refused to answer: {words}"),
        };
        Self::new(ModelErrorKind::Refusal, message)
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self {
            help: Some(help.into()),
            ..self
        }
    }

    /// One that may pass.
    pub(super) fn passing(self) -> Self {
        Self {
            again: Again::Later(None),
            ..self
        }
    }

    /// What it means that the provider answered with this status, said this, and sent these headers.
    pub(super) fn of(line: &Line, status: StatusCode, said: &Said, headers: &HeaderMap) -> Self {
        if status.is_redirection() {
            return redirected(line, status, headers);
        }
        let kind = kind(status, said);
        let again = match kind {
            ModelErrorKind::Billing | ModelErrorKind::Credential | ModelErrorKind::Refusal => false,
            ModelErrorKind::Unavailable => should_retry(headers).unwrap_or(true),
            _ => should_retry(headers).unwrap_or(false),
        };
        let fault = Self {
            again: match again {
                true => Again::Later(asked_for(headers)),
                false => Again::Never,
            },
            ..Self::new(kind, words(line, kind, status, said))
        };
        match help(line, kind, status) {
            Some(help) => fault.with_help(help),
            None => fault,
        }
    }
}

/// What sort of thing it is, by all that tells: the status, the type, the code, and the words where there is nothing else.
fn kind(status: StatusCode, said: &Said) -> ModelErrorKind {
    let words = [said.kind.as_deref(), said.code.as_deref()];
    let is = |known: &[&str]| {
        words
            .into_iter()
            .flatten()
            .any(|word| known.contains(&word))
    };
    let over_a_limit =
        |word: &str| word.ends_with("_limit_exceeded") && word != "rate_limit_exceeded";
    let message = said.message.to_ascii_lowercase();
    if status == StatusCode::PAYMENT_REQUIRED
        || is(&[
            "billing_error",
            "insufficient_quota",
            "credit_balance_exhausted",
            SPEND_LIMIT,
        ])
        || words.into_iter().flatten().any(over_a_limit)
        || [SPEND_LIMIT, "api usage limits", "credit balance is too low"]
            .iter()
            .any(|words| message.contains(words))
    {
        return ModelErrorKind::Billing;
    }
    if is(&["content_filter", "content_policy_violation"]) {
        return ModelErrorKind::Refusal;
    }
    let about_the_key = status == StatusCode::BAD_REQUEST && message.contains("api key");
    if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
        || is(&[
            "authentication_error",
            "permission_error",
            "invalid_api_key",
        ])
        || about_the_key
    {
        return ModelErrorKind::Credential;
    }
    if matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS
    ) || status.is_server_error()
    {
        return ModelErrorKind::Unavailable;
    }
    // An error that came as if it were an answer has no status of its own.
    let wrong = |word: &str| word.starts_with("invalid_") || word == "not_found_error";
    match status.is_success() && !words.into_iter().flatten().any(wrong) {
        true => ModelErrorKind::Unavailable,
        false => ModelErrorKind::Request,
    }
}

/// More of a refusal is not told, in bytes.
const LONGEST_REFUSAL: usize = 500;

/// It comes without a time after which to ask again: there is none.
const SPEND_LIMIT: &str = "enforced_spend_limit_reached";

fn words(line: &Line, kind: ModelErrorKind, status: StatusCode, said: &Said) -> String {
    let name = line.names.name;
    let what = match said.code.as_deref().or(said.kind.as_deref()) {
        Some(word) if !word.contains(' ') => format!("{} {word}", status.as_u16()),
        _ => status.as_u16().to_string(),
    };
    let what = match said.message.is_empty() {
        true => what,
        false => format!("{what}: {}", said.message),
    };
    let variable = line.names.key_variable;
    match kind {
        ModelErrorKind::Credential if !line.has_key() => {
            format!("{name} wants a key, and {variable} is not set ({what})")
        }
        ModelErrorKind::Credential => {
            format!("{name} does not take the key in {variable} ({what})")
        }
        ModelErrorKind::Billing => {
            format!("the account behind {variable} has nothing left to spend at {name} ({what})")
        }
        _ => format!("{name} answered {what}"),
    }
}

fn help(line: &Line, kind: ModelErrorKind, status: StatusCode) -> Option<String> {
    let (name, variable) = (line.names.name, line.names.key_variable);
    let (model, base) = (&line.model, line.names.base_variable);
    match kind {
        ModelErrorKind::Credential if !line.has_key() => {
            Some(format!("set {variable} in the environment or in `.env`"))
        }
        ModelErrorKind::Credential => Some(format!(
            "see that {variable} holds a key of {name}'s that may use `{model}`"
        )),
        ModelErrorKind::Billing => Some(format!(
            "see to the credit and the spending limit of the account that {variable} belongs to"
        )),
        ModelErrorKind::Request if status == StatusCode::NOT_FOUND => Some(format!(
            "see that {name} has a model called `{model}` (ANVIL_MODEL names another), and is what is asked at `{}` ({base})",
            line.shown_base()
        )),
        ModelErrorKind::Request if status == StatusCode::PROXY_AUTHENTICATION_REQUIRED => Some(
            "the proxy wants to know who asks: see HTTPS_PROXY, HTTP_PROXY and ALL_PROXY"
                .to_owned(),
        ),
        ModelErrorKind::Unavailable => Some(later(name)),
        _ => None,
    }
}

/// What to do about a provider that may be back in a while.
pub(super) fn later(name: &str) -> String {
    format!(
        "try again later; with `models::Fallback` another provider is asked while {name} is away"
    )
}

/// Where it leads the key would go, too.
fn redirected(line: &Line, status: StatusCode, headers: &HeaderMap) -> Fault {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    let name = line.names.name;
    let message = format!(
        "{name} answered {}, which leads to `{}` and is not followed",
        status.as_u16(),
        location.unwrap_or("nowhere")
    );
    Fault::new(ModelErrorKind::Request, message).with_help(format!(
        "if it is right, set {} to where it leads",
        line.names.base_variable
    ))
}
