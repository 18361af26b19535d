//! Asking over a [`Line`], until there is an answer or it makes no sense any more.

use super::dialect::{Dialect, Spoken};
use super::exchange::{Lost, Next, Received, send};
use super::fault::{Again, Fault, later};
use super::line::Line;
use super::said::{hidden, is_id, said};
use crate::model::{
    ModelError, ModelErrorKind, ModelReply, ModelRequest, Trace, Usage, estimated_tokens,
};
use crate::telemetry;
use crate::text::{one_line, shortened};
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Request};
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// More is not told of why an answer cannot be read, in bytes.
const LONGEST_WHY: usize = 200;

/// What is longer is no time that a clock could tell.
const EVER: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Line {
    /// Asks until there is an answer, it makes no sense any more, or the time is over.
    pub(in crate::models) async fn ask<D: Dialect>(
        &self,
        request: &ModelRequest,
    ) -> Result<ModelReply, ModelError> {
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
    ) -> Result<ModelReply, (Again, ModelError)> {
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
    ) -> Result<Spoken, (Fault, bool)> {
        let client = self.connections.client(&self.base).await.map_err(|error| {
            let message = format!("{} cannot be asked: {error}", self.names.name);
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

    fn request<D: Dialect>(&self, request: &ModelRequest) -> Result<Request, Fault> {
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
            key.put_into(headers).ok_or_else(|| {
                let variable = self.names.key_variable;
                let message = format!("{variable} holds characters that no key has");
                Fault::new(ModelErrorKind::Credential, message)
                    .with_help(format!("see that {variable} is the key alone, on one line"))
            })?;
        }
        let body = D::write(self, request).to_string();
        *http.body_mut() = Some(body.into());
        Ok(http)
    }

    fn without_answer(&self, lost: Lost) -> (Fault, bool) {
        let Lost { words, sent, next } = lost;
        let message = format!("{} gave no answer: {words}", self.names.name);
        let kind = match next {
            Next::MayAnswer | Next::NoTrust => ModelErrorKind::Unavailable,
            Next::Same => ModelErrorKind::Unreadable,
        };
        let fault = Fault::new(kind, message);
        let (base, variable) = (self.shown_base(), self.names.base_variable);
        let fault = match next {
            Next::MayAnswer if sent => fault.passing().with_help(later(self.names.name)),
            Next::MayAnswer => fault.passing().with_help(format!(
                "see that it is to be reached at `{base}` ({variable} names another address; HTTPS_PROXY and NO_PROXY, the way)"
            )),
            Next::NoTrust => fault.with_help(format!(
                "see that `{base}` is whom you mean; SSL_CERT_FILE names an authority of your own"
            )),
            Next::Same => fault.with_help(format!(
                "see that it is {} that answers at `{base}` ({variable} names another address)",
                self.names.name
            )),
        };
        (fault, sent)
    }

    fn too_slow(&self) -> Fault {
        let limit = self.time_limit;
        let message = format!("{} gave no answer within {limit:?}", self.names.name);
        Fault::new(ModelErrorKind::Unavailable, message)
            .passing()
            .with_help("it may be given a longer `time_limit`, or a faster model asked")
    }

    /// What came with a status of success and is no answer.
    fn unreadable(&self, body: &[u8], error: &serde_json::Error) -> Fault {
        let name = self.names.name;
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
            self.names.base_variable
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
