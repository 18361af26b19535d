//! What a test holds of recorded exchanges with a model.

use super::environment::Way;
use super::recording::Recording;
use super::tapes::Tapes;
use crate::error::Result;
use crate::model::{BoxFuture, LanguageModel, ModelError, ModelInfo, ModelReply, ModelRequest};
use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// The exchanges of a test with a model: recorded once with a real one, then replayed without key and network. It is a
/// model, and given to a [`TestAnvil`](crate::testing::TestAnvil). Copies share what was recorded and what was asked for.
///
/// Most tests are written with [`from_env`](Self::from_env): `ANVIL_CASSETTE=record cargo test` records, `cargo test`
/// replays.
///
/// ```no_run
/// use anvil::testing::{Cassette, TestAnvil};
///
/// #[anvil::tool(intent = "Double x")]
/// fn double(x: u64) -> anvil::Result<u64>;
///
/// #[test]
/// fn it_doubles() -> anvil::Result<()> {
///     let cassette = Cassette::from_env("tests/cassettes/it_doubles", anvil::models::from_env)?;
///     let _anvil = TestAnvil::new(cassette.clone());
///     assert_eq!(double(21)?, 42);
///     assert_eq!(cassette.unused(), [""; 0]);
///     Ok(())
/// }
/// ```
///
/// # Files
///
/// There is one file for each tool, `<folder>/<tool>.json`, which is meant to be committed. It has what the model was
/// asked and what it answered, what it used, and nothing of how the request was sent; a text of several lines is a list
/// of them, and what is the same as in the request before is left out.
///
/// ```
/// # use anvil::testing::{Cassette, MockModel, TestAnvil};
/// # #[anvil::tool(intent = "Double x")]
/// # fn double(x: u64) -> anvil::Result<u64>;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let model = MockModel::new().reply("double", "pub fn double(x: u64) -> Result<u64, ToolError> {\n    Ok(x * 2)\n}");
/// {
///     let _anvil = TestAnvil::new(Cassette::record(folder.path(), model));
///     assert_eq!(double(21)?, 42);
/// }
/// let file = std::fs::read_to_string(folder.path().join("double.json"))?;
/// assert!(file.ends_with(
/// r##"        "task": [
///           "# Your task",
///           "",
///           "Write the function."
///         ],
///         "last": false
///       },
///       "reply": {
///         "model": "mock",
///         "usage": {
///           "input_tokens": 0,
///           "output_tokens": 0
///         },
///         "text": [
///           "pub fn double(x: u64) -> Result<u64, ToolError> {",
///           "    Ok(x * 2)",
///           "}"
///         ]
///       }
///     }
///   ]
/// }
/// "##));
///
/// let cassette = Cassette::replay(folder.path())?;
/// let _anvil = TestAnvil::new(cassette.clone());
/// assert_eq!(double(21)?, 42);
/// assert!(cassette.unused().is_empty());
/// # Ok(())
/// # }
/// ```
///
/// Keys are left out: those that the model says it uses ([`ModelInfo::secrets`]), and whatever looks like one; so is what
/// names an account, a project or a request at the provider. What a model was told of your declarations and of failed
/// calls is in the files as it was sent: look through them before you commit them.
///
/// Give each test a folder of its own: a recording begins the file of a tool anew. Where a second `Cassette` of one
/// process would overwrite what another has recorded, its requests fail and say so; tests that run in processes of their
/// own are not found out. Tools may be asked for at the same time.
///
/// # What makes a recording outdated
///
/// A request has Anvil's rules for bodies, the declaration, and what went wrong in a failed call or with the last answer.
/// So it is another one when the declaration is changed, when the test calls otherwise, or when another version of Anvil, or
/// of the compiler, whose errors and stacks are quoted, words something otherwise. Keep what differs from run to run, such
/// as a port, a date, a temporary path or the order of a `HashMap`, out of the arguments of calls that fail.
///
/// Files that a declaration names with `docs(path = "…")` are a part of the request. So would its pages be, as they are on
/// that day: a [`TestAnvil`](crate::testing::TestAnvil) fetches none, not even while it records, but any other `Anvil` does,
/// and replays only for as long as they stay as they were. What a model has to know from a page is told to it by a copy in
/// a file.
#[derive(Clone)]
pub struct Cassette(pub(super) Mode);

#[derive(Clone)]
pub(super) enum Mode {
    Recording(Arc<Recording>),
    Replaying(Arc<Tapes>),
    Off(Arc<dyn LanguageModel>),
}

impl Cassette {
    /// Requests are answered by this model, and each answer is written down in this folder as soon as it is there. The
    /// first one about a tool begins its file anew, whatever was in it. A refusal, an answer that was cut off and an empty
    /// one are answers; that the model is down, or the key is wrong, is none, and not recorded.
    ///
    /// Where the file cannot be written, the request fails with
    /// [`NotRecorded`](crate::ModelErrorKind::NotRecorded): before the model is asked, if that can be seen by then; else the
    /// error says what the answer used, and where it was put instead.
    ///
    /// What is handed on of an answer is what was written: a key in it is left out there, too.
    ///
    /// Tests are run in the folder of their package, which is where a relative path begins.
    pub fn record(folder: impl Into<PathBuf>, model: impl LanguageModel) -> Self {
        Self(Mode::Recording(Arc::new(Recording::new(
            folder.into(),
            model,
        ))))
    }

    /// Requests are answered as they were in the files of this folder, and no model is asked.
    ///
    /// A request is answered if it is the same as a recorded one to the letter, but for what is never written down. Equal
    /// ones are answered in the order in which they were recorded, each recorded one once. Any other fails with
    /// [`NotRecorded`](crate::ModelErrorKind::NotRecorded), which says what comes closest and where it differs; the call
    /// that it was made for fails with the kind [`Configuration`](crate::ErrorKind::Configuration), and no attempt of its
    /// tool is counted.
    ///
    /// # Errors
    /// When there is no cassette in the folder, or a `.json` that is none.
    pub fn replay(folder: impl Into<PathBuf>) -> Result<Self> {
        Ok(Self(Mode::Replaying(Arc::new(Tapes::read(folder.into())?))))
    }

    /// What the variable `ANVIL_CASSETTE` says:
    ///
    /// - `record`: as [`record`](Self::record), with the model that is made.
    /// - `replay`, and where it is not set: as [`replay`](Self::replay). No model is made, so that nothing that it needs
    ///   has to be there.
    /// - `off`: the model that is made is asked, and nothing is written or read.
    ///
    /// # Errors
    /// When it says something else, when a variable is set whose name can only be meant for it, and when there is no
    /// model to be made, or nothing to be replayed.
    pub fn from_env<M: LanguageModel>(
        folder: impl Into<PathBuf>,
        model: impl FnOnce() -> Result<M>,
    ) -> Result<Self> {
        Self::going(Way::in_environment(env::vars_os())?, folder.into(), model)
    }

    pub(super) fn going<M: LanguageModel>(
        way: Way,
        folder: PathBuf,
        model: impl FnOnce() -> Result<M>,
    ) -> Result<Self> {
        match way {
            Way::Record => Ok(Self::record(folder, model()?)),
            Way::Replay => Self::replay(folder),
            Way::Off => Ok(Self(Mode::Off(Arc::new(model()?)))),
        }
    }

    /// What was recorded and has not been asked for, by tool and in order: `double: exchange 2 of 3`. A test that ends
    /// with none of it has gone the way that was recorded. Nothing unless a recording is replayed.
    #[must_use]
    pub fn unused(&self) -> Vec<String> {
        match &self.0 {
            Mode::Recording(_) | Mode::Off(_) => Vec::new(),
            Mode::Replaying(tapes) => tapes.unused(),
        }
    }
}

impl LanguageModel for Cassette {
    fn complete<'a>(
        &'a self,
        request: &'a ModelRequest,
    ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
        match &self.0 {
            Mode::Recording(recording) => Box::pin(recording.ask(request)),
            Mode::Replaying(tapes) => Box::pin(async { tapes.answer(request) }),
            Mode::Off(model) => model.complete(request),
        }
    }

    /// That of the model that is asked, where one is.
    fn info(&self) -> ModelInfo {
        match &self.0 {
            Mode::Recording(recording) => recording.model().info(),
            Mode::Replaying(_) => ModelInfo::default(),
            Mode::Off(model) => model.info(),
        }
    }
}

impl fmt::Debug for Cassette {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, folder) = match &self.0 {
            Mode::Recording(recording) => ("recording", Some(recording.folder())),
            Mode::Replaying(tapes) => ("replaying", Some(tapes.folder())),
            Mode::Off(_) => ("off", None),
        };
        f.debug_struct("Cassette")
            .field("mode", &mode)
            .field("folder", &folder)
            .finish_non_exhaustive()
    }
}
