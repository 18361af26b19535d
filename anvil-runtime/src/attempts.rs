//! How often a tool was tried to be mended, and what came of it.
//!
//! Each attempt for which a model answered counts, whether it succeeded or not, until they are reset or, where
//! there is a window, have become older than that. They live in the process and nowhere else.

use crate::error::HealAttempt;
use crate::version::Version;
use std::time::{Duration, Instant};

/// The attempts of one tool.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    made: Vec<Attempt>,
    /// The number of the latest since the last reset.
    latest: u32,
}

/// How many attempts a tool gets.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) most: u32,
    /// After this time an attempt no longer counts.
    pub(crate) window: Option<Duration>,
}

#[derive(Debug)]
struct Attempt {
    number: u32,
    /// When it was over; until then, when it began.
    at: Instant,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    UnderWay,
    /// Why there is no new version, and the source that was turned back, if it came to one.
    Failed {
        error: String,
        source: String,
    },
    /// Its candidate was proven, and waits for a person: the failure that it answers, and its source. There is no
    /// failure where it is a first body.
    Waiting {
        error: Option<String>,
        source: String,
    },
    /// The version that it made, and the failure that this one answers.
    Made {
        version: Version,
        error: String,
    },
}

/// What a candidate is told as that waited for a person, once another one is wanted.
const NOT_APPROVED: &str = "it was proven, but nobody approved it";

/// Whether the last two came to the same source or the same error: more of the same leads nowhere.
pub(crate) fn lead_nowhere(stories: &[Story]) -> bool {
    let [.., before, last] = stories else {
        return false;
    };
    let same_source = !last.source.is_empty() && last.source == before.source;
    same_source || last.error == before.error
}

/// A failed attempt, as the next one is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Story {
    pub(crate) number: u32,
    pub(crate) error: String,
    /// Empty where the attempt came to no source.
    pub(crate) source: String,
}

impl Attempts {
    /// How many count at `now`.
    pub(crate) fn used(&self, limit: Limit, now: Instant) -> u32 {
        let counting = self.made.iter().filter(|made| made.counts(limit, now));
        u32::try_from(counting.count()).unwrap_or(u32::MAX)
    }

    /// Begins the next one, unless they are spent; returns its number.
    pub(crate) fn begin(&mut self, limit: Limit, now: Instant) -> Option<u32> {
        self.made.retain(|made| made.counts(limit, now));
        if self.are_spent(limit, now) {
            return None;
        }
        self.latest += 1;
        self.made.push(Attempt {
            number: self.latest,
            at: now,
            outcome: Outcome::UnderWay,
        });
        Some(self.latest)
    }

    /// Whether no more can be begun.
    pub(crate) fn are_spent(&self, limit: Limit, now: Instant) -> bool {
        self.used(limit, now) >= limit.most
    }

    /// Attempt `number` came to nothing.
    pub(crate) fn failed(&mut self, number: u32, error: String, source: String, now: Instant) {
        self.end(number, Outcome::Failed { error, source }, now);
    }

    /// Attempt `number` made `version`, which answers the call that had failed with `error`.
    pub(crate) fn made(&mut self, number: u32, version: Version, error: String, now: Instant) {
        self.end(number, Outcome::Made { version, error }, now);
    }

    /// What attempt `number` made waits for a person. `error` is the failure that it answers; nothing for a first body.
    pub(crate) fn waits(
        &mut self,
        number: u32,
        error: Option<String>,
        source: String,
        now: Instant,
    ) {
        self.end(number, Outcome::Waiting { error, source }, now);
    }

    /// `version`, which goes live, may be what one of them made and a person approved. A first body is no attempt to
    /// mend one.
    pub(crate) fn live(&mut self, version: Version, body: &str) {
        let body = body.trim_end();
        self.made.retain_mut(|attempt| match &attempt.outcome {
            Outcome::Waiting { error, source } if source.trim_end() == body => {
                match error.clone() {
                    None => false,
                    Some(error) => {
                        attempt.outcome = Outcome::Made { version, error };
                        true
                    }
                }
            }
            _ => true,
        });
    }

    /// Attempt `number`, the latest, was none: there was nobody to ask.
    pub(crate) fn withdraw(&mut self, number: u32) {
        self.made.retain(|made| made.number != number);
        self.latest = self.latest.min(number.saturating_sub(1));
    }

    /// Starts to count anew.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Every attempt that is over, oldest first.
    pub(crate) fn told(&self) -> Vec<HealAttempt> {
        let told = self.made.iter().filter_map(|attempt| {
            let (error, version) = match &attempt.outcome {
                Outcome::UnderWay => return None,
                Outcome::Failed { error, .. } => (&**error, None),
                Outcome::Waiting { .. } => (NOT_APPROVED, None),
                Outcome::Made { version, error } => (&**error, Some(*version)),
            };
            Some(HealAttempt {
                number: attempt.number,
                error: error.to_owned(),
                version,
            })
        });
        told.collect()
    }

    /// The failed ones since a version was made, oldest first.
    pub(crate) fn in_vain(&self) -> Vec<Story> {
        let latest = self
            .made
            .iter()
            .rev()
            .take_while(|attempt| !matches!(attempt.outcome, Outcome::Made { .. }));
        let mut stories: Vec<Story> = latest
            .filter_map(|attempt| match &attempt.outcome {
                Outcome::Failed { error, source } => Some(Story {
                    number: attempt.number,
                    error: error.clone(),
                    source: source.clone(),
                }),
                Outcome::Waiting { source, .. } => Some(Story {
                    number: attempt.number,
                    error: NOT_APPROVED.to_owned(),
                    source: source.clone(),
                }),
                _ => None,
            })
            .collect();
        stories.reverse();
        stories
    }

    fn end(&mut self, number: u32, outcome: Outcome, now: Instant) {
        // It may have been reset meanwhile.
        if let Some(attempt) = self.made.iter_mut().find(|made| made.number == number) {
            attempt.at = now;
            attempt.outcome = outcome;
        }
    }
}

impl Attempt {
    fn counts(&self, limit: Limit, now: Instant) -> bool {
        matches!(self.outcome, Outcome::UnderWay)
            || limit
                .window
                .is_none_or(|window| now.duration_since(self.at) < window)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn limit(most: u32, window: Option<u32>) -> Limit {
        Limit {
            most,
            window: window.map(|seconds| SECOND * seconds),
        }
    }

    /// What a counter is told, second by second.
    enum Step {
        /// An attempt is asked for and gets this number, or none.
        Begin(Option<u32>),
        Fails(u32),
        Makes(u32),
        Withdraw(u32),
        Reset,
        /// So many count.
        Used(u32),
    }
    use Step::*;

    fn check(limit: Limit, steps: &[Step]) -> Attempts {
        let start = Instant::now();
        let mut attempts = Attempts::default();
        for (second, step) in (0..).zip(steps) {
            let now = start + SECOND * second;
            match *step {
                Begin(number) => assert_eq!(attempts.begin(limit, now), number, "{second}"),
                Fails(number) => attempts.failed(number, "no".to_owned(), String::new(), now),
                Makes(number) => attempts.made(number, Version::FIRST, "ow".to_owned(), now),
                Withdraw(number) => attempts.withdraw(number),
                Reset => attempts.reset(),
                Used(count) => assert_eq!(attempts.used(limit, now), count, "{second}"),
            }
        }
        attempts
    }

    #[test]
    fn attempts_count_until_they_are_spent_and_anew_once_they_are_reset() {
        let two = limit(2, None);
        check(
            two,
            &[
                Begin(Some(1)),
                Fails(1),
                Begin(Some(2)),
                Makes(2),
                Begin(None),
                Used(2),
            ],
        );
        check(two, &[Begin(Some(1)), Used(1), Begin(Some(2)), Begin(None)]);
        check(
            two,
            &[Begin(Some(1)), Fails(1), Reset, Used(0), Begin(Some(1))],
        );
        check(limit(0, None), &[Begin(None), Used(0)]);
    }

    #[test]
    fn an_attempt_that_was_none_does_not_count() {
        check(
            limit(2, None),
            &[
                Begin(Some(1)),
                Withdraw(1),
                Used(0),
                Begin(Some(1)),
                Fails(1),
                Used(1),
            ],
        );
    }

    #[test]
    fn after_its_window_an_attempt_no_longer_counts() {
        let one_in_three_seconds = limit(1, Some(3));
        check(
            one_in_three_seconds,
            &[
                Begin(Some(1)),
                Fails(1),
                Begin(None),
                Used(1),
                Used(0),
                Begin(Some(2)),
            ],
        );
        // One that is under way always counts, however long it takes.
        check(
            one_in_three_seconds,
            &[
                Begin(Some(1)),
                Used(1),
                Used(1),
                Used(1),
                Used(1),
                Begin(None),
            ],
        );
    }

    #[test]
    fn a_reset_while_an_attempt_is_under_way_forgets_it() {
        let attempts = check(limit(2, None), &[Begin(Some(1)), Reset, Makes(1), Used(0)]);
        assert!(attempts.told().is_empty());
    }

    #[test]
    fn every_attempt_is_told_and_those_in_vain_since_the_last_version() {
        let attempts = check(
            limit(5, None),
            &[
                Begin(Some(1)),
                Fails(1),
                Begin(Some(2)),
                Makes(2),
                Begin(Some(3)),
                Fails(3),
                Begin(Some(4)),
            ],
        );
        let told: Vec<_> = attempts
            .told()
            .into_iter()
            .map(|attempt| (attempt.number, attempt.version.is_some()))
            .collect();
        assert_eq!(told, [(1, false), (2, true), (3, false)]);
        let in_vain: Vec<u32> = attempts
            .in_vain()
            .iter()
            .map(|story| story.number)
            .collect();
        assert_eq!(in_vain, [3]);
    }

    #[test]
    fn two_attempts_that_came_to_the_same_lead_nowhere() {
        let story = |source: &str, error: &str| Story {
            number: 0,
            error: error.to_owned(),
            source: source.to_owned(),
        };
        for (stories, nowhere) in [
            (vec![], false),
            (vec![story("a", "x")], false),
            (vec![story("a", "x"), story("a", "y")], true),
            (vec![story("a", "x"), story("b", "x")], true),
            (vec![story("a", "x"), story("b", "y")], false),
            (vec![story("", "x"), story("", "y")], false),
            (
                vec![story("a", "x"), story("b", "y"), story("a", "x")],
                false,
            ),
            (
                vec![story("a", "x"), story("b", "y"), story("c", "y")],
                true,
            ),
        ] {
            assert_eq!(lead_nowhere(&stories), nowhere, "{stories:?}");
        }
    }

    #[test]
    fn whatever_happens_no_more_count_than_are_allowed() {
        // Every sequence of six steps out of these four, with each limit.
        for most in 0..3 {
            for sequence in 0..4_u32.pow(6) {
                let limit = limit(most, Some(2));
                let start = Instant::now();
                let mut attempts = Attempts::default();
                let mut number = 0;
                for second in 0..6 {
                    let now = start + SECOND * second;
                    match sequence / 4_u32.pow(second) % 4 {
                        0 => number = attempts.begin(limit, now).unwrap_or(number),
                        1 => attempts.failed(number, String::new(), String::new(), now),
                        2 => attempts.made(number, Version::FIRST, String::new(), now),
                        _ => attempts.withdraw(number),
                    }
                    assert!(attempts.used(limit, now) <= most, "{sequence}");
                }
            }
        }
    }
}
