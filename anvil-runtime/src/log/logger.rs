//! Where everything that happens is recorded, and asked for.

use crate::event::Event;
use crate::log::file::LogFile;
use crate::log::filter::EventFilter;
use crate::log::load::{self, LoadedLog};
use crate::log::ring::Ring;
use crate::log::stats::{ToolStats, Totals};
use crate::log::subscription::{self, Subscription};
use crate::telemetry;
use std::collections::HashMap;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::broadcast::Sender;

/// The event log of one [`Anvil`](crate::Anvil): keeps the latest events in memory and answers questions
/// about them, hands them out as they happen, passes them to [`tracing`], and writes them to a file if there
/// is one.
pub struct Logger {
    memory: Mutex<Memory>,
    /// Made by the first who subscribes: until then it costs nothing.
    live: OnceLock<Sender<Event>>,
    file: Option<LogFile>,
}

/// How much is logged, and where.
#[derive(Debug, Clone)]
pub(crate) struct LogSettings {
    /// How many answered calls are kept in memory, and how many events of all other kinds.
    pub(crate) events_kept: usize,
    /// The log on disk, if there is to be one.
    pub(crate) file: Option<PathBuf>,
    /// A larger file is moved on, and a new one begun.
    pub(crate) file_max_bytes: u64,
    /// How many of those are kept beside the file.
    pub(crate) files_kept: u32,
}

impl Default for LogSettings {
    fn default() -> Self {
        Self {
            events_kept: 4096,
            file: None,
            file_max_bytes: 10 * 1024 * 1024,
            files_kept: 5,
        }
    }
}

struct Memory {
    latest: Ring,
    /// By tool, since the beginning.
    totals: HashMap<String, Totals>,
}

impl Logger {
    /// Begins a log; what the file holds already is left as it is.
    pub(crate) fn open(settings: LogSettings) -> io::Result<Self> {
        let (max_bytes, files_kept) = (settings.file_max_bytes, settings.files_kept);
        let file = settings.file;
        Ok(Self {
            memory: Mutex::new(Memory {
                latest: Ring::new(settings.events_kept),
                totals: HashMap::new(),
            }),
            live: OnceLock::new(),
            file: file
                .map(|path| LogFile::open(path, max_bytes, files_kept))
                .transpose()?,
        })
    }

    /// What one thread records, or several one after another, has the same order everywhere. No lock is held
    /// while subscribers of `tracing` run, which may record something themselves.
    pub(crate) fn record(&self, event: Event) {
        telemetry::emit(&event);
        if let Some(file) = &self.file {
            file.write(&event);
        }
        let live = self.live.get().filter(|live| live.receiver_count() > 0);
        let news = live.map(|live| (live, event.clone()));
        let oldest = self.memory().add(event);
        drop(oldest); // only now that the lock is free
        if let Some((live, event)) = news {
            let _ = live.send(event); // or the last reader has just gone
        }
    }

    /// The events that `filter` lets through, newest first. The latest answered calls are kept, 4,096 where
    /// nothing else was set, and as many of all other events.
    #[must_use]
    pub fn history(&self, filter: EventFilter) -> Vec<Event> {
        let memory = self.memory();
        memory
            .latest
            .newest(filter.most(), |event| filter.matches(event))
    }

    /// The latest `n` events that say what went wrong, newest first, among those that are kept.
    #[must_use]
    pub fn recent_errors(&self, n: usize) -> Vec<Event> {
        self.memory()
            .latest
            .newest(n, |event| event.error.is_some())
    }

    /// How `tool` has done since this `Anvil` was built, exactly, however long ago that is. For what is in
    /// the log on disk, see [`ToolStats::of`].
    #[must_use]
    pub fn stats(&self, tool: &str) -> ToolStats {
        let memory = self.memory();
        memory
            .totals
            .get(tool)
            .map(Totals::stats)
            .unwrap_or_default()
    }

    /// All events from now on.
    #[must_use]
    pub fn subscribe(&self) -> Subscription {
        Subscription::new(self.live.get_or_init(subscription::source))
    }

    /// Why the log on disk misses events: what kept it from being written the last time that something did,
    /// and how often that was. Nothing if it never happened, and where there is no log on disk.
    #[must_use]
    pub fn file_error(&self) -> Option<String> {
        self.file.as_ref()?.error()
    }

    /// Reads a log from disk: the file at `path` and those that it was moved on to when it was full.
    ///
    /// # Errors
    /// When there is no such log, or a file of it cannot be read. Lines that are no events are no error.
    pub fn load(path: impl AsRef<Path>) -> io::Result<LoadedLog> {
        load::load(path.as_ref())
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory {
    /// Adds an event and takes out the one that is kept no longer.
    fn add(&mut self, event: Event) -> Option<Event> {
        match self.totals.get_mut(&event.tool_name) {
            Some(totals) => totals.add(&event),
            None => {
                let totals = self.totals.entry(event.tool_name.clone());
                totals.or_default().add(&event);
            }
        }
        self.latest.push(event)
    }
}

impl fmt::Debug for Logger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logger")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::isolation::Isolation;
    use crate::version::Version;
    use jiff::Timestamp;
    use std::time::Duration;

    fn logger() -> Logger {
        Logger::open(LogSettings::default()).unwrap()
    }

    #[test]
    fn history_is_newest_first_and_filtered() {
        let logger = logger();
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
        assert_eq!(seen(EventFilter::new().limit(3)), ["b", "b", "a"]);
        assert!(seen(EventFilter::new().since(Timestamp::MAX)).is_empty());
    }

    #[test]
    fn recent_errors_are_the_newest_of_any_kind() {
        let logger = logger();
        for (kind, error) in [
            (EventKind::ToolFailed, "first"),
            (EventKind::BuildFailed, "second"),
            (EventKind::HealFailed, "third"),
        ] {
            logger.record(Event::new(kind, "a").error(error));
            logger.record(Event::new(EventKind::ToolExecuted, "a"));
        }
        let errors = logger.recent_errors(2);
        let words: Vec<_> = errors.iter().map(|event| event.error.as_deref()).collect();
        assert_eq!(words, [Some("third"), Some("second")]);
    }

    #[test]
    fn stats_outlive_the_events_that_they_count() {
        let settings = LogSettings {
            events_kept: 2,
            ..LogSettings::default()
        };
        let logger = Logger::open(settings).unwrap();
        for _ in 0..10 {
            let event = Event::new(EventKind::ToolExecuted, "a");
            logger.record(event.took(Duration::from_millis(3)));
        }
        logger.record(Event::new(EventKind::ToolFailed, "b"));
        assert_eq!(logger.history(EventFilter::new()).len(), 3);
        let stats = logger.stats("a");
        assert_eq!((stats.executed, stats.success_rate), (10, Some(1.0)));
        assert_eq!(stats.duration.unwrap().p99, Duration::from_millis(3));
        assert_eq!(logger.stats("b").success_rate, Some(0.0));
        assert_eq!(logger.stats("nobody"), ToolStats::default());
    }

    #[test]
    fn what_was_written_is_read_back_with_its_stats() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let settings = LogSettings {
            file: Some(path.clone()),
            file_max_bytes: 500,
            ..LogSettings::default()
        };
        assert!(Logger::load(&path).is_err());
        let logger = Logger::open(settings.clone()).unwrap();
        assert_eq!(Logger::load(&path).unwrap(), LoadedLog::default());
        for number in 0..4 {
            logger.record(
                Event::new(EventKind::ToolExecuted, "a")
                    .version(Version::FIRST)
                    .took(Duration::from_nanos(1_234_567 + number))
                    .with("failures", number),
            );
        }
        logger.record(Event::new(EventKind::HealFailed, "a").error("line\u{2028}\"quoted\"\nline"));
        drop(logger);
        // A second process goes on where the first has stopped.
        let logger = Logger::open(settings).unwrap();
        logger.record(Event::new(EventKind::ModelAsked, "a").with("input_tokens", 7));
        assert_eq!(logger.file_error(), None);

        let loaded = Logger::load(&path).unwrap();
        assert_eq!((loaded.events.len(), loaded.skipped), (6, 0));
        let stats = ToolStats::of(&loaded.events, "a");
        assert_eq!((stats.executed, stats.input_tokens), (4, 7));
        assert_eq!(stats.duration.unwrap().min, Duration::from_nanos(1_234_567));
        assert_eq!(logger.history(EventFilter::new())[..], loaded.events[5..]);
        assert!(folder.path().join("anvil.log.1").exists());
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

    #[test]
    fn an_event_says_where_the_tool_runs_and_is_read_where_it_does_not() {
        let event = Event::new(EventKind::ToolHealed, "a").isolation(Isolation::Worker);
        let mut json = serde_json::to_value(&event).unwrap();
        assert_eq!(json["isolation"], "worker");
        json.as_object_mut().unwrap().remove("isolation"); // as in earlier logs
        let earlier = serde_json::from_value::<Event>(json).unwrap();
        assert_eq!(earlier.isolation, None);
    }
}
