//! How long a service asks to be left alone.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::time::Duration;

/// What the header `retry-after` says: a number of seconds, or until a date.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = DateTimeParser::new().parse_timestamp(value).ok()?;
    // One that is past means at once.
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(value: &str) -> Option<Duration> {
        let headers = [(RETRY_AFTER, value.parse().unwrap())];
        retry_after(&headers.into_iter().collect())
    }

    #[test]
    fn it_is_a_number_of_seconds_or_a_date() {
        assert_eq!(said("7"), Some(Duration::from_secs(7)));
        assert_eq!(said("0.25"), Some(Duration::from_millis(250)));
        assert_eq!(said("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        let far = said("Tue, 31 Dec 2999 23:59:59 GMT").unwrap();
        assert!(far > Duration::from_secs(1 << 30), "{far:?}");
        for unread in ["soon", "", "-1", "NaN", "1e400"] {
            assert_eq!(said(unread), None, "{unread}");
        }
    }
}
