//! Settings, and where each one comes from: the builder, else the environment, else `anvil.toml`, else the
//! default.
//!
//! [`settings`] is the one table of them. Its names are the keys of `anvil.toml`, and in upper case behind
//! `ANVIL_` the variables of the environment. What is wrong is refused and never passed over: a setting that
//! silently does nothing is worse than a program that does not start.

mod settings;

mod sources;

mod bounds;

mod environment;
mod file;

mod money;
mod value;
mod words;

pub use settings::{Config, ConfigEntry, ConfigSource};
pub(crate) use settings::{Layer, variable};
