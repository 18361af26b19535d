//! [`Line`]: a line to one provider.

use super::connections::Connections;
use super::key::Key;
use super::pace::Pace;
use crate::error::{Error, ErrorKind, Result};
use crate::http::shown;
use crate::model::ModelInfo;
use crate::privacy::Redactor;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// Whom to ask, with which key, for which model, and how long.
#[derive(Clone)]
pub(in crate::models) struct Line {
    pub(in crate::models) names: Names,
    pub(in crate::models) base: Url,
    pub(in crate::models) model: String,
    pub(in crate::models) max_output_tokens: Option<u64>,
    pub(in crate::models) time_limit: Duration,
    pub(in crate::models) retry_for: Duration,
    pub(super) key: Option<Key>,
    pub(super) pace: Pace,
    pub(super) connections: Connections,
    /// What the provider must not be quoted with.
    pub(super) redactor: Arc<Redactor>,
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
        self.redactor.learn(self.names.key_variable, key.secret());
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

    pub(super) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    pub(super) fn shown_base(&self) -> String {
        shown(&self.base)
    }

    pub(in crate::models) fn info(&self) -> ModelInfo {
        let info = ModelInfo::new(&self.model);
        let info = match self.max_output_tokens {
            Some(tokens) => info.with_max_output_tokens(tokens),
            None => info,
        };
        match &self.key {
            Some(key) => info.with_secret(self.names.key_variable, key.secret().clone()),
            None => info,
        }
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
