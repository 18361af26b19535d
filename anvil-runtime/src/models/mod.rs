//! Models to ask, and ways to put several together.

mod anthropic;
mod chat_completions;
mod openai;

mod escalation;
mod fallback;

mod choice;
mod environment;
mod providers;

mod wire;

pub use anthropic::Anthropic;
pub use chat_completions::ChatCompletions;
pub use environment::from_env;
pub use escalation::Escalation;
pub use fallback::Fallback;
pub use openai::OpenAi;
pub use providers::Provider;

pub(crate) use choice::{NoModel, choose};
