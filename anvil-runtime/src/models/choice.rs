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
        why: "the key of no model is set".to_owned(),
        help: format!(
            "set one of {} in the environment or in `.env`, or {BASE} and ANVIL_MODEL for a server of your own; \
             or give the builder a model: `Anvil::builder().model(…)`",
            variables.join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layer;
    use std::collections::BTreeMap;

    /// What is asked, or why nobody is, where these settings and these variables are set.
    fn chosen(settings: Layer, set: &[(&str, &str)]) -> String {
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        let look_up = |name: &str| Ok::<_, String>(set.get(name).map(|value| (*value).into()));
        let config = Config::of(&mut [(settings, &|_| crate::config::ConfigSource::Default)]);
        match choose(&config, look_up) {
            Ok(model) => format!("{:?}", model.info().names),
            Err(NoModel { why, help }) => format!("{why}; {help}"),
        }
    }

    fn by_keys(set: &[&str]) -> String {
        let set: Vec<_> = set.iter().map(|name| (*name, "a key")).collect();
        chosen(Layer::default(), &set)
    }

    fn provider(provider: Provider) -> Layer {
        Layer {
            provider: Some(provider),
            ..Layer::default()
        }
    }

    #[test]
    fn the_first_provider_with_a_key_is_asked() {
        assert_eq!(by_keys(&["GEMINI_API_KEY"]), r#"["gemini-4-hydrogen"]"#);
        assert_eq!(
            by_keys(&["GEMINI_API_KEY", "XAI_API_KEY"]),
            r#"["grok-4.7"]"#
        );
        assert_eq!(
            by_keys(&["XAI_API_KEY", "OPENAI_API_KEY"]),
            r#"["gpt-6.2-sol"]"#
        );
        let all = ["OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY"];
        assert_eq!(by_keys(&all), r#"["claude-opus-5-5"]"#);
        assert_eq!(
            by_keys(&["ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY"]),
            r#"["claude-opus-5-5"]"#
        );
        assert!(by_keys(&["ANVIL_API_KEY"]).starts_with("the key of no model is set; set one of "));
    }

    #[test]
    fn a_provider_that_is_named_is_asked_or_nobody() {
        let keys = [
            ("ANTHROPIC_API_KEY", "a key"),
            ("OPENAI_API_KEY", "another"),
        ];
        assert_eq!(
            chosen(provider(Provider::OpenAi), &keys),
            r#"["gpt-6.2-sol"]"#
        );
        let told = chosen(provider(Provider::Xai), &keys);
        assert!(told.starts_with("XAI_API_KEY is not set; "), "{told}");
        let named = Layer {
            model: Some("claude-haiku-5-5".to_owned()),
            ..Layer::default()
        };
        assert_eq!(chosen(named, &keys), r#"["claude-haiku-5-5"]"#);
    }

    #[test]
    fn a_server_of_ones_own_takes_the_name_of_a_model_and_an_address_where_it_has_none() {
        let told = chosen(provider(Provider::Ollama), &[]);
        assert!(
            told.starts_with("ANVIL_MODEL is not set, and `ollama` has no"),
            "{told}"
        );
        let told = chosen(provider(Provider::LlamaCpp), &[]);
        assert!(
            told.starts_with("ANVIL_BASE_URL is not set, and `llama_cpp` has no"),
            "{told}"
        );
        let own = |provider| Layer {
            provider,
            model: Some("qwen3-coder".to_owned()),
            base_url: "http://localhost:8080/v1".parse().ok(),
            ..Layer::default()
        };
        for one in [None, Some(Provider::LlamaCpp), Some(Provider::Vllm)] {
            let keys = [("OPENAI_API_KEY", "not for this one")];
            assert_eq!(chosen(own(one), &keys), r#"["qwen3-coder"]"#, "{one:?}");
        }
    }

    #[test]
    fn what_cannot_be_looked_up_is_told() {
        let config = Config::of(&mut []);
        let why = choose(&config, |_| Err("`.env` is a folder"))
            .err()
            .unwrap();
        assert_eq!(why.why, "`.env` is a folder");
        let wrong = [("OPENAI_API_KEY", "a key"), ("OPENAI_BASE_URL", "ftp://x")];
        let told = chosen(Layer::default(), &wrong);
        assert!(
            told.starts_with("the base URL of a model begins with `ftp:`"),
            "{told}"
        );
        let address = Layer {
            base_url: "http://ada:hush@localhost:8080/v1".parse().ok(),
            model: Some("m".to_owned()),
            ..Layer::default()
        };
        assert_eq!(
            chosen(address, &[]),
            "the base URL of a model holds a user's name or password, which would not be sent; \
             leave them out; a key is set apart from the address"
        );
    }
}
