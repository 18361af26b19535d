//! [`Line`]: a line to one provider.

use super::connections::Connections;
use super::exchange::{Lost, Next, Received, send};
use super::fault::{Again, Fault, later};
use super::pace::Pace;
use super::said::{hidden, is_id, said};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{
    ModelError, ModelErrorKind, ModelInfo, ModelReply, ModelRequest, Trace, Usage, estimated_tokens,
};
use crate::privacy::Redactor;
use crate::telemetry;
use crate::text::{one_line, shortened};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

/// How a request is written for one kind of interface, and how its answer is read.
pub(in crate::models) trait Dialect {
    /// Behind the base URL.
    const PATH: &'static [&'static str];

    /// Beside the key.
    fn headers() -> HeaderMap {
        HeaderMap::new()
    }

    fn write(line: &Line, request: &ModelRequest) -> Value;

    /// What is in an answer.
    ///
    /// # Errors
    /// When it is no answer of this kind of interface.
    fn read(answer: &[u8]) -> serde_json::Result<Spoken>;
}

/// What is in an answer.
pub(in crate::models) struct Spoken {
    /// The model that answered.
    pub(in crate::models) model: Option<String>,
    pub(in crate::models) usage: Option<Usage>,
    /// The text, or why there is none.
    pub(in crate::models) text: std::result::Result<String, Fault>,
}

/// A key, and the header that it goes into.
#[derive(Clone)]
pub(in crate::models) struct Key {
    secret: SecretString,
    header: &'static str,
    before: &'static str,
}

impl Key {
    /// `Authorization: Bearer …`
    pub(in crate::models) fn bearer(secret: SecretString) -> Self {
        Self {
            secret,
            header: "authorization",
            before: "Bearer ",
        }
    }

    /// A header of its own.
    pub(in crate::models) fn in_header(header: &'static str, secret: SecretString) -> Self {
        Self {
            secret,
            header,
            before: "",
        }
    }

    /// Nothing where no header can hold it.
    fn value(&self) -> Option<HeaderValue> {
        let text = format!("{}{}", self.before, self.secret.expose_secret().trim());
        let mut value = HeaderValue::try_from(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

/// Whom to ask, with which key, for which model, and how long.
#[derive(Clone)]
pub(in crate::models) struct Line {
    pub(in crate::models) names: Names,
    pub(in crate::models) base: Url,
    pub(in crate::models) model: String,
    pub(in crate::models) max_output_tokens: Option<u64>,
    pub(in crate::models) time_limit: Duration,
    pub(in crate::models) retry_for: Duration,
    key: Option<Key>,
    pace: Pace,
    connections: Connections,
    redactor: Arc<Redactor>,
}

/// What a provider is called, and what its variables are.
#[derive(Debug, Clone, Copy)]
pub(in crate::models) struct Names {
    /// In events: `anthropic`.
    pub(in crate::models) word: &'static str,
    /// In words: `Anthropic`.
    pub(in crate::models) name: &'static str,
    /// Where its key is looked up.
    pub(in crate::models) key_variable: &'static str,
    /// What names another address of it.
    pub(in crate::models) base_variable: &'static str,
}

/// Thinking counts, too.
const MAX_OUTPUT_TOKENS: u64 = 32_000;

/// A request, with all that it takes to have it answered, ends after this time.
const TIME_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Spells of overload last minutes.
const RETRY_FOR: Duration = Duration::from_secs(2 * 60);

/// More is not told of why an answer cannot be read, in bytes.
const LONGEST_WHY: usize = 200;

/// What is longer is no time that a clock could tell.
const EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Line {
    pub(in crate::models) fn new(names: Names, base: Url, model: &str) -> Self {
        Self {
            names,
            base,
            model: model.to_owned(),
            max_output_tokens: Some(MAX_OUTPUT_TOKENS),
            time_limit: TIME_LIMIT,
            retry_for: RETRY_FOR,
            key: None,
            pace: Pace::default(),
            connections: Connections::default(),
            redactor: Arc::default(),
        }
    }

    /// With a key that is looked up elsewhere than usual.
    pub(in crate::models) fn with_key_of(mut self, variable: &'static str, key: Key) -> Self {
        self.names.key_variable = variable;
        self.with_key(key)
    }

    pub(in crate::models) fn with_key(mut self, key: Key) -> Self {
        self.redactor.learn(self.names.key_variable, &key.secret);
        self.key = Some(key);
        self
    }

    /// # Errors
    /// When it is no address to ask.
    pub(in crate::models) fn set_base(&mut self, url: &str) -> Result<()> {
        self.base = base(url)?;
        // Whoever this is a copy of asks elsewhere, and maybe by another way.
        self.connections = Connections::default();
        Ok(())
    }

    pub(super) fn name(&self) -> &'static str {
        self.names.name
    }

    pub(super) fn key_variable(&self) -> &'static str {
        self.names.key_variable
    }

    pub(super) fn base_variable(&self) -> &'static str {
        self.names.base_variable
    }

    pub(super) fn model(&self) -> &str {
        &self.model
    }

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// The base URL without what may be a secret in it.
    pub(super) fn shown_base(&self) -> String {
        let mut base = self.base.clone();
        // Of a URL that has a host, which it has.
        let _ = base.set_username("");
        let _ = base.set_password(None);
        base.set_query(None);
        base.to_string()
    }

    pub(in crate::models) fn info(&self) -> ModelInfo {
        let info = ModelInfo::new(&self.model);
        let info = match self.max_output_tokens {
            Some(tokens) => info.with_max_output_tokens(tokens),
            None => info,
        };
        match &self.key {
            Some(key) => info.with_secret(self.names.key_variable, key.secret.clone()),
            None => info,
        }
    }

    /// Asks until there is an answer, it makes no sense any more, or the time is over.
    pub(in crate::models) async fn ask<D: Dialect>(
        &self,
        request: &ModelRequest,
    ) -> std::result::Result<ModelReply, ModelError> {
        let begun = Instant::now();
        let deadline = begun + self.time_limit.min(EVER);
        let patience = deadline.min(begun + self.retry_for.min(EVER));
        let mut earlier = Vec::new();
        loop {
            let (fault, error) = match self.once::<D>(request, deadline).await {
                Ok(reply) => return Ok(reply.after(earlier)),
                Err(failed) => failed,
            };
            let tries = earlier.len() as u32 + 1;
            let pause = match fault {
                Again::Never => None,
                Again::Later(asked_for) => Some(self.pace.pause(tries, asked_for)),
            };
            match pause {
                Some(pause) if pause < patience.saturating_duration_since(Instant::now()) => {
                    telemetry::asks_again(self.names.word, &error, pause);
                    earlier.push(error);
                    sleep(pause).await;
                }
                pause => {
                    let told = given_up(&error.to_string(), pause, tries, begun.elapsed());
                    return Err(error.with_message(told).after(earlier));
                }
            }
        }
    }

    /// One request, and what came of it.
    async fn once<D: Dialect>(
        &self,
        request: &ModelRequest,
        deadline: Instant,
    ) -> std::result::Result<ModelReply, (Again, ModelError)> {
        let begun = Instant::now();
        let mut trace = Trace {
            provider: self.names.word,
            ended: Timestamp::now(),
            took: Duration::ZERO,
            status: None,
            request_id: None,
            asked_for: self.model.clone(),
        };
        let lost = Usage::new(
            request.estimated_tokens(),
            self.max_output_tokens.unwrap_or(0),
        );
        let outcome = self.outcome::<D>(request, deadline, &mut trace).await;
        trace.ended = Timestamp::now();
        trace.took = begun.elapsed();
        match outcome {
            Ok(Spoken { model, usage, text }) => {
                let model = model.unwrap_or_else(|| self.model.clone());
                let said = text.as_ref().map_or(0, |text| estimated_tokens(text));
                let estimate = Usage::new(request.estimated_tokens(), said);
                let usage = usage.unwrap_or_else(|| estimate.estimated());
                match text {
                    Ok(text) => Ok(ModelReply {
                        trace: Some(trace),
                        ..ModelReply::new(model, text).with_usage(usage)
                    }),
                    Err(fault) => Err(self.failed(fault, trace, Some(model), usage)),
                }
            }
            Err((fault, worked)) => {
                let usage = match worked {
                    true => lost.estimated(),
                    false => Usage::default(),
                };
                Err(self.failed(fault, trace, None, usage))
            }
        }
    }

    /// What there is in the answer; or why there is none, and whether the provider may have worked all the same.
    async fn outcome<D: Dialect>(
        &self,
        request: &ModelRequest,
        deadline: Instant,
        trace: &mut Trace,
    ) -> std::result::Result<Spoken, (Fault, bool)> {
        let client = self.connections.client(&self.base).await.map_err(|error| {
            let message = format!("{} cannot be asked: {error}", self.name());
            (Fault::new(ModelErrorKind::Other, message), false)
        })?;
        let http = self.request::<D>(request).map_err(|fault| (fault, false))?;
        let received = match timeout_at(deadline, send(client, http)).await {
            Ok(received) => received.map_err(|lost| self.without_answer(lost))?,
            Err(_) => return Err((self.too_slow(), true)),
        };
        let Received {
            status,
            headers,
            body,
        } = received;
        trace.status = Some(status.as_u16());
        trace.request_id = request_id(&headers);
        let said = match status.is_success() {
            false => Some(said(&body)),
            true => hidden(&body),
        };
        if let Some(said) = said {
            trace.request_id = trace.request_id.take().or_else(|| said.request_id.clone());
            let fault = Fault::of(self, status, &said, &headers);
            return match D::read(&body) {
                // It failed midway, and says what it used until then.
                Ok(spoken) if status.is_success() => Ok(Spoken {
                    usage: spoken.usage.or_else(|| Some(Usage::default())),
                    text: Err(fault),
                    ..spoken
                }),
                _ => Err((fault, false)),
            };
        }
        D::read(&body).map_err(|error| (self.unreadable(&body, &error), true))
    }

    fn request<D: Dialect>(&self, request: &ModelRequest) -> std::result::Result<Request, Fault> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(D::PATH);
        }
        let mut http = Request::new(Method::POST, url);
        let headers = http.headers_mut();
        *headers = D::headers();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        headers.insert("accept", HeaderValue::from_static("application/json"));
        if let Some(key) = &self.key {
            let value = key.value().ok_or_else(|| {
                let variable = self.key_variable();
                let message = format!("{variable} holds characters that no key has");
                Fault::new(ModelErrorKind::Credential, message)
                    .with_help(format!("see that {variable} is the key alone, on one line"))
            })?;
            headers.insert(key.header, value);
        }
        let body = D::write(self, request).to_string();
        *http.body_mut() = Some(body.into());
        Ok(http)
    }

    fn without_answer(&self, lost: Lost) -> (Fault, bool) {
        let Lost { words, sent, next } = lost;
        let message = format!("{} gave no answer: {words}", self.name());
        let kind = match next {
            Next::MayAnswer | Next::NoTrust => ModelErrorKind::Unavailable,
            Next::Same => ModelErrorKind::Unreadable,
        };
        let fault = Fault::new(kind, message);
        let (base, variable) = (self.shown_base(), self.base_variable());
        let fault = match next {
            Next::MayAnswer if sent => fault.passing().with_help(later(self.name())),
            Next::MayAnswer => fault.passing().with_help(format!(
                "see that it is to be reached at `{base}` ({variable} names another address; HTTPS_PROXY and NO_PROXY, the way)"
            )),
            Next::NoTrust => fault.with_help(format!(
                "see that `{base}` is whom you mean; SSL_CERT_FILE names an authority of your own"
            )),
            Next::Same => fault.with_help(format!(
                "see that it is {} that answers at `{base}` ({variable} names another address)",
                self.name()
            )),
        };
        (fault, sent)
    }

    fn too_slow(&self) -> Fault {
        let limit = self.time_limit;
        let message = format!("{} gave no answer within {limit:?}", self.name());
        Fault::new(ModelErrorKind::Unavailable, message)
            .passing()
            .with_help("it may be given a longer `time_limit`, or a faster model asked")
    }

    /// What came with a status of success and is no answer.
    fn unreadable(&self, body: &[u8], error: &serde_json::Error) -> Fault {
        let name = self.name();
        if error.is_eof() {
            let message = format!("the answer of {name} was cut in the middle");
            return Fault::new(ModelErrorKind::Unavailable, message)
                .passing()
                .with_help(later(name));
        }
        let beginning = said(body).message;
        // It quotes what it did not expect.
        let why = shortened(&one_line(&error.to_string()), LONGEST_WHY);
        let message = format!("{name} answered what is none of its answers ({why}): {beginning}");
        Fault::new(ModelErrorKind::Unreadable, message).with_help(format!(
            "see that it is {name} that answers at `{}` ({})",
            self.shown_base(),
            self.base_variable()
        ))
    }

    fn failed(
        &self,
        fault: Fault,
        trace: Trace,
        model: Option<String>,
        usage: Usage,
    ) -> (Again, ModelError) {
        let message = match &trace.request_id {
            // The model itself is told what was wrong with its answer.
            Some(id) if !fault.kind.is_of_answer() => format!("{} (request {id})", fault.message),
            _ => fault.message,
        };
        let message = self.redactor.redact(&message).into_owned();
        let error = ModelError::of(fault.kind, message)
            .with_usage(usage)
            .with_model(model.unwrap_or_else(|| self.model.clone()))
            .with_trace(trace);
        let error = match fault.help {
            Some(help) => error.with_help(help),
            None => error,
        };
        (fault.again, error)
    }
}

/// An address that can be asked, as the user writes it.
///
/// # Errors
/// When it is none.
pub(in crate::models) fn base(url: &str) -> Result<Url> {
    let wrong = |why: String| {
        Error::new(
            ErrorKind::Configuration,
            format!("the base URL of a model {why}"),
        )
        .with_help("write it like `http://localhost:11434/v1`")
    };
    let base = Url::parse(url.trim()).map_err(|error| wrong(format!("cannot be read: {error}")))?;
    if !base.username().is_empty() || base.password().is_some() {
        // It would not be sent, and nobody would know why the server refuses.
        let why = "holds a user's name or password, which would not be sent".to_owned();
        return Err(wrong(why).with_help("leave them out; a key is set apart from the address"));
    }
    match base.scheme() {
        "http" | "https" if base.has_host() => Ok(base),
        scheme => Err(wrong(format!(
            "begins with `{scheme}:`, and takes http or https"
        ))),
    }
}

/// What the provider calls the request.
fn request_id(headers: &HeaderMap) -> Option<String> {
    let names = ["request-id", "x-request-id"];
    let id = names.into_iter().find_map(|name| headers.get(name))?;
    let id = id.to_str().ok().filter(|id| is_id(id))?;
    Some(id.to_owned())
}

/// Why it is not tried again, where it could be.
fn given_up(message: &str, pause: Option<Duration>, tries: u32, took: Duration) -> String {
    let tried = match tries {
        1 => String::new(),
        _ => format!(", after {tries} tries in {took:.1?}"),
    };
    match pause {
        Some(pause) if pause > Duration::from_secs(10) => {
            format!("{message}{tried}; it asks to be left alone for {pause:.0?}")
        }
        _ => format!("{message}{tried}"),
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(self.names.name)
            .field("base_url", &self.shown_base())
            .field("model", &self.model)
            .field("max_output_tokens", &self.max_output_tokens)
            .field("time_limit", &self.time_limit)
            .field("retry_for", &self.retry_for)
            .finish_non_exhaustive()
    }
}

/// What can be said of every model that is asked over a [`Line`], in `line`, and that it is asked in this dialect.
macro_rules! settings {
    ($model:ident, $dialect:ty) => {
        impl $model {
            /// Asks this model.
            #[must_use]
            pub fn model(mut self, name: impl Into<String>) -> Self {
                self.line.model = name.into();
                self
            }

            /// Asks at this address, such as that of a gateway.
            ///
            /// # Errors
            /// When it is no http or https URL.
            pub fn base_url(mut self, url: &str) -> crate::Result<Self> {
                self.line.set_base(url)?;
                Ok(self)
            }

            /// How many tokens an answer may have, thinking included. A longer one is cut off, and turned back.
            #[must_use]
            pub fn max_output_tokens(mut self, tokens: u64) -> Self {
                self.line.max_output_tokens = Some(tokens);
                self
            }

            /// How long one request may take, with all its tries and the pauses between them.
            #[must_use]
            pub fn time_limit(mut self, limit: std::time::Duration) -> Self {
                self.line.time_limit = limit;
                self
            }

            /// For how long a request is tried again where the provider cannot be reached, is overloaded or is asked too
            /// often; zero tries once. The default is 2 minutes.
            #[must_use]
            pub fn retry_for(mut self, time: std::time::Duration) -> Self {
                self.line.retry_for = time;
                self
            }
        }

        impl crate::model::LanguageModel for $model {
            fn complete<'a>(
                &'a self,
                request: &'a crate::model::ModelRequest,
            ) -> crate::model::BoxFuture<
                'a,
                Result<crate::model::ModelReply, crate::model::ModelError>,
            > {
                Box::pin(self.line.ask::<$dialect>(request))
            }

            fn info(&self) -> crate::model::ModelInfo {
                self.line.info()
            }
        }

        impl std::fmt::Debug for $model {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.line.fmt(f)
            }
        }
    };
}

pub(in crate::models) use settings;
