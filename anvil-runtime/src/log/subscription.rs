//! Events as they happen.

use crate::background;
use crate::event::Event;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use tokio::sync::broadcast::{Receiver, Sender, error::RecvError};

/// How many events a reader may be behind before it misses the oldest.
const BEHIND: usize = 1024;

/// The events of an `Anvil` from [`Logger::subscribe`](crate::Logger::subscribe) on, oldest first.
///
/// From code that may block it is an iterator, which waits for each event and ends when the `Anvil` is gone; from
/// `async` code it has [`recv`](Self::recv). A reader holds nobody up: one that is more than 1,024 events
/// behind [misses](Self::missed) the oldest.
///
/// ```no_run
/// # let anvil = anvil::Anvil::builder().build().unwrap();
/// let events = anvil.logger().subscribe();
/// std::thread::spawn(move || {
///     for event in events {
///         println!("{} {}", event.tool_name, event.kind);
///     }
/// });
/// ```
#[derive(Debug)]
pub struct Subscription {
    receiver: Receiver<Event>,
    missed: u64,
}

/// Where subscriptions get their events from.
pub(super) fn source() -> Sender<Event> {
    Sender::new(BEHIND)
}

impl Subscription {
    pub(super) fn new(source: &Sender<Event>) -> Self {
        Self {
            receiver: source.subscribe(),
            missed: 0,
        }
    }

    /// Waits for the next event; nothing when the `Anvil` is gone. Needs no particular runtime, and loses
    /// nothing when it is dropped before it is done.
    pub async fn recv(&mut self) -> Option<Event> {
        loop {
            match self.receiver.recv().await {
                Ok(event) => return Some(event),
                Err(RecvError::Lagged(missed)) => self.missed += missed,
                Err(RecvError::Closed) => return None,
            }
        }
    }

    /// Waits for the next event, blocking the thread, but no longer than `limit`. Nothing when none came,
    /// or none will come: see [`is_over`](Self::is_over).
    pub fn next_timeout(&mut self, limit: Duration) -> Option<Event> {
        let started = Instant::now();
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        let mut context = Context::from_waker(&waker);
        // Unconstrained for the same reason as in `background::wait`.
        let mut next = pin!(tokio::task::unconstrained(self.recv()));
        loop {
            if let Poll::Ready(event) = next.as_mut().poll(&mut context) {
                return event;
            }
            let left = limit.saturating_sub(started.elapsed());
            if left.is_zero() {
                return None;
            }
            thread::park_timeout(left);
        }
    }

    /// How many events this reader has missed so far because it was too far behind.
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Whether the `Anvil` is gone and all of its events were read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.receiver.is_closed() && self.receiver.is_empty()
    }
}

/// Waits for each event, blocking the thread; ends when the `Anvil` is gone.
impl Iterator for Subscription {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        background::wait(self.recv())
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::background::Background;
    use crate::event::EventKind;
    use crate::log::{LogSettings, Logger};

    fn logger() -> Logger {
        Logger::open(LogSettings::default()).unwrap()
    }

    fn record(logger: &Logger, tool: &str) {
        logger.record(Event::new(EventKind::ToolExecuted, tool));
    }

    #[test]
    fn a_thread_reads_events_from_now_on_until_the_log_is_gone() {
        let logger = logger();
        record(&logger, "before");
        let events = logger.subscribe();
        let reader =
            thread::spawn(move || events.map(|event| event.tool_name).collect::<Vec<String>>());
        record(&logger, "a");
        record(&logger, "b");
        drop(logger);
        assert_eq!(reader.join().unwrap(), ["a", "b"]);
    }

    #[test]
    fn waiting_has_a_limit() {
        let logger = logger();
        let mut events = logger.subscribe();
        assert_eq!(events.next_timeout(Duration::ZERO), None);
        assert_eq!(events.next_timeout(Duration::from_millis(5)), None);
        thread::scope(|scope| {
            let reader = scope.spawn(|| events.next_timeout(Duration::MAX).unwrap());
            thread::sleep(Duration::from_millis(20));
            record(&logger, "a");
            assert_eq!(reader.join().unwrap().tool_name, "a");
        });
        record(&logger, "b");
        drop(logger);
        assert!(!events.is_over());
        assert!(events.next_timeout(Duration::ZERO).is_some());
        assert_eq!(events.next_timeout(Duration::MAX), None);
        assert!(events.is_over());
    }

    #[test]
    fn a_slow_reader_misses_the_oldest_and_knows_how_many() {
        let logger = logger();
        let mut slow = logger.subscribe();
        for number in 0..BEHIND + 5 {
            record(&logger, &number.to_string());
        }
        assert_eq!(slow.next().unwrap().tool_name, "5");
        assert_eq!(slow.missed(), 5);
        drop(logger);
        assert_eq!(slow.by_ref().count(), BEHIND - 1);
        assert_eq!(slow.missed(), 5);
    }

    #[test]
    fn async_code_reads_them_beside_others() {
        let logger = logger();
        let (mut one, mut other) = (logger.subscribe(), logger.subscribe());
        record(&logger, "a");
        let background = Background::start().unwrap();
        let reader = background.spawn(async move {
            for events in [&mut one, &mut other] {
                assert_eq!(events.recv().await.unwrap().tool_name, "a");
                assert_eq!(events.recv().await.unwrap().tool_name, "b");
                assert_eq!(events.recv().await, None);
            }
        });
        record(&logger, "b");
        drop(logger);
        background::wait(reader).unwrap();
    }
}
