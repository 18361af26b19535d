//! [`Anvil`]: the handle that users hold. What it does with tools, says of them, and lets a person do to them is a
//! file each.

mod by_hand;
mod info;
mod review;
mod tools;

pub use info::{ToolInfo, ToolStatus, VersionInfo, VersionOrigin};
pub use review::PendingInfo;

use crate::builder::Builder;
use crate::config::Config;
use crate::current::{self, Entered};
use crate::declaration::Origin;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::log::Logger;
use crate::slot::Slot;
use crate::spec::{ToolSpec, is_tool_name};
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

/// Where tools are made, called and healed. A handle: clones share everything.
#[derive(Debug, Clone)]
pub struct Anvil(Arc<Engine>);

impl Anvil {
    pub(crate) fn new(engine: Engine) -> Self {
        Self(Arc::new(engine))
    }

    pub(crate) fn of(engine: Arc<Engine>) -> Self {
        Self(engine)
    }

    /// Starts setting one up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An `Anvil` with the settings of the environment and of `anvil.toml` (see [`Builder`]), and the model that these
    /// name: with a key in `ANTHROPIC_API_KEY`, `OPENAI_API_KEY`, `XAI_API_KEY` or `GEMINI_API_KEY` it works. See
    /// [`models`](crate::models).
    ///
    /// # Errors
    /// As [`Builder::build`].
    pub fn from_env() -> Result<Self> {
        Self::builder().build()
    }

    /// Makes this the `Anvil` of every call in the process that no other one was given for.
    pub fn install(&self) {
        current::install(self.clone());
    }

    /// Makes this the `Anvil` of calls on this thread, until the guard is dropped.
    pub fn enter(&self) -> Entered {
        current::enter(self.clone())
    }

    /// Makes this the `Anvil` of calls inside `task`, on whichever thread it is polled.
    pub async fn scope<F: Future>(&self, task: F) -> F::Output {
        let mut task = pin!(task);
        poll_fn(|context| {
            let _entered = self.enter();
            task.as_mut().poll(context)
        })
        .await
    }

    /// Where this one's tools are stored.
    #[must_use]
    pub fn tools_dir(&self) -> &Path {
        self.0.store().root()
    }

    /// Its settings, and where each came from.
    ///
    /// ```no_run
    /// # fn main() -> anvil::Result<()> {
    /// println!("{}", anvil::Anvil::from_env()?.config()); // a table for whoever runs the program
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn config(&self) -> &Config {
        self.0.config()
    }

    /// What happened so far.
    #[must_use]
    pub fn logger(&self) -> &Logger {
        self.0.logger()
    }

    /// Ends it: calls whose body runs in a process of its own end with an error of kind
    /// [`ShutDown`](ErrorKind::ShutDown), builds and heals are abandoned, and none of their processes is left. What is
    /// stored stays whole; what was not accepted yet is lost. The same happens to calls and builds when this process
    /// ends, however it ends.
    pub fn shut_down(&self) {
        self.0.shut_down();
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0
    }

    /// The slot of the tool called `name`, be it declared in this process or only stored.
    fn slot(&self, name: &str) -> Result<Arc<Slot>> {
        if let Some(slot) = self.0.slots().named(name) {
            return Ok(slot);
        }
        let stored = match is_tool_name(name) {
            true => self.0.load(name)?,
            false => None,
        };
        let spec = match stored {
            Some(stored) => Some(stored.record.spec),
            None => self
                .stored_pending(name)?
                .map(|pending| pending.record.spec),
        };
        let spec = spec.ok_or_else(|| unknown(name))?;
        self.0.declare(self.trusted(spec), Origin::Store)
    }

    /// What a file says of a tool, as far as it has a say: it may ask for more isolation than the settings, or for
    /// approval, but for less only a program may.
    fn trusted(&self, mut spec: ToolSpec) -> ToolSpec {
        let Config {
            isolation,
            approval,
            ..
        } = self.config();
        spec.isolation = spec.isolation.filter(|one| one.is_at_least(*isolation));
        spec.approval = spec.approval.filter(|one| one.is_at_least(*approval));
        spec
    }
}

fn unknown(name: &str) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!("there is no tool called `{name}`"),
    )
    .with_help("call it once, list it with `Builder::tools`, or declare it with `Anvil::use_tool`")
}
