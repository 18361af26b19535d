//! A tool is written, built, loaded and called, meets an input that it panics on, and is healed and swapped
//! while the program runs: `cargo run --example heal`.
//!
//! The model is a script, so that no key and no network is needed: its first body cuts text in the middle of
//! a character, its second does not.

use anvil::testing::MockModel;
use anvil::{Anvil, Event, EventFilter, EventKind, Version};
use similar::TextDiff;
use std::time::Instant;

#[anvil::tool(
    intent = "ASCII, lower case, words joined by '-', from the first `max_len` characters"
)]
fn slugify(title: &str, max_len: usize) -> anvil::Result<String>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let model = MockModel::new()
        .reply("slugify", include_str!("slugify-1.0.rs"))
        .reply("slugify", include_str!("slugify-1.1.rs"));
    let tools_dir = tempfile::tempdir()?; // so that there is something to write each time
    let anvil = Anvil::builder()
        .model(model)
        .tools_dir(tools_dir.path())
        .build()?;
    anvil.install();

    println!("1. The tool has no body. Its first call has it written, built and loaded.");
    println!("   (The first time it takes some forty seconds, to build what all bodies share.");
    println!(
        "   A body that was built before, as in the next run of this example, is not built again.)"
    );
    call(&anvil, "Hello, World!", 80)?;

    println!("\n2. From then on it is just called.");
    call(&anvil, "Hello again", 80)?;

    println!("\n3. An input that 1.0 panics on: byte 3 lies inside the 'è'.");
    call(&anvil, "Crème brûlée", 3)?;

    println!("\n4. What the heal changed:\n");
    let [before, after] = [Version::FIRST, Version::FIRST.next_minor()]
        .map(|version| anvil.tool_code_at("slugify", version));
    let (before, after) = (before?, after?);
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    for line in diff.unified_diff().header("1.0", "1.1").to_string().lines() {
        println!("   {line}");
    }

    println!("\n5. The new version serves.");
    call(&anvil, "Hello, World!", 80)?;
    Ok(())
}

/// Calls the tool and prints the answer, the time, and what happened on the way.
fn call(anvil: &Anvil, title: &str, max_len: usize) -> anvil::Result<()> {
    let known = anvil.logger().history(EventFilter::new()).len();
    let start = Instant::now();
    let answer = slugify(title, max_len)?;
    let took = start.elapsed();

    println!("   slugify({title:?}, {max_len}) = {answer:?} in {took:.1?}");
    let mut news = anvil.logger().history(EventFilter::new());
    news.truncate(news.len() - known);
    news.retain(|event| event.kind != EventKind::StillWorking);
    for event in news.iter().rev() {
        println!("     {}", line(event));
    }
    Ok(())
}

fn line(event: &Event) -> String {
    let version = event.version.map(|version| version.to_string());
    let what = match event.kind {
        EventKind::ToolGenerated => "written and stored",
        EventKind::ToolLoaded => "loaded",
        EventKind::ToolExecuted => "answered",
        EventKind::ToolFailed => "failed",
        EventKind::ToolHealed => "healed",
        EventKind::ModelAsked => "the model was asked",
        _ => "turned back",
    };
    let took = event
        .duration_ms
        .map(|ms| format!(" in {ms:.1} ms"))
        .unwrap_or_default();
    let error = event
        .error
        .as_ref()
        .map(|error| format!(": {error}"))
        .unwrap_or_default();
    let version = version.map_or_else(String::new, |version| format!("{version} "));
    format!("{version}{what}{took}{error}")
}
