//! When a request is made again, and after which pause.

use super::lost::Lost;
use super::received::Received;
use crate::http::retry_after;
use reqwest::{Method, StatusCode};
use std::time::Duration;

/// A request is not sent more often to one place.
const MOST_TRIES: u32 = 3;

/// How long the pauses are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The longest that the first one is; each one after that is twice as long.
    pub(super) first: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
        }
    }
}

impl Pace {
    /// How long to wait before it is tried again, if it is to be.
    ///
    /// Where there was an answer, or may have been one, that is so only for methods which do the same however often they
    /// are done. What never got to the service can be tried again whatever it is.
    pub(super) fn pause(
        &self,
        method: &Method,
        tries: u32,
        outcome: &Result<Received, Lost>,
    ) -> Option<Duration> {
        if tries >= MOST_TRIES {
            return None;
        }
        match outcome {
            Ok(received) if may_pass(received.status) && method.is_idempotent() => {
                retry_after(&received.headers).or_else(|| Some(self.backoff(tries)))
            }
            Err(lost) if lost.may_pass && (!lost.sent || method.is_idempotent()) => {
                Some(self.backoff(tries))
            }
            Ok(_) | Err(_) => None,
        }
    }

    /// Between half of the pause and all of it, so that those who failed together do not come back together.
    fn backoff(&self, tries: u32) -> Duration {
        let pause = self.first * 2_u32.pow(tries.saturating_sub(1));
        let random = getrandom::u32().unwrap_or(u32::MAX);
        pause.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX) / 2.0)
    }
}

/// Whether the status says that the service cannot answer now, and not that the request was wrong.
fn may_pass(status: StatusCode) -> bool {
    status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::{HeaderMap, RETRY_AFTER};

    const PACE: Pace = Pace {
        first: Duration::from_millis(200),
    };

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Received, Lost> {
        let mut headers = HeaderMap::new();
        if let Some(after) = retry_after {
            headers.insert(RETRY_AFTER, after.parse().unwrap());
        }
        Ok(Received {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: Vec::new(),
        })
    }

    fn lost(sent: bool, may_pass: bool) -> Result<Received, Lost> {
        Err(Lost {
            sent,
            may_pass,
            ..Lost::unavailable("lost")
        })
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        for (status, again) in [
            (200, false),
            (302, false),
            (404, false),
            (408, true),
            (429, true),
            (500, true),
            (503, true),
        ] {
            let pause = PACE.pause(&Method::GET, 1, &answer(status, None));
            assert_eq!(pause.is_some(), again, "{status}");
        }
        assert!(PACE.pause(&Method::GET, 1, &lost(true, true)).is_some());
        assert!(PACE.pause(&Method::GET, 1, &lost(false, false)).is_none());
    }

    #[test]
    fn what_may_have_been_done_is_done_again_only_where_that_does_no_harm() {
        for (method, harmless) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::PUT, true),
            (Method::DELETE, true),
            (Method::OPTIONS, true),
            (Method::POST, false),
            (Method::PATCH, false),
        ] {
            for outcome in [answer(503, None), answer(503, Some("0")), lost(true, true)] {
                assert_eq!(
                    PACE.pause(&method, 1, &outcome).is_some(),
                    harmless,
                    "{method}"
                );
            }
            assert!(PACE.pause(&method, 1, &lost(false, true)).is_some());
        }
    }

    #[test]
    fn there_are_three_tries_with_pauses_that_grow() {
        let pause = |tries| PACE.pause(&Method::GET, tries, &answer(503, None));
        for (tries, range) in [(1, 100..=200), (2, 200..=400)] {
            let pause = pause(tries).unwrap().as_millis();
            assert!(range.contains(&pause), "{pause} after {tries}");
        }
        assert_eq!(pause(3), None);
    }

    #[test]
    fn a_service_says_when_it_will_answer() {
        let pause = |after: &str| PACE.pause(&Method::GET, 1, &answer(429, Some(after)));
        assert_eq!(pause("7"), Some(Duration::from_secs(7)));
        // What cannot be read was not said.
        assert!(pause("soon").unwrap() <= PACE.first);
    }
}
