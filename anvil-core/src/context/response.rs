//! What a service answered.

use crate::ask::HttpAnswer;
use crate::failure::ToolError;
use serde::de::DeserializeOwned;
use std::fmt;

/// A service's answer, all of it.
#[derive(Clone)]
pub struct Response {
    /// What was asked: `GET https://…`.
    line: String,
    status: StatusCode,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Response {
    pub(super) fn new(line: String, answer: HttpAnswer) -> Self {
        let headers = answer.headers.into_iter();
        let headers = headers.map(|(name, value)| (name, HeaderValue(value)));
        Self {
            line,
            status: StatusCode(answer.status),
            url: answer.url,
            headers: HeaderMap(headers.collect()),
            body: answer.body,
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Where the answer came from, after redirects.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The headers.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// How many bytes the content has.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        Some(self.body.len() as u64)
    }

    /// The answer itself, unless its status says that something is wrong (4xx, 5xx).
    ///
    /// # Errors
    /// [`ToolError::http`] with what was asked and the beginning of what was answered.
    #[track_caller]
    pub fn error_for_status(self) -> Result<Self, ToolError> {
        self.error_for_status_ref()?;
        Ok(self)
    }

    /// As [`error_for_status`](Self::error_for_status).
    ///
    /// # Errors
    /// As there.
    #[track_caller]
    pub fn error_for_status_ref(&self) -> Result<&Self, ToolError> {
        if !self.status.is_client_error() && !self.status.is_server_error() {
            return Ok(self);
        }
        let message = format!("{}{}", self.line, self.beginning());
        Err(ToolError::http(self.status.0, message))
    }

    /// The content as text.
    ///
    /// # Errors
    /// Never, so far.
    pub fn text(self) -> Result<String, ToolError> {
        Ok(String::from_utf8(self.body)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned()))
    }

    /// The content as a value that it is the JSON of.
    ///
    /// # Errors
    /// When it is not: with the beginning of it.
    #[track_caller]
    pub fn json<T: DeserializeOwned>(self) -> Result<T, ToolError> {
        match serde_json::from_slice(&self.body) {
            Ok(value) => Ok(value),
            Err(error) => Err(ToolError::new(format!(
                "{} answered {}, and not the expected JSON ({error}){}",
                self.line,
                self.status,
                self.beginning()
            ))),
        }
    }

    /// The content.
    ///
    /// # Errors
    /// Never, so far.
    pub fn bytes(self) -> Result<Vec<u8>, ToolError> {
        Ok(self.body)
    }

    /// The beginning of the content, for an error to end with.
    fn beginning(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(LONGEST_TOLD)]);
        match text.trim() {
            "" => String::new(),
            text => format!(": {text}"),
        }
    }
}

/// More of an answer is not told in an error, in bytes.
const LONGEST_TOLD: usize = 2_000;

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("url", &self.url)
            .field("status", &self.status.0)
            .finish_non_exhaustive()
    }
}

/// An HTTP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StatusCode(u16);

/// The statuses that bodies name, and what they are called.
macro_rules! statuses {
    ($($number:literal $name:ident $words:literal)*) => {
        impl StatusCode {
            $(#[doc = $words] pub const $name: Self = Self($number);)*

            /// What the status is called, if it is one of the usual ones.
            #[must_use]
            pub fn canonical_reason(self) -> Option<&'static str> {
                match self.0 {
                    $($number => Some($words),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    200 OK "OK"
    201 CREATED "Created"
    202 ACCEPTED "Accepted"
    204 NO_CONTENT "No Content"
    206 PARTIAL_CONTENT "Partial Content"
    301 MOVED_PERMANENTLY "Moved Permanently"
    302 FOUND "Found"
    303 SEE_OTHER "See Other"
    304 NOT_MODIFIED "Not Modified"
    307 TEMPORARY_REDIRECT "Temporary Redirect"
    308 PERMANENT_REDIRECT "Permanent Redirect"
    400 BAD_REQUEST "Bad Request"
    401 UNAUTHORIZED "Unauthorized"
    402 PAYMENT_REQUIRED "Payment Required"
    403 FORBIDDEN "Forbidden"
    404 NOT_FOUND "Not Found"
    405 METHOD_NOT_ALLOWED "Method Not Allowed"
    406 NOT_ACCEPTABLE "Not Acceptable"
    408 REQUEST_TIMEOUT "Request Timeout"
    409 CONFLICT "Conflict"
    410 GONE "Gone"
    412 PRECONDITION_FAILED "Precondition Failed"
    413 PAYLOAD_TOO_LARGE "Payload Too Large"
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type"
    422 UNPROCESSABLE_ENTITY "Unprocessable Entity"
    429 TOO_MANY_REQUESTS "Too Many Requests"
    500 INTERNAL_SERVER_ERROR "Internal Server Error"
    501 NOT_IMPLEMENTED "Not Implemented"
    502 BAD_GATEWAY "Bad Gateway"
    503 SERVICE_UNAVAILABLE "Service Unavailable"
    504 GATEWAY_TIMEOUT "Gateway Timeout"
}

impl StatusCode {
    /// A status, whatever it means.
    #[must_use]
    pub const fn new(status: u16) -> Self {
        Self(status)
    }

    /// The number.
    #[must_use]
    pub fn as_u16(self) -> u16 {
        self.0
    }

    /// 2xx.
    #[must_use]
    pub fn is_success(self) -> bool {
        self.0 / 100 == 2
    }

    /// 3xx.
    #[must_use]
    pub fn is_redirection(self) -> bool {
        self.0 / 100 == 3
    }

    /// 4xx.
    #[must_use]
    pub fn is_client_error(self) -> bool {
        self.0 / 100 == 4
    }

    /// 5xx.
    #[must_use]
    pub fn is_server_error(self) -> bool {
        self.0 / 100 == 5
    }
}

impl PartialEq<u16> for StatusCode {
    fn eq(&self, number: &u16) -> bool {
        self.0 == *number
    }
}

/// `404 Not Found`.
impl fmt::Display for StatusCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.canonical_reason() {
            Some(words) => write!(f, "{} {words}", self.0),
            None => write!(f, "{}", self.0),
        }
    }
}

/// The headers of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeaderMap(Vec<(String, HeaderValue)>);

impl HeaderMap {
    /// The first header of this name, in any case.
    pub fn get(&self, name: impl AsRef<str>) -> Option<&HeaderValue> {
        self.get_all(name).next()
    }

    /// All headers of this name, in any case.
    pub fn get_all(&self, name: impl AsRef<str>) -> impl Iterator<Item = &HeaderValue> {
        self.iter()
            .filter(move |(named, _)| named.eq_ignore_ascii_case(name.as_ref()))
            .map(|(_, value)| value)
    }

    /// Whether there is one of this name, in any case.
    pub fn contains_key(&self, name: impl AsRef<str>) -> bool {
        self.get(name).is_some()
    }

    /// All names, in lower case, and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderValue(String);

impl HeaderValue {
    /// As text.
    ///
    /// # Errors
    /// Never: what was no text was made some.
    pub fn to_str(&self) -> Result<&str, ToolError> {
        Ok(&self.0)
    }

    /// As bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for HeaderValue {
    fn eq(&self, text: &str) -> bool {
        self.0 == text
    }
}

impl PartialEq<&str> for HeaderValue {
    fn eq(&self, text: &&str) -> bool {
        self.0 == *text
    }
}
