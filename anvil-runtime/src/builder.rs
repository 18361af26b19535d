//! How an [`Anvil`] is set up.

use crate::amount::ByteSize;
use crate::approval::Approval;
use crate::background::Background;
use crate::budget::{self, Budget, Price, Usd};
use crate::cargo::{BuildTerms, Cargo};
use crate::config::{Config, Layer};
use crate::declaration::Declaration;
use crate::engine::{Author, Engine, Settings, Workshop};
use crate::error::{Error, ErrorKind, Result};
use crate::files::Places;
use crate::handle::Anvil;
use crate::isolation::{Isolation, Processes, Sandboxing};
use crate::log::{LogSettings, Logger};
use crate::material::Library;
use crate::model::LanguageModel;
use crate::models;
use crate::policy::Policy;
use crate::privacy::Redactor;
use crate::recordings::Folder;
use crate::replay::HttpReplay;
use crate::secrets::{SecretSource, Secrets};
use crate::session::Outside;
use crate::store::Store;
use crate::watcher;
use secrecy::SecretString;
use std::fmt;
use std::io;
use std::path::{self, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Sets up an [`Anvil`]; [`Anvil::builder`] makes one.
///
/// What is not said here is taken from the environment, else from the `anvil.toml` at the workspace's root, else it
/// has its default. Each setting has the same name in all three: `max_heal_attempts(3)` here,
/// `ANVIL_MAX_HEAL_ATTEMPTS=3` there, `max_heal_attempts = 3` in the file. [`Anvil::config`] shows what came of it.
#[must_use]
pub struct Builder {
    layer: Layer,
    /// Whether the environment and the file have no say.
    isolated: bool,
    model: Author,
    secrets: Vec<(String, SecretString)>,
    secret_sources: Vec<Arc<dyn SecretSource>>,
    ask_for_secrets: bool,
    http_replay: Option<HttpReplay>,
    policy: Policy,
    tools: Vec<&'static Declaration>,
    /// Where recordings lie, if not beside the builds.
    recordings: Option<PathBuf>,
    /// Where the ledgers of the budgets lie, if not beside the builds.
    budgets: Option<PathBuf>,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            layer: Layer::default(),
            isolated: false,
            model: Author::None,
            secrets: Vec::new(),
            secret_sources: Vec::new(),
            ask_for_secrets: false,
            http_replay: None,
            policy: Policy::default(),
            tools: Vec::new(),
            recordings: None,
            budgets: None,
        }
    }
}

impl Builder {
    /// Where specs, bodies and their history lie. The default is `tools` at the root of the workspace that
    /// the program was built in, or, where it was moved away from it, in the current directory.
    pub fn tools_dir(mut self, path: impl Into<PathBuf>) -> Self {
        self.layer.tools_dir = Some(path.into());
        self
    }

    /// Who writes bodies. By default whoever the settings and the environment name, as [`models`](crate::models) tells.
    /// Where there is nobody, stored tools run, and nothing is written or healed.
    pub fn model(mut self, model: impl LanguageModel) -> Self {
        self.model = Author::Model(Arc::new(model));
        self
    }

    /// Whether failing tools are healed; they are by default.
    pub fn self_healing(mut self, heal: bool) -> Self {
        self.layer.self_healing = Some(heal);
        self
    }

    /// How many attempts a tool gets until its attempts are reset. Each one for which the model answered
    /// counts, whether it succeeds or not, and so does a first body that was asked for in vain. The default is
    /// 2; a tool's own `max_heal_attempts` goes before.
    pub fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.layer.max_heal_attempts = Some(attempts);
        self
    }

    /// How long an attempt counts. By default until it is reset; with a window, a tool that fails now and then is
    /// healed again once its earlier attempts lie that far back.
    pub fn heal_window(mut self, window: Duration) -> Self {
        self.layer.heal_window = Some(window);
        self
    }

    /// How long a caller waits for a heal. By default until it is done. One that has waited that long gets
    /// the original failure, with [`Error::is_healing`](crate::Error::is_healing), and the heal goes on;
    /// [`Duration::ZERO`] heals in the background.
    pub fn heal_wait(mut self, limit: Duration) -> Self {
        self.layer.heal_wait = Some(limit);
        self
    }

    /// Whether a person has to approve what a model wrote before it goes live. The default is [`Approval::None`]; a
    /// tool's own `approval` goes before. See [`Anvil::approve`].
    pub fn approval(mut self, approval: Approval) -> Self {
        self.layer.approval = Some(approval);
        self
    }

    /// `true`: never ask a model, whatever else is set.
    pub fn offline(mut self, offline: bool) -> Self {
        self.layer.offline = Some(offline);
        self
    }

    /// `false`: do not show at a terminal what takes longer than a second: asking a model, building, verifying. By default
    /// it is shown in one line on the standard error output where that is a terminal, and goes away when it is done. What the
    /// program prints meanwhile takes the line's place; one that waits for input at a prompt had better switch it off.
    pub fn progress(mut self, show: bool) -> Self {
        self.layer.progress = Some(show);
        self
    }

    /// `true`: notice, within half a second, what others do to the tools in service, and put it into service too: an
    /// edited `tool.rs`, a heal or a rollback of another process. By default that is looked at when a call fails,
    /// and at the next start.
    pub fn watch(mut self, watch: bool) -> Self {
        self.layer.watch = Some(watch);
        self
    }

    /// A secret, and what it is. The tools that are declared with `secrets(NAME = "host")` have it put into their requests
    /// to that host. Secrets that are not given here are looked up in the environment, then in the `.env` at the
    /// workspace's root, then in the [`secret_source`](Self::secret_source)s.
    ///
    /// The value is never to be seen: it is taken out of prompts, events, errors and the store, and a body that holds it
    /// is turned back. What merely looks like a key is taken out as well, whether it was named here or not.
    pub fn secret(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.secrets.push((name.into(), value.into().into()));
        self
    }

    /// Where secrets are looked up that are found nowhere else; of several, in the order in which they are given.
    pub fn secret_source(mut self, source: impl SecretSource) -> Self {
        self.secret_sources.push(Arc::new(source));
        self
    }

    /// `true`: where this program runs at a terminal, a person is asked for a secret that a called tool was declared with
    /// and that is set nowhere, and whether to save it in `.env`; the call then goes on. By default nobody is asked, and
    /// the call fails with [`Error::is_missing_credential`](crate::Error::is_missing_credential).
    pub fn ask_for_secrets(mut self, ask: bool) -> Self {
        self.ask_for_secrets = ask;
        self
    }

    /// For tests: the HTTP requests of bodies are recorded, or answered from such a recording and not made. By default
    /// they are made.
    pub fn http_replay(mut self, replay: HttpReplay) -> Self {
        self.http_replay = Some(replay);
        self
    }

    /// What bodies must not reach for. By default all of what [`Policy`] lists.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// `false`: no argument of any tool is shown in prompts, events and recordings, nor where a failure's words repeat
    /// one. For one tool there is `share_args = false`, for one parameter `#[anvil(private)]`.
    pub fn share_args(mut self, share: bool) -> Self {
        self.layer.share_args = Some(share);
        self
    }

    /// Writes every event to this file, as a line of JSON. Several processes may share it. There is none by default.
    pub fn log_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.layer.log_file = Some(path.into());
        self
    }

    /// At how many bytes the log file is put aside, as `anvil.log.1`, and a new one begun. The default is 10 MiB.
    pub fn log_max_bytes(mut self, bytes: u64) -> Self {
        self.layer.log_max_bytes = Some(bytes);
        self
    }

    /// How many log files that were put aside are kept. The default is 5.
    pub fn log_files_kept(mut self, files: u32) -> Self {
        self.layer.log_files_kept = Some(files);
        self
    }

    /// How many answered calls, and as many events of all other kinds, [`Logger::history`] can look back on. The
    /// default is 4,096.
    pub fn events_kept(mut self, events: usize) -> Self {
        self.layer.events_kept = Some(events);
        self
    }

    /// Where the bodies of tools run. The default is [`Isolation::Sandboxed`] on Linux and [`Isolation::Worker`]
    /// elsewhere; a tool's own `isolation` goes before.
    pub fn isolation(mut self, level: Isolation) -> Self {
        self.layer.isolation = Some(level);
        self
    }

    /// `true`: where this system has no sandbox, tools that were to run in one run in plain processes
    /// ([`Isolation::Worker`]). By default their calls fail, and say what is missing.
    pub fn degrade_isolation(mut self, degrade: bool) -> Self {
        self.layer.degrade_isolation = Some(degrade);
        self
    }

    /// How long one call of a tool in a process of its own may take; more than no time. The default is 30 seconds; a
    /// tool's own `timeout` goes before.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.layer.timeout = Some(limit);
        self
    }

    /// How much memory a process that runs a tool may use, in bytes; at least 16 MB. The default is 512 MB
    /// (512,000,000 bytes); a tool's own `memory` goes before.
    pub fn memory(mut self, bytes: u64) -> Self {
        self.layer.memory = Some(ByteSize::new(bytes));
        self
    }

    /// How long a build may go on without finishing a crate before it is stopped; more than no time. The default is
    /// 2 minutes.
    pub fn build_timeout(mut self, limit: Duration) -> Self {
        self.layer.build_timeout = Some(limit);
        self
    }

    /// How much memory each of a build's processes may use, in bytes; at least 512 MB. The default is 4 GB
    /// (4,000,000,000 bytes).
    pub fn build_memory(mut self, bytes: u64) -> Self {
        self.layer.build_memory = Some(ByteSize::new(bytes));
        self
    }

    /// How many processes of one version run calls at the same time, at most; at least 1. The default is 8.
    pub fn workers_per_version(mut self, workers: u32) -> Self {
        self.layer.workers_per_version = Some(workers);
        self
    }

    /// After how many deaths of a version's processes, within [`breaker_window`](Self::breaker_window), its calls fail
    /// at once, with [`Error::is_resting`](crate::Error::is_resting), for as long as
    /// [`breaker_pause`](Self::breaker_pause); at least 1. The default is 5.
    pub fn breaker_deaths(mut self, deaths: u32) -> Self {
        self.layer.breaker_deaths = Some(deaths);
        self
    }

    /// Within which time deaths of a version's processes count together; more than no time. The default is a minute.
    pub fn breaker_window(mut self, window: Duration) -> Self {
        self.layer.breaker_window = Some(window);
        self
    }

    /// How long the calls of a version whose processes died too often fail at once; then one is let through to try.
    /// The default is 30 seconds.
    pub fn breaker_pause(mut self, pause: Duration) -> Self {
        self.layer.breaker_pause = Some(pause);
        self
    }

    /// How many tokens one heal, or the writing of a first body, may take, with all its attempts and repairs; 0: none.
    /// There is no limit by default. What a model reads and what it writes count alike, and so do requests that came to
    /// nothing.
    ///
    /// See [`tokens_per_day`](Self::tokens_per_day) for what happens once a limit is reached.
    pub fn tokens_per_heal(mut self, tokens: u64) -> Self {
        self.layer.tokens_per_heal = Some(tokens);
        self
    }

    /// How many tokens each tool may take in a day, which begins at 00:00 UTC; 0: none. There is no limit by default.
    pub fn tokens_per_tool(mut self, tokens: u64) -> Self {
        self.layer.tokens_per_tool = Some(tokens);
        self
    }

    /// How many tokens all tools of the store may take in a day together, which begins at 00:00 UTC; 0: none. The default
    /// is 2,000,000.
    ///
    /// A request that might take more than is left of any limit is not made. A tool without a body then fails with
    /// [`Error::is_budget`](crate::Error::is_budget); one that has a body goes on, and is not healed. The error says what
    /// was spent on what. Nothing of this counts as one of the tool's attempts.
    ///
    /// What was spent is kept beside the builds and shared by all processes with the same store. What a request
    /// might take is reserved before it is made, and stays so if the process is killed meanwhile. What it reads is
    /// estimated at a token for three bytes, and so is an answer that does not say what it used. How long an answer may be
    /// says [`ModelInfo`](crate::ModelInfo): where that is not known, the answers that are under way as a limit is
    /// reached exceed it, and so do requests that a model makes again by itself.
    pub fn tokens_per_day(mut self, tokens: u64) -> Self {
        self.layer.tokens_per_day = Some(tokens);
        self
    }

    /// What one heal, or the writing of a first body, may cost; nothing: none is made that costs anything. There is no
    /// limit by default. What a model costs, Anvil knows of many models, and [`price`](Self::price) tells it of others.
    /// A model whose price is not known counts in tokens only: its events say `"price": "unknown"`.
    pub fn usd_per_heal(mut self, limit: Usd) -> Self {
        self.layer.usd_per_heal = Some(limit);
        self
    }

    /// What each tool may cost in a day, which begins at 00:00 UTC; as [`usd_per_heal`](Self::usd_per_heal).
    pub fn usd_per_tool(mut self, limit: Usd) -> Self {
        self.layer.usd_per_tool = Some(limit);
        self
    }

    /// What all tools of the store may cost in a day together, which begins at 00:00 UTC; as
    /// [`usd_per_heal`](Self::usd_per_heal).
    pub fn usd_per_day(mut self, limit: Usd) -> Self {
        self.layer.usd_per_day = Some(limit);
        self
    }

    /// What a model costs, and its dated states (`my-model-2026-11-26`), whatever Anvil knows of it. As with all
    /// settings, prices that are given here stand in the place of those in the environment and the file.
    pub fn price(mut self, model: impl Into<String>, price: Price) -> Self {
        let prices = self.layer.prices.get_or_insert_default();
        prices.insert(model.into(), price);
        self
    }

    /// Registers tools up front: `.tools([slugify::tool(), top_n::tool()])`. A tool that is not listed is
    /// registered by its first call.
    pub fn tools(mut self, tools: impl IntoIterator<Item = &'static Declaration>) -> Self {
        self.tools.extend(tools);
        self
    }

    /// Builds it. No tool is read, run or written yet.
    ///
    /// # Errors
    /// When two tools have one name; a variable or the `anvil.toml` says something that is not understood; a setting
    /// has a value that nothing could work with, such as no time for a call; the policy allows what no rule is called;
    /// the current directory, the log file or a thread is not to be had.
    pub fn build(self) -> Result<Anvil> {
        self.policy.check()?;
        let places = Places::find().map_err(no_start)?;
        let config = match self.isolated {
            true => Config::isolated(self.layer, &places)?,
            false => Config::load(self.layer, &places)?,
        };
        let background = Background::start().map_err(no_start)?;
        let store = Store::new(path::absolute(&config.tools_dir).map_err(no_start)?);
        let processes = Processes::default();
        let sandboxing = Arc::new(Sandboxing::new(config.degrade_isolation));
        let workshop = Workshop {
            cargo: Cargo::new(
                &places,
                BuildTerms {
                    silence: config.build_timeout,
                    memory: config.build_memory.bytes(),
                },
                processes.clone(),
                config.isolation,
                sandboxing.clone(),
            ),
            processes,
            sandboxing,
        };
        let logger = open_log(&config)?;
        let recordings = match self.recordings {
            Some(path) => Folder::new(path),
            None => Folder::below(&places.volatile, store.root()),
        };
        let budgets = self
            .budgets
            .unwrap_or_else(|| budget::folder_below(&places.volatile, store.root()));
        let budget = Budget::new(&config, budgets);
        let secrets = Secrets::new(self.secrets.iter().cloned())
            .with_sources(self.secret_sources)
            .asking(self.ask_for_secrets);
        let secrets = match self.isolated {
            true => secrets,
            false => secrets.with_surroundings(places.workspace.clone()),
        };
        let model = match self.model {
            _ if config.offline => Author::Offline,
            Author::None if !self.isolated => {
                match models::choose(&config, |name| secrets.at_hand(name)) {
                    Ok(model) => Author::Model(model),
                    Err(why) => Author::Unchosen(why),
                }
            }
            model => model,
        };
        let settings = Settings {
            model,
            redactor: Redactor::new(self.secrets),
            secrets,
            outside: Outside::new(self.http_replay),
            library: Library::new(&places, !self.isolated),
            policy: self.policy,
            config,
        };
        if let Author::Model(model) = &settings.model {
            for (name, value) in model.info().secrets {
                settings.redactor.learn(&name, &value);
            }
        }
        let watch = settings.config.watch;
        let engine = Engine::new(
            settings, store, workshop, logger, recordings, budget, background,
        );
        for declaration in self.tools {
            engine.slot(declaration)?;
        }
        let anvil = Anvil::new(engine);
        if watch {
            watcher::start(anvil.engine());
        }
        Ok(anvil)
    }

    /// For calls in programs that never made an `Anvil`.
    pub(crate) fn not_installed(mut self) -> Self {
        self.model = Author::NotInstalled;
        self
    }

    /// Where recordings lie: for tests, whose stores come and go.
    pub(crate) fn recordings(mut self, path: PathBuf) -> Self {
        self.recordings = Some(path);
        self
    }

    /// Where the ledgers of the budgets lie: for tests, which have theirs to themselves.
    pub(crate) fn budgets(mut self, path: PathBuf) -> Self {
        self.budgets = Some(path);
        self
    }

    /// Whatever the environment and the `anvil.toml` say: for tests.
    pub(crate) fn isolated(mut self) -> Self {
        self.isolated = true;
        self
    }
}

fn open_log(config: &Config) -> Result<Logger> {
    let settings = LogSettings {
        events_kept: config.events_kept,
        file: config.log_file.clone(),
        file_max_bytes: config.log_max_bytes,
        files_kept: config.log_files_kept,
    };
    Logger::open(settings).map_err(|error| {
        let path = config.log_file.as_deref().unwrap_or("".as_ref());
        let message = format!("the log file `{}` cannot be opened", path.display());
        Error::new(ErrorKind::Configuration, message)
            .with_help("give `log_file` a path that can be written, or leave it out")
            .because(error)
    })
}

fn no_start(error: io::Error) -> Error {
    Error::new(ErrorKind::Configuration, "Anvil could not start").because(error)
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("settings", &self.layer)
            .field("tools", &self.tools)
            .finish_non_exhaustive()
    }
}
