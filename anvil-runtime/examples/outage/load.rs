//! The service: threads that call the tool, as steadily as they are answered.

use crate::{price, screen};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Calls that are made until they are stopped.
pub(crate) struct Load {
    counts: Arc<Counts>,
    threads: Vec<JoinHandle<()>>,
}

/// What became of them.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) calls: AtomicU64,
    pub(crate) failures: AtomicU64,
    /// How long the slowest took since somebody looked last, in microseconds.
    slowest: AtomicU64,
    stopped: AtomicBool,
}

const THREADS: u32 = 4;
/// How often each of them calls.
const EVERY: Duration = Duration::from_millis(20);

impl Load {
    pub(crate) fn start(base: &str) -> Self {
        let counts = Arc::<Counts>::default();
        let threads = (0..THREADS).map(|number| {
            let (base, counts) = (base.to_owned(), counts.clone());
            thread::spawn(move || call(&base, number, &counts))
        });
        Self {
            threads: threads.collect(),
            counts,
        }
    }

    pub(crate) fn counts(&self) -> Arc<Counts> {
        self.counts.clone()
    }

    /// Waits for the last calls. Returns how many there were, and how many failed.
    pub(crate) fn stop(self) -> (u64, u64) {
        self.counts.stopped.store(true, Ordering::Relaxed);
        for thread in self.threads {
            if thread.join().is_err() {
                self.counts.failures.fetch_add(1, Ordering::Relaxed);
            }
        }
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        (count(&self.counts.calls), count(&self.counts.failures))
    }
}

impl Counts {
    /// How long the slowest call took since the last time that this was asked.
    pub(crate) fn slowest(&self) -> Duration {
        Duration::from_micros(self.slowest.swap(0, Ordering::Relaxed))
    }

    fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.slowest.fetch_max(micros, Ordering::Relaxed);
    }
}

fn call(base: &str, number: u32, counts: &Counts) {
    let mut next = Instant::now();
    for sku in (number + 1..).step_by(THREADS as usize) {
        if counts.stopped.load(Ordering::Relaxed) {
            return;
        }
        counts.calls.fetch_add(1, Ordering::Relaxed);
        let started = Instant::now();
        if let Err(error) = price(base, sku) {
            let earlier = counts.failures.fetch_add(1, Ordering::Relaxed);
            if earlier == 0 {
                screen::print(&format!("A caller sees: {error}"));
            }
        }
        counts.took(started.elapsed());
        // Who was held up does not call all the more afterwards.
        next = (next + EVERY).max(Instant::now());
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}
