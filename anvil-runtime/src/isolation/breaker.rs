//! A breaker: what dies again and again is left alone for a while.
//!
//! ```text
//! closed ──too many deaths in the window──▶ open ──the pause is over──▶ half-open, one call tries
//!    ▲                                        ▲                            │             │
//!    └────────────── it lives ────────────────┼────────────────────────────┘             │
//!                                             └────────────── it dies ───────────────────┘
//! ```
//!
//! Michael Nygard describes the pattern in *Release It!*.

use super::limits::after;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// When it opens, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub(crate) deaths: u32,
    pub(crate) window: Duration,
    pub(crate) pause: Duration,
}

#[derive(Debug)]
pub(super) struct Breaker {
    terms: Terms,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Calls pass. These deaths lie within the window, or did as the last one was added.
    Closed(VecDeque<Instant>),
    /// No call passes until then.
    Open(Instant),
    /// One call tries.
    HalfOpen,
}

/// The breaker is open, for so long yet; for no time at all where another call tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resting(pub(crate) Duration);

/// How a call was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pass {
    Normal,
    /// It is the one that tries: only this one closes the breaker, or opens it again.
    Trial,
}

impl Breaker {
    pub(super) fn new(terms: Terms) -> Self {
        Self {
            terms,
            state: State::Closed(VecDeque::new()),
        }
    }

    pub(super) fn terms(&self) -> Terms {
        self.terms
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Whether a call may pass at `now`. One that does says, with its pass, what became of it.
    pub(super) fn admit(&mut self, now: Instant) -> Result<Pass, Resting> {
        match self.state {
            State::Closed(_) => Ok(Pass::Normal),
            State::Open(until) if now < until => Err(Resting(until - now)),
            State::Open(_) => {
                self.state = State::HalfOpen;
                Ok(Pass::Trial)
            }
            State::HalfOpen => Err(Resting(Duration::ZERO)),
        }
    }

    /// The call's process lives.
    pub(super) fn lived(&mut self, pass: Pass) {
        if pass == Pass::Trial {
            self.state = State::Closed(VecDeque::new());
        }
    }

    /// The call's process died of it.
    pub(super) fn died(&mut self, pass: Pass, now: Instant) {
        let Terms {
            deaths,
            window,
            pause,
        } = self.terms;
        match &mut self.state {
            State::Closed(earlier) => {
                earlier.retain(|death| now.duration_since(*death) < window);
                earlier.push_back(now);
                if earlier.len() >= deaths as usize {
                    self.state = State::Open(after(now, pause));
                }
            }
            State::Open(_) | State::HalfOpen if pass == Pass::Trial => {
                self.state = State::Open(after(now, pause));
            }
            // It was let through before the breaker opened, which it had its part in.
            State::Open(_) | State::HalfOpen => {}
        }
    }

    /// The call was given up before anything could be learnt from it.
    pub(super) fn given_up(&mut self, pass: Pass, now: Instant) {
        if pass == Pass::Trial {
            self.state = State::Open(now); // the next one tries
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    enum Step {
        Passes,
        Rests(u64),
        Lives,
        Dies,
        GivesUp,
        /// A call that was let through before the breaker opened.
        OldLives,
        OldDies,
        /// So many seconds go by.
        After(u64),
    }
    use Step::*;

    /// Three deaths in ten seconds open it for five.
    fn check(steps: &[Step]) {
        let mut breaker = Breaker::new(Terms {
            deaths: 3,
            window: Duration::from_secs(10),
            pause: Duration::from_secs(5),
        });
        let mut now = Instant::now();
        let mut pass = Pass::Normal;
        for (index, step) in steps.iter().enumerate() {
            match step {
                Passes => {
                    let admitted = breaker.admit(now);
                    pass = admitted.unwrap_or_else(|_| panic!("step {index}"));
                }
                Rests(seconds) => {
                    let left = Duration::from_secs(*seconds);
                    assert_eq!(breaker.admit(now), Err(Resting(left)), "step {index}");
                }
                Lives => breaker.lived(pass),
                Dies => breaker.died(pass, now),
                GivesUp => breaker.given_up(pass, now),
                OldLives => breaker.lived(Pass::Normal),
                OldDies => breaker.died(Pass::Normal, now),
                After(seconds) => now += Duration::from_secs(*seconds),
            }
        }
    }

    #[test]
    fn deaths_that_lie_far_apart_do_not_open_it() {
        check(&[Dies, Dies, After(10), Dies, Passes, Lives, Dies, Passes]);
    }

    #[test]
    fn too_many_in_a_short_time_do_and_it_says_for_how_long() {
        check(&[
            Dies,
            After(1),
            Dies,
            After(1),
            Dies,
            Rests(5),
            After(3),
            Rests(2),
        ]);
    }

    #[test]
    fn after_the_pause_one_call_tries_and_the_others_go_on_resting() {
        check(&[
            Dies,
            Dies,
            Dies,
            After(5),
            Passes,
            Rests(0),
            Lives,
            Passes,
            Passes,
        ]);
        check(&[
            Dies,
            Dies,
            Dies,
            After(5),
            Passes,
            Dies,
            Rests(5),
            After(5),
            Passes,
        ]);
    }

    #[test]
    fn one_success_forgets_the_deaths() {
        check(&[
            Dies,
            Dies,
            Dies,
            After(5),
            Passes,
            Lives,
            Dies,
            Dies,
            Passes,
            Dies,
            Rests(5),
        ]);
    }

    #[test]
    fn what_was_let_through_before_says_nothing_about_the_try() {
        check(&[
            Dies,
            Dies,
            Dies,
            After(5),
            Passes,
            OldLives,
            Rests(0),
            OldDies,
            Rests(0),
            Lives,
            Passes,
        ]);
    }

    #[test]
    fn a_try_that_is_given_up_leaves_it_to_the_next_call() {
        check(&[
            Dies,
            Dies,
            Dies,
            After(5),
            Passes,
            GivesUp,
            Passes,
            Rests(0),
        ]);
    }
}
