//! The event log of one `Anvil`.

use crate::event::{Event, EventKind};
use jiff::Timestamp;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many answered calls are kept, and how many events of all other kinds; the oldest go first.
const KEPT: usize = 4096;

/// Keeps the latest events in memory and answers questions about them.
#[derive(Debug, Default)]
pub struct Logger {
    /// Events are told apart by their number: clocks go backwards.
    next: AtomicU64,
    /// Apart from the others, which they would crowd out.
    answered: Mutex<VecDeque<(u64, Event)>>,
    others: Mutex<VecDeque<(u64, Event)>>,
}

impl Logger {
    pub(crate) fn record(&self, event: Event) {
        let mut events = lock(match event.kind {
            EventKind::ToolExecuted => &self.answered,
            _ => &self.others,
        });
        if events.len() == KEPT {
            events.pop_front();
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        events.push_back((number, event));
    }

    /// The events that `filter` lets through, newest first. Of answered calls the latest 4,096 are kept, and
    /// as many of all other events.
    #[must_use]
    pub fn history(&self, filter: EventFilter) -> Vec<Event> {
        let mut found = Vec::new();
        for events in [&self.answered, &self.others] {
            let events = lock(events);
            let matching = events.iter().filter(|(_, event)| filter.matches(event));
            found.extend(matching.cloned());
        }
        found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        found.truncate(filter.limit.unwrap_or(usize::MAX));
        found.into_iter().map(|(_, event)| event).collect()
    }
}

fn lock<T>(events: &Mutex<T>) -> MutexGuard<'_, T> {
    events.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which events to see. The default is all of them.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct EventFilter {
    kind: Option<EventKind>,
    tool: Option<String>,
    since: Option<Timestamp>,
    limit: Option<usize>,
}

impl EventFilter {
    /// All events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Events of this kind only.
    pub fn kind(mut self, kind: EventKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Events of this tool only.
    pub fn tool(mut self, name: impl Into<String>) -> Self {
        self.tool = Some(name.into());
        self
    }

    /// Events from this moment on.
    pub fn since(mut self, moment: Timestamp) -> Self {
        self.since = Some(moment);
        self
    }

    /// At most `n` events, the newest.
    pub fn limit(mut self, n: usize) -> Self {
        self.limit = Some(n);
        self
    }

    fn matches(&self, event: &Event) -> bool {
        self.kind.is_none_or(|kind| event.kind == kind)
            && self
                .tool
                .as_ref()
                .is_none_or(|tool| event.tool_name == *tool)
            && self.since.is_none_or(|since| event.timestamp >= since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_newest_first_and_filtered() {
        let logger = Logger::default();
        for (kind, tool) in [
            (EventKind::ToolExecuted, "a"),
            (EventKind::ToolFailed, "a"),
            (EventKind::ToolFailed, "b"),
            (EventKind::ToolExecuted, "b"),
        ] {
            logger.record(Event::new(kind, tool));
        }
        let seen = |filter: EventFilter| -> Vec<String> {
            let history = logger.history(filter);
            history.into_iter().map(|event| event.tool_name).collect()
        };
        assert_eq!(seen(EventFilter::new()), ["b", "b", "a", "a"]);
        assert_eq!(
            seen(EventFilter::new().kind(EventKind::ToolFailed)),
            ["b", "a"]
        );
        assert_eq!(seen(EventFilter::new().tool("a").limit(1)), ["a"]);
        assert!(seen(EventFilter::new().since(Timestamp::MAX)).is_empty());
    }

    #[test]
    fn the_log_is_bounded_and_many_answers_crowd_nothing_else_out() {
        let logger = Logger::default();
        logger.record(Event::new(EventKind::ToolHealed, "a"));
        for _ in 0..KEPT + 5 {
            logger.record(Event::new(EventKind::ToolExecuted, "a"));
        }
        let history = logger.history(EventFilter::new());
        assert_eq!(history.len(), KEPT + 1);
        assert_eq!(history.last().unwrap().kind, EventKind::ToolHealed);
    }

    #[test]
    fn an_event_is_written_with_its_time_in_rfc_3339() {
        let event = Event::new(EventKind::ToolHealed, "a");
        let json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["kind"], "tool_healed");
        let timestamp = json["timestamp"].as_str().unwrap();
        assert_eq!(timestamp.parse::<Timestamp>().unwrap(), event.timestamp);
        assert_eq!(serde_json::from_value::<Event>(json).unwrap(), event);
    }
}
