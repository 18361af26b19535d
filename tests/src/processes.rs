//! The processes that were started here, as the system shows them, and what this one holds.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Its number.
    pub pid: u32,
    /// The words that it was started with; none where it has ended and was not waited for.
    pub words: Vec<String>,
    /// Whether it has ended and was not waited for.
    pub zombie: bool,
}

/// The children of the process `parent`.
#[must_use]
pub fn children(parent: u32) -> Vec<Shown> {
    let threads = fs::read_dir(format!("/proc/{parent}/task"));
    let threads = threads.into_iter().flatten().flatten();
    let lists =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let pids: Vec<u32> = lists.flat_map(|list| pids(&list)).collect();
    pids.into_iter().filter_map(shown).collect()
}

/// The children of the process `parent`, their children, and so on.
#[must_use]
pub fn descendants(parent: u32) -> Vec<Shown> {
    let mut all = children(parent);
    let mut looked_at = 0;
    while let Some(next) = all.get(looked_at) {
        let more = children(next.pid);
        all.extend(more);
        looked_at += 1;
    }
    all
}

/// The processes that serve a version for the process `host`.
#[must_use]
pub fn workers(host: u32) -> Vec<u32> {
    let children = children(host).into_iter();
    let workers = children.filter(|child| child.words.get(1).is_some_and(|word| word == "serve"));
    workers.map(|worker| worker.pid).collect()
}

/// The children of this process that have ended and were not waited for.
#[must_use]
pub fn zombies() -> Vec<Shown> {
    let children = children(std::process::id()).into_iter();
    children.filter(|child| child.zombie).collect()
}

/// Whether the process is there and has not ended.
#[must_use]
pub fn is_alive(pid: u32) -> bool {
    shown(pid).is_some_and(|process| !process.zombie)
}

/// Kills it, as `kill -9` does, and waits until it has ended. One that has ended already is left alone.
pub fn kill(pid: u32) {
    let raw = i32::try_from(pid).ok().and_then(Pid::from_raw);
    if let Some(pid) = raw {
        let _ = kill_process(pid, Signal::KILL);
    }
    crate::script::wait_until(|| !is_alive(pid));
}

/// What this process holds.
#[derive(Debug, Clone, Copy)]
pub struct Held {
    /// Open files.
    pub files: usize,
    /// Threads.
    pub threads: usize,
    /// Memory that is in use, in bytes.
    pub memory: usize,
}

impl Held {
    /// Now.
    ///
    /// # Panics
    /// Where there is no `/proc`.
    #[must_use]
    pub fn now() -> Self {
        const PAGE: usize = 4096;
        let count = |path: &str| fs::read_dir(path).expect("a /proc").count();
        let pages = fs::read_to_string("/proc/self/statm").expect("a /proc");
        let resident = pages.split_whitespace().nth(1);
        let resident = resident.and_then(|pages| pages.parse::<usize>().ok());
        Self {
            files: count("/proc/self/fd"),
            threads: count("/proc/self/task"),
            memory: resident.expect("a number of pages") * PAGE,
        }
    }
}

fn shown(pid: u32) -> Option<Shown> {
    let folder = format!("/proc/{pid}");
    let folder = Path::new(&folder);
    let state = fs::read_to_string(folder.join("stat")).ok()?;
    // The name stands in parentheses and may hold any; the state follows.
    let (_, state) = state.rsplit_once(") ")?;
    let words = fs::read(folder.join("cmdline")).unwrap_or_default();
    let words = words
        .split(|byte| *byte == 0)
        .filter(|word| !word.is_empty());
    Some(Shown {
        pid,
        words: words
            .map(|word| String::from_utf8_lossy(word).into_owned())
            .collect(),
        zombie: state.starts_with(['Z', 'X']),
    })
}

fn pids(list: &str) -> Vec<u32> {
    list.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}
