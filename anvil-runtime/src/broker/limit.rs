//! [`Limit`]: how long a request may take, its redirects and retries included.

use super::refusal::unavailable;
use anvil_core::ask::Refusal;
use std::time::Duration;
use tokio::time::Instant;

/// The longest that a request may take.
const LONGEST: Duration = Duration::from_secs(30);

/// What a call keeps of its time, so that its body can still say that there was no answer: a tenth, or this.
const LONGEST_REST: Duration = Duration::from_millis(500);

#[derive(Debug, Clone, Copy)]
pub(super) struct Limit {
    began: Instant,
    length: Duration,
    whose: Whose,
}

/// Who set it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whose {
    Host,
    Request,
    Call,
}

impl Limit {
    /// The least of what a request asks for, what the host allows, and what is left until its call ends.
    pub(super) fn new(began: Instant, asked: Option<Duration>, until: Option<Instant>) -> Self {
        let left = until.map(|until| {
            let left = until.saturating_duration_since(began);
            left - (left / 10).min(LONGEST_REST)
        });
        let limits = [
            (Some(LONGEST), Whose::Host),
            (asked, Whose::Request),
            (left, Whose::Call),
        ];
        let limits = limits
            .into_iter()
            .filter_map(|(length, whose)| Some((length?, whose)));
        let (length, whose) = limits
            .min_by_key(|(length, _)| *length)
            .unwrap_or((LONGEST, Whose::Host));
        Self {
            began,
            length,
            whose,
        }
    }

    pub(super) fn end(&self) -> Instant {
        self.began + self.length
    }

    pub(super) fn left(&self) -> Duration {
        self.end().saturating_duration_since(Instant::now())
    }

    pub(super) fn spent(&self) -> Duration {
        self.began.elapsed()
    }

    /// What is said once it has passed.
    pub(super) fn passed(&self, line: &str) -> Refusal {
        let length = seconds(self.length);
        unavailable(match self.whose {
            Whose::Host => format!("{line}: no answer in {length}, and no request may take longer"),
            Whose::Request => {
                format!("{line}: no answer in {length}, and it was not to take longer")
            }
            Whose::Call => format!("{line}: no answer in the {length} that were left of the call"),
        })
    }
}

/// As it is told: `0.6 s`.
pub(super) fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_limit_counts_and_a_call_keeps_some_of_its_time() {
        let now = Instant::now();
        let ms = Duration::from_millis;
        for (asked, left, length, words) in [
            (
                None,
                None,
                30_000,
                "no answer in 30.0 s, and no request may take longer",
            ),
            (Some(60_000), None, 30_000, "no request may take longer"),
            (
                Some(200),
                Some(1000),
                200,
                "no answer in 0.2 s, and it was not to take longer",
            ),
            (
                None,
                Some(1000),
                900,
                "no answer in the 0.9 s that were left of the call",
            ),
            (None, Some(20_000), 19_500, "that were left of the call"),
            (None, Some(0), 0, "no answer in the 0.0 s that were left"),
        ] {
            let until = left.map(|left| now + ms(left));
            let limit = Limit::new(now, asked.map(ms), until);
            assert_eq!(limit.end() - now, ms(length));
            let said = limit.passed("GET /").message;
            assert!(
                said.starts_with("GET /: ") && said.contains(words),
                "{said}"
            );
        }
    }
}
