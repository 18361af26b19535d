//! What an operator asks at three in the morning, answered for a tool that failed, was healed, failed again and
//! has no attempt left: `cargo run --example story`.
//!
//! The model is a script, so that no key and no network is needed.

use anvil::testing::MockModel;
use anvil::{Anvil, Event, EventFilter, Logger, ToolInfo, Version};
use similar::TextDiff;
use std::error::Error;
use std::time::Duration;

#[anvil::tool(intent = "The amount of a price such as `12.50 EUR`, however it is written")]
fn price(text: &str) -> anvil::Result<f64>;

fn main() -> Result<(), Box<dyn Error>> {
    let model = MockModel::new()
        .reply("price", include_str!("price-1.0.rs"))
        .reply("price", include_str!("price-rejected.rs"))
        .reply("price", include_str!("price-1.1.rs"))
        .reply("price", include_str!("price-1.2.rs"));
    model.usage(1_200, 180);
    let folder = tempfile::tempdir()?;
    let log = folder.path().join("anvil.log");
    let anvil = Anvil::builder()
        .model(model)
        .tools_dir(folder.path().join("tools"))
        .max_heal_attempts(3)
        .log_file(&log)
        .build()?;
    anvil.install();

    heading("What was asked of it");
    for text in [
        "12.50 EUR",
        "EUR 12,50",
        "1.299,00 EUR",
        "free",
        "EUR ten",
        "5_000 EUR",
    ] {
        let result = price::run_safe(text);
        match (result.data, result.error) {
            (Some(amount), _) => println!("{text:?} is {amount}"),
            (None, Some(error)) => println!("{text:?}: {error}"),
            (None, None) => unreachable!("a call has an answer or an error"),
        }
    }

    heading("How it is doing");
    let info = anvil.tool_info("price")?;
    print_info(&info);

    heading("What happened, newest first");
    for event in anvil.logger().history(EventFilter::new().tool("price")) {
        println!("{}", line(&event));
    }

    heading("In numbers");
    let stats = anvil.logger().stats("price");
    println!(
        "{} calls answered; {} failures, of which {} were healed; {} tokens read and {} written",
        stats.executed, stats.failed, stats.healed, stats.input_tokens, stats.output_tokens
    );
    if let Some(rate) = stats.success_rate {
        println!("{:.0} % of all calls were answered", rate * 100.0);
    }
    if let Some(took) = stats.duration {
        println!(
            "answers took {:.1?} at the median, {:.1?} at the slowest",
            took.p50, took.max
        );
    }

    heading("What each version changed");
    for pair in info.versions.windows(2) {
        print!("{}", difference(&anvil, pair[0].version, pair[1].version)?);
    }

    heading("The same from the log on disk");
    let loaded = Logger::load(&log)?;
    println!(
        "{} events, {} unreadable",
        loaded.events.len(),
        loaded.skipped
    );

    heading("And where its settings come from");
    println!("{}", anvil.config());
    Ok(())
}

fn heading(text: &str) {
    println!("\n# {text}\n");
}

fn print_info(info: &ToolInfo) {
    println!(
        "{} {} is {}: {} heal attempts used, {} left",
        info.name, info.version, info.status, info.heal_attempts, info.heal_attempts_left
    );
    if let Some(problem) = &info.problem {
        println!("because {problem:?}");
    }
    for version in &info.versions {
        let author = version.model.as_deref().unwrap_or("somebody");
        let tokens = version.usage.input_tokens + version.usage.output_tokens;
        println!(
            "  {}: {:?} by {author} with {tokens} tokens in {:.1?}",
            version.version, version.origin, version.took
        );
        if let Some(error) = &version.error {
            println!("       after {error}");
        }
    }
}

fn line(event: &Event) -> String {
    let version = event
        .version
        .map_or_else(String::new, |version| version.to_string());
    let took = event
        .duration_ms
        .map_or(Duration::ZERO, |ms| Duration::from_secs_f64(ms / 1000.0));
    let error = event.error.as_deref().unwrap_or_default();
    let kind = event.kind.to_string();
    format!(
        "{:.0}  {version:3}  {kind:18}  {took:>8.1?}  {error}",
        event.timestamp
    )
    .trim_end()
    .to_owned()
}

fn difference(anvil: &Anvil, from: Version, to: Version) -> anvil::Result<String> {
    let before = anvil.tool_code_at("price", from)?;
    let after = anvil.tool_code_at("price", to)?;
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let (from, to) = (from.to_string(), to.to_string());
    Ok(diff.unified_diff().header(&from, &to).to_string())
}
