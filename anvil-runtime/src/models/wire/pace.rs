//! Whether to ask again, and when.

use crate::http::retry_after;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// How long the pauses are, as the providers' own clients have them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pace {
    /// The longest that the first one is; each one after that is twice as long.
    pub(super) first: Duration,
    /// No pause is longer, unless the provider asks for it.
    pub(super) longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(8),
        }
    }
}

impl Pace {
    /// How long to wait after so many tries: as long as the provider asks for. One that asks for next to nothing, again and
    /// again, is not believed for ever.
    pub(super) fn pause(&self, tries: u32, asked_for: Option<Duration>) -> Duration {
        match asked_for {
            Some(asked_for) if tries < BELIEVED => asked_for,
            asked_for => self.backoff(tries).max(asked_for.unwrap_or_default()),
        }
    }

    /// Between three quarters of the pause and all of it, so that those who failed together do not come back together.
    fn backoff(&self, tries: u32) -> Duration {
        let doublings = tries.saturating_sub(1).min(16);
        let pause = (self.first * 2_u32.pow(doublings)).min(self.longest);
        let random = getrandom::u32().unwrap_or(u32::MAX);
        pause.mul_f64(0.75 + f64::from(random) / f64::from(u32::MAX) / 4.0)
    }
}

/// After so many tries, no pause is shorter than without the provider's word.
const BELIEVED: u32 = 4;

/// How long the provider asks to be left alone, in any of the three forms that it says it.
pub(super) fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let milliseconds = headers.get("retry-after-ms");
    let milliseconds =
        milliseconds.and_then(|value| value.to_str().ok()?.trim().parse::<f64>().ok());
    milliseconds
        .and_then(|milliseconds| Duration::try_from_secs_f64(milliseconds / 1000.0).ok())
        .or_else(|| retry_after(headers))
}

/// What the provider itself says of asking again, if it says something.
pub(super) fn should_retry(headers: &HeaderMap) -> Option<bool> {
    match headers.get("x-should-retry")?.as_bytes() {
        b"true" => Some(true),
        b"false" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderName;

    fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            let name: HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        pairs.collect()
    }

    #[test]
    fn pauses_double_up_to_eight_seconds_and_vary_by_a_quarter() {
        let pace = Pace::default();
        for (tries, longest) in [(1, 500), (2, 1_000), (3, 2_000), (5, 8_000), (40, 8_000)] {
            let pause = pace.pause(tries, None).as_millis();
            assert!(
                (longest * 3 / 4..=longest).contains(&pause),
                "{pause} after {tries}"
            );
        }
    }

    #[test]
    fn a_provider_has_the_say_in_the_pause_but_not_in_how_often_it_is_asked_in_vain() {
        let pause =
            |tries, seconds| Pace::default().pause(tries, Some(Duration::from_secs(seconds)));
        assert_eq!(pause(1, 0), Duration::ZERO);
        assert_eq!(pause(3, 60), Duration::from_secs(60));
        assert!(pause(4, 0) >= Duration::from_secs(3));
        assert_eq!(pause(9, 60), Duration::from_secs(60));
    }

    #[test]
    fn a_provider_says_in_three_ways_when_it_will_answer() {
        let said = |pairs: &[_]| asked_for(&headers(pairs));
        assert_eq!(
            said(&[("retry-after-ms", "1500")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(said(&[("retry-after", "3")]), Some(Duration::from_secs(3)));
        let past = "Sun, 06 Nov 1994 08:49:37 GMT";
        assert_eq!(said(&[("retry-after", past)]), Some(Duration::ZERO));
        let both = [("retry-after-ms", "10"), ("retry-after", "3")];
        assert_eq!(said(&both), Some(Duration::from_millis(10)));
        let unread = [("retry-after-ms", "soon"), ("retry-after", "3")];
        assert_eq!(said(&unread), Some(Duration::from_secs(3)));
        assert_eq!(said(&[]), None);
    }
}
