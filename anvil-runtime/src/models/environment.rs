//! The model that the environment names, by itself.

use super::choice::{NoModel, choose};
use crate::config::{Config, Layer};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Places;
use crate::model::LanguageModel;
use crate::secrets::Secrets;
use std::sync::Arc;

/// The model that an [`Anvil`](crate::Anvil) with the settings of the environment and of `anvil.toml` asks, where
/// something else is to be made of it: a part of a [`Fallback`](super::Fallback), or what a
/// [`Cassette`](crate::testing::Cassette) records.
///
/// # Errors
/// When they name none, or there is no key for it; when one of them is wrong. Whether they say that no model is to be
/// asked has no say here.
pub fn from_env() -> Result<Arc<dyn LanguageModel>> {
    let places = Places::find().map_err(|error| {
        let message = "it could not be found out where the program runs";
        Error::new(ErrorKind::Configuration, message).because(error)
    })?;
    let config = Config::load(Layer::default(), &places)?;
    let secrets = Secrets::default().with_surroundings(places.workspace);
    choose(&config, |name| secrets.at_hand(name))
        .map_err(|NoModel { why, help }| Error::new(ErrorKind::NoModel, why).with_help(help))
}
