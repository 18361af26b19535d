//! [`Anvil`]: the handle that users hold.

use crate::builder::Builder;
use crate::current::{self, Entered};
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::logger::Logger;
use crate::slot::Slot;
use crate::spec::is_tool_name;
use crate::version::Version;
use std::future::poll_fn;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

/// Where tools are made, called and healed. A handle: clones share everything.
#[derive(Debug, Clone)]
pub struct Anvil(Arc<Engine>);

/// What is known of a tool.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolInfo {
    /// Its name.
    pub name: String,
    /// What it should do.
    pub intent: String,
    /// The version that answers calls; before the first call, the one that is stored.
    pub version: Version,
    /// How many heal attempts were used since the process began or they were last reset. A first body that
    /// was asked for in vain counts as well.
    pub heal_attempts: u32,
}

impl Anvil {
    pub(crate) fn new(engine: Engine) -> Self {
        Self(Arc::new(engine))
    }

    /// Starts setting one up.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// An `Anvil` with the settings that the environment gives. It knows no model yet: stored tools run.
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

    /// What happened so far.
    #[must_use]
    pub fn logger(&self) -> &Logger {
        self.0.logger()
    }

    /// What is known of the tool called `name`.
    ///
    /// # Errors
    /// When no such tool was registered, called or stored, or it has no body yet.
    pub fn tool_info(&self, name: &str) -> Result<ToolInfo> {
        let (slot, live) = self.body_of(name)?;
        let heal_attempts = slot.as_ref().map_or(0, |slot| slot.state().attempts);
        Ok(ToolInfo {
            name: name.to_owned(),
            heal_attempts,
            intent: live.intent,
            version: live.version,
        })
    }

    /// The source of the version that answers calls.
    ///
    /// # Errors
    /// As [`tool_info`](Self::tool_info).
    pub fn tool_code(&self, name: &str) -> Result<String> {
        Ok(self.body_of(name)?.1.code)
    }

    /// The source of one version, which need not be the one that answers calls.
    ///
    /// # Errors
    /// When the store has no such version.
    pub fn tool_code_at(&self, name: &str, version: Version) -> Result<String> {
        if !is_tool_name(name) {
            return Err(unknown(name));
        }
        self.0
            .store()
            .body(name, version)
            .map_err(|error| self.0.store_error(name, error))
    }

    /// Gives the tool called `name` its full number of heal attempts again. Unknown names are ignored.
    pub fn reset_heal_attempts(&self, name: &str) {
        if let Some(slot) = self.0.slots().named(name) {
            slot.reset_attempts();
        }
    }

    /// Gives every tool its full number of heal attempts again.
    pub fn reset_all_heal_attempts(&self) {
        for slot in self.0.slots().all() {
            slot.reset_attempts();
        }
    }

    /// The body that is live, or else the one that is stored.
    fn body_of(&self, name: &str) -> Result<(Option<Arc<Slot>>, Body)> {
        let slot = self.0.slots().named(name);
        if let Some(slot) = &slot
            && let Some(live) = slot.live()
        {
            let body = Body {
                intent: slot.declaration.spec().intent.clone(),
                version: live.version,
                code: live.body.clone(),
            };
            return Ok((Some(slot.clone()), body));
        }
        let stored = if is_tool_name(name) {
            self.0.load(name)?
        } else {
            None
        };
        match stored {
            Some(stored) => {
                let body = Body {
                    intent: stored.record.spec.intent,
                    version: stored.record.current,
                    code: stored.body,
                };
                Ok((slot, body))
            }
            None if slot.is_some() => Err(Error::new(
                ErrorKind::Configuration,
                format!("`{name}` has no body yet"),
            )
            .with_help("call it once; its first call has it written")),
            None => Err(unknown(name)),
        }
    }

    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.0
    }
}

fn unknown(name: &str) -> Error {
    Error::new(
        ErrorKind::Configuration,
        format!("there is no tool called `{name}`"),
    )
    .with_help("call it once, or list it with `Builder::tools`")
}

/// A body, wherever it was found.
struct Body {
    intent: String,
    version: Version,
    code: String,
}
