//! [`OpenAi`]: the Responses API.

use super::providers::Provider;
use super::wire::{Dialect, Fault, Line, Spoken, Tokens, settings, usage};
use crate::model::{ModelErrorKind, ModelRequest, Usage};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

/// OpenAI's models, asked with the Responses API, at `https://api.openai.com/v1` where nothing else is said; and
/// [xAI](Self::xai)'s, which are asked alike.
///
/// ```
/// use anvil::models::OpenAi;
///
/// # fn main() -> anvil::Result<()> {
/// let model = OpenAi::new("a key").base_url("https://gateway.example/openai/v1")?;
/// let builder = anvil::Anvil::builder().model(model);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct OpenAi {
    line: Line,
}

settings!(OpenAi, Responses);

impl OpenAi {
    /// Asks OpenAI with this key, of the sort that `OPENAI_API_KEY` holds.
    pub fn new(key: impl Into<SecretString>) -> Self {
        Self::over(Provider::OpenAi.line_with_key(key.into()))
    }

    /// Asks xAI with this key, of the sort that `XAI_API_KEY` holds. A request may take 15 minutes.
    pub fn xai(key: impl Into<SecretString>) -> Self {
        Self::over(Provider::Xai.line_with_key(key.into()))
    }

    pub(super) fn over(line: Line) -> Self {
        Self { line }
    }
}

/// How the Responses API is spoken.
struct Responses;

impl Dialect for Responses {
    const PATH: &'static [&'static str] = &["responses"];

    fn write(line: &Line, request: &ModelRequest) -> Value {
        let text = |text: &str| json!({ "type": "input_text", "text": text });
        json!({
            "model": line.model,
            "max_output_tokens": line.max_output_tokens,
            "instructions": request.system,
            "input": [{
                "role": "user",
                "content": [text(&request.declaration), text(&request.task)],
            }],
            // What begins alike is cached where it was answered before.
            "prompt_cache_key": cache_key(&request.tool),
            "store": false,
        })
    }

    fn read(answer: &[u8]) -> serde_json::Result<Spoken> {
        let response: Response = serde_json::from_slice(answer)?;
        Ok(Spoken {
            text: response.text(),
            model: response.model,
            usage: response.usage.map(Usage::from),
        })
    }
}

/// A longer key is refused, and the request with it, in characters.
const LONGEST_KEY: usize = 64;

fn cache_key(tool: &str) -> String {
    let key = format!("anvil-{tool}");
    key.chars().take(LONGEST_KEY).collect()
}

/// A response, as far as it matters here.
#[derive(Deserialize)]
struct Response {
    model: Option<String>,
    output: Vec<Item>,
    incomplete_details: Option<Incomplete>,
    #[serde(default, deserialize_with = "usage")]
    usage: Option<Used>,
}

/// An item of a response: reasoning stands beside messages.
#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    content: Option<Vec<Part>>,
}

#[derive(Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
struct Incomplete {
    reason: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Used {
    input_tokens: Tokens,
    output_tokens: Tokens,
    total_tokens: Tokens,
    input_tokens_details: Option<Cached>,
    output_tokens_details: Option<Reasoning>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cached {
    cached_tokens: Tokens,
    cache_write_tokens: Tokens,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reasoning {
    reasoning_tokens: Tokens,
}

impl Response {
    fn text(&self) -> Result<String, Fault> {
        let incomplete = self.incomplete_details.as_ref();
        match incomplete.and_then(|details| details.reason.as_deref()) {
            Some("content_filter") => return Err(Fault::refusal("its filter stopped the answer")),
            Some(_) => {
                return Err(Fault::cut_off(
                    self.usage.as_ref().map(|usage| usage.output_tokens.0),
                ));
            }
            None => {}
        }
        let messages = self.output.iter().filter(|item| item.kind == "message");
        let parts: Vec<&Part> = messages
            .flat_map(|item| item.content.iter().flatten())
            .collect();
        let texts = parts.iter().filter(|part| part.kind == "output_text");
        let text: String = texts.filter_map(|part| part.text.as_deref()).collect();
        match parts.iter().find(|part| part.kind == "refusal") {
            Some(refusal) => Err(Fault::refusal(
                refusal.refusal.as_deref().unwrap_or_default(),
            )),
            None if text.trim().is_empty() => Err(Fault::new(
                ModelErrorKind::Empty,
                "the model's answer is empty",
            )),
            None => Ok(text),
        }
    }
}

impl From<Used> for Usage {
    fn from(used: Used) -> Self {
        let cached = used.input_tokens_details.unwrap_or_default();
        let reasoning = used.output_tokens_details.unwrap_or_default();
        // Some leave what was thought out of the output, and count it in the total.
        let Tokens(input) = used.input_tokens;
        let rest = used.total_tokens.0.saturating_sub(input);
        Self::new(input, used.output_tokens.0.max(rest))
            .with_cache(cached.cached_tokens.0, cached.cache_write_tokens.0)
            .with_thinking(reasoning.reasoning_tokens.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_tool_makes_a_key_that_is_refused() {
        assert_eq!(cache_key("slugify"), "anvil-slugify");
        assert_eq!(cache_key(&"é".repeat(100)).chars().count(), 64);
    }
}
