//! [`Provider`]: those that are known by name. Their addresses, their variables, and which of their models is asked.

use super::wire::{Key, Line, Names, base};
use secrecy::SecretString;
use std::fmt;
use std::time::Duration;

/// A provider of models, as the setting `provider` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Provider {
    /// `anthropic`
    Anthropic,
    /// `openai`
    OpenAi,
    /// `xai`
    Xai,
    /// `gemini`
    Gemini,
    /// `ollama`, on this machine
    Ollama,
    /// `vllm`, on this machine
    Vllm,
    /// `llama_cpp`, wherever it is
    LlamaCpp,
    /// `chat_completions`: any server that is asked so
    ChatCompletions,
}

/// What is known of a provider.
struct Known {
    names: Names,
    /// Where it is asked; nothing where that differs from machine to machine.
    base: Option<&'static str>,
    /// The model that is asked where none is named; nothing where there is none that everybody has.
    model: Option<&'static str>,
}

/// The strong models for code that each provider recommends itself, as of 26 November 2026.
pub(crate) const DEFAULT_MODELS: [(Provider, &str); 4] = [
    (Provider::Anthropic, "claude-opus-5-5"),
    (Provider::OpenAi, "gpt-6.2-sol"),
    (Provider::Xai, "grok-4.7"),
    (Provider::Gemini, "gemini-4-hydrogen"),
];

/// Slow ones are given more time than others.
const LONG: Duration = Duration::from_secs(15 * 60);

/// What stands for an address that nobody has said yet.
const NOWHERE: &str = "http://localhost";

impl Provider {
    pub(crate) const ALL: [Self; 8] = [
        Self::Anthropic,
        Self::OpenAi,
        Self::Xai,
        Self::Gemini,
        Self::Ollama,
        Self::Vllm,
        Self::LlamaCpp,
        Self::ChatCompletions,
    ];

    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    pub(crate) fn word(self) -> &'static str {
        self.known().names.word
    }

    /// What it is called, and what its variables are.
    pub(super) fn names(self) -> Names {
        self.known().names
    }

    /// Whether it is asked at an address that everybody knows.
    pub(super) fn has_address(self) -> bool {
        self.known().base.is_some()
    }

    /// Whether it runs on the user's own machines: it wants no key, is slow, and knows itself how much it can say.
    pub(super) fn is_own(self) -> bool {
        self.known().model.is_none()
    }

    /// A key of its usual sort.
    pub(super) fn key(self, secret: SecretString) -> Key {
        match self {
            Self::Anthropic => Key::in_header("x-api-key", secret),
            _ => Key::bearer(secret),
        }
    }

    /// A line to it, with a key.
    pub(super) fn line_with_key(self, secret: SecretString) -> Line {
        self.line().with_key(self.key(secret))
    }

    /// A line to it, without a key.
    pub(super) fn line(self) -> Line {
        let Known {
            names,
            base: url,
            model,
        } = self.known();
        let url = base(url.unwrap_or(NOWHERE)).expect("the known addresses are addresses");
        let mut line = Line::new(names, url, model.unwrap_or_default());
        if self.is_own() {
            line.max_output_tokens = None;
        }
        if self.is_own() || self == Self::Xai {
            line.time_limit = LONG;
        }
        line
    }

    fn known(self) -> Known {
        let (word, name, key_variable, base_variable, base) = match self {
            Self::Anthropic => (
                "anthropic",
                "Anthropic",
                "ANTHROPIC_API_KEY",
                "ANTHROPIC_BASE_URL",
                Some("https://api.anthropic.com"),
            ),
            Self::OpenAi => (
                "openai",
                "OpenAI",
                "OPENAI_API_KEY",
                "OPENAI_BASE_URL",
                Some("https://api.openai.com/v1"),
            ),
            Self::Xai => (
                "xai",
                "xAI",
                "XAI_API_KEY",
                BASE,
                Some("https://api.x.ai/v1"),
            ),
            Self::Gemini => (
                "gemini",
                "Gemini",
                "GEMINI_API_KEY",
                BASE,
                Some("https://generativelanguage.googleapis.com/v1beta/openai"),
            ),
            Self::Ollama => (
                "ollama",
                "Ollama",
                KEY,
                BASE,
                Some("http://localhost:11434/v1"),
            ),
            Self::Vllm => ("vllm", "vLLM", KEY, BASE, Some("http://localhost:8000/v1")),
            Self::LlamaCpp => ("llama_cpp", "llama.cpp", KEY, BASE, None),
            Self::ChatCompletions => ("chat_completions", "the server", KEY, BASE, None),
        };
        let model = DEFAULT_MODELS
            .iter()
            .find(|(provider, _)| *provider == self);
        Known {
            names: Names {
                word,
                name,
                key_variable,
                base_variable,
            },
            base,
            model: model.map(|(_, model)| *model),
        }
    }
}

/// The key of a server of one's own.
const KEY: &str = "ANVIL_API_KEY";

/// The address of any.
pub(super) const BASE: &str = "ANVIL_BASE_URL";

/// The word that settings name it with.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
