//! [`Lost`]: why there was no answer.

use super::host::HostPattern;
use super::refusal::refusal;
use super::resolver::NotAdmitted;
use crate::text::{one_line, shortened};
use anvil_core::ask::Refusal;
use anvil_core::failure::ToolErrorKind;
use std::error::Error;
use std::io;
use url::Url;

/// More is not told of an error, in bytes.
const LONGEST_WORDS: usize = 300;

/// A request without an answer.
#[derive(Debug)]
pub(crate) struct Lost {
    /// What that means for the body.
    pub(crate) kind: ToolErrorKind,
    /// Why.
    pub(crate) words: String,
    /// Whether the service has seen the request, or may have.
    pub(super) sent: bool,
    /// Whether there may be an answer the next time.
    pub(super) may_pass: bool,
}

impl Lost {
    /// What the error with a request to `url` means.
    pub(super) fn of(error: &reqwest::Error, url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let causes = causes(error);
        let innermost = causes.last().map_or_else(String::new, ToString::to_string);
        let innermost = shortened(&one_line(&innermost), LONGEST_WORDS);

        if let Some(not_admitted) = first::<NotAdmitted>(&causes) {
            return Self {
                kind: ToolErrorKind::Denied,
                sent: false,
                may_pass: false,
                ..Self::unavailable(match not_admitted {
                    NotAdmitted::Elsewhere(..) => not_admitted.to_string(),
                    NotAdmitted::Private(_, address) => {
                        let declared = HostPattern::of_address(*address, url);
                        format!("{not_admitted}: add it with `hosts(\"{declared}\")`")
                    }
                })
            };
        }
        if error.is_builder() {
            return Self {
                kind: ToolErrorKind::Failed,
                sent: false,
                may_pass: false,
                ..Self::unavailable(format!("it cannot be sent: {innermost}"))
            };
        }
        let tls = first::<rustls::Error>(&causes);
        let words = match tls {
            Some(error) => format!("no TLS with `{host}`: {error}"),
            None if error.is_dns() => format!("no address is known of `{host}`: {innermost}"),
            None if error.is_connect() && error.is_timeout() => {
                format!("no connection to `{host}`: it takes too long")
            }
            None => causes
                .iter()
                .find_map(|cause| io_words(*cause))
                .unwrap_or(innermost),
        };
        Self {
            sent: !error.is_connect(),
            // It will not have another certificate in a moment.
            may_pass: tls.is_none(),
            ..Self::unavailable(words)
        }
    }

    /// For a reason that may pass, after the service may have seen the request.
    pub(super) fn unavailable(words: impl Into<String>) -> Self {
        Self {
            kind: ToolErrorKind::Unavailable,
            words: words.into(),
            sent: true,
            may_pass: true,
        }
    }

    /// What was answered is longer than is taken.
    pub(super) fn too_long(what: &str, longest: usize) -> Self {
        Self {
            kind: ToolErrorKind::Failed,
            may_pass: false,
            ..Self::unavailable(format!(
                "the {what} of the answer would be longer than the {longest} bytes that it may have: ask for less"
            ))
        }
    }

    /// As it is told of the request called `line`; `tries` says how often it was tried.
    pub(super) fn told(self, line: &str, tries: &str) -> Refusal {
        refusal(self.kind, format!("{line}: {}{tries}", self.words))
    }
}

/// The error and what it came from.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> Vec<&'e (dyn Error + 'static)> {
    let mut causes = vec![error];
    let mut last = error;
    loop {
        // One that is merely packed would be passed over.
        let packed = last
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref)
            .map(|packed| packed as &(dyn Error + 'static));
        match packed.or_else(|| last.source()) {
            Some(cause) => last = cause,
            None => return causes,
        }
        causes.push(last);
    }
}

/// The first cause of this type.
fn first<'e, E: Error + 'static>(causes: &[&'e (dyn Error + 'static)]) -> Option<&'e E> {
    causes.iter().find_map(|cause| cause.downcast_ref())
}

/// What the system says, without its numbers.
fn io_words(cause: &(dyn Error + 'static)) -> Option<String> {
    let error: &io::Error = cause.downcast_ref()?;
    error.raw_os_error()?;
    Some(error.kind().to_string())
}
