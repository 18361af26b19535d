//! Why a worker's process is no more, in words, and as the failure of the call that it died of.

use crate::text::shortened;
use anvil_core::failure::{Cause, Failure};
use anvil_worker::command::{DENIED, DENIED_WORDS};
use std::fmt;
use std::io;
use std::process::ExitStatus;
use std::time::Duration;

/// Bytes of a printed line that are told.
const LONGEST_LINE: usize = 300;

/// How its end was noticed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It gave no answer in time.
    Late(Duration),
    /// Its end of the connection was closed.
    HungUp,
    /// It sent something else than it should.
    Breach(String),
}

/// What became of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Death {
    cause: Cause,
    words: String,
}

impl Death {
    /// Reads the signs: how the end was noticed, the exit status, whether the process had to be killed, how many
    /// bytes it might use, and what it printed last.
    pub(super) fn new(
        ended: Ended,
        status: io::Result<(ExitStatus, bool)>,
        memory: u64,
        last_lines: Vec<String>,
    ) -> Self {
        let (cause, words) = match ended {
            Ended::Late(limit) => match status {
                // It was dying already, which takes a while where there is much memory to be given back.
                Ok((status, _)) if !was_killed(status) => told(status, memory, &last_lines),
                _ => (Cause::Deadline, format!("no answer within {limit:?}")),
            },
            Ended::Breach(words) => (Cause::Breach, words),
            Ended::HungUp => match status {
                Err(error) => (Cause::Crash, format!("nobody knows how it ended: {error}")),
                Ok((_, true)) => (
                    Cause::Crash,
                    "it closed its connection and did not end".to_owned(),
                ),
                Ok((status, false)) => told(status, memory, &last_lines),
            },
        };
        let shown: Vec<String> = last_lines
            .iter()
            .map(|line| shortened(line, LONGEST_LINE))
            .collect();
        let words = match last_lines.is_empty() || cause == Cause::Denied {
            true => words,
            false => format!("{words}; the last that it printed: {}", shown.join(" | ")),
        };
        Self { cause, words }
    }

    /// The call that it died of failed so.
    pub(super) fn into_failure(self) -> Failure {
        Failure::outside(self.cause, self.words)
    }
}

impl fmt::Display for Death {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Failure::outside(self.cause, self.words.as_str()).fmt(f)
    }
}

fn told(status: ExitStatus, memory: u64, last_lines: &[String]) -> (Cause, String) {
    let out_of_memory = last_lines
        .iter()
        .any(|line| line.contains("memory allocation of") && line.contains("failed"));
    if let Some(code) = status.code() {
        if code == i32::from(DENIED) {
            let call = last_lines
                .iter()
                .rev()
                .find_map(|line| line.split_once(DENIED_WORDS.trim_start()));
            let call = call.map_or("one that it does not name", |(_, call)| call);
            return (Cause::Denied, format!("the system call `{call}`"));
        }
        return (
            Cause::Crash,
            format!("its process exited with code {code} before it answered"),
        );
    }
    if out_of_memory {
        let words = format!("its process may use {}", megabytes(memory));
        return (Cause::Memory, words);
    }
    (Cause::Crash, signal(status))
}

/// Whether it was ended from outside, and not by itself.
#[cfg(unix)]
fn was_killed(status: ExitStatus) -> bool {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(Signal::KILL.as_raw())
}

/// Here a status does not tell.
#[cfg(not(unix))]
fn was_killed(_: ExitStatus) -> bool {
    true
}

/// Bytes for people.
fn megabytes(bytes: u64) -> String {
    format!("{} MB", bytes / 1_000_000)
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> String {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal().unwrap_or_default();
    let known = [
        (Signal::ABORT, "SIGABRT: it aborted"),
        (
            Signal::SEGV,
            "SIGSEGV: it used memory that is not its own, or too much of its stack",
        ),
        (Signal::BUS, "SIGBUS: it used memory that is not there"),
        (
            Signal::ILL,
            "SIGILL: it ran what is no code, or trapped itself",
        ),
        (Signal::TRAP, "SIGTRAP: it trapped itself"),
        (Signal::FPE, "SIGFPE: it divided as no processor can"),
        (Signal::XFSZ, "SIGXFSZ: it printed more than it may"),
        (Signal::SYS, "SIGSYS: it tried a system call that is denied"),
        (
            Signal::KILL,
            "SIGKILL: the system or an operator ended it, perhaps for want of memory",
        ),
        (Signal::TERM, "SIGTERM: an operator ended it"),
    ];
    let known = known
        .into_iter()
        .find(|(signal, _)| signal.as_raw() == number);
    known.map_or_else(|| format!("signal {number}"), |(_, words)| words.to_owned())
}

#[cfg(not(unix))]
fn signal(status: ExitStatus) -> String {
    status.to_string()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;

    #[test]
    fn the_signs_are_read() {
        let signal = |number: i32| Ok((ExitStatus::from_raw(number), false));
        let code = |code: i32| Ok((ExitStatus::from_raw(code << 8), false));
        let hung_up = Ended::HungUp;
        for (ended, status, line, cause, words) in [
            (
                hung_up.clone(),
                signal(6),
                "fatal runtime error: stack overflow, aborting",
                Cause::Crash,
                "crashed: SIGABRT: it aborted; the last that it printed: fatal runtime error: stack overflow, aborting",
            ),
            (
                hung_up.clone(),
                signal(6),
                "memory allocation of 67108864 bytes failed",
                Cause::Memory,
                "ran out of memory: its process may use 256 MB; the last that it printed: memory allocation of 67108864 bytes failed",
            ),
            (
                hung_up.clone(),
                signal(11),
                "",
                Cause::Crash,
                "crashed: SIGSEGV: it used memory that is not its own, or too much of its stack",
            ),
            (
                hung_up.clone(),
                signal(64),
                "",
                Cause::Crash,
                "crashed: signal 64",
            ),
            (
                hung_up.clone(),
                code(0),
                "",
                Cause::Crash,
                "crashed: its process exited with code 0 before it answered",
            ),
            (
                hung_up.clone(),
                code(66),
                "anvil-worker: denied system call ptrace",
                Cause::Denied,
                "was stopped at a closed door: the system call `ptrace`",
            ),
            (
                hung_up,
                Ok((ExitStatus::from_raw(9), true)),
                "",
                Cause::Crash,
                "crashed: it closed its connection and did not end",
            ),
            (
                Ended::Late(Duration::from_secs(5)),
                Ok((ExitStatus::from_raw(9), true)),
                "",
                Cause::Deadline,
                "passed its deadline: no answer within 5s",
            ),
            (
                Ended::Late(Duration::from_secs(5)),
                Ok((ExitStatus::from_raw(6), true)),
                "memory allocation of 67108864 bytes failed",
                Cause::Memory,
                "ran out of memory: its process may use 256 MB; the last that it printed: memory allocation of 67108864 bytes failed",
            ),
            (
                Ended::Breach("it sent Answer 7 where nobody asked for it".to_owned()),
                Ok((ExitStatus::from_raw(9), true)),
                "",
                Cause::Breach,
                "broke the protocol: it sent Answer 7 where nobody asked for it",
            ),
        ] {
            let lines = Some(line.to_owned()).filter(|line| !line.is_empty());
            let death = Death::new(ended, status, 256_000_000, lines.into_iter().collect());
            assert_eq!(death.cause, cause);
            assert_eq!(death.to_string(), words);
        }
    }
}
