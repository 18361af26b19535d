//! What a tool costs in its life beside its calls, the model's own time left out:
//! `cargo bench -p anvil-tests --bench life`. Each figure is that of a process of its own.

use anvil_tests::bodies::{PANICS, RIGHT, unbuilt};
use anvil_tests::program::Program;
use anvil_tests::tool::{Report, Script};
use std::error::Error;
use std::path::Path;
use std::time::Duration;
use tempfile::TempDir;

const RUNS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let empty = TempDir::new_in(env!("CARGO_TARGET_TMPDIR"))?;
    let tools = TempDir::new()?;
    let first = Program::below(empty.path()).run(&script(tools.path(), vec![unbuilt(RIGHT)], &[1]));
    println!(
        "first call, empty target directory {:>10.1?}",
        first.took[0]
    );

    let mut figures = [const { Vec::new() }; 4];
    for _ in 0..RUNS {
        let tools = TempDir::new()?;
        let replies = vec![unbuilt(PANICS), unbuilt(RIGHT)];
        let report = run(&script(tools.path(), replies, &[1, 9]));
        figures[0].push(report.took[0]);
        figures[1].push(report.took[1]);
        let stored = run(&script(tools.path(), Vec::new(), &[1, 1]));
        assert_eq!(stored.requests, 0, "a stored tool asks nobody");
        figures[2].push(stored.took[0]);
        figures[3].push(stored.took[1]);
    }
    let names = [
        "first call of a new body",
        "heal: the failing call, answered by 1.1",
        "first call of a stored tool in a new process",
        "its second call",
    ];
    println!("{:46}{:>10}{:>10}  of {RUNS}", "", "min", "median");
    for (name, mut times) in names.into_iter().zip(figures) {
        times.sort();
        println!("{name:46}{:>10.1?}{:>10.1?}", times[0], median(&times));
    }
    Ok(())
}

fn script(tools: &Path, replies: Vec<String>, calls: &[usize]) -> Script {
    Script {
        tools_dir: Some(tools.to_owned()),
        replies: Some(replies),
        calls: calls.to_vec(),
        ..Script::default()
    }
}

/// Runs the script and sees to it that every call was answered.
fn run(script: &Script) -> Report {
    let report = Program::new().run(script);
    assert!(report.calls.iter().all(Result::is_ok), "{report:?}");
    report
}

fn median(sorted: &[Duration]) -> Duration {
    sorted[sorted.len() / 2]
}
