//! Models to ask, and ways to put several together.
//!
//! A program that names no model asks whom the settings and the environment name, so that a key is all that it takes:
//!
//! ```no_run
//! # fn main() -> anvil::Result<()> {
//! anvil::Anvil::from_env()?.install(); // with ANTHROPIC_API_KEY, say, in the environment or in `.env`
//! # Ok(())
//! # }
//! ```
//!
//! # Who is asked
//!
//! 1. The one that [`Builder::model`](crate::Builder::model) was given.
//! 2. The setting `provider`: `ANVIL_PROVIDER` in the environment or in `.env`, else in `anvil.toml`.
//! 3. A server that speaks Chat Completions at the setting `base_url` (`ANVIL_BASE_URL`), for the setting `model`.
//! 4. The first of Anthropic, OpenAI, xAI and Gemini that there is a key for.
//!
//! Keys are looked up in what [`Builder::secret`](crate::Builder::secret) was given, in the environment, and in the `.env` at
//! the workspace's root, and are never shown. The setting `model` (`ANVIL_MODEL`) names another model of the provider's,
//! `base_url` another address. Where there is nobody to ask, stored tools run, and the error of one that has to be written
//! says what to set. [`from_env`] is the one that is asked, without an `Anvil` around it.
//!
//! | `provider` | type | key | endpoint, and what names another address | model where none is named (26 November 2026) | what its own errors mean: asked for again (a), told at once (t) |
//! |---|---|---|---|---|---|
//! | `anthropic` | [`Anthropic`] | `ANTHROPIC_API_KEY`, else `ANTHROPIC_AUTH_TOKEN` | `https://api.anthropic.com` `/v1/messages`; `ANTHROPIC_BASE_URL` | `claude-opus-5-5` | a: 429 `rate_limit_error`, 500 `api_error`, 504 `timeout_error`, 529 `overloaded_error`, also inside of a 200; t: 400 `invalid_request_error`, 401, 402 `billing_error`, 403, 404, 413, 429 with `enforced_spend_limit_reached` |
//! | `openai` | [`OpenAi`] | `OPENAI_API_KEY` | `https://api.openai.com/v1` `/responses`; `OPENAI_BASE_URL` | `gpt-6.2-sol` | a: 429 `rate_limit_exceeded`, `slow_down`, 503 `server_is_overloaded`, a response that `failed`; t: 401 `invalid_api_key`, 404 `model_not_found`, 429 `insufficient_quota`, `credit_balance_exhausted`, `*_limit_exceeded` |
//! | `xai` | [`OpenAi::xai`] | `XAI_API_KEY` | `https://api.x.ai/v1` `/responses` | `grok-4.7` | as OpenAI's; t: a wrong key, which is a 400 with a text |
//! | `gemini` | [`ChatCompletions::gemini`] | `GEMINI_API_KEY` | `https://generativelanguage.googleapis.com/v1beta/openai` `/chat/completions` | `gemini-4-hydrogen` | a: 429 `RESOURCE_EXHAUSTED`, 503 `UNAVAILABLE`; t: a wrong key, which is a 400 |
//! | `ollama` | [`ChatCompletions`] | `ANVIL_API_KEY`, if it wants one | `http://localhost:11434/v1` `/chat/completions` | the setting `model` | a: it is not running yet; t: 404, a model that is not there |
//! | `vllm` | [`ChatCompletions`] | `ANVIL_API_KEY`, if it wants one | `http://localhost:8000/v1` `/chat/completions` | the setting `model` | the same; t: 400, a request that is too long |
//! | `llama_cpp`, `chat_completions` | [`ChatCompletions`] | `ANVIL_API_KEY`, if it wants one | the setting `base_url` `/chat/completions` | the setting `model` | a: 503 while the model is loaded |
//!
//! `ANVIL_BASE_URL` goes before all of them.
//!
//! # What happens on which error
//!
//! | what the provider answers | what Anvil does | what the caller sees |
//! |---|---|---|
//! | 401, 403; `authentication_error`, `permission_error`, `invalid_api_key`; a 400 whose words are about the API key (xAI, Gemini) | gives up at once | [`Credential`](crate::ModelErrorKind::Credential), with the key's variable |
//! | 402; `billing_error`, `insufficient_quota`, `credit_balance_exhausted`, `*_limit_exceeded` other than `rate_limit_exceeded`, `enforced_spend_limit_reached`; words about API usage limits or a credit balance that is too low (Anthropic); with whichever status | gives up at once | [`Billing`](crate::ModelErrorKind::Billing), with the key's variable |
//! | 408, 409, 429, 500 and above (529 included); an error inside of a 200, as JSON or as an event | asks again | nothing, or [`Unavailable`](crate::ModelErrorKind::Unavailable) with the number of tries |
//! | nothing: DNS, a connection that is refused or breaks, an answer that is cut in the middle | asks again | the same |
//! | nothing within the time limit | gives up | [`Unavailable`](crate::ModelErrorKind::Unavailable), with the limit |
//! | TLS with a certificate that nobody vouches for | gives up at once | [`Unavailable`](crate::ModelErrorKind::Unavailable), with `SSL_CERT_FILE` |
//! | a redirect, which is not followed: the key would go there, too | gives up at once | [`Request`](crate::ModelErrorKind::Request), with where it leads |
//! | 400, 404, 413 and whatever else is below 500 | gives up at once | [`Request`](crate::ModelErrorKind::Request), on a 404 with `ANVIL_MODEL` and the address's variable |
//! | what is no answer of its kind of interface, or is longer than 8 MiB | gives up at once | [`Unreadable`](crate::ModelErrorKind::Unreadable), with how it begins |
//! | an answer that is as long as it may be | asks for a shorter one, as for any that is not good enough | [`CutOff`](crate::ModelErrorKind::CutOff), if that is how it ends |
//! | an answer without text | asks anew, likewise | [`Empty`](crate::ModelErrorKind::Empty), likewise |
//! | a refusal, or what the provider's filter stopped | ends the attempt | [`Refusal`](crate::ModelErrorKind::Refusal) |
//!
//! `x-should-retry` has the last word on whether to ask again, except about keys and money. When is what `retry-after-ms` or
//! `retry-after` (seconds or a date) says, else after half a second, then twice as long each time, up to eight seconds, less
//! up to a quarter by chance. It goes on for [`retry_for`](Anthropic::retry_for), 2 minutes, and ends with
//! [`time_limit`](Anthropic::time_limit), 10 minutes, or 15 for xAI and servers of one's own. An answer has at most 8 MiB.
//!
//! Every request is an event of its own, [`ModelAsked`](crate::EventKind::ModelAsked), the failed ones included, with the
//! model that answered, the tokens that it used, the status and what the provider calls the request. What an answer that was
//! lost has used is estimated, as what it may have used at most.
//!
//! # The way there
//!
//! Connections are kept. Proxies are those that `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` (`socks5://…`, too) and `NO_PROXY`
//! name; a server on this machine is asked without one. Certificates are trusted as the system trusts them; on Linux,
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` name others.

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
#[cfg(test)]
pub(crate) use providers::DEFAULT_MODELS;
