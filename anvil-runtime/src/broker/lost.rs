//! [`Lost`]: why there was no answer.

use super::host::HostPattern;
use super::refusal::refusal;
use super::resolver::NotAdmitted;
use crate::http::{causes, first, in_words};
use anvil_core::ask::Refusal;
use anvil_core::failure::ToolErrorKind;
use url::Url;

/// A request without an answer.
#[derive(Debug)]
pub(super) struct Lost {
    /// What that means for the body.
    pub(super) kind: ToolErrorKind,
    /// Why.
    pub(super) words: String,
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
                ..Self::unavailable(format!("it cannot be sent: {}", in_words(error, host)))
            };
        }
        let tls = first::<rustls::Error>(&causes);
        Self {
            sent: !error.is_connect(),
            // It will not have another certificate in a moment.
            may_pass: tls.is_none(),
            ..Self::unavailable(in_words(error, host))
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
