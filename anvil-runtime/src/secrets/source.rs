//! [`SecretSource`]: a place for secrets that the user knows.

use crate::background::panic_words;
use secrecy::SecretString;
use std::error::Error as StdError;
use std::panic::{self, AssertUnwindSafe};

/// A place where secrets are kept, such as a vault; given to
/// [`Builder::secret_source`](crate::Builder::secret_source).
///
/// ```
/// use anvil::{SecretSource, SecretString};
/// use std::{error::Error, fs, io, path::PathBuf};
///
/// /// A folder with a file for each secret, as containers are handed them.
/// struct Folder(PathBuf);
///
/// impl SecretSource for Folder {
///     fn secret(&self, name: &str) -> Result<Option<SecretString>, Box<dyn Error + Send + Sync>> {
///         match fs::read_to_string(self.0.join(name)) {
///             Ok(value) => Ok(Some(value.trim_end().into())),
///             Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
///             Err(error) => Err(error.into()),
///         }
///     }
/// }
///
/// let builder = anvil::Anvil::builder().secret_source(Folder("/run/secrets".into()));
/// ```
pub trait SecretSource: Send + Sync + 'static {
    /// The secret called `name`, or nothing where it is not set here. It is asked for each call that uses the secret, on
    /// the thread that the call waits on: what takes long is for the source to remember.
    ///
    /// # Errors
    /// When it cannot be told. The call that asked for it fails with
    /// [`Error::is_unavailable`](crate::Error::is_unavailable), and is not healed.
    fn secret(&self, name: &str) -> Result<Option<SecretString>, Box<dyn StdError + Send + Sync>>;
}

/// Asks a source, which is the user's code.
pub(super) fn ask(source: &dyn SecretSource, name: &str) -> Result<Option<SecretString>, String> {
    let asked = panic::catch_unwind(AssertUnwindSafe(|| source.secret(name)));
    match asked {
        Ok(answer) => answer.map_err(|error| error.to_string()),
        Err(payload) => Err(format!("it panicked: {}", panic_words(&*payload))),
    }
}
