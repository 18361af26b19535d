//! What an `Anvil` is made of.

use crate::approval::Approval;
use crate::attempts::Limit;
use crate::background::Background;
use crate::budget::Budget;
use crate::cargo::{BuildError, Cargo, Dylib};
use crate::config::Config;
use crate::contract;
use crate::crates::{Crates, PinnedCrate, Pins, Wanted, all_lines};
use crate::declaration::{Declaration, Origin};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventKind};
use crate::healer::Waits;
use crate::isolation::{Isolation, Limits, Means, OpenError, Processes, Runner, Sandboxing, Terms};
use crate::log::Logger;
use crate::material::Library;
use crate::model::LanguageModel;
use crate::models::NoModel;
use crate::policy::{Gate, Policy};
use crate::privacy::{self, Redactor};
use crate::progress::doing;
use crate::recordings::{self, Folder, Recordings};
use crate::secrets::{LookupError, Secrets};
use crate::session::Outside;
use crate::slot::Slot;
use crate::slots::Slots;
use crate::spec::{Parameter, ToolSpec};
use crate::store::{Lock, Pending, Store, StoreError, Stored};
use crate::telemetry;
use crate::text::shortened;
use anvil_core::failure::Failure;
use secrecy::SecretString;
use serde_json::Value;
use std::fmt;
use std::io;
use std::sync::{Arc, OnceLock};
use tracing::Span;

/// The parts, and the questions that the rest of the code asks of them.
pub(crate) struct Engine {
    settings: Settings,
    store: Store,
    workshop: Workshop,
    slots: Slots,
    waits: Waits,
    logger: Logger,
    recordings: Folder,
    budget: Budget,
    background: Background,
    /// Where bodies' requests are made; nothing where no thread is to be had.
    exchanges: OnceLock<Option<Background>>,
}

/// Where bodies are built and run.
pub(crate) struct Workshop {
    pub(crate) cargo: Cargo,
    pub(crate) processes: Processes,
    pub(crate) sandboxing: Arc<Sandboxing>,
}

/// More of a failure's words than this are not kept: its beginning tells what it is.
const LONGEST_WORDS: usize = 8_000;
/// More than this are not even searched for what must not be shown: they are cut off before.
const LONGEST_SEARCHED: usize = 64_000;

/// What the user chose.
pub(crate) struct Settings {
    pub(crate) config: Config,
    pub(crate) model: Author,
    /// What must not be shown.
    pub(crate) redactor: Redactor,
    /// What tools are given.
    pub(crate) secrets: Secrets,
    /// What becomes of their requests.
    pub(crate) outside: Outside,
    /// Where what models are to read is found.
    pub(crate) library: Library,
    /// What bodies must not reach for.
    pub(crate) policy: Policy,
}

/// Who writes bodies.
#[derive(Clone)]
pub(crate) enum Author {
    Model(Arc<dyn LanguageModel>),
    /// Nobody, because none was given.
    None,
    /// Nobody, because neither the settings nor the environment name somebody who can be asked.
    Unchosen(NoModel),
    /// Nobody, because a model must not be asked.
    Offline,
    /// Nobody, because the user never made an `Anvil`.
    NotInstalled,
}

impl Engine {
    pub(crate) fn new(
        settings: Settings,
        store: Store,
        workshop: Workshop,
        logger: Logger,
        recordings: Folder,
        budget: Budget,
        background: Background,
    ) -> Self {
        Self {
            settings,
            store,
            workshop,
            slots: Slots::default(),
            waits: Waits::default(),
            logger,
            recordings,
            budget,
            background,
            exchanges: OnceLock::new(),
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn cargo(&self) -> &Cargo {
        &self.workshop.cargo
    }

    /// The crates that a body names, with their versions. Those that have none yet get theirs of what was downloaded.
    /// Blocks.
    pub(crate) fn crates(&self, spec: &ToolSpec, body: &str) -> Result<Crates, BuildError> {
        let wanted = Wanted::by(spec, body);
        if wanted.is_empty() {
            return Ok(Crates::default()); // as nearly always
        }
        let pins = Pins::of_store(self.store.root());
        let lock = match pins.that_hold(&wanted)? {
            Some(lock) => lock,
            None => {
                self.pin(&[spec], false)?;
                pins.text()?
            }
        };
        let digest = pins.digest(&lock, &wanted)?;
        Ok(Crates {
            wanted,
            lock,
            digest,
        })
    }

    /// Pins the versions of all crates that bodies of these tools, and of those in the store, may name. `online`: those
    /// that are missing are downloaded. Blocks.
    pub(crate) fn pin(
        &self,
        specs: &[&ToolSpec],
        online: bool,
    ) -> Result<Vec<PinnedCrate>, BuildError> {
        // A tool that cannot be read is told of when it is called.
        let names = self.store.names();
        let stored: Vec<Stored> = names
            .iter()
            .filter_map(|name| self.store.load(name).ok().flatten())
            .collect();
        let stored = stored.iter().map(|stored| &stored.record.spec);
        let lines = all_lines(stored.chain(specs.iter().copied()));
        let pins = Pins::of_store(self.store.root());
        self.cargo().resolve(&pins, &lines, online)
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.slots
    }

    /// What becomes of the requests of bodies.
    pub(crate) fn outside(&self) -> &Outside {
        &self.settings.outside
    }

    /// The secret called `name`, if it is set.
    ///
    /// # Errors
    /// When it cannot be told.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<SecretString>, LookupError> {
        self.settings.secrets.find(name, self.redactor())
    }

    /// Asks a person for the tool's secrets that are not set, where that is allowed and there is one. Before the call,
    /// whose time does not wait.
    pub(crate) async fn ask_for_secrets(
        self: &Arc<Self>,
        spec: &'static ToolSpec,
    ) -> Result<(), Error> {
        if self.outside().is_replay() || !self.settings.secrets.would_ask(spec) {
            return Ok(());
        }
        let engine = self.clone();
        let ask = move || engine.settings.secrets.ask(spec, engine.redactor());
        Ok(self.background.run_blocking(ask).await?)
    }

    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    pub(crate) fn slot(&self, declaration: &'static Declaration) -> Result<Arc<Slot>, Error> {
        if let Some(slot) = self.slots.get(declaration) {
            return Ok(slot); // the way of nearly every call
        }
        self.refuse_secrets(declaration.spec())?;
        self.learn_secrets(declaration.spec());
        self.slots.add(declaration)
    }

    /// The slot of a tool that is declared as data. Declaring the same tool again and again costs next to nothing.
    pub(crate) fn declare(&self, spec: ToolSpec, origin: Origin) -> Result<Arc<Slot>, Error> {
        if let Some(slot) = self.slots.declared(&spec, origin) {
            return Ok(slot);
        }
        spec.check()?;
        self.refuse_secrets(&spec)?;
        self.learn_secrets(&spec);
        self.slots.declare(spec, origin)
    }

    /// A slot of its own for a tool that is declared as data, which no call finds.
    pub(crate) fn detached(&self, spec: ToolSpec) -> Result<Arc<Slot>, Error> {
        spec.check()?;
        self.refuse_secrets(&spec)?;
        let declaration = Declaration::leak(spec, Origin::Store);
        Ok(Arc::new(Slot::new(declaration)))
    }

    /// A declaration is shown to models and committed with the store, and has to be the same in both as in the
    /// program: a secret cannot be taken out of it.
    fn refuse_secrets(&self, spec: &ToolSpec) -> Result<(), Error> {
        let words = serde_json::to_string(spec).expect("a spec always serializes");
        let Some(what) = self.redactor().looks_like_a_key(&words) else {
            return Ok(());
        };
        let message = format!("the declaration of `{}` holds {what}", spec.name);
        Err(Error::new(ErrorKind::Configuration, message)
            .with_help("leave it out: declarations are shown to the model and stored"))
    }

    /// A tool's secrets are taken out of everything from the start, as far as they lie around.
    fn learn_secrets(&self, spec: &ToolSpec) {
        let secrets = &self.settings.secrets;
        secrets.teach(spec.secrets.keys(), self.redactor());
    }

    /// The log. What happens to a tool is noted with [`record`](Self::record) instead.
    pub(crate) fn logger(&self) -> &Logger {
        &self.logger
    }

    /// Notes what happened to the tool.
    pub(crate) fn record(&self, spec: &ToolSpec, event: Event) {
        let level = event.isolation.unwrap_or_else(|| self.level(spec));
        self.logger.record(event.isolation(level));
    }

    /// Notes what happened to the tool, and that `span` ended with it.
    pub(crate) fn record_end(&self, span: &Span, spec: &ToolSpec, event: Event) {
        let level = event.isolation.unwrap_or_else(|| self.level(spec));
        let event = event.isolation(level);
        telemetry::describe(span, &event);
        self.logger.record(event);
    }

    /// Where what models are to read is found.
    pub(crate) fn library(&self) -> &Library {
        &self.settings.library
    }

    pub(crate) fn background(&self) -> &Background {
        &self.background
    }

    /// Where bodies' requests are made: apart from the bodies, which hold threads for as long as they wait for them.
    pub(crate) fn exchanges(&self) -> Option<&Background> {
        let exchanges = self.exchanges.get_or_init(|| Background::start().ok());
        exchanges.as_ref()
    }

    /// Whether code of the user's is asked for secrets.
    pub(crate) fn asks_sources(&self) -> bool {
        self.settings.secrets.has_sources()
    }

    /// Ends all calls, builds and heals.
    pub(crate) fn shut_down(&self) {
        self.workshop.processes.shut_down();
        self.background.shut_down();
        if let Some(Some(exchanges)) = self.exchanges.get() {
            exchanges.shut_down();
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.settings.config
    }

    /// What its tools may cost.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    pub(crate) fn self_healing(&self) -> bool {
        self.settings.config.self_healing
    }

    /// How many attempts the tool gets.
    pub(crate) fn limit(&self, spec: &ToolSpec) -> Limit {
        Limit {
            most: spec
                .max_heal_attempts
                .unwrap_or(self.settings.config.max_heal_attempts),
            window: self.settings.config.heal_window,
        }
    }

    /// Whether a person has to approve the tool's bodies.
    pub(crate) fn is_reviewed(&self, spec: &ToolSpec) -> bool {
        spec.approval.unwrap_or(self.settings.config.approval) == Approval::Review
    }

    /// Where the tool runs.
    pub(crate) fn level(&self, spec: &ToolSpec) -> Isolation {
        let wanted = spec.isolation.unwrap_or(self.settings.config.isolation);
        self.workshop.sandboxing.level(wanted)
    }

    /// Loads the tool's dylib where it is to run. Blocks.
    pub(crate) fn open(&self, spec: &ToolSpec, dylib: &Dylib) -> Result<Runner, OpenError> {
        let level = self.level(spec);
        if level == Isolation::InProcess {
            return Runner::open_here(dylib);
        }
        let config = &self.settings.config;
        let program = self.cargo().worker_program().map_err(OpenError::Program)?;
        let means = Means {
            program,
            limits: self.limits(spec),
            most: config.workers_per_version,
            breaker: Terms {
                deaths: config.breaker_deaths,
                window: config.breaker_window,
                pause: config.breaker_pause,
            },
            processes: self.workshop.processes.clone(),
            background: self.background.handle().clone(),
        };
        match Runner::open_apart(dylib, level, means) {
            Err(OpenError::NoSandbox(missing)) if level == Isolation::Sandboxed => {
                let sandboxing = &self.workshop.sandboxing;
                sandboxing
                    .lacks(&missing)
                    .map_err(|missing| OpenError::NoSandbox(missing.0))?;
                self.open(spec, dylib) // at the next lower level
            }
            runner => {
                self.announce_degrading(spec);
                runner
            }
        }
    }

    /// Has the program that bodies run in built, where it was not yet, while the model still thinks.
    pub(crate) fn build_ahead(self: &Arc<Self>, spec: &ToolSpec) {
        let apart = self.level(spec) != Isolation::InProcess;
        let builds_apart = self.config().isolation == Isolation::Sandboxed;
        if apart || builds_apart {
            let engine = self.clone();
            // Who needs it hears why there is none.
            self.background
                .handle()
                .spawn_blocking(move || engine.cargo().worker_program().is_ok());
        }
    }

    /// Says, once, that there is no sandbox here.
    fn announce_degrading(&self, spec: &ToolSpec) {
        if let Some(missing) = self.workshop.sandboxing.announce() {
            let event = Event::new(EventKind::IsolationDegraded, &spec.name);
            self.record(spec, event.error(missing));
        }
    }

    /// What one of the tool's processes may use.
    pub(crate) fn limits(&self, spec: &ToolSpec) -> Limits {
        let config = &self.settings.config;
        Limits {
            timeout: spec.timeout.unwrap_or(config.timeout),
            memory: spec.memory.unwrap_or(config.memory).bytes(),
        }
    }

    pub(crate) fn redactor(&self) -> &Redactor {
        &self.settings.redactor
    }

    /// What the tool's bodies must not reach for.
    pub(crate) fn gate(&self, spec: &ToolSpec) -> Gate {
        self.settings.policy.gate(&spec.name)
    }

    /// The arguments of a call as they may be shown.
    pub(crate) fn readable(&self, spec: &ToolSpec, arguments: &[u8]) -> Vec<String> {
        privacy::readable(
            spec,
            arguments,
            |parameter| self.withholds(spec, parameter),
            self.redactor(),
        )
    }

    /// A failed call's failure as it may be shown: a body's own words can hold whatever the body was given.
    pub(crate) fn scrub(&self, spec: &ToolSpec, arguments: &[u8], failure: Failure) -> Failure {
        let private = self.private_values(spec, arguments);
        let scrub = |words: String| self.scrubbed(&words, &private);
        let message = match self.withheld(spec).is_empty() {
            true => failure.message,
            false => contract::without_answer(&spec.contract, failure.message),
        };
        Failure {
            message: scrub(message),
            other_threads: failure.other_threads.into_iter().map(scrub).collect(),
            ..failure
        }
    }

    /// Words that come of a call as they may be shown.
    pub(crate) fn scrub_words(&self, spec: &ToolSpec, arguments: &[u8], words: String) -> String {
        self.scrubbed(&words, &self.private_values(spec, arguments))
    }

    fn private_values(&self, spec: &ToolSpec, arguments: &[u8]) -> Vec<String> {
        privacy::values_of(spec, arguments, |parameter| self.withholds(spec, parameter))
    }

    fn scrubbed(&self, words: &str, private: &[String]) -> String {
        // That takes its time, and a body may have said megabytes.
        let words = shortened(words, LONGEST_SEARCHED);
        let words = privacy::hide_values(&words, private);
        shortened(&self.redactor().redact(&words), LONGEST_WORDS)
    }

    /// The JSON names of the parameters whose values must not be shown.
    pub(crate) fn withheld<'s>(&self, spec: &'s ToolSpec) -> Vec<&'s str> {
        let parameters = spec.parameters.iter();
        let withheld = parameters.filter(|parameter| self.withholds(spec, parameter));
        withheld.map(|parameter| parameter.key.as_str()).collect()
    }

    /// What is wrong with JSON arguments, as it may be shown.
    pub(crate) fn scrub_mistake(&self, spec: &ToolSpec, arguments: &Value, words: &str) -> String {
        let withheld = self.withheld(spec).into_iter();
        let private: Vec<String> = withheld
            .filter_map(|key| arguments.get(key))
            .flat_map(privacy::values_in)
            .collect();
        let words = privacy::hide_values(words, &private);
        self.redactor().redact(&words).into_owned()
    }

    fn withholds(&self, spec: &ToolSpec, parameter: &Parameter) -> bool {
        parameter.private || !spec.share_args || !self.settings.config.share_args
    }

    /// The model that writes bodies, or why there is none for `tool`.
    pub(crate) fn model(&self, tool: &str) -> Result<&Arc<dyn LanguageModel>, Error> {
        let (message, help) = match &self.settings.model {
            Author::Model(model) => return Ok(model),
            Author::None => (
                "there is no model to write it",
                "give the builder one: `Anvil::builder().model(…)`",
            ),
            Author::Unchosen(NoModel { why, help }) => (why.as_str(), help.as_str()),
            Author::Offline => (
                "Anvil is offline and asks no model",
                "leave out `offline(true)` and ANVIL_OFFLINE, or commit the tool's body",
            ),
            Author::NotInstalled => (
                "no model is asked without an installed `Anvil`",
                "write `anvil::Anvil::builder().model(…).build()?.install();` at the start of `main`; in a test, \
                 make an `anvil::testing::TestAnvil`",
            ),
        };
        let message = format!("`{tool}` needs a new body, but {message}");
        Err(Error::new(ErrorKind::NoModel, message).with_help(help))
    }

    /// Waits for the right to make a new body for the tool, in this and any other process.
    pub(crate) async fn lock(self: &Arc<Self>, spec: &'static ToolSpec) -> Result<Lock, Error> {
        let _doing = doing(self, spec, "waiting for another process, which is at it");
        let engine = self.clone();
        self.background
            .run_blocking(move || engine.store.lock(&spec.name))
            .await?
            .map_err(|error| self.store_error(&spec.name, error))
    }

    /// The tool as it is stored.
    pub(crate) fn load(&self, tool: &str) -> Result<Option<Stored>, Error> {
        self.store
            .load(tool)
            .map_err(|error| self.store_error(tool, error))
    }

    /// What of the tool waits for a person.
    pub(crate) fn pending(&self, tool: &str) -> Result<Option<Pending>, Error> {
        self.store
            .pending(tool)
            .map_err(|error| self.store_error(tool, error))
    }

    /// What a version of the tool has answered; nothing where that is not kept.
    pub(crate) fn recordings(&self, spec: &ToolSpec, body: &str) -> Recordings {
        self.recordings_of(spec, || body.trim_end().to_owned())
    }

    /// What the body in the tool's declaration has answered.
    pub(crate) fn recordings_of_declared(&self, spec: &ToolSpec) -> Recordings {
        self.recordings_of(spec, recordings::this_build)
    }

    fn recordings_of(&self, spec: &ToolSpec, body: impl FnOnce() -> String) -> Recordings {
        match spec.contract.pure && self.withheld(spec).is_empty() {
            true => {
                let of = format!("{}\n{}", spec.digest(), body());
                Recordings::open(&self.recordings, &spec.name, &of)
            }
            false => Recordings::default(),
        }
    }

    /// Whether a call may lie on disk as it is.
    pub(crate) fn may_be_kept(&self, arguments: &[u8], answer: &[u8]) -> bool {
        // Text lies in the encoded form as it is.
        [arguments, answer].into_iter().all(|encoded| {
            let text = String::from_utf8_lossy(encoded);
            self.redactor().looks_like_a_key(&text).is_none()
        })
    }

    /// The outcome of a heal, or nothing if the caller does not wait that long.
    pub(crate) async fn wait_for_heal<T>(&self, outcome: impl Future<Output = T>) -> Option<T> {
        match self.settings.config.heal_wait {
            None => Some(outcome.await),
            Some(limit) => self.background.timeout(limit, outcome).await,
        }
    }

    pub(crate) fn store_error(&self, tool: &str, error: StoreError) -> Error {
        let help = match &error {
            StoreError::Io {
                doing: "read",
                source,
                ..
            } => match source.kind() {
                io::ErrorKind::NotFound => {
                    "restore the file, which is meant to be committed, or remove the tool's folder"
                }
                io::ErrorKind::InvalidData => "it has to be UTF-8 text: restore the file",
                _ => "see that the file can be read",
            },
            StoreError::Io { .. } => "see that the folder can be written and the disk is not full",
            StoreError::NotOurs(_) => {
                "restore its tool.json if that was lost; else move it away, give the tool another name, \
                 or choose another `tools_dir`"
            }
            StoreError::Edited(_) => {
                "`anvil.reload(…)` runs the edited body, `anvil.adopt(…)` gives it to Anvil"
            }
            StoreError::Record { path, .. } if path.ends_with("pending.json") => {
                "remove the file: what waited for approval is then made anew"
            }
            StoreError::Record { .. } => "restore the file, or remove the tool's folder",
            StoreError::OtherTool { .. } => {
                "give the folder its former name, or remove it: the name is a part of what is stored"
            }
            StoreError::OtherFormat { .. } => {
                "use the Anvil that wrote it, or remove the tool's folder to have it written anew"
            }
        };
        Error::new(ErrorKind::Store, format!("the store of `{tool}`"))
            .with_help(help)
            .because(error)
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("store", &self.store)
            .field("slots", &self.slots)
            .finish_non_exhaustive()
    }
}
