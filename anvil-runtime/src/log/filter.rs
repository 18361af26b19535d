//! Which events somebody asks for.

use crate::event::{Event, EventKind};
use jiff::Timestamp;

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

    pub(super) fn most(&self) -> usize {
        self.limit.unwrap_or(usize::MAX)
    }

    pub(super) fn matches(&self, event: &Event) -> bool {
        self.kind.is_none_or(|kind| event.kind == kind)
            && self
                .tool
                .as_ref()
                .is_none_or(|tool| event.tool_name == *tool)
            && self.since.is_none_or(|since| event.timestamp >= since)
    }
}
