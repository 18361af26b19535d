//! [`Exchange`]: a request and its answer, as they are written down.

use super::text::Text;
use super::told::told;
use crate::model::{ModelError, ModelErrorKind, ModelReply, ModelRequest, Usage};
use crate::privacy::Redactor;
use serde::{Deserialize, Serialize};

/// A request, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exchange {
    pub(super) request: Request,
    pub(super) reply: Reply,
}

/// What a model is asked about the tool that the file is named after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) system: Text,
    pub(super) declaration: Text,
    pub(super) task: Text,
    pub(super) last: bool,
}

/// What it answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Reply {
    /// The model that answered, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    model: Option<String>,
    #[serde(default)]
    usage: Usage,
    /// What is wrong with the answer, if something is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Flaw>,
    /// What it said; of an answer that is wrong, what is wrong with it in words.
    text: Text,
}

/// What may be wrong with an answer. What else can go wrong is none, and is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Flaw {
    CutOff,
    Refusal,
    Empty,
}

impl Request {
    /// The request as it is written down, and compared.
    pub(super) fn new(request: &ModelRequest, redactor: &Redactor) -> Self {
        let told = |text: &str| Text(told(redactor, text));
        Self {
            system: told(&request.system),
            declaration: told(&request.declaration),
            task: told(&request.task),
            last: request.last,
        }
    }
}

impl Reply {
    /// What came of asking, if it is an answer.
    pub(super) fn new(came: &Result<ModelReply, ModelError>, redactor: &Redactor) -> Option<Self> {
        let told = |text: &str| told(redactor, text);
        Some(match came {
            Ok(reply) => Self {
                model: Some(told(&reply.model)),
                usage: reply.usage,
                error: None,
                text: Text(told(&reply.text)),
            },
            Err(error) => Self {
                model: error.model().map(told),
                usage: error.usage(),
                error: Some(Flaw::of(error.kind())?),
                text: Text(told(&error.to_string())),
            },
        })
    }

    /// The answer, as it was given.
    pub(super) fn given(self) -> Result<ModelReply, ModelError> {
        let Self {
            model,
            usage,
            error,
            text: Text(text),
        } = self;
        match error {
            None => Ok(ModelReply::new(model.unwrap_or_default(), text).with_usage(usage)),
            Some(flaw) => {
                let error = ModelError::of(flaw.kind(), text).with_usage(usage);
                Err(match model {
                    Some(model) => error.with_model(model),
                    None => error,
                })
            }
        }
    }

    /// The same answer with what else is known of how it came, which is not written down.
    pub(super) fn given_as(
        self,
        came: Result<ModelReply, ModelError>,
    ) -> Result<ModelReply, ModelError> {
        let Text(text) = self.text;
        match came {
            Ok(reply) => Ok(ModelReply { text, ..reply }),
            Err(error) => Err(error.with_message(text)),
        }
    }
}

impl Flaw {
    fn of(kind: ModelErrorKind) -> Option<Self> {
        match kind {
            ModelErrorKind::CutOff => Some(Self::CutOff),
            ModelErrorKind::Refusal => Some(Self::Refusal),
            ModelErrorKind::Empty => Some(Self::Empty),
            _ => None,
        }
    }

    fn kind(self) -> ModelErrorKind {
        match self {
            Self::CutOff => ModelErrorKind::CutOff,
            Self::Refusal => ModelErrorKind::Refusal,
            Self::Empty => ModelErrorKind::Empty,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replayed(came: &Result<ModelReply, ModelError>) -> Option<Result<ModelReply, ModelError>> {
        let reply = Reply::new(came, &Redactor::default())?;
        let written = serde_json::to_string(&reply).unwrap();
        let read: Reply = serde_json::from_str(&written).unwrap();
        assert_eq!(read, reply);
        Some(read.given())
    }

    #[test]
    fn an_answer_comes_back_with_who_gave_it_and_what_it_used() {
        let usage = Usage::new(900, 80).with_cache(700, 0).with_thinking(30);
        let came = Ok(ModelReply::new("m-1", "fn a() {}\n").with_usage(usage));
        let reply = replayed(&came).unwrap().unwrap();
        assert_eq!((&*reply.model, &*reply.text), ("m-1", "fn a() {}\n"));
        assert_eq!(reply.usage, usage);
    }

    #[test]
    fn what_is_wrong_with_an_answer_comes_back_and_what_is_no_answer_does_not() {
        use ModelErrorKind::*;
        for kind in [CutOff, Refusal, Empty] {
            assert!(kind.is_of_answer());
            let error = ModelError::of(kind, "it\nis so").with_model("m-1");
            let came = Err(error.with_usage(Usage::new(7, 1)));
            let error = replayed(&came).unwrap().unwrap_err();
            assert_eq!((error.kind(), error.model()), (kind, Some("m-1")));
            assert_eq!(error.to_string(), "it\nis so");
            assert_eq!(error.usage(), Usage::new(7, 1));
        }
        for kind in [
            Credential,
            Billing,
            Unavailable,
            Request,
            Unreadable,
            NotRecorded,
            Other,
        ] {
            assert!(!kind.is_of_answer());
            assert!(
                replayed(&Err(ModelError::of(kind, "no"))).is_none(),
                "{kind}"
            );
        }
    }
}
