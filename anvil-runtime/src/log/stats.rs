//! How tools do, in numbers.

use crate::budget::Usd;
use crate::event::{Event, EventKind};
use hdrhistogram::Histogram;
use std::time::Duration;

/// How a tool did; all zeros for one that nothing is known of.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct ToolStats {
    /// Calls that were answered.
    pub executed: u64,
    /// Times that a version failed a call. A call may fail several times, and be answered all the same.
    pub failed: u64,
    /// Heals that succeeded.
    pub healed: u64,
    /// The share of calls that were answered, whether healed meanwhile or not: 0 to 1, and nothing where
    /// there was no call.
    pub success_rate: Option<f64>,
    /// How long answered calls took, and nothing where there was none.
    pub duration: Option<DurationStats>,
    /// Tokens that models were sent on its account.
    pub input_tokens: u64,
    /// Tokens that models answered with.
    pub output_tokens: u64,
    /// What that cost, as far as the models' prices were known; nothing where none was.
    pub usd: Option<Usd>,
}

/// How long calls took. `min`, `mean` and `max` are exact; the percentiles are at most 1 % too high, and up to a
/// day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DurationStats {
    /// The shortest.
    pub min: Duration,
    /// The mean.
    pub mean: Duration,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl ToolStats {
    /// The numbers of `tool` in `events`, in any order: those that
    /// [`Logger::load`](crate::Logger::load) read, say.
    #[must_use]
    pub fn of<'a>(events: impl IntoIterator<Item = &'a Event>, tool: &str) -> Self {
        let mut totals = Totals::default();
        for event in events {
            if event.tool_name == tool {
                totals.add(event);
            }
        }
        totals.stats()
    }
}

/// Adds up the events of one tool.
#[derive(Debug, Default)]
pub(super) struct Totals {
    executed: u64,
    failed: u64,
    /// Failures of calls that were answered in the end.
    recovered: u64,
    healed: u64,
    input_tokens: u64,
    output_tokens: u64,
    usd: Option<Usd>,
    durations: Option<Durations>,
}

impl Totals {
    pub(super) fn add(&mut self, event: &Event) {
        let number = |name| {
            let value = event.metadata.get(name);
            value.and_then(serde_json::Value::as_u64).unwrap_or(0)
        };
        match event.kind {
            EventKind::ToolExecuted => {
                self.executed += 1;
                add_to(&mut self.recovered, number("failures"));
                if let Some(nanos) = event.duration_ms.and_then(nanos) {
                    self.durations.get_or_insert_default().add(nanos);
                }
            }
            EventKind::ToolFailed => self.failed += 1,
            EventKind::ToolHealed => self.healed += 1,
            EventKind::ModelAsked => {
                add_to(&mut self.input_tokens, number("input_tokens"));
                add_to(&mut self.output_tokens, number("output_tokens"));
                let usd = event.metadata.get("usd");
                let usd = usd.and_then(serde_json::Value::as_f64);
                if let Some(usd) = usd.and_then(Usd::from_f64) {
                    self.usd = Some(self.usd.unwrap_or_default().saturating_add(usd));
                }
            }
            _ => {}
        }
    }

    pub(super) fn stats(&self) -> ToolStats {
        // The failures of a call may have been recorded before the first event that was added up here.
        let calls = self.executed + self.failed.saturating_sub(self.recovered);
        ToolStats {
            executed: self.executed,
            failed: self.failed,
            healed: self.healed,
            success_rate: (calls > 0).then(|| self.executed as f64 / calls as f64),
            duration: self.durations.as_ref().map(Durations::stats),
            input_tokens: self.input_tokens,
            output_tokens: self.output_tokens,
            usd: self.usd,
        }
    }
}

/// What a file says may be any number.
fn add_to(sum: &mut u64, number: u64) {
    *sum = sum.saturating_add(number);
}

fn nanos(duration_ms: f64) -> Option<u64> {
    (duration_ms >= 0.0).then(|| (duration_ms * 1e6).round() as u64)
}

/// Two figures tell durations apart that differ by 1 %, in 3 KiB for a tool whose calls take up to half
/// a microsecond, 18 KiB up to 10 ms, and 41 KiB up to [`LONGEST`].
const FIGURES: u8 = 2;

/// Longer calls count as a day in percentiles. In nanoseconds.
const LONGEST: u64 = 24 * 60 * 60 * 1_000_000_000;

/// In nanoseconds.
#[derive(Debug)]
struct Durations {
    count: u64,
    min: u64,
    max: u64,
    sum: u128,
    histogram: Histogram<u64>,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            count: 0,
            min: u64::MAX,
            max: 0,
            sum: 0,
            histogram: Histogram::new(FIGURES).expect("a histogram may have two figures"),
        }
    }
}

impl Durations {
    fn add(&mut self, nanos: u64) {
        self.count += 1;
        self.min = self.min.min(nanos);
        self.max = self.max.max(nanos);
        self.sum += u128::from(nanos);
        self.histogram
            .record(nanos.min(LONGEST))
            .expect("a histogram grows to hold a day");
    }

    /// Of one duration or more.
    fn stats(&self) -> DurationStats {
        // A bucket is named after the highest value in it.
        let quantile = |share| {
            let nanos = self.histogram.value_at_quantile(share);
            Duration::from_nanos(nanos.clamp(self.min, self.max))
        };
        DurationStats {
            min: Duration::from_nanos(self.min),
            mean: Duration::from_nanos((self.sum / u128::from(self.count)) as u64),
            p50: quantile(0.5),
            p99: quantile(0.99),
            max: Duration::from_nanos(self.max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn executed(ms: f64) -> Event {
        let mut event = Event::new(EventKind::ToolExecuted, "a");
        event.duration_ms = Some(ms);
        event
    }

    fn asked(input: u64, output: u64) -> Event {
        Event::new(EventKind::ModelAsked, "a")
            .with("input_tokens", input)
            .with("output_tokens", output)
    }

    #[test]
    fn events_are_counted_by_kind_and_tool() {
        let events = [
            executed(1.0),
            Event::new(EventKind::ToolFailed, "a"),
            asked(100, 20),
            Event::new(EventKind::HealFailed, "a"),
            asked(50, 5),
            Event::new(EventKind::ToolHealed, "a"),
            Event::new(EventKind::ModelAsked, "a").error("no answer"),
            Event::new(EventKind::ToolExecuted, "b"),
        ];
        let stats = ToolStats::of(&events, "a");
        assert_eq!((stats.executed, stats.failed, stats.healed), (1, 1, 1));
        assert_eq!((stats.input_tokens, stats.output_tokens), (150, 25));
        let stats = ToolStats::of(&events, "b");
        assert_eq!((stats.executed, stats.duration), (1, None));
        assert_eq!(ToolStats::of(&events, "c"), ToolStats::default());
    }

    #[test]
    fn money_is_added_up_where_the_price_was_known() {
        let events = [
            asked(100, 20).with("usd", 0.1),
            asked(100, 20).with("usd", 0.2),
            asked(100, 20).with("price", "unknown"),
        ];
        let usd = |events: &[Event]| ToolStats::of(events, "a").usd;
        assert_eq!(usd(&events), Some(Usd::from_cents(30)));
        assert_eq!(usd(&events[2..]), None);
    }

    #[test]
    fn a_call_that_is_answered_after_failures_is_a_success() {
        let failed = || Event::new(EventKind::ToolFailed, "a");
        let rate = |events: &[Event]| ToolStats::of(events, "a").success_rate;
        assert_eq!(rate(&[]), None);
        assert_eq!(rate(&[failed()]), Some(0.0));
        assert_eq!(rate(&[executed(1.0), failed()]), Some(0.5));
        let recovered = executed(1.0).with("failures", 2);
        let calls = [failed(), failed(), recovered.clone(), executed(1.0)];
        assert_eq!(rate(&calls), Some(1.0));
        let three = [&calls[..], &[failed(), executed(1.0)]].concat();
        assert_eq!(rate(&three), Some(0.75));
        assert_eq!(rate(&[recovered]), Some(1.0)); // its failures came before
    }

    #[test]
    fn durations_are_exact_and_percentiles_within_one_percent() {
        let events: Vec<Event> = (1..=1000).map(|ms| executed(f64::from(ms))).collect();
        let duration = ToolStats::of(&events, "a").duration.unwrap();
        assert_eq!(duration.min, Duration::from_millis(1));
        assert_eq!(duration.max, Duration::from_millis(1000));
        assert_eq!(duration.mean, Duration::from_micros(500_500));
        for (percentile, exact) in [(duration.p50, 0.5), (duration.p99, 0.99)] {
            let ratio = percentile.as_secs_f64() / exact;
            assert!((1.0..=1.01).contains(&ratio), "{percentile:?}");
        }
    }

    #[test]
    fn one_call_is_its_own_percentile_however_long_or_short() {
        for ms in [0.0, 0.000_4, 12.345_678, 1e9, 1e30] {
            let duration = ToolStats::of(&[executed(ms)], "a").duration.unwrap();
            let all = [duration.min, duration.mean, duration.p50, duration.p99];
            assert_eq!(all, [duration.max; 4], "{ms}");
        }
        assert_eq!(ToolStats::of(&[executed(-1.0)], "a").duration, None);
        assert_eq!(ToolStats::of(&[executed(f64::NAN)], "a").duration, None);
    }

    #[test]
    fn a_histogram_stays_small() {
        for (nanos, kib) in [(500, 3), (10_000_000, 18), (u64::MAX, 41)] {
            let mut durations = Durations::default();
            durations.add(nanos);
            let bytes = durations.histogram.distinct_values() * size_of::<u64>();
            assert_eq!(bytes, kib * 1024, "for {nanos} ns");
        }
    }
}
