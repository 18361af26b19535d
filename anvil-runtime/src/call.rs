//! One call of a tool, from its arguments to its answer.
//!
//! There is one loop, [`Call::answer`]: take the live version, call it, and when it fails have it healed and
//! go on. A plain function runs it to its end on the caller's thread, body included. An `async` one lets
//! the body run on a thread of Anvil's and leaves its executor free.

use crate::background;
use crate::contract;
use crate::current::{self, Entered};
use crate::declaration::Declaration;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind, Result};
use crate::event::{Event, EventKind};
use crate::handle::Anvil;
use crate::healer::{self, Healed};
use crate::isolation::{Answer, Cancel, Isolation};
use crate::pipeline::{FailedCall, Live};
use crate::returns::ToolReturn;
use crate::session::{Past, Session, Witness};
use crate::slot::Slot;
use crate::telemetry;
use crate::version::Version;
use anvil_core::codec::CodecError;
use anvil_core::failure::{Cause, Failure, ToolErrorKind};
use std::future::poll_fn;
use std::panic::{self, AssertUnwindSafe};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;
use tracing::{Instrument, Span};

/// What came of a call, for callers that would rather look than be stopped.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ToolResult<T> {
    /// Whether there is an answer.
    pub success: bool,
    /// The answer.
    pub data: Option<T>,
    /// Why there is none.
    pub error: Option<Error>,
    /// The version that answered.
    pub version: Option<Version>,
    /// How many heals the answer had to wait for.
    pub heals: u32,
}

/// Arguments that were encoded, or the reason why they could not be.
pub type Arguments = Result<Vec<u8>, CodecError>;

/// Answers on this thread. Written by the macro.
#[track_caller]
pub fn call<R: ToolReturn>(declaration: &'static Declaration, arguments: Arguments) -> R::Returned {
    let call = Call::begin(declaration, arguments);
    let outcome = background::wait(decoded::<R>(call, Runs::Here));
    R::from_outcome(outcome.map(|(answer, _)| answer))
}

/// Answers without holding up this thread. Written by the macro.
pub fn call_async<R: ToolReturn>(
    declaration: &'static Declaration,
    arguments: Arguments,
) -> impl Future<Output = R::Returned> + Send + use<R> {
    // Begun here and not in the future, which may be polled where another `Anvil` is current, or none.
    let call = Call::begin(declaration, arguments);
    async move {
        let outcome = decoded::<R>(call, Runs::Elsewhere).await;
        R::from_outcome(outcome.map(|(answer, _)| answer))
    }
}

/// What was written to `&mut` arguments, apart from the answer. Written by the macro.
pub fn apart<A, W>(result: ToolResult<(A, W)>) -> (ToolResult<A>, Option<W>) {
    let (data, written) = result.data.unzip();
    let result = ToolResult {
        success: result.success,
        data,
        error: result.error,
        version: result.version,
        heals: result.heals,
    };
    (result, written)
}

/// Encodes arguments; a panic of theirs is a reason why they could not be. Written by the macro.
///
/// # Errors
/// As [`codec::encode`](anvil_core::codec::encode).
pub fn encode_safely(arguments: impl FnOnce() -> Arguments) -> Arguments {
    let caught = caught(|| Ok(arguments()));
    caught.unwrap_or_else(|error| Err(serde::ser::Error::custom(error)))
}

/// Answers on this thread and raises nothing. Written by the macro.
pub fn run_safe<R: ToolReturn>(
    declaration: &'static Declaration,
    arguments: Arguments,
) -> ToolResult<R::Answer> {
    safely(|| {
        let call = Call::begin(declaration, arguments);
        background::wait(decoded::<R>(call, Runs::Here))
    })
}

/// Answers without holding up this thread and raises nothing. Written by the macro.
pub fn run_safe_async<R: ToolReturn>(
    declaration: &'static Declaration,
    arguments: Arguments,
) -> impl Future<Output = ToolResult<R::Answer>> + Send + use<R> {
    let call = caught(|| Call::begin(declaration, arguments));
    async move { safely_async(decoded::<R>(call, Runs::Elsewhere)).await }
}

/// Reports what comes of `call`. A panic on this side of the boundary, such as one in the conversion of a user's
/// own type, is reported too.
pub(crate) fn safely<T>(call: impl FnOnce() -> Result<(T, Answered)>) -> ToolResult<T> {
    report(caught(call))
}

/// As [`safely`], for a call that is polled.
pub(crate) async fn safely_async<T>(
    call: impl Future<Output = Result<(T, Answered)>>,
) -> ToolResult<T> {
    let mut call = pin!(call);
    let outcome = poll_fn(|context| {
        let polled = caught(|| Ok(call.as_mut().poll(context)));
        polled.unwrap_or_else(|error| Poll::Ready(Err(error)))
    });
    report(outcome.await)
}

fn caught<T>(call: impl FnOnce() -> Result<T>) -> Result<T> {
    // What unwound is not looked at again: a call owns what it works on.
    panic::catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        let words = background::panic_words(&*payload);
        let message = format!("the call panicked outside the tool's body: {words}");
        Err(Error::new(ErrorKind::Defect, message))
    })
}

fn report<T>(outcome: Result<(T, Answered)>) -> ToolResult<T> {
    match outcome {
        Ok((data, answered)) => ToolResult {
            success: true,
            data: Some(data),
            error: None,
            version: Some(answered.version),
            heals: answered.heals,
        },
        Err(error) => ToolResult {
            success: false,
            data: None,
            error: Some(error),
            version: None,
            heals: 0,
        },
    }
}

/// The loop of [`Call::answer`] knows bytes only; here they get their type.
async fn decoded<R: ToolReturn>(call: Result<Call>, runs: Runs) -> Result<(R::Answer, Answered)> {
    let mut decoded = None;
    let call = call?;
    let declaration = call.slot.declaration;
    let mut accept = |arguments: &[u8], answer: &[u8]| {
        let answer = declaration.take::<R>(arguments, answer)?;
        decoded = Some(answer);
        Ok(())
    };
    let answered = call.answer(runs, &mut accept).await?;
    Ok((decoded.expect("the accepted answer is kept"), answered))
}

/// Where a body runs.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Runs {
    /// On the thread that polls.
    Here,
    /// On a thread for blocking work.
    Elsewhere,
}

/// Takes what a body answered to the arguments.
///
/// # Errors
/// With the failure that it is where it is no answer.
type Accept<'a> = &'a mut (dyn FnMut(&[u8], &[u8]) -> Result<(), Failure> + Send);

/// A call under way.
pub(crate) struct Call {
    engine: Arc<Engine>,
    slot: Arc<Slot>,
    arguments: Arc<[u8]>,
    /// What its bodies have exchanged.
    past: Arc<Past>,
    span: Span,
}

/// A run of a body.
struct Ran {
    outcome: Result<Answer, Failure>,
    witness: Witness,
}

/// Who answered a call.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) version: Version,
    pub(crate) heals: u32,
}

impl Call {
    /// # Errors
    /// When it is the tool's own contract that calls it.
    pub(crate) fn new(engine: Arc<Engine>, slot: Arc<Slot>, arguments: Vec<u8>) -> Result<Self> {
        if slot.declaration.is_asked() {
            let error = called_by_its_contract(slot.name());
            contract::circle(&error);
            return Err(refused(&engine, &slot, error));
        }
        Ok(Self {
            engine,
            arguments: arguments.into(),
            past: Arc::default(),
            span: telemetry::call_span(slot.name()),
            slot,
        })
    }

    fn begin(declaration: &'static Declaration, arguments: Arguments) -> Result<Self> {
        let name = &declaration.spec().name;
        let anvil = current::current(name)?;
        let engine = anvil.engine().clone();
        let slot = engine.slot(declaration)?;
        match arguments {
            Ok(arguments) => Self::new(engine, slot, arguments),
            Err(error) => {
                let words = engine.redactor().redact(&error.to_string()).into_owned();
                let message = format!("the arguments of `{name}` cannot be encoded: {words}");
                Err(refused(
                    &engine,
                    &slot,
                    Error::new(ErrorKind::InvalidInput, message),
                ))
            }
        }
    }

    /// Calls the live version until there is an answer that `accept` takes, healing in between. Each turn
    /// ends, or meets another version than the one before; heals are bounded by their attempts.
    pub(crate) async fn answer(self, runs: Runs, accept: Accept<'_>) -> Result<Answered> {
        let span = self.span.clone();
        self.answer_or_heal(runs, accept).instrument(span).await
    }

    async fn answer_or_heal(self, runs: Runs, accept: Accept<'_>) -> Result<Answered> {
        let declaration = self.slot.declaration;
        let mut heals = 0;
        loop {
            let prepared = healer::prepare(&self.engine, &self.slot).await;
            let live =
                prepared.inspect_err(|error| self.record(without_version(&self.slot, error)))?;
            let asked = self.engine.ask_for_secrets(declaration.spec()).await;
            asked.inspect_err(|error| self.record(without_version(&self.slot, error)))?;
            let started = Instant::now();
            let outcome = self.run(&live, runs).await;
            let outcome = outcome.inspect_err(|error| {
                let event = without_version(&self.slot, error).version(live.version);
                self.record(event.took(started.elapsed()));
            });
            let failure = match self.judged(&live, outcome?, accept) {
                Ok(()) => return Ok(self.answered(live.version, live.place(), heals, started)),
                Err(failure) => {
                    let spec = declaration.spec();
                    self.engine.scrub(spec, &self.arguments, failure)
                }
            };
            self.failed(&live, &failure, started);
            let failed = FailedCall {
                live,
                failure,
                arguments: self.arguments.clone(),
                past: self.past.clone(),
            };
            let healed = healer::heal(&self.engine, &self.slot, failed).await?;
            heals += 1;
            // The answer that a candidate was proven with has been decoded once, so it will be again.
            if let Healed::Answered { version, answer } = healed
                && self.accepted(&answer, accept).is_ok()
            {
                return Ok(self.answered(version, None, heals, started));
            }
        }
    }

    /// What is made of a live version's outcome.
    fn judged(&self, live: &Live, ran: Ran, accept: Accept<'_>) -> Result<(), Failure> {
        let declaration = self.slot.declaration;
        let answer = ran.outcome.map_err(|failure| {
            let _entered = self.enter_if(declaration.checks().has_conditions());
            declaration.blame(&self.arguments, failure, ran.witness)
        })?;
        self.accepted(&answer, accept)?;
        let may_be_kept = || self.engine.may_be_kept(&self.arguments, &answer);
        live.recordings
            .record(&self.arguments, &answer, may_be_kept);
        Ok(())
    }

    fn accepted(&self, answer: &[u8], accept: Accept<'_>) -> Result<(), Failure> {
        let _entered = self.enter_if(self.slot.declaration.checks().has_conditions());
        accept(&self.arguments, answer)
    }

    /// Makes this call's `Anvil` the current one where code of the user's is to run, which may call other tools.
    fn enter_if(&self, users_code: bool) -> Option<Entered> {
        users_code.then(|| Anvil::of(self.engine.clone()).enter())
    }

    /// Runs the body once. Where this is given up, so is the call, unless the body runs in this process.
    async fn run(&self, live: &Arc<Live>, runs: Runs) -> Result<Ran> {
        let (outcome, session) = match runs {
            Runs::Here => {
                let session = self.session(live, Cancel::never());
                let _entered = self.enter_if(live.is_declared());
                (live.call(&session), session)
            }
            Runs::Elsewhere => {
                let (cancel, _on_drop) = Cancel::new();
                let (live, session) = (live.clone(), self.session(live, cancel));
                let anvil = live.is_declared().then(|| Anvil::of(self.engine.clone()));
                let run = move || {
                    let _entered = anvil.map(|anvil| anvil.enter());
                    (live.call(&session), session)
                };
                self.engine.background().run_blocking(run).await?
            }
        };
        let outcome = match outcome {
            Ok(answer) => Ok(answer),
            Err(why) => Err(Error::from_no_answer(self.slot.name(), why)?),
        };
        // Of what code in the user's crate asked for, Anvil has seen nothing.
        let witness = match live.is_declared() {
            true => Witness::OF_ANYTHING,
            false => session.witness(),
        };
        Ok(Ran { outcome, witness })
    }

    fn session(&self, live: &Live, cancel: Cancel) -> Session {
        Session::live(
            self.engine.clone(),
            self.slot.declaration,
            self.arguments.clone(),
            live.version,
            self.past.clone(),
            cancel,
        )
    }

    /// There is an answer, after as many failures as there were heals.
    fn answered(
        &self,
        version: Version,
        place: Option<Isolation>,
        heals: u32,
        started: Instant,
    ) -> Answered {
        let mut event = Event::new(EventKind::ToolExecuted, self.slot.name())
            .version(version)
            .took(started.elapsed());
        event.isolation = place;
        if heals > 0 {
            event = event.with("failures", heals);
        }
        self.record(event);
        Answered { version, heals }
    }

    fn failed(&self, live: &Live, failure: &Failure, started: Instant) {
        let mut event = Event::new(EventKind::ToolFailed, self.slot.name())
            .version(live.version)
            .took(started.elapsed())
            .error(failure)
            .with("error_type", error_type(failure.cause));
        event.isolation = live.place();
        let spec = self.slot.declaration.spec();
        let arguments = self.engine.readable(spec, &self.arguments);
        self.record(match arguments.is_empty() {
            true => event,
            false => event.with("arguments", arguments),
        });
    }

    fn record(&self, event: Event) {
        let spec = self.slot.declaration.spec();
        self.engine.record_end(&self.span, spec, event);
    }
}

/// A call that is over before it began, for `error`.
pub(crate) fn refused(engine: &Engine, slot: &Slot, error: Error) -> Error {
    let span = telemetry::call_span(slot.name());
    let event = without_version(slot, &error);
    span.in_scope(|| engine.record_end(&span, slot.declaration.spec(), event));
    error
}

fn called_by_its_contract(name: &str) -> Error {
    let message = format!(
        "`{name}` is called by its own contract, which would be asked about that call, too"
    );
    Error::new(ErrorKind::Configuration, message).with_help(
        "write `requires` and `ensures` without it; in an example call it by its name, and not through a function",
    )
}

/// A call that no version has got to see failed.
fn without_version(slot: &Slot, error: &Error) -> Event {
    Event::new(EventKind::ToolFailed, slot.name())
        .error(error)
        .with("error_type", error.kind().to_string())
}

/// What sort of failure it is, as events say it.
fn error_type(cause: Cause) -> String {
    match cause {
        Cause::Returned(ToolErrorKind::Http(status)) => format!("http_{status}"),
        _ => ErrorKind::of(cause).to_string(),
    }
}
