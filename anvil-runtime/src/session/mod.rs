//! One run of a body, as its host sees it: what the body asks for, what it is told, and what that says about the end of
//! the run.
//!
//! ```text
//! Session       answers each thing that the body asks for: a secret's stand-in, a line of the log, an exchange
//!   past          what the call has exchanged so far, in this run and in those before it
//!   outside       what stands between the session and the world: the broker, or a recording of a test's
//!   reach         how far the run may reach: a caller's, a trial's, one of a body that nobody has approved
//!   seen          what the host saw, and what the run's outcome is to be called after that
//! ```
//!
//! A call may run several bodies: the one that fails it, then candidates. What the first has done in the world is not
//! done again by the next, so the [`Past`] is the call's, and each run's session looks back on it.

mod outside;
mod past;
mod reach;
mod seen;

pub(crate) use outside::Outside;
pub(crate) use past::Past;
pub(crate) use reach::Reach;
pub(crate) use seen::Witness;

use crate::background;
use crate::broker::{Exchanged, Secrets, StandIns};
use crate::declaration::Declaration;
use crate::engine::Engine;
use crate::event::{Event, EventKind};
use crate::isolation::{Answer, Cancel, Capabilities, NoAnswer};
use crate::replay::NotRecorded;
use crate::version::Version;
use anvil_core::ask::{Ask, HttpAnswer, HttpRequest, Level, Refusal, Reply};
use anvil_core::codec;
use anvil_core::failure::ToolErrorKind;
use past::{Found, LookingBack, line, named};
use secrecy::SecretString;
use seen::Seen;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// One run of a body.
pub(crate) struct Session {
    engine: Arc<Engine>,
    declaration: &'static Declaration,
    arguments: Arc<[u8]>,
    /// The version that runs; nothing where it is a candidate.
    version: Option<Version>,
    reach: Reach,
    past: Arc<Past>,
    cancel: Cancel,
    /// What stands for secrets during this run, from when something is asked for.
    stand_ins: OnceLock<Reply<Arc<StandIns>>>,
    /// The secrets that the body has asked for, by name: the same during all of a run.
    secrets: Mutex<BTreeMap<String, SecretString>>,
    state: Mutex<State>,
}

struct State {
    back: LookingBack,
    seen: Seen,
    requests: usize,
    lines: usize,
    /// Whether all of the tool's secrets were looked up.
    knows_secrets: bool,
}

/// A body that makes more requests in one run has lost its way.
const MOST_REQUESTS: usize = 1_000;
/// More lines of one run are not logged.
const MOST_LINES: usize = 100;

impl Session {
    /// A run of a live version that answers a caller.
    pub(crate) fn live(
        engine: Arc<Engine>,
        declaration: &'static Declaration,
        arguments: Arc<[u8]>,
        version: Version,
        past: Arc<Past>,
        cancel: Cancel,
    ) -> Self {
        Self {
            version: Some(version),
            cancel,
            ..Self::trial(engine, declaration, arguments, Reach::Everything, past)
        }
    }

    /// A run of a body that has to prove itself.
    pub(crate) fn trial(
        engine: Arc<Engine>,
        declaration: &'static Declaration,
        arguments: Arc<[u8]>,
        reach: Reach,
        past: Arc<Past>,
    ) -> Self {
        Self {
            engine,
            declaration,
            arguments,
            version: None,
            reach,
            cancel: Cancel::never(),
            stand_ins: OnceLock::new(),
            secrets: Mutex::default(),
            state: Mutex::new(State {
                back: past.look_back(),
                seen: Seen::default(),
                requests: 0,
                lines: 0,
                knows_secrets: false,
            }),
            past,
        }
    }

    pub(crate) fn arguments(&self) -> &[u8] {
        &self.arguments
    }

    pub(crate) fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    fn secrets(&self) -> MutexGuard<'_, BTreeMap<String, SecretString>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the run's outcome is, after what the host saw of it.
    pub(crate) fn settle(&self, outcome: Result<Answer, NoAnswer>) -> Result<Answer, NoAnswer> {
        let outcome = self.state().seen.settle(outcome);
        outcome.map_err(|why| match why {
            NoAnswer::Failed(mut failure) => {
                failure.message = self.named(failure.message);
                NoAnswer::Failed(failure)
            }
            why => why,
        })
    }

    /// Which excuses of the body's the host can bear out.
    pub(crate) fn witness(&self) -> Witness {
        self.state().seen.witness()
    }

    /// The request that the body was kept from, because nobody has approved it.
    pub(crate) fn unapproved(&self) -> Option<String> {
        self.state().seen.unapproved.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What stands for the secret called `name`, if that is set.
    fn secret(&self, name: &str, until: Option<Instant>) -> Reply<String> {
        let stand_ins = self.stand_ins()?;
        let Some(stand_in) = stand_ins.of(name) else {
            let tool = &self.declaration.spec().name;
            let refusal = Refusal {
                kind: ToolErrorKind::Denied,
                message: format!(
                    "the secret {name} is not among those that `{tool}` was declared with: say where it may go with \
                     `secrets({name} = \"…\")`"
                ),
            };
            self.state().seen.refused(&refusal);
            return Err(refusal);
        };
        // What it was is in no recording.
        if self.engine.outside().is_replay() {
            return Ok(stand_in.to_owned());
        }
        let (kind, message) = match self.look_up(name, until) {
            Ok(true) => return Ok(stand_in.to_owned()),
            Ok(false) => (ToolErrorKind::MissingCredential, name.to_owned()),
            Err(words) => (ToolErrorKind::Unavailable, words),
        };
        let refusal = Refusal { kind, message };
        self.state().seen.refused(&refusal);
        Err(refusal)
    }

    /// Whether a secret is set. From then on this run knows it. What takes long, such as a source of the user's, is not
    /// waited for beyond the call; and its words, which may be about secrets, are for the log alone.
    fn look_up(&self, name: &str, until: Option<Instant>) -> Result<bool, String> {
        if self.secrets().contains_key(name) {
            return Ok(true);
        }
        let (engine, owned) = (self.engine.clone(), name.to_owned());
        let looking = move || engine.secret(&owned);
        let cannot = |why: &str| Err(format!("the secret {name} cannot be looked up: {why}"));
        let found = if self.engine.asks_sources() {
            match self.outside_the_call(looking, until) {
                Some(found) => found,
                None => return cannot("its source takes too long"),
            }
        } else {
            looking()
        };
        match found {
            Ok(Some(value)) => {
                self.secrets().insert(name.to_owned(), value);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) => {
                self.log(Level::Error, &error.to_string(), false);
                cannot("the log says why")
            }
        }
    }

    /// Does what may block on a thread of its own. Nothing where that takes longer than the call may, or is of no use any
    /// more.
    fn outside_the_call<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
        until: Option<Instant>,
    ) -> Option<T> {
        const LONGEST: Duration = Duration::from_secs(30);
        const REST: Duration = Duration::from_millis(200);
        let end = until.and_then(|until| until.checked_sub(REST));
        let end = end.unwrap_or_else(|| Instant::now() + LONGEST);
        let exchanges = self.engine.exchanges()?;
        let working = exchanges.handle().spawn_blocking(work);
        let cancel = self.cancel.clone();
        let waiting = exchanges.spawn(async move {
            tokio::select! {
                done = working => done.ok(),
                () = tokio::time::sleep_until(end.into()) => None,
                () = cancel.given_up() => None,
            }
        });
        background::wait(waiting).ok().flatten()
    }

    fn stand_ins(&self) -> Result<&Arc<StandIns>, Refusal> {
        let minted = self.stand_ins.get_or_init(|| {
            let minted = self.declaration.grant().and_then(|grant| {
                StandIns::mint(grant)
                    .map_err(|error| format!("no random number is to be had: {error}"))
            });
            minted.map(Arc::new).map_err(|message| Refusal {
                kind: ToolErrorKind::Unavailable,
                message,
            })
        });
        minted.as_ref().map_err(Clone::clone)
    }

    /// The text with the names of secrets in place of what stands for them.
    fn named(&self, text: String) -> String {
        match self.stand_ins.get() {
            Some(Ok(stand_ins)) => stand_ins.named(&text),
            _ => text,
        }
    }

    /// An exchange: out of the past where the call has made it before, else in the world, if the run may reach that far.
    fn http(&self, request: HttpRequest, until: Option<Instant>) -> Reply<HttpAnswer> {
        let stand_ins = self.stand_ins()?.clone();
        let named = named(&request, &stand_ins);
        if let Some(reply) = self.without_the_world(&request, &named, &stand_ins) {
            return reply;
        }
        let exchanged = match self.exchange(stand_ins, request, until) {
            Ok(exchanged) => exchanged,
            Err(NotRecorded(words)) => {
                let spec = self.declaration.spec();
                let words = self.engine.scrub_words(spec, &self.arguments, words);
                return Err(self.state().seen.not_recorded(words));
            }
        };
        let tool = self.declaration.spec().name.as_str();
        tracing::debug!(
            tool,
            exchanged.tries,
            exchanged.sent,
            "a request of a body's"
        );
        self.state().seen.replied(&exchanged.line, &exchanged.reply);
        if exchanged.sent {
            self.past.add(named, exchanged.done, &exchanged.reply);
        }
        exchanged.reply
    }

    /// What the body is told without its request being made, where it is not.
    fn without_the_world(
        &self,
        request: &HttpRequest,
        named: &HttpRequest,
        stand_ins: &StandIns,
    ) -> Option<Reply<HttpAnswer>> {
        let line = line(named);
        let mut state = self.state();
        let State { back, seen, .. } = &mut *state;
        match self.past.find(back, named, self.reach) {
            Found::Nothing => {}
            Found::Reply(reply) => {
                seen.replied(&line, &reply);
                return Some(reply);
            }
            Found::Another(words) => return Some(Err(seen.stop(words))),
        }
        // What is replayed changes nothing, and nobody is asked. It stays for the call that it was recorded for.
        if self.reach != Reach::Everything
            && let Some(reply) = self.foreseen(request, stand_ins)
        {
            seen.replied(&line, &reply);
            return Some(reply);
        }
        if let Err(words) = self.reach.allows(&request.method, &line) {
            if self.reach == Reach::Nothing {
                let spec = self.declaration.spec();
                let line = self.engine.scrub_words(spec, &self.arguments, line);
                seen.unapproved.get_or_insert(line);
            }
            return Some(Err(seen.stop(words)));
        }
        state.requests += 1;
        (state.requests > MOST_REQUESTS).then(|| {
            Err(Refusal {
                kind: ToolErrorKind::Failed,
                message: format!("{line}: a call makes at most {MOST_REQUESTS} requests"),
            })
        })
    }

    /// What was recorded for a request, where that is replayed to a run of a trial.
    fn foreseen(&self, request: &HttpRequest, stand_ins: &StandIns) -> Option<Reply<HttpAnswer>> {
        let grant = self.declaration.grant().ok()?;
        let outside = self.engine.outside();
        outside.foreseen(grant, stand_ins, request, self.engine.redactor())
    }

    /// Has the request made on a runtime of Anvil's, and waits for what comes of it, or for the call to be given up.
    fn exchange(
        &self,
        stand_ins: Arc<StandIns>,
        request: HttpRequest,
        until: Option<Instant>,
    ) -> Result<Exchanged, NotRecorded> {
        let line = line(&named(&request, &stand_ins));
        // Whatever ends it from outside, nobody knows how far it got.
        let ended = |why: &str| Exchanged {
            reply: Err(Refusal {
                kind: ToolErrorKind::Unavailable,
                message: format!("{line}: {why}"),
            }),
            line: line.clone(),
            tries: 1,
            sent: true,
            done: false,
        };
        let grant = match self.declaration.grant() {
            Ok(grant) => grant,
            Err(why) => return Ok(ended(&why)),
        };
        // All secrets, so that none comes back in an answer to a body that did not ask for it; once for each run, since
        // one that is not set stays so, and a source may take its time.
        let first = !std::mem::replace(&mut self.state().knows_secrets, true);
        if first && !self.engine.outside().is_replay() {
            for name in grant.secrets() {
                let _ = self.look_up(name, until);
            }
        }
        let Some(exchanges) = self.engine.exchanges() else {
            return Ok(ended("this system has no thread left"));
        };
        let (engine, cancel) = (self.engine.clone(), self.cancel.clone());
        let values = self.secrets().clone();
        let exchanging = exchanges.spawn(async move {
            let secrets = Secrets {
                stand_ins: &stand_ins,
                values: &|name| values.get(name).cloned(),
            };
            let (outside, redactor) = (engine.outside(), engine.redactor());
            tokio::select! {
                exchanged = outside.exchange(grant, &secrets, &request, until, redactor) => Some(exchanged),
                () = cancel.given_up() => None,
            }
        });
        match background::wait(exchanging) {
            Ok(Some(exchanged)) => exchanged,
            Ok(None) => Ok(ended("the call was given up")),
            Err(error) if error.is_panic() => Ok(ended(
                "the request could not be made, which is Anvil's fault",
            )),
            Err(_) => Ok(ended("this `Anvil` was shut down")),
        }
    }

    /// An event of what the body says.
    fn log(&self, level: Level, text: &str, printed: bool) {
        let text = match self.count_line() {
            MOST_LINES => format!("more than {MOST_LINES} lines of one call are not logged"),
            lines if lines > MOST_LINES => return,
            _ => self.named(text.trim_end().to_owned()),
        };
        let spec = self.declaration.spec();
        let text = self.engine.scrub_words(spec, &self.arguments, text);
        let mut event = Event::new(EventKind::ToolLogged, &spec.name)
            .with("level", level.to_string())
            .with("text", text);
        if printed {
            event = event.with("printed", true);
        }
        self.engine.record(
            spec,
            match self.version {
                Some(version) => event.version(version),
                None => event.with("candidate", true),
            },
        );
    }

    /// How many lines were logged before.
    fn count_line(&self) -> usize {
        let mut state = self.state();
        state.lines += 1;
        state.lines - 1
    }
}

impl Capabilities for Session {
    fn reply(&self, request: &[u8], until: Option<Instant>) -> Vec<u8> {
        match codec::decode(request) {
            Ok(Ask::Http(request)) => encoded(&self.http(request, until)),
            Ok(Ask::Secret(name)) => encoded(&self.secret(&name, until)),
            Ok(Ask::Log { level, text }) => {
                self.log(level, &text, false);
                encoded::<()>(&Ok(()))
            }
            // Only what was tampered with asks for what there is not, or cannot be read.
            Ok(_) | Err(_) => encoded::<()>(&Err(Refusal {
                kind: ToolErrorKind::Failed,
                message: "this is nothing that a body may ask for".to_owned(),
            })),
        }
    }

    fn printed(&self, text: &str) {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            self.log(Level::Info, line, true);
        }
    }
}

/// An empty reply, which nothing decodes, where there is no memory for one.
fn encoded<T: Serialize>(reply: &Reply<T>) -> Vec<u8> {
    codec::encode(reply).unwrap_or_default()
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session")
            .field("tool", &self.declaration.spec().name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
