//! The workers of one version.
//!
//! Each call has a worker to itself while it runs: the deadline, the memory and the death of one call are nobody
//! else's. So calls that run at the same time run in as many processes. One is started ahead, before the version
//! serves, and again when one has died; others are started as they are needed, and ended when they are not.
//!
//! Threads in one process were the other way. They would share its death, and a call would pay for the hop to its
//! thread, which costs about as much as all else that a call adds to a bare echo over a socket
//! (`cargo bench -p anvil-tests --bench isolation`).

use super::breaker::{Breaker, Pass, Resting, Terms};
use super::cancel::Cancel;
use super::capabilities::Capabilities;
use super::death::Ended;
use super::worker::{Called, NoWorker, Recipe, Worker};
use anvil_core::failure::Failure;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Instant;
use tokio::runtime::Handle;

/// The workers of one version.
#[derive(Debug)]
pub(crate) struct Pool {
    recipe: Recipe,
    /// The most that run calls at the same time.
    most: usize,
    /// How many are kept when nobody needs them.
    kept: usize,
    background: Handle,
    state: Mutex<State>,
    /// A worker is idle, or there is room for another.
    freed: Condvar,
}

#[derive(Debug)]
struct State {
    idle: Vec<Worker>,
    /// Those that run a call, and those that are being started for one.
    busy: usize,
    /// Whether one is being started ahead.
    starting: bool,
    breaker: Breaker,
}

/// Why a call has no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// The body failed, or its process died of the call.
    Failed(Failure),
    /// Too many processes died; the next is started after the pause.
    Resting(Resting, Terms),
    /// No process could be started.
    NoWorker(NoWorker),
    /// The caller, or the whole `Anvil`, has given it up.
    GivenUp,
    /// It asked for what the recording of a test does not have, or what cannot be recorded: in words.
    NotRecorded(String),
}

/// So many workers may turn out to be dead before a call fails for it.
const MOST_DEAD: u32 = 3;

impl Pool {
    /// Starts the first worker.
    pub(super) fn open(
        recipe: Recipe,
        most: u32,
        terms: Terms,
        background: Handle,
    ) -> Result<Arc<Self>, NoWorker> {
        let first = Worker::start(&recipe)?;
        let cores = available_parallelism().map_or(1, usize::from);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        Ok(Arc::new(Self {
            recipe,
            most,
            kept: cores.min(most),
            background,
            state: Mutex::new(State {
                idle: vec![first],
                busy: 0,
                starting: false,
                breaker: Breaker::new(terms),
            }),
            freed: Condvar::new(),
        }))
    }

    /// Runs the body once. Waits for a worker where all are busy; that time is not the call's.
    pub(super) fn call(
        self: &Arc<Self>,
        arguments: &[u8],
        capabilities: &dyn Capabilities,
        cancel: &Cancel,
    ) -> Result<Vec<u8>, NoAnswer> {
        let mut seat = self.take_seat()?;
        let mut were_dead = 0;
        loop {
            if cancel.is_cancelled() {
                seat.give_up();
                return Err(NoAnswer::GivenUp);
            }
            let mut worker = match seat.worker() {
                Ok(worker) => worker,
                // The body's own start is a part of it.
                Err(NoWorker::Died(death)) if !self.is_shut_down() => {
                    seat.died();
                    return Err(NoAnswer::Failed(death.into_failure()));
                }
                Err(NoWorker::Died(_) | NoWorker::ShutDown) => {
                    seat.give_up();
                    return Err(NoAnswer::GivenUp);
                }
                Err(no_worker) => {
                    seat.give_up();
                    return Err(NoAnswer::NoWorker(no_worker));
                }
            };
            if !cancel.begin(worker.process()) {
                seat.give_up_with(worker);
                return Err(NoAnswer::GivenUp);
            }
            let called = worker.call(arguments, capabilities, self.recipe.limits.timeout);
            cancel.end();
            return match called {
                Called::Answered(answer) => {
                    seat.give_back(worker);
                    Ok(answer)
                }
                Called::Failed(failure) => {
                    seat.give_back(worker);
                    Err(NoAnswer::Failed(failure))
                }
                Called::WasDead | Called::Died(_)
                    if cancel.is_cancelled() || self.is_shut_down() =>
                {
                    seat.give_up();
                    Err(NoAnswer::GivenUp)
                }
                // It was not this call that it died of.
                Called::WasDead if were_dead < MOST_DEAD => {
                    were_dead += 1;
                    continue;
                }
                // Others that were just started died as well, so it is the body's doing.
                Called::WasDead => {
                    let death = worker.end(Ended::HungUp);
                    seat.died();
                    Err(NoAnswer::Failed(death.into_failure()))
                }
                Called::Died(death) => {
                    seat.died();
                    Err(NoAnswer::Failed(death.into_failure()))
                }
            };
        }
    }

    fn is_shut_down(&self) -> bool {
        self.recipe.processes.are_shut_down()
    }

    /// The right to run a call.
    fn take_seat(self: &Arc<Self>) -> Result<Seat<'_>, NoAnswer> {
        let mut state = self.state();
        while state.busy >= self.most {
            state = self
                .freed
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let terms = state.breaker.terms();
        let pass = match state.breaker.admit(Instant::now()) {
            Ok(pass) => pass,
            Err(resting) => {
                // The seat stays free, and whoever waits behind this call was not told.
                self.freed.notify_one();
                return Err(NoAnswer::Resting(resting, terms));
            }
        };
        state.busy += 1;
        Ok(Seat {
            pool: self,
            pass,
            taken: state.idle.pop(),
            occupied: true,
        })
    }

    /// Starts a worker that nobody waits for.
    fn start_ahead(self: &Arc<Self>) {
        {
            let mut state = self.state();
            if state.starting || !state.idle.is_empty() || state.breaker.is_open() {
                return;
            }
            state.starting = true;
        }
        let pool = self.clone();
        self.background.spawn_blocking(move || {
            let worker = Worker::start(&pool.recipe);
            let mut state = pool.state();
            state.starting = false;
            // Where it cannot be started, the next call says why.
            state.idle.extend(worker.ok());
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Keeps a worker for the next call, unless there are as many as the cores can keep busy: others were for a rush.
    /// Ending one takes a moment, so that one is handed back.
    fn keep(&mut self, worker: Worker, most: usize) -> Option<Worker> {
        if self.idle.len() >= most {
            return Some(worker);
        }
        self.idle.push(worker);
        None
    }
}

/// The right to run a call, and the worker that was idle, if one was.
struct Seat<'a> {
    pool: &'a Arc<Pool>,
    pass: Pass,
    taken: Option<Worker>,
    occupied: bool,
}

impl<'a> Seat<'a> {
    /// The worker to run it on.
    fn worker(&mut self) -> Result<Worker, NoWorker> {
        match self.taken.take() {
            Some(worker) => Ok(worker),
            None => Worker::start(&self.pool.recipe),
        }
    }

    /// The call is over, and the worker lives.
    fn give_back(mut self, worker: Worker) {
        let mut state = self.leave();
        state.breaker.lived(self.pass);
        let superfluous = state.keep(worker, self.pool.kept);
        drop(state);
        drop(superfluous);
        self.pool.freed.notify_one();
    }

    /// The call was given up before its worker heard of it.
    fn give_up_with(mut self, worker: Worker) {
        let mut state = self.leave();
        state.breaker.given_up(self.pass, Instant::now());
        let superfluous = state.keep(worker, self.pool.kept);
        drop(state);
        drop(superfluous);
        self.pool.freed.notify_one();
    }

    /// The call is over, and the worker died of it.
    fn died(mut self) {
        let pass = self.pass;
        self.leave().breaker.died(pass, Instant::now());
        self.pool.freed.notify_one();
        self.pool.start_ahead();
    }

    /// The call is not answered, for reasons that are not the worker's.
    fn give_up(mut self) {
        let pass = self.pass;
        self.leave().breaker.given_up(pass, Instant::now());
        self.pool.freed.notify_one();
    }

    fn leave(&mut self) -> MutexGuard<'a, State> {
        self.occupied = false;
        let mut state = self.pool.state();
        state.busy -= 1;
        state
    }
}

impl Drop for Seat<'_> {
    /// A panic on the way leaves the others their seats, and the breaker its next try.
    fn drop(&mut self) {
        if self.occupied {
            let pass = self.pass;
            self.leave().breaker.given_up(pass, Instant::now());
            self.pool.freed.notify_one();
        }
    }
}
