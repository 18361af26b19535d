//! Tools by name.

use crate::cargo::BuildError;
use crate::crates::PinnedCrate;
use crate::declaration::Origin;
use crate::error::{Error, ErrorKind, Result};
use crate::handle::Anvil;
use crate::healer;
use crate::progress::doing_for_all;
use crate::spec::ToolSpec;
use crate::tool::Tool;
use std::collections::BTreeSet;

/// So many tools are made ready at once: most of the time is spent waiting for a model.
const AT_ONCE: usize = 4;

impl Anvil {
    /// Declares a tool while the process runs.
    ///
    /// ```no_run
    /// # fn main() -> anvil::Result<()> {
    /// # let anvil = anvil::Anvil::builder().build()?;
    /// let words = anvil.use_tool(
    ///     anvil::ToolSpec::builder("words")
    ///         .intent("Split the text into words")
    ///         .input::<String>("text")
    ///         .build()?,
    /// )?;
    /// println!("{}", words.run(serde_json::json!({ "text": "to be" }))?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Declaring it again in the same words is the same tool. Declared in other words, it takes the former's place:
    /// the next call, also through a [`Tool`] that was handed out before, has its body written anew, as the next
    /// major version.
    ///
    /// # Errors
    /// When the program's source declares another tool of that name, the declaration holds a secret, or it was changed
    /// after [`ToolSpecBuilder::build`](crate::ToolSpecBuilder::build) to what cannot be one.
    pub fn use_tool(&self, spec: ToolSpec) -> Result<Tool> {
        let slot = self.0.declare(spec, Origin::RunTime)?;
        Ok(Tool::new(self.0.clone(), slot))
    }

    /// The tool called `name`, be it declared in the source, at run time, or only stored.
    ///
    /// # Errors
    /// When there is none, or the store cannot be read.
    pub fn tool(&self, name: &str) -> Result<Tool> {
        Ok(Tool::new(self.0.clone(), self.slot(name)?))
    }

    /// The names of all tools, in order: those that were listed with [`Builder::tools`](crate::Builder::tools),
    /// called or declared at run time, and those that are stored.
    #[must_use]
    pub fn list_tools(&self) -> Vec<String> {
        let known = self.0.slots().all();
        let mut names: BTreeSet<String> = self.0.store().names().into_iter().collect();
        names.extend(known.iter().map(|slot| slot.name().to_owned()));
        names.into_iter().collect()
    }

    /// Downloads the crates that bodies of the tools of [`list_tools`](Self::list_tools) may use and that are not there
    /// yet, and pins their versions in the `Cargo.lock` of the tools' folder, which is meant to be committed; what is
    /// pinned already stays as it is. Returns all that is pinned.
    ///
    /// Nothing else ever downloads anything: a build that lacks a crate fails, and says to call this. It runs the user's
    /// own cargo, as that is configured, and none of the crates' code.
    ///
    /// # Errors
    /// When cargo cannot choose versions or download them, in cargo's words; the lock file is then as it was.
    pub async fn prepare_dependencies(&self) -> Result<Vec<PinnedCrate>> {
        let engine = self.0.clone();
        let slots = self.0.slots().all();
        let pin = move || {
            let specs: Vec<_> = slots.iter().map(|slot| slot.declaration.spec()).collect();
            engine.pin(&specs, true)
        };
        let _doing = doing_for_all(&self.0, "downloading crates");
        let pinned = self.0.background().run_blocking(pin).await?;
        pinned.map_err(dependencies_missing)
    }

    /// Makes all tools of [`list_tools`](Self::list_tools) ready to be called: has bodies written where there are
    /// none, builds and loads them.
    ///
    /// # Errors
    /// When some cannot be made ready: the first one's error, with all others in its words. The rest are ready.
    pub async fn prepare_all(&self) -> Result<()> {
        let mut waiting = self.list_tools().into_iter();
        let mut running = tokio::task::JoinSet::new();
        let mut errors: Vec<Error> = Vec::new();
        loop {
            while running.len() < AT_ONCE
                && let Some(name) = waiting.next()
            {
                let anvil = self.clone();
                let prepare = async move {
                    let slot = anvil.slot(&name)?;
                    healer::prepare(&anvil.0, &slot).await.map(drop)
                };
                running.spawn_on(prepare, self.0.background().handle());
            }
            match running.join_next().await {
                None => break,
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(error))) => errors.push(error),
                Some(Err(_)) => return Err(crate::background::ShutDown.into()),
            }
        }
        errors.sort_by_key(ToString::to_string);
        let mut errors = errors.into_iter();
        match errors.next() {
            None => Ok(()),
            Some(first) => Err(errors.fold(first, |first, next| first.and(&next))),
        }
    }
}

fn dependencies_missing(error: BuildError) -> Error {
    let help = "see that each `crates(…)` names crates and versions that are there, and that cargo can download them";
    Error::new(
        ErrorKind::Build,
        "the crates of the tools cannot be prepared",
    )
    .with_help(help)
    .because(error)
}
