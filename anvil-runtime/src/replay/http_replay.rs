//! What a test holds of a recording.

use super::{Recording, Tape};
use crate::error::Result;
use std::path::PathBuf;
use std::sync::Arc;

/// The HTTP exchanges of a test: recorded once, with the services that are asked, then replayed without them.
/// [`Builder::http_replay`](crate::Builder::http_replay) is given it. Copies share what was recorded and what was asked
/// for.
///
/// A test is written with [`record`](Self::record), run once, and then changed to [`replay`](Self::replay):
///
/// ```
/// use anvil::testing::{HttpReplay, MockModel, TestAnvil};
///
/// #[anvil::tool(intent = "The titles about a subject", secrets(CATALOGUE_KEY = "catalogue.example"))]
/// fn titles(subject: &str) -> anvil::Result<Vec<String>>;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let body = r#"
///     pub fn titles(cx: &Context, subject: &str) -> Result<Vec<String>, ToolError> {
///         let request = cx.http().get("https://catalogue.example/titles");
///         let request = request.query(&[("about", subject)]).bearer_auth(cx.secret("CATALOGUE_KEY")?);
///         request.send()?.error_for_status()?.json()
///     }"#;
///
/// // What `HttpReplay::record("tests/titles.json")` has written:
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("titles.json");
/// let recorded = r#"{
///   "format": 1,
///   "exchanges": [
///     {
///       "request": {
///         "method": "GET",
///         "url": "https://catalogue.example/titles?about=anvils",
///         "auth": {
///           "bearer": "[secret CATALOGUE_KEY]"
///         }
///       },
///       "reply": {
///         "answer": {
///           "status": 200,
///           "content": {
///             "json": [
///               "The Village Blacksmith"
///             ]
///           }
///         }
///       }
///     }
///   ]
/// }"#;
/// # std::fs::write(&path, recorded)?;
///
/// let replay = HttpReplay::replay(&path)?;
/// let model = MockModel::new().reply("titles", body);
/// let _anvil = TestAnvil::configure(model, |builder| builder.http_replay(replay.clone()));
/// assert_eq!(titles("anvils")?, ["The Village Blacksmith"]);
/// assert!(replay.unused().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// The file is JSON that is meant to be committed, and may be edited by hand. Secrets that a tool was declared with, or
/// that were named to the builder, stand in it by their names; what looks like a key is left out, as are the values of
/// cookies. Of what a service hands out, such as a token, Anvil does not know that it is a secret: look through the file
/// before you commit it.
#[derive(Debug, Clone)]
pub struct HttpReplay(Mode);

/// What becomes of a request.
#[derive(Debug, Clone)]
pub(crate) enum Mode {
    Recording(Arc<Recording>),
    Replaying(Arc<Tape>),
}

impl HttpReplay {
    /// Requests are made, and written down in this file, each as soon as there is its answer. The first one begins the
    /// file anew, whatever was in it. Where it cannot be written, the call fails.
    ///
    /// Tests are run in the folder of their package, which is where a relative path begins.
    #[must_use]
    pub fn record(path: impl Into<PathBuf>) -> Self {
        Self(Mode::Recording(Arc::new(Recording::new(path.into()))))
    }

    /// Requests are answered as they were in this file, and none is made. No secret need be set.
    ///
    /// A request is answered if it is the same as a recorded one: method, URL, the headers that the body set, who asks,
    /// and what is sent, JSON by its value. Equal ones are answered in the order in which they were recorded, each
    /// recorded one once; what candidates are tried with, such as examples, may be answered more often. A call that asks for anything else fails with an error of the kind
    /// [`Configuration`](crate::ErrorKind::Configuration), which says what comes closest, and no tool is healed for it.
    /// What a tool was not declared with is denied as ever.
    ///
    /// # Errors
    /// When the file cannot be read, was not written by [`record`](Self::record), or has no exchanges in it.
    pub fn replay(path: impl Into<PathBuf>) -> Result<Self> {
        let tape = Tape::read(path.into())?;
        Ok(Self(Mode::Replaying(Arc::new(tape))))
    }

    /// What was recorded and has not been asked for, in order: `GET https://example.com/?page=2`. Nothing of a recording
    /// that is being made.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        match &self.0 {
            Mode::Recording(_) => Vec::new(),
            Mode::Replaying(tape) => tape.unused(),
        }
    }

    pub(crate) fn into_mode(self) -> Mode {
        self.0
    }
}
