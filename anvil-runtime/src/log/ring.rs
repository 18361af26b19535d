//! The latest events, as many as are kept.

use crate::event::{Event, EventKind};
use std::cmp::Reverse;
use std::collections::VecDeque;

/// Keeps the latest answered calls, and as many events of all other kinds: answers, of which there are most,
/// crowd nothing else out.
#[derive(Debug)]
pub(super) struct Ring {
    kept: usize,
    /// Events are told apart by their number: clocks go backwards.
    next: u64,
    answered: VecDeque<(u64, Event)>,
    others: VecDeque<(u64, Event)>,
}

impl Ring {
    pub(super) fn new(kept: usize) -> Self {
        Self {
            kept,
            next: 0,
            answered: VecDeque::new(),
            others: VecDeque::new(),
        }
    }

    /// Adds an event and takes out the one that it is kept instead of.
    pub(super) fn push(&mut self, event: Event) -> Option<Event> {
        let events = match event.kind {
            EventKind::ToolExecuted => &mut self.answered,
            _ => &mut self.others,
        };
        if self.kept == 0 {
            return Some(event);
        }
        let oldest = (events.len() == self.kept).then(|| events.pop_front());
        events.push_back((self.next, event));
        self.next += 1;
        oldest.flatten().map(|(_, event)| event)
    }

    /// The newest `most` events that `matches` lets through, newest first.
    pub(super) fn newest(&self, most: usize, matches: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut found = Vec::new();
        for events in [&self.answered, &self.others] {
            let matching = events.iter().rev().filter(|(_, event)| matches(event));
            found.extend(matching.take(most));
        }
        found.sort_by_key(|(number, _)| Reverse(*number));
        found.truncate(most);
        found.into_iter().map(|(_, event)| event.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_make_room_and_many_answers_crowd_nothing_else_out() {
        let mut ring = Ring::new(3);
        let names = |ring: &Ring| -> Vec<String> {
            let newest = ring.newest(usize::MAX, |_| true);
            newest.into_iter().map(|event| event.tool_name).collect()
        };
        assert!(
            ring.push(Event::new(EventKind::ToolHealed, "healed"))
                .is_none()
        );
        for name in ["1", "2", "3", "4", "5"] {
            ring.push(Event::new(EventKind::ToolExecuted, name));
        }
        assert_eq!(names(&ring), ["5", "4", "3", "healed"]);
        let oldest = ring.push(Event::new(EventKind::ToolExecuted, "6")).unwrap();
        assert_eq!(oldest.tool_name, "3");
        for name in ["a", "b", "c"] {
            ring.push(Event::new(EventKind::ToolFailed, name));
        }
        assert_eq!(names(&ring), ["c", "b", "a", "6", "5", "4"]);
        assert_eq!(ring.newest(4, |_| true).len(), 4);
    }

    #[test]
    fn a_ring_of_nothing_keeps_nothing() {
        let mut ring = Ring::new(0);
        assert!(ring.push(Event::new(EventKind::ToolHealed, "a")).is_some());
        assert!(ring.newest(usize::MAX, |_| true).is_empty());
    }
}
