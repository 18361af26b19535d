//! Bad fixes: what a model that would rather be accepted than right could hand in, each offered for a call that really
//! failed. None goes live: what served serves on under its old version, and the caller is told the whole story.
//!
//! The table says what each of them does, what is there to hold against it (a contract, what a `pure` tool answered
//! before, or both), and at which step of its trial it is turned back. What neither forbids is no bad fix: under
//! recordings alone nothing says what is right for arguments that were never answered, so the table leaves that out.
//!
//! A line is printed for each, and at the end how many were accepted, whatever else happens.
//! `cargo test -p anvil-tests --test adversaries -- swallow contract` does those whose line holds all of the words.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

mod table;

mod bad_fix;

mod tools;

mod stories;

mod tally;

use std::panic;
use std::process::ExitCode;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;
use table::Case;

/// Builds take most of the time, and there are two cores nearly everywhere.
const AT_ONCE: usize = 2;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |flag: &str| arguments.iter().any(|argument| argument == flag);
    let wanted = arguments.iter().filter(|word| !word.starts_with('-'));
    let wanted = |case: &Case| wanted.clone().all(|word| case.to_string().contains(word));
    // None is ignored.
    let chosen = table::cases().filter(|case| !has("--ignored") && wanted(case));
    if has("--list") {
        chosen.for_each(|case| println!("{case}: test"));
        return ExitCode::SUCCESS;
    }
    let start = Instant::now();
    let left: Mutex<Vec<Case>> = Mutex::new(chosen.collect());
    let failed = Mutex::new(Vec::new());
    left.lock().unwrap().reverse();
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(case) = { left.lock().unwrap().pop() } {
                    let words = offer(&case);
                    failed.lock().unwrap().extend(words);
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    println!("\n{} in {:.1?}", tally::words(), start.elapsed());
    for words in &failed {
        println!("FAILED {words}");
    }
    match failed.is_empty() && tally::accepted() == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

/// Offers it, prints its line, and says what went wrong, if anything did.
fn offer(case: &Case) -> Option<String> {
    let start = Instant::now();
    let outcome = panic::catch_unwind(|| case.check());
    let took = start.elapsed();
    match outcome {
        Ok(told) => {
            println!("ok {case} | {} | {took:.1?}", told.join(" · "));
            None
        }
        Err(payload) => {
            let words = payload.downcast_ref::<String>().map(String::as_str);
            let words = words.or_else(|| payload.downcast_ref::<&str>().copied());
            let words = format!("{case}: {}", words.unwrap_or("it panicked"));
            println!("FAILED {words}");
            Some(words)
        }
    }
}
