//! What is to be seen: a line that tells how it goes, and what happens in between.

use crate::load::{Counts, Load};
use anvil::{Anvil, Event, EventFilter, EventKind, Subscription, Version};
use similar::{ChangeTag, TextDiff};
use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Shows what happens until it is stopped.
pub(crate) struct Screen {
    stopped: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Screen {
    pub(crate) fn start(anvil: &Anvil, load: &Load) -> Self {
        let stopped = Arc::<AtomicBool>::default();
        let (anvil, counts, until) = (anvil.clone(), load.counts(), stopped.clone());
        let events = anvil.logger().subscribe();
        Self {
            thread: thread::spawn(move || show(&anvil, events, &counts, &until)),
            stopped,
        }
    }

    pub(crate) fn stop(self) {
        self.stopped.store(true, Ordering::Relaxed);
        let _ = self.thread.join();
        println!();
    }
}

fn show(anvil: &Anvil, mut events: Subscription, counts: &Counts, stopped: &AtomicBool) {
    let terminal = io::stdout().is_terminal();
    let every = match terminal {
        true => Duration::from_millis(250),
        false => Duration::from_secs(1),
    };
    let (mut since, mut before) = (Instant::now(), 0);
    while !stopped.load(Ordering::Relaxed) {
        if let Some(event) = events.next_timeout(Duration::from_millis(50)) {
            tell(anvil, &event, terminal);
        }
        let took = since.elapsed();
        if took < every {
            continue;
        }
        let calls = counts.calls.load(Ordering::Relaxed);
        let failures = counts.failures.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "it is only to be looked at")]
        let rate = (calls - before) as f64 / took.as_secs_f64();
        (since, before) = (Instant::now(), calls);
        let version = anvil
            .tool_info("price")
            .map(|info| info.version.to_string());
        let line = format!(
            "price {}: {rate:4.0} calls/s, {calls} in all, {failures} failures",
            version.unwrap_or_default()
        );
        match terminal {
            true => print!("\r\x1b[2K{line}"),
            false => println!("{line}"),
        }
        let _ = io::stdout().flush();
    }
}

fn tell(anvil: &Anvil, event: &Event, terminal: bool) {
    let error = event.error.as_deref().unwrap_or_default();
    let line = match event.kind {
        EventKind::CandidateRejected | EventKind::BuildFailed => format!("  refused: {error}"),
        EventKind::ToolHealed => match changed(anvil, event) {
            Ok(changed) => changed,
            Err(error) => error.to_string(),
        },
        _ => return,
    };
    let start = if terminal { "\r\x1b[2K" } else { "" };
    println!("{start}{line}");
}

/// What a heal has changed.
fn changed(anvil: &Anvil, event: &Event) -> Result<String, Box<dyn Error>> {
    let (from, to) = (event.metadata["from"].as_str(), event.version);
    let from: Version = from.ok_or("it is healed from nothing")?.parse()?;
    let to = to.ok_or("it is healed to nothing")?;
    let [before, after] = [from, to].map(|version| anvil.tool_code_at("price", version));
    let took = Duration::from_secs_f64(event.duration_ms.unwrap_or_default() / 1000.0);
    let mut told = format!("  healed: {from} → {to} in {took:.1?}");
    let (before, after) = (before?, after?);
    for change in TextDiff::from_lines(&before, &after).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
            ChangeTag::Equal => continue,
        };
        told.push_str(&format!("\n    {sign}{}", change.value().trim_end()));
    }
    Ok(told)
}

/// The whole story, as the log and the store have it.
pub(crate) fn history(anvil: &Anvil) -> anvil::Result<()> {
    println!("What happened to the tool:");
    let mut events = anvil.logger().history(EventFilter::new().tool("price"));
    events.retain(|event| event.kind != EventKind::ToolExecuted);
    events.reverse();
    let began = events.first().map(|event| event.timestamp);
    for event in &events {
        let after = began.map_or(0.0, |began| {
            event.timestamp.duration_since(began).as_secs_f64()
        });
        let version = event
            .version
            .map(|version| version.to_string())
            .unwrap_or_default();
        let kind = event.kind.to_string();
        let error = event.error.as_deref().unwrap_or_default();
        println!("{after:6.1} s  {version:4} {kind:18} {error}");
    }
    println!("\nIts versions:");
    for version in anvil.tool_info("price")?.versions {
        let error = version.error.unwrap_or_else(|| "the first".to_owned());
        println!(
            "{:4} in {:.1?}: {error}",
            version.version.to_string(),
            version.took
        );
    }
    Ok(())
}
