//! The faults that a body, a model, a machine can have, each done for real: the host lives, the cause is named, the
//! tool is healed or the fault refused, and nothing is lost or left over.
//!
//! The table says what is done, which words a user is told, and what comes of it; a line is printed for each fault.
//! `cargo test -p anvil-tests --test thirty_faults -- abort 19` does those whose number and name hold one of the words;
//! with `--nocapture` all that a user was told is printed, too.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

mod table;

mod fault;

mod bodies;

mod builds;

mod processes;

mod doors;

mod machine;

mod models;

mod leftovers;

use fault::Fault;
use std::panic;
use std::process::ExitCode;
use std::time::Instant;
use table::{FAULTS, ON_LINUX};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let wanted: Vec<&String> = arguments
        .iter()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let chosen = FAULTS.iter().filter(|fault| {
        let name = fault.to_string();
        wanted.is_empty() || wanted.iter().any(|word| name.contains(*word))
    });
    if has("--list") {
        for fault in chosen.filter(|_| !has("--ignored")) {
            println!("{fault}: test");
        }
        return ExitCode::SUCCESS;
    }
    // None is ignored.
    let chosen: Vec<&Fault> = chosen.filter(|_| !has("--ignored")).collect();
    let start = Instant::now();
    let mut failed: Vec<String> = chosen
        .iter()
        .filter_map(|fault| strike(fault, has("--nocapture")))
        .collect();
    if let Err(words) = leftovers::none() {
        failed.push(words);
    }
    println!(
        "\n{} faults in {:.1?}: {} failed",
        chosen.len(),
        start.elapsed(),
        failed.len()
    );
    for words in &failed {
        println!("FAILED {words}");
    }
    match failed.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Does what the fault is, prints its line, and says what went wrong, if anything did.
fn strike(fault: &Fault, in_full: bool) -> Option<String> {
    if !cfg!(target_os = "linux") && ON_LINUX.contains(&fault.number) {
        println!("-- {fault} | left out: it takes Linux");
        return None;
    }
    let start = Instant::now();
    let outcome = panic::catch_unwind(|| fault.check());
    let took = start.elapsed();
    match outcome {
        Ok(told) => {
            let causes = fault.causes.join(" · ");
            println!(
                "ok {fault} | host alive | {causes} | {} | {took:.1?}",
                fault.outcome
            );
            for words in told.iter().filter(|_| in_full) {
                println!("      {words}");
            }
            None
        }
        Err(payload) => {
            let words = payload.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| payload.downcast_ref::<&str>().copied());
            let words = format!("{fault}: {}", words.unwrap_or("it panicked"));
            println!("FAILED {words}");
            Some(words)
        }
    }
}
