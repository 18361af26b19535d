//! Running cargo to its end, which is ours to set: by its silence, by what it says, or because nobody waits any more.

use crate::isolation::{Process, Processes, StartError};
use std::io::{self, Read};
use std::process::{Command, ExitStatus};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

/// What cargo said.
#[derive(Debug)]
pub(super) struct Output {
    pub(super) status: ExitStatus,
    pub(super) stdout: Vec<u8>,
    pub(super) stderr: Vec<u8>,
}

/// Why cargo did not come to its end.
#[derive(Debug)]
pub(super) enum Stopped {
    /// It finished no crate for so long. What it had said until then comes along.
    Silent(Duration, Output),
    /// It said more than anybody reads.
    TooMuch(Output),
    ShutDown,
    Io(io::Error),
}

/// The most that is taken of each of its streams.
const LONGEST: usize = 16 << 20;
/// What cargo says, among other things, when a crate is finished.
const FINISHED: &[u8] = b"\"reason\":\"compiler-artifact\"";
/// How long all of a build may take to die.
const UNTIL_ENDED: Duration = Duration::from_secs(10);

/// Runs `command` until it ends or has finished no crate for `patience`. Blocks.
pub(super) fn run(
    processes: &Processes,
    command: Command,
    patience: Duration,
) -> Result<Output, Stopped> {
    let process = processes.start_family(command)?;
    let streams = process.with_child(|child| child.stdout.take().zip(child.stderr.take()));
    let Some((stdout, stderr)) = streams else {
        return Err(Stopped::Io(io::Error::other("cargo has no streams")));
    };
    let (said, pieces) = mpsc::channel();
    listen(stdout, 0, said.clone())?;
    listen(stderr, 1, said)?;

    let mut heard = [Vec::new(), Vec::new()];
    let mut progress = Instant::now();
    let silent = loop {
        match pieces.recv_timeout(patience.saturating_sub(progress.elapsed())) {
            Ok((stream, piece)) => {
                let heard: &mut Vec<u8> = &mut heard[stream];
                let seen = heard.len().saturating_sub(FINISHED.len());
                heard.extend_from_slice(&piece);
                // Warnings without end are none.
                if heard[seen..]
                    .windows(FINISHED.len())
                    .any(|word| word == FINISHED)
                {
                    progress = Instant::now();
                }
                if heard.len() > LONGEST {
                    break false;
                }
            }
            Err(RecvTimeoutError::Timeout) => break true,
            Err(RecvTimeoutError::Disconnected) => {
                let output = output(&process, heard)?;
                return match processes.are_shut_down() {
                    true => Err(Stopped::ShutDown),
                    false => Ok(output),
                };
            }
        }
    };
    process.kill();
    let output = output(&process, heard)?;
    Err(match silent {
        true => Stopped::Silent(patience, output),
        false => Stopped::TooMuch(output),
    })
}

fn output(process: &Arc<Process>, [stdout, stderr]: [Vec<u8>; 2]) -> io::Result<Output> {
    let (status, _) = process.wait(UNTIL_ENDED)?;
    Ok(Output {
        status,
        stdout,
        stderr,
    })
}

/// Passes on what comes out of `stream`, piece by piece, until nobody listens.
fn listen(
    mut stream: impl Read + Send + 'static,
    number: usize,
    said: mpsc::Sender<(usize, Vec<u8>)>,
) -> io::Result<()> {
    let listener = thread::Builder::new().name("anvil-cargo".to_owned());
    listener.spawn(move || {
        let mut piece = vec![0; 64 << 10];
        while let Ok(read @ 1..) = stream.read(&mut piece) {
            if said.send((number, piece[..read].to_vec())).is_err() {
                return;
            }
        }
    })?;
    Ok(())
}

impl From<StartError> for Stopped {
    fn from(error: StartError) -> Self {
        match error {
            StartError::ShutDown => Self::ShutDown,
            StartError::Io(error) => Self::Io(error),
        }
    }
}

impl From<io::Error> for Stopped {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}
