//! What is left when all is over: nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// A process below this one.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) id: u32,
    /// What it was started with.
    pub(crate) line: String,
}

/// Asserts that no process is left: none that this one started, and none of a build.
pub(crate) fn none() -> Result<(), String> {
    let start = Instant::now();
    loop {
        let left = descendants();
        let builds = builds();
        if left.is_empty() && builds.is_empty() {
            return Ok(());
        }
        // An `Anvil` that is shut down does not wait for its processes to be gone.
        if start.elapsed() > Duration::from_secs(10) {
            return Err(format!("left running: {left:?} and {builds:?}"));
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// All processes below this one.
pub(crate) fn descendants() -> Vec<Process> {
    let mut found = children("self");
    let mut next = 0;
    while next < found.len() {
        found.extend(children(&found[next].id.to_string()));
        next += 1;
    }
    found
}

fn children(process: &str) -> Vec<Process> {
    let mut children = Vec::new();
    for thread in fs::read_dir(format!("/proc/{process}/task"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let listed = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        for id in listed.split_whitespace() {
            let line = command_line(&PathBuf::from(format!("/proc/{id}")));
            children.extend(id.parse().ok().map(|id| Process { id, line }));
        }
    }
    children
}

/// Command lines of builds of the suite's tools, whoever is their parent by now.
fn builds() -> Vec<String> {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let lines = processes.map(|process| command_line(&process.path()));
    lines
        .filter(|line| {
            line.contains("--crate-name successor_") || line.contains("/packages/successor_")
        })
        .collect()
}

fn command_line(process: &Path) -> String {
    let line = fs::read(process.join("cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&line).replace('\0', " ")
}
