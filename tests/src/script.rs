//! Models that say what a test wants, and waiting for what they set off.

use anvil::testing::MockModel;
use std::time::{Duration, Instant};

/// A model that answers requests about [`top_n`](crate::tool::top_n()) with `replies`, in order.
#[must_use]
pub fn scripted(replies: &[&str]) -> MockModel {
    replies.iter().fold(MockModel::new(), |model, reply| {
        model.reply("top_n", *reply)
    })
}

/// Waits until `condition` holds.
///
/// # Panics
/// When it does not within a minute.
pub fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it never came true"
        );
        std::thread::yield_now();
    }
}
