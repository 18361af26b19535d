//! [`ChatCompletions`]: the interface that nearly everybody offers.

use super::providers::Provider;
use super::wire::{Dialect, Fault, Key, Line, Spoken, Tokens, settings, usage};
use crate::error::Result as AnvilResult;
use crate::model::{ModelErrorKind, ModelRequest, Usage};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

/// Any model that is asked with Chat Completions, as OpenAI invented them: Google's, and those of servers of your own,
/// such as Ollama, vLLM and llama.cpp.
///
/// ```
/// use anvil::models::ChatCompletions;
///
/// # fn main() -> anvil::Result<()> {
/// let gemini = ChatCompletions::gemini("a key");
/// let local = ChatCompletions::at("http://localhost:11434/v1", "qwen3-coder")?; // Ollama
/// let builder = anvil::Anvil::builder().model(local);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ChatCompletions {
    line: Line,
}

settings!(ChatCompletions, Chat);

impl ChatCompletions {
    /// Asks the server at `url`, which is what stands before `/chat/completions`, for the model that it calls so. It is
    /// shown no key, and says itself how long its answers may be; a request may take 15 minutes.
    ///
    /// # Errors
    /// When that is no http or https URL.
    pub fn at(url: &str, model: &str) -> AnvilResult<Self> {
        let mut line = Provider::ChatCompletions.line();
        line.set_base(url)?;
        model.clone_into(&mut line.model);
        Ok(Self::over(line))
    }

    /// Asks Google with this key, of the sort that `GEMINI_API_KEY` holds.
    pub fn gemini(key: impl Into<SecretString>) -> Self {
        Self::over(Provider::Gemini.line_with_key(key.into()))
    }

    /// Shows this key.
    #[must_use]
    pub fn key(self, key: impl Into<SecretString>) -> Self {
        Self::over(self.line.with_key(Key::bearer(key.into())))
    }

    pub(super) fn over(line: Line) -> Self {
        Self { line }
    }
}

/// How Chat Completions are spoken.
struct Chat;

impl Dialect for Chat {
    const PATH: &'static [&'static str] = &["chat", "completions"];

    fn write(line: &Line, request: &ModelRequest) -> Value {
        let message = |role: &str, text: &str| json!({ "role": role, "content": text });
        let asked = format!("{}\n\n{}", request.declaration, request.task);
        let mut body = json!({
            "model": line.model,
            "messages": [message("system", &request.system), message("user", &asked)],
        });
        if let Some(tokens) = line.max_output_tokens {
            // Its inventor gave it another name, which others do not know.
            let limit = match line.base.host_str() {
                Some("api.openai.com") => "max_completion_tokens",
                _ => "max_tokens",
            };
            body[limit] = tokens.into();
        }
        body
    }

    fn read(answer: &[u8]) -> serde_json::Result<Spoken> {
        let completion: Completion = serde_json::from_slice(answer)?;
        Ok(Spoken {
            text: completion.text(),
            model: completion.model,
            usage: completion.usage.map(Usage::from),
        })
    }
}

/// A completion, as far as it matters here.
#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default, deserialize_with = "usage")]
    usage: Option<Used>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
}

/// Most answer with a text, some with its parts.
#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Used {
    prompt_tokens: Tokens,
    completion_tokens: Tokens,
    total_tokens: Tokens,
    prompt_tokens_details: Option<Cached>,
    completion_tokens_details: Option<Reasoning>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Cached {
    cached_tokens: Tokens,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reasoning {
    reasoning_tokens: Tokens,
}

impl Completion {
    fn text(&self) -> Result<String, Fault> {
        let empty = || Fault::new(ModelErrorKind::Empty, "the model's answer is empty");
        let Choice {
            message,
            finish_reason,
        } = self.choices.first().ok_or_else(empty)?;
        match finish_reason.as_deref() {
            Some("length") => {
                let tokens = self.usage.as_ref().map(|usage| usage.completion_tokens.0);
                return Err(Fault::cut_off(tokens));
            }
            Some("content_filter") => {
                return Err(Fault::refusal("its filter stopped the answer"));
            }
            _ => {}
        }
        if let Some(words) = message.refusal.as_deref().filter(|words| !words.is_empty()) {
            return Err(Fault::refusal(words));
        }
        let text = match &message.content {
            Some(Content::Text(text)) => text.clone(),
            Some(Content::Parts(parts)) => {
                let texts = parts.iter().filter_map(|part| part.text.as_deref());
                texts.collect()
            }
            None => String::new(),
        };
        match text.trim().is_empty() {
            true => Err(empty()),
            false => Ok(text),
        }
    }
}

impl From<Used> for Usage {
    fn from(used: Used) -> Self {
        let cached = used.prompt_tokens_details.unwrap_or_default();
        let reasoning = used.completion_tokens_details.unwrap_or_default();
        // Some leave what was thought out of the output, and count it in the total.
        let Tokens(input) = used.prompt_tokens;
        let rest = used.total_tokens.0.saturating_sub(input);
        Self::new(input, used.completion_tokens.0.max(rest))
            .with_cache(cached.cached_tokens.0, 0)
            .with_thinking(reasoning.reasoning_tokens.0)
    }
}
