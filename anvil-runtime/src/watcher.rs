//! Notices what others do to the tools that are in service: edits of `tool.rs`, heals of other processes.
//!
//! Looks at the files' content again and again. There are two small ones per tool, and a look misses nothing that
//! a notification would have to be asked for in a way of each platform's own: editors that write a new file
//! beside the old one, network file systems, clocks that stand still.

use crate::background;
use crate::engine::Engine;
use crate::healer::by_hand;
use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often it looks. What is the same at two looks in a row is finished, and not half written.
const INTERVAL: Duration = Duration::from_millis(200);

/// What a tool's files looked like.
#[derive(Default)]
struct Seen {
    latest: Option<[u8; 32]>,
    /// The latest that was acted upon.
    settled: Option<[u8; 32]>,
}

/// Watches until the `Anvil` is gone.
pub(crate) fn start(engine: &Arc<Engine>) {
    let watched = Arc::downgrade(engine);
    drop(engine.background().spawn(watch(watched)));
}

async fn watch(engine: Weak<Engine>) {
    let mut seen: HashMap<String, Seen> = HashMap::new();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let Some(engine) = engine.upgrade() else {
            return;
        };
        for slot in engine.slots().all() {
            let name = slot.name();
            let busy = {
                let state = slot.state();
                state.work.as_ref().is_some_and(|work| work.is_under_way())
            };
            if busy || slot.live().is_none() {
                continue;
            }
            let now = background::blocking(|| engine.store().glance(name));
            let seen = seen.entry(name.to_owned()).or_default();
            if now.is_some() && now == seen.latest && now != seen.settled {
                seen.settled = now;
                // What cannot be used is an event, and known to `tool_info`.
                drop(by_hand::reload(&engine, &slot).await);
            }
            seen.latest = now;
        }
    }
}
