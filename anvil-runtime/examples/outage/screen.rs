//! What is to be seen: a line that tells how it goes, and what happens in between.

use crate::load::{Counts, Load};
use anvil::{Anvil, Event, EventKind, Subscription, Version};
use similar::TextDiff;
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

/// Prints a line in place of the one that tells how it goes, which comes again.
pub(crate) fn print(line: &str) {
    println!("{}{line}", start());
}

/// What a line begins with: on a terminal, it takes the place of the one that is there.
fn start() -> &'static str {
    match io::stdout().is_terminal() {
        true => "\r\x1b[2K",
        false => "",
    }
}

fn show(anvil: &Anvil, mut events: Subscription, counts: &Counts, stopped: &AtomicBool) {
    let terminal = io::stdout().is_terminal();
    let every = match terminal {
        true => Duration::from_millis(250),
        false => Duration::from_secs(1),
    };
    let (mut since, mut before) = (Instant::now(), 0);
    loop {
        match events.next_timeout(Duration::from_millis(50)) {
            Some(event) => tell(anvil, &event),
            // Only now that all is told.
            None if stopped.load(Ordering::Relaxed) => return,
            None => {}
        }
        let took = since.elapsed();
        if took < every {
            continue;
        }
        let calls = counts.calls.load(Ordering::Relaxed);
        #[expect(clippy::cast_precision_loss, reason = "it is only to be looked at")]
        let rate = (calls - before) as f64 / took.as_secs_f64();
        (since, before) = (Instant::now(), calls);
        let line = status(anvil, counts, rate, calls);
        match terminal {
            true => print!("{}{line}", start()),
            false => println!("{line}"),
        }
        let _ = io::stdout().flush();
    }
}

fn status(anvil: &Anvil, counts: &Counts, rate: f64, calls: u64) -> String {
    let version = anvil
        .tool_info("price")
        .map(|info| info.version.to_string());
    let waits = match counts.slowest() {
        Duration::ZERO => "callers wait".to_owned(),
        slowest => format!("the slowest took {slowest:.1?}"),
    };
    format!(
        "price {}: {rate:4.0} calls/s, {calls} in all, {} failures, {waits}",
        version.unwrap_or_default(),
        counts.failures.load(Ordering::Relaxed)
    )
}

fn tell(anvil: &Anvil, event: &Event) {
    match event.kind {
        EventKind::CandidateRejected | EventKind::BuildFailed => {
            let step = event.metadata["step"].as_str().unwrap_or_default();
            let error = event.error.as_deref().unwrap_or_default();
            print(&format!("  {} ({step}): {error}", event.kind));
        }
        EventKind::ToolHealed => match changed(anvil, event) {
            Ok(changed) => print(&changed),
            Err(error) => print(&error.to_string()),
        },
        _ => {}
    }
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
    let diff = TextDiff::from_lines(&before, &after);
    let groups = diff.grouped_ops(1);
    for change in groups.iter().flatten().flat_map(|op| diff.iter_changes(op)) {
        let line = format!("    {}{}", change.tag(), change.value());
        told.push_str(&format!("\n{}", line.trim_end()));
    }
    Ok(told)
}
