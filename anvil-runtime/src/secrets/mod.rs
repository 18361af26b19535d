//! What secrets are, and where that is looked up.
//!
//! ```text
//! Secrets        looks a secret up: what the builder was given, then
//!                  the environment,
//!   dotenv         the `.env` at the workspace's root,
//!   source         what the user wrote;
//!   terminal     asks a person, where there is one and the builder allows it
//! ```
//!
//! Nothing is kept but what a person typed: a key that is changed in its place is the new one from the next call on.
//! Whatever is found is the [`Redactor`]'s to know before anybody else hears of it.

mod dotenv;

mod source;

mod terminal;

pub use source::SecretSource;

pub(crate) use dotenv::Dotenv;

use crate::privacy::Redactor;
use crate::progress::cover;
use crate::spec::ToolSpec;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Where secrets are looked up.
#[derive(Default)]
pub(crate) struct Secrets {
    given: BTreeMap<String, SecretString>,
    /// Where the program was started, if that has a say.
    surroundings: Option<Surroundings>,
    sources: Vec<Arc<dyn SecretSource>>,
    /// Whether a person may be asked.
    ask: bool,
    /// What a person typed; nothing where they did not want to.
    typed: Mutex<BTreeMap<String, Option<SecretString>>>,
}

/// What a program finds without being told.
struct Surroundings {
    dotenv: Dotenv,
}

/// Why a secret cannot be looked up. Not that it is not set.
#[derive(Debug, thiserror::Error)]
#[error("{name} cannot be looked up in {place}: {why}")]
pub(crate) struct LookupError {
    name: String,
    place: String,
    why: String,
}

impl Secrets {
    /// Those that the builder was given, by name.
    pub(crate) fn new(given: impl IntoIterator<Item = (String, SecretString)>) -> Self {
        Self {
            given: given.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The environment has a say, and the `.env` in `folder`, which is the current one where there is no other.
    pub(crate) fn with_surroundings(mut self, folder: Option<PathBuf>) -> Self {
        let dotenv = Dotenv::in_folder(folder.unwrap_or_default());
        self.surroundings = Some(Surroundings { dotenv });
        self
    }

    pub(crate) fn with_sources(mut self, sources: Vec<Arc<dyn SecretSource>>) -> Self {
        self.sources = sources;
        self
    }

    /// Whether a person may be asked.
    pub(crate) fn asking(mut self, ask: bool) -> Self {
        self.ask = ask;
        self
    }

    /// The secret called `name`, if it is set. What is set to nothing, or to blanks, is not. Blocks as long as a source of
    /// the user's does.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(crate) fn find(
        &self,
        name: &str,
        redactor: &Redactor,
    ) -> Result<Option<SecretString>, LookupError> {
        let found = match self.at_hand(name)? {
            Some(found) => Some(found),
            None => self.in_sources(name)?,
        };
        let found = found.or_else(|| self.typed().get(name).cloned().flatten());
        Ok(found.inspect(|value| redactor.learn(name, value)))
    }

    /// Has the redactor learn what can be had of these without asking anybody.
    pub(crate) fn teach<'s>(&self, names: impl Iterator<Item = &'s String>, redactor: &Redactor) {
        for name in names {
            if let Ok(Some(value)) = self.at_hand(name) {
                redactor.learn(name, &value);
            }
        }
    }

    /// Whether code of the user's is asked.
    pub(crate) fn has_sources(&self) -> bool {
        !self.sources.is_empty()
    }

    /// Whether a person would be asked for a secret of the tool's.
    pub(crate) fn would_ask(&self, spec: &ToolSpec) -> bool {
        self.ask && !spec.secrets.is_empty() && terminal::is_there()
    }

    /// Asks a person for the secrets of the tool's that are not set, each once. Blocks until they have answered.
    pub(crate) fn ask(&self, spec: &ToolSpec, redactor: &Redactor) {
        // One question at a time.
        static ASKING: Mutex<()> = Mutex::new(());
        let _asking = ASKING.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, hosts) in &spec.secrets {
            let asked = self.typed().contains_key(name);
            if asked || !matches!(self.find(name, redactor), Ok(None)) {
                continue;
            }
            let _covered = cover();
            let typed = terminal::ask(&spec.name, name, hosts);
            if let Some(value) = &typed {
                redactor.learn(name, value);
                if let Some(Surroundings { dotenv }) = &self.surroundings {
                    terminal::offer_to_save(dotenv, name, value);
                }
            }
            self.typed().insert(name.clone(), typed);
        }
    }

    /// Those for which nobody has to be asked, and nothing of the user's is run.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(crate) fn at_hand(&self, name: &str) -> Result<Option<SecretString>, LookupError> {
        if let Some(given) = self.given.get(name) {
            return Ok(Some(given.clone()).filter(is_set));
        }
        let Some(Surroundings { dotenv }) = &self.surroundings else {
            return Ok(None);
        };
        let variable = env::var(name).ok().map(SecretString::from);
        if let Some(variable) = variable.filter(is_set) {
            return Ok(Some(variable));
        }
        let found = dotenv.get(name).map_err(|why| LookupError {
            name: name.to_owned(),
            place: dotenv.path().display().to_string(),
            why,
        })?;
        Ok(found.filter(is_set))
    }

    fn in_sources(&self, name: &str) -> Result<Option<SecretString>, LookupError> {
        for source in &self.sources {
            let found = source::ask(&**source, name).map_err(|why| LookupError {
                name: name.to_owned(),
                place: "the program's own source of secrets".to_owned(),
                why,
            })?;
            if let Some(found) = found.filter(is_set) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn typed(&self) -> MutexGuard<'_, BTreeMap<String, Option<SecretString>>> {
        self.typed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_set(value: &SecretString) -> bool {
    !value.expose_secret().trim().is_empty()
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error as StdError;
    use std::fs;

    fn given(name: &str, value: &str) -> Secrets {
        Secrets::new([(name.to_owned(), value.into())])
    }

    fn found(secrets: &Secrets, name: &str) -> Option<String> {
        let found = secrets.find(name, &Redactor::default()).unwrap();
        found.map(|value| value.expose_secret().to_owned())
    }

    struct Vault;

    impl SecretSource for Vault {
        fn secret(
            &self,
            name: &str,
        ) -> Result<Option<SecretString>, Box<dyn StdError + Send + Sync>> {
            match name {
                "SEALED" => Err("it is sealed".into()),
                "BROKEN" => panic!("out of order"),
                "NOWHERE" => Ok(None),
                name => Ok(Some(format!("{name} of the vault").into())),
            }
        }
    }

    #[test]
    fn the_builder_goes_before_what_lies_around_and_that_before_the_users_own_source() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(
            folder.path().join(".env"),
            "A=a\nB='b of the file'\nC=' '\n",
        )
        .unwrap();
        let secrets = given("A", "a of the builder")
            .with_surroundings(Some(folder.path().to_owned()))
            .with_sources(vec![Arc::new(Vault)]);
        assert_eq!(found(&secrets, "A").unwrap(), "a of the builder");
        assert_eq!(found(&secrets, "B").unwrap(), "b of the file");
        assert_eq!(found(&secrets, "C").unwrap(), "C of the vault");
        assert_eq!(found(&secrets, "NOWHERE"), None);
        let variable = env::var("CARGO_MANIFEST_DIR").unwrap();
        assert_eq!(found(&secrets, "CARGO_MANIFEST_DIR").unwrap(), variable);
        assert_eq!(
            found(&given("A", "a"), "CARGO_MANIFEST_DIR"),
            None,
            "it has no say"
        );

        fs::write(folder.path().join(".env"), "B=another").unwrap();
        assert_eq!(found(&secrets, "B").unwrap(), "another");
    }

    #[test]
    fn what_is_found_is_taken_out_of_everything_from_then_on() {
        let redactor = Redactor::default();
        let secrets = Secrets::default().with_sources(vec![Arc::new(Vault)]);
        let words = "it said KEY of the vault";
        secrets.teach(["KEY".to_owned()].iter(), &redactor);
        assert_eq!(
            redactor.redact(words),
            words,
            "nothing of the user's is run for that"
        );
        secrets.find("KEY", &redactor).unwrap();
        assert_eq!(redactor.redact(words), "it said [secret KEY]");

        given("OTHER", "in the builder").teach(["OTHER".to_owned()].iter(), &redactor);
        assert_eq!(redactor.redact("x in the builder"), "x [secret OTHER]");
    }

    #[test]
    fn a_place_that_cannot_be_read_is_not_taken_for_one_without_the_secret() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".env"), "KEY=\"without an end\n").unwrap();
        let secrets = Secrets::default()
            .with_surroundings(Some(folder.path().to_owned()))
            .with_sources(vec![Arc::new(Vault)]);
        let error = secrets.find("KEY", &Redactor::default()).unwrap_err();
        assert!(error.to_string().contains(".env: "), "{error}");
        assert!(!error.to_string().contains("without an end"), "{error}");

        let secrets = Secrets::default().with_sources(vec![Arc::new(Vault)]);
        for (name, why) in [
            ("SEALED", "it is sealed"),
            ("BROKEN", "it panicked: out of order"),
        ] {
            let error = secrets.find(name, &Redactor::default()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("{name} cannot be looked up in the program's own source of secrets: {why}")
            );
        }
    }
}
