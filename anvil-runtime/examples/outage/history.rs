//! The whole story, as the log and the store have it.

use anvil::{Anvil, Event, EventFilter, EventKind};
use std::collections::BTreeMap;

/// More of an error is not shown, in characters.
const LONGEST_ERROR: usize = 110;

pub(crate) fn print(anvil: &Anvil) -> anvil::Result<()> {
    println!("\nWhat happened to the tool:");
    let mut events = anvil.logger().history(EventFilter::new().tool("price"));
    events.retain(|event| event.kind != EventKind::ToolExecuted);
    events.reverse();
    let mut failures = BTreeMap::new();
    for event in failed(&events) {
        *failures.entry(event.version).or_insert(0) += 1;
    }
    let began = events.first().map(|event| event.timestamp);
    for event in &events {
        let mut kind = event.kind.to_string();
        if event.kind == EventKind::ToolFailed {
            // Who fails together is told once.
            match failures.remove(&event.version) {
                Some(calls) => kind = format!("{kind} x{calls}"),
                None => continue,
            }
        }
        let after = began.map_or(0.0, |began| {
            event.timestamp.duration_since(began).as_secs_f64()
        });
        let version = event.version.map(|version| version.to_string());
        let (version, error) = (
            version.unwrap_or_default(),
            shortened(event.error.as_deref()),
        );
        println!("{after:6.1} s  {version:4} {kind:18} {error}");
    }
    println!("\nIts versions:");
    for version in anvil.tool_info("price")?.versions {
        let error = version.error.as_deref().or(Some("the first"));
        let (number, took) = (version.version.to_string(), version.took);
        println!("  {number:4} in {took:.1?}: {}", shortened(error));
    }
    Ok(())
}

fn failed(events: &[Event]) -> impl Iterator<Item = &Event> {
    events
        .iter()
        .filter(|event| event.kind == EventKind::ToolFailed)
}

fn shortened(error: Option<&str>) -> String {
    let error = error.unwrap_or_default();
    match error.char_indices().nth(LONGEST_ERROR) {
        Some((end, _)) => format!("{}…", &error[..end]),
        None => error.to_owned(),
    }
}
