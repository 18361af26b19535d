//! Making requests.

use super::{Context, Response, pairs::pairs};
use crate::ask::{Ask, HttpAnswer, HttpAuth, HttpBody, HttpRequest};
use crate::failure::ToolError;
use serde::Serialize;
use std::fmt::{self, Display};
use std::time::Duration;

/// Makes HTTP requests through the host.
#[derive(Debug, Clone, Copy)]
pub struct Client<'cx> {
    context: &'cx Context,
}

/// A request that is put together.
#[must_use = "a request is made with `send()`"]
pub struct RequestBuilder<'cx> {
    context: &'cx Context,
    request: HttpRequest,
    /// What went wrong as it was put together; told when it is sent.
    mistake: Option<String>,
}

impl<'cx> Client<'cx> {
    pub(super) fn new(context: &'cx Context) -> Self {
        Self { context }
    }

    /// A `GET` request.
    pub fn get(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("GET", url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("POST", url)
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("PUT", url)
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("PATCH", url)
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("DELETE", url)
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl Display) -> RequestBuilder<'cx> {
        self.request("HEAD", url)
    }

    /// A request with any method.
    pub fn request(&self, method: impl Display, url: impl Display) -> RequestBuilder<'cx> {
        RequestBuilder {
            context: self.context,
            request: HttpRequest {
                method: method.to_string(),
                url: url.to_string(),
                ..HttpRequest::default()
            },
            mistake: None,
        }
    }
}

impl RequestBuilder<'_> {
    /// Adds a header.
    pub fn header(mut self, name: impl Display, value: impl Display) -> Self {
        let header = (name.to_string(), value.to_string());
        self.request.headers.push(header);
        self
    }

    /// Adds pairs to the query: a list of pairs, a map, or a struct.
    pub fn query<T: Serialize + ?Sized>(mut self, query: &T) -> Self {
        match pairs(query) {
            Ok(pairs) => self.request.query.extend(pairs),
            Err(error) => self.note(format!("the query: {error}")),
        }
        self
    }

    /// Sends `value` as JSON.
    pub fn json<T: Serialize + ?Sized>(mut self, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(json) => self.request.body = HttpBody::Json(json),
            Err(error) => self.note(format!("the JSON: {error}")),
        }
        self
    }

    /// Sends the fields of a form: a list of pairs, a map, or a struct.
    pub fn form<T: Serialize + ?Sized>(mut self, form: &T) -> Self {
        match pairs(form) {
            Ok(pairs) => self.request.body = HttpBody::Form(pairs),
            Err(error) => self.note(format!("the form: {error}")),
        }
        self
    }

    /// Sends text or bytes as they are.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.request.body = HttpBody::Bytes(body.into());
        self
    }

    /// Adds a bearer token.
    pub fn bearer_auth(mut self, token: impl Display) -> Self {
        self.request.auth = Some(HttpAuth::Bearer(token.to_string()));
        self
    }

    /// Adds a user and, where there is one, a password.
    pub fn basic_auth(mut self, user: impl Display, password: Option<impl Display>) -> Self {
        let password = password.map(|password| password.to_string());
        self.request.auth = Some(HttpAuth::Basic(user.to_string(), password));
        self
    }

    /// How long it may take, its redirects and retries included. The host may allow less.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.request.timeout_ms = Some(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX));
        self
    }

    /// Makes the request. An answer with any status is one.
    ///
    /// # Errors
    /// When the host refuses it, or there is no answer.
    #[track_caller]
    pub fn send(self) -> Result<Response, ToolError> {
        let Self {
            context,
            request,
            mistake,
        } = self;
        let line = format!("{} {}", request.method, request.url);
        if let Some(mistake) = mistake {
            return Err(ToolError::new(format!("{line}: {mistake}")));
        }
        let answer: HttpAnswer = context.ask(&Ask::Http(request))?;
        Ok(Response::new(line, answer))
    }

    /// The first mistake is the one that is told.
    fn note(&mut self, mistake: String) {
        self.mistake.get_or_insert(mistake);
    }
}

impl fmt::Debug for RequestBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBuilder")
            .field("method", &self.request.method)
            .field("url", &self.request.url)
            .finish_non_exhaustive()
    }
}
