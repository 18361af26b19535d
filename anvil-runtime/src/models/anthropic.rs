//! [`Anthropic`]: the Messages API.

use super::providers::Provider;
use super::wire::{Dialect, Fault, Key, Line, Spoken, Tokens, settings, usage};
use crate::model::{ModelErrorKind, ModelRequest, Usage};
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

/// Anthropic's models, asked with the Messages API, at `https://api.anthropic.com` where nothing else is said.
///
/// The rules and the declaration, which are the same in many requests, are marked to be cached.
///
/// ```
/// use anvil::models::Anthropic;
///
/// # fn main() -> anvil::Result<()> {
/// let model = Anthropic::new("a key").model("claude-sonnet-5-5").max_output_tokens(16_000);
/// let builder = anvil::Anvil::builder().model(model);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Anthropic {
    line: Line,
}

settings!(Anthropic, Messages);

impl Anthropic {
    /// Asks with this key, of the sort that `ANTHROPIC_API_KEY` holds.
    pub fn new(key: impl Into<SecretString>) -> Self {
        Self::over(Provider::Anthropic.line_with_key(key.into()))
    }

    /// Asks with this token, of the sort that `ANTHROPIC_AUTH_TOKEN` holds.
    pub fn with_auth_token(token: impl Into<SecretString>) -> Self {
        let line = Provider::Anthropic.line();
        Self::over(line.with_key_of(AUTH_TOKEN, Key::bearer(token.into())))
    }

    pub(super) fn over(line: Line) -> Self {
        Self { line }
    }
}

/// Where a key of another sort is looked up.
pub(super) const AUTH_TOKEN: &str = "ANTHROPIC_AUTH_TOKEN";

/// How the Messages API is spoken.
struct Messages;

impl Dialect for Messages {
    const PATH: &'static [&'static str] = &["v1", "messages"];

    fn headers() -> HeaderMap {
        let version = ("anthropic-version", HeaderValue::from_static("2023-06-01"));
        [version]
            .into_iter()
            .map(|(name, value)| (reqwest::header::HeaderName::from_static(name), value))
            .collect()
    }

    fn write(line: &Line, request: &ModelRequest) -> Value {
        let cached = |text: &str| json!({ "type": "text", "text": text, "cache_control": { "type": "ephemeral" } });
        json!({
            "model": line.model,
            "max_tokens": line.max_output_tokens,
            "system": [cached(&request.system)],
            "messages": [{
                "role": "user",
                "content": [
                    cached(&request.declaration),
                    { "type": "text", "text": request.task },
                ],
            }],
        })
    }

    fn read(answer: &[u8]) -> serde_json::Result<Spoken> {
        let message: Message = serde_json::from_slice(answer)?;
        Ok(Spoken {
            text: message.text(),
            model: message.model,
            usage: message.usage.map(Usage::from),
        })
    }
}

/// A message, as far as it matters here.
#[derive(Deserialize)]
struct Message {
    model: Option<String>,
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default, deserialize_with = "usage")]
    usage: Option<Used>,
}

/// A block of a message: thinking and others stand beside the text.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Used {
    /// Without what has to do with the cache.
    input_tokens: Tokens,
    output_tokens: Tokens,
    cache_creation_input_tokens: Tokens,
    cache_read_input_tokens: Tokens,
    output_tokens_details: Option<Details>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    thinking_tokens: Tokens,
}

impl Message {
    fn text(&self) -> Result<String, Fault> {
        match self.stop_reason.as_deref() {
            Some("max_tokens" | "model_context_window_exceeded") => {
                return Err(Fault::cut_off(
                    self.usage.as_ref().map(|usage| usage.output_tokens.0),
                ));
            }
            Some("refusal") => return Err(Fault::refusal("")),
            _ => {}
        }
        let texts = self.content.iter().filter(|block| block.kind == "text");
        let text: String = texts.filter_map(|block| block.text.as_deref()).collect();
        match text.trim().is_empty() {
            true => Err(Fault::new(
                ModelErrorKind::Empty,
                "the model's answer is empty",
            )),
            false => Ok(text),
        }
    }
}

impl From<Used> for Usage {
    fn from(used: Used) -> Self {
        let Tokens(read) = used.cache_read_input_tokens;
        let Tokens(written) = used.cache_creation_input_tokens;
        let Tokens(input) = used.input_tokens;
        let details = used.output_tokens_details.unwrap_or_default();
        Self::new(
            input.saturating_add(read).saturating_add(written),
            used.output_tokens.0,
        )
        .with_cache(read, written)
        .with_thinking(details.thinking_tokens.0)
    }
}
