//! [`StandIns`]: what bodies have in place of secrets.

use super::Grant;
use std::fmt::Write;

/// What stands for the secrets of a tool during one call: `anvil_secret_<NAME>_<32 hex digits>`.
///
/// The digits are new for each call, and unpredictable: what stood for a secret in another call, and what a service made
/// up, is text like any other.
#[derive(Debug)]
pub(crate) struct StandIns {
    nonce: String,
}

impl StandIns {
    /// Those of one call of the tool that was declared with `grant`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub(crate) fn mint(_grant: &Grant) -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        let mut nonce = String::with_capacity(32);
        for byte in bytes {
            let _ = write!(nonce, "{byte:02x}");
        }
        Ok(Self { nonce })
    }

    /// What stands for the secret called `name`.
    pub(crate) fn of(&self, name: &str) -> String {
        format!("anvil_secret_{name}_{}", self.nonce)
    }
}
