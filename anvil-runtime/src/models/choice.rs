//! Which model is asked where the program names none: what the settings say, else whoever there is a key for.

use super::anthropic::AUTH_TOKEN;
use super::providers::{BASE, Provider};
use super::wire::Key;
use super::{Anthropic, ChatCompletions, OpenAi};
use crate::config::Config;
use crate::model::LanguageModel;
use secrecy::{ExposeSecret, SecretString};
use std::fmt::Display;
use std::sync::Arc;

/// Those that are looked for where no provider is named, in this order.
const BY_KEY: [Provider; 4] = [
    Provider::Anthropic,
    Provider::OpenAi,
    Provider::Xai,
    Provider::Gemini,
];

/// Why no model is asked, and what to do about it.
#[derive(Debug, Clone)]
pub(crate) struct NoModel {
    pub(crate) why: String,
    pub(crate) help: String,
}

/// Chooses a model. `look_up` finds what variables are set to.
///
/// # Errors
/// When there is none. That is no mistake as long as nothing has to be written.
pub(crate) fn choose<E: Display>(
    config: &Config,
    look_up: impl Fn(&str) -> Result<Option<SecretString>, E>,
) -> Result<Arc<dyn LanguageModel>, NoModel> {
    let look_up = |name: &str| {
        look_up(name).map_err(|error| NoModel {
            why: error.to_string(),
            help: "mend it, or give the builder a model".to_owned(),
        })
    };
    let provider = match (config.provider, &config.base_url) {
        (Some(provider), _) => provider,
        (None, Some(_)) => Provider::ChatCompletions,
        (None, None) => by_key(&look_up)?,
    };
    let names = provider.names();
    let key = look_up(names.key_variable)?;
    let token = match (provider, &key) {
        (Provider::Anthropic, None) => look_up(AUTH_TOKEN)?,
        _ => None,
    };
    if key.is_none() && token.is_none() && !provider.is_own() {
        return Err(NoModel {
            why: format!("{} is not set", names.key_variable),
            help: format!(
                "set it in the environment or in `.env`, or name another provider than `{provider}`"
            ),
        });
    }
    let base = match (&config.base_url, names.base_variable) {
        (Some(url), _) => Some(url.to_string()),
        (None, BASE) => None, // that was it
        (None, variable) => look_up(variable)?.map(|url| url.expose_secret().to_owned()),
    };
    if base.is_none() && !provider.has_address() {
        return Err(NoModel {
            why: format!("{BASE} is not set, and `{provider}` has no address of its own"),
            help:
                "set it to what stands before `/chat/completions`, such as http://localhost:8080/v1"
                    .to_owned(),
        });
    }
    if config.model.is_none() && provider.is_own() {
        return Err(NoModel {
            why: format!(
                "ANVIL_MODEL is not set, and `{provider}` has no model that everybody has"
            ),
            help: "set it to what your server calls its model".to_owned(),
        });
    }
    let mut line = provider.line();
    if let Some(key) = key {
        line = line.with_key(provider.key(key));
    } else if let Some(token) = token {
        line = line.with_key_of(AUTH_TOKEN, Key::bearer(token));
    }
    if let Some(name) = &config.model {
        line.model.clone_from(name);
    }
    if let Some(url) = &base {
        line.set_base(url).map_err(|error| NoModel {
            why: error.to_string(),
            help: error.help().unwrap_or_default().to_owned(),
        })?;
    }
    Ok(match provider {
        Provider::Anthropic => Arc::new(Anthropic::over(line)),
        Provider::OpenAi | Provider::Xai => Arc::new(OpenAi::over(line)),
        _ => Arc::new(ChatCompletions::over(line)),
    })
}

/// The first provider that there is a key for.
fn by_key(
    look_up: &impl Fn(&str) -> Result<Option<SecretString>, NoModel>,
) -> Result<Provider, NoModel> {
    for provider in BY_KEY {
        let variable = provider.names().key_variable;
        let token = provider == Provider::Anthropic && look_up(AUTH_TOKEN)?.is_some();
        if token || look_up(variable)?.is_some() {
            return Ok(provider);
        }
    }
    let variables: Vec<&str> = BY_KEY.map(|provider| provider.names().key_variable).into();
    Err(NoModel {
        why: "there is no model to write it".to_owned(),
        help: format!(
            "set {} in the environment or in `.env`, or {BASE} and ANVIL_MODEL for a server of your own; \
             or give the builder a model: `Anvil::builder().model(…)`",
            variables.join(", ")
        ),
    })
}
