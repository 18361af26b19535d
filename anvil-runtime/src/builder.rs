//! How an [`Anvil`] is set up.

use crate::background::Background;
use crate::cargo::Cargo;
use crate::declaration::Declaration;
use crate::engine::{Author, Engine, Settings};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Places;
use crate::handle::Anvil;
use crate::log::{LogSettings, Logger};
use crate::model::LanguageModel;
use crate::privacy::Redactor;
use crate::store::Store;
use crate::watcher;
use secrecy::SecretString;
use std::env;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Sets up an [`Anvil`]; [`Anvil::builder`] makes one.
#[must_use]
pub struct Builder {
    tools_dir: Option<PathBuf>,
    settings: Settings,
    offline: Option<bool>,
    secrets: Vec<(String, SecretString)>,
    watch: bool,
    tools: Vec<&'static Declaration>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            tools_dir: None,
            settings: Settings {
                model: Author::None,
                self_healing: true,
                max_heal_attempts: 2,
                heal_window: None,
                redactor: Redactor::default(),
                share_args: true,
                heal_wait: None,
            },
            offline: None,
            secrets: Vec::new(),
            watch: false,
            tools: Vec::new(),
        }
    }
}

impl Builder {
    /// Where specs, bodies and their history lie. The default is `tools` at the root of the workspace that
    /// the program was built in, or, where it was moved away from it, in the current directory.
    pub fn tools_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.tools_dir = Some(path.into());
        self
    }

    /// Who writes bodies. Without a model stored tools run, and nothing is written or healed.
    pub fn model(mut self, model: impl LanguageModel) -> Self {
        self.settings.model = Author::Model(Arc::new(model));
        self
    }

    /// Whether failing tools are healed; they are by default.
    pub fn self_healing(mut self, heal: bool) -> Self {
        self.settings.self_healing = heal;
        self
    }

    /// How many attempts a tool gets until its attempts are reset. Each one for which the model answered
    /// counts, whether it succeeds or not, and so does a first body that was asked for in vain. The default is
    /// 2; a tool's own `max_heal_attempts` goes before.
    pub fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.settings.max_heal_attempts = attempts;
        self
    }

    /// How long a caller waits for a heal. By default until it is done. One that has waited that long gets
    /// the original failure, with [`Error::is_healing`](crate::Error::is_healing), and the heal goes on;
    /// [`Duration::ZERO`] heals in the background.
    pub fn heal_wait(mut self, limit: Duration) -> Self {
        self.settings.heal_wait = Some(limit);
        self
    }

    /// `true`: never ask a model, whatever else is set. Where nothing is said, ANVIL_OFFLINE=1 in the
    /// environment says so.
    pub fn offline(mut self, offline: bool) -> Self {
        self.offline = Some(offline);
        self
    }

    /// `true`: notice, within half a second, what others do to the tools in service, and put it into service too: an
    /// edited `tool.rs`, a heal or a rollback of another process. The default is to look at a failure and at the
    /// next start.
    pub fn watch(mut self, watch: bool) -> Self {
        self.watch = watch;
        self
    }

    /// How long an attempt counts. By default until it is reset; with a window, a tool that fails now and then is
    /// healed again once its earlier attempts lie that far back.
    pub fn heal_window(mut self, window: Duration) -> Self {
        self.settings.heal_window = Some(window);
        self
    }

    /// A value that is never to be seen: it is taken out of prompts, events and errors, and a body that holds it is
    /// turned back. What merely looks like a key, whether it was named here or not, is taken out as well.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.secrets.push((name.into(), value.into().into()));
        self
    }

    /// `false`: no argument of any tool is shown in prompts, events and recordings, nor where a failure's words repeat
    /// one. For one tool there is `share_args = false`, for one parameter `#[anvil(private)]`.
    pub fn share_args(mut self, share: bool) -> Self {
        self.settings.share_args = share;
        self
    }

    /// Registers tools up front: `.tools([slugify::tool(), top_n::tool()])`. A tool that is not listed is
    /// registered by its first call.
    pub fn tools(mut self, tools: impl IntoIterator<Item = &'static Declaration>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Builds it. Nothing is read, run or asked yet.
    ///
    /// # Errors
    /// When two tools have one name, a variable has a value that is not understood, or the current directory
    /// or a thread is not to be had.
    pub fn build(self) -> Result<Anvil> {
        let places = Places::find().map_err(no_start)?;
        let background = Background::start().map_err(no_start)?;
        let tools_dir = self.tools_dir.unwrap_or_else(|| places.tools());
        let store = Store::new(path::absolute(tools_dir).map_err(no_start)?);
        let cargo = Cargo::new(&places);
        let logger = Logger::open(LogSettings::default()).map_err(no_start)?;
        let mut settings = self.settings;
        settings.redactor = Redactor::new(self.secrets);
        let offline = match self.offline {
            Some(offline) => offline,
            None => switched_on("ANVIL_OFFLINE", env::var_os("ANVIL_OFFLINE").as_deref())?,
        };
        if offline {
            settings.model = Author::Offline;
        }
        let engine = Engine::new(settings, store, cargo, logger, background);
        for declaration in self.tools {
            engine.slot(declaration)?;
        }
        let anvil = Anvil::new(engine);
        if self.watch {
            watcher::start(anvil.engine());
        }
        Ok(anvil)
    }

    /// For calls in programs that never made an `Anvil`.
    pub(crate) fn not_installed(mut self) -> Self {
        self.settings.model = Author::NotInstalled;
        self
    }
}

fn no_start(error: io::Error) -> Error {
    Error::new(ErrorKind::Configuration, "Anvil could not start").because(error)
}

/// Whether the variable called `name` is 1.
fn switched_on(name: &str, value: Option<&OsStr>) -> Result<bool> {
    match value.map(OsStr::to_string_lossy).as_deref() {
        None | Some("" | "0") => Ok(false),
        Some("1") => Ok(true),
        Some(other) => Err(Error::new(
            ErrorKind::Configuration,
            format!("{name} is `{other}`, which says neither yes nor no"),
        )
        .with_help("set it to 1, or leave it out")),
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("tools_dir", &self.tools_dir)
            .field("offline", &self.offline)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_is_1_or_nothing() {
        let switch = |value: &str| switched_on("ANVIL_OFFLINE", Some(OsStr::new(value)));
        assert!(!switched_on("ANVIL_OFFLINE", None).unwrap());
        assert!(!switch("").unwrap() && !switch("0").unwrap());
        assert!(switch("1").unwrap());
        let error = switch("yes please").unwrap_err();
        assert!(
            error.to_string().contains("ANVIL_OFFLINE is `yes please`"),
            "{error}"
        );
    }
}
