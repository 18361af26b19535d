//! One worker, as its host sees it: started, called, ended.

use super::Limits;
use super::capabilities::Capabilities;
use super::channel::{Channel, ReceiveError};
use super::conversation::{CallError, Conversation};
use super::death::{Death, Ended};
use super::limits::after;
#[cfg(target_os = "linux")]
use super::memory_file::Image;
use super::memory_file::{Log, Program};
use super::process::{self, Process, Processes, StartError};
use anvil_core::failure::{Cause, Failure};
use anvil_worker::command::{Refusal, Serve};
use anvil_worker::frame::{FrameError, LONGEST};
use std::io;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A process that serves one version of one tool.
#[derive(Debug)]
pub(super) struct Worker {
    process: Arc<Process>,
    conversation: Conversation,
    log: Log,
    memory: u64,
}

/// What every worker of a version is started with.
#[derive(Debug)]
pub(super) struct Recipe {
    pub(super) program: Arc<Program>,
    /// The dylib's content.
    #[cfg(target_os = "linux")]
    pub(super) image: Image,
    /// The dylib, where no file without a name can be loaded.
    #[cfg(not(target_os = "linux"))]
    pub(super) dylib: std::path::PathBuf,
    pub(super) sandboxed: bool,
    pub(super) limits: Limits,
    pub(super) processes: Processes,
}

/// Why there is no worker.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoWorker {
    /// It says itself why it does not serve.
    #[error(transparent)]
    Refused(Refusal),
    /// It died before it was ready.
    #[error("its process {0} as it was loaded")]
    Died(Death),
    #[error("this `Anvil` was shut down")]
    ShutDown,
    #[error("no process can be started for it: {0}")]
    Io(io::Error),
}

/// What came of a call.
#[derive(Debug)]
pub(super) enum Called {
    Answered(Vec<u8>),
    /// The body failed. The worker goes on.
    Failed(Failure),
    /// The worker had died before it had read this call: the body has not begun.
    WasDead,
    /// The worker is no more.
    Died(Death),
}

/// Loading a dylib takes milliseconds; this is for machines that do much else.
const UNTIL_READY: Duration = Duration::from_secs(20);
/// How long a process that has hung up may take to end.
const UNTIL_ENDED: Duration = Duration::from_millis(500);

impl Worker {
    /// Starts one and waits until it is ready.
    pub(super) fn start(recipe: &Recipe) -> Result<Self, NoWorker> {
        let log = Log::new().map_err(NoWorker::Io)?;
        let (process, channel) = recipe.start(&log)?;
        let mut worker = Self {
            process,
            conversation: Conversation::new(channel),
            log,
            memory: recipe.limits.memory,
        };
        let deadline = Instant::now() + UNTIL_READY;
        match worker
            .conversation
            .hear_whether_it_serves(recipe.sandboxed, deadline)
        {
            Ok(Ok(())) => Ok(worker),
            Ok(Err(refusal)) => Err(NoWorker::Refused(refusal)),
            Err(error) => {
                let ended = ended(error, UNTIL_READY);
                Err(NoWorker::Died(worker.end(ended)))
            }
        }
    }

    pub(super) fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// Runs the body once, until `timeout` has passed.
    pub(super) fn call(
        &mut self,
        arguments: &[u8],
        capabilities: &dyn Capabilities,
        timeout: Duration,
    ) -> Called {
        if arguments.len() > LONGEST {
            let words = format!(
                "they are {} bytes long, and at most {LONGEST} may cross",
                arguments.len()
            );
            return Called::Failed(Failure::outside(Cause::Arguments, words));
        }
        let deadline = after(Instant::now(), timeout);
        match self.conversation.call(arguments, capabilities, deadline) {
            Ok(outcome) => {
                if let Some(printed) = self.log.take() {
                    capabilities.printed(&printed);
                }
                match outcome {
                    Ok(answer) => Called::Answered(answer),
                    Err(failure) => Called::Failed(failure),
                }
            }
            Err(CallError::NotBegun) => Called::WasDead,
            Err(CallError::Receive(error)) => Called::Died(self.end(ended(error, timeout))),
        }
    }

    /// Sees to it that the process is gone, and says what became of it.
    pub(super) fn end(&mut self, ended: Ended) -> Death {
        let patience = match ended {
            Ended::HungUp => UNTIL_ENDED,
            _ => Duration::ZERO,
        };
        let status = self.process.wait(patience);
        Death::new(ended, status, self.memory, self.log.last_lines())
    }
}

fn ended(error: ReceiveError, timeout: Duration) -> Ended {
    match error {
        ReceiveError::Late => Ended::Late(timeout),
        ReceiveError::Frame(FrameError::End | FrameError::Unread) => Ended::HungUp,
        ReceiveError::Frame(error) => Ended::Breach(error.to_string()),
    }
}

impl Recipe {
    /// A process that serves on a socket.
    #[cfg(unix)]
    fn start(&self, log: &Log) -> Result<(Arc<Process>, Channel), NoWorker> {
        let (channel, theirs) = Channel::new().map_err(NoWorker::Io)?;
        let mut command = self.command(log).map_err(NoWorker::Io)?;
        command.stdin(theirs);
        Ok((self.processes.start(command)?, channel))
    }

    /// A process that serves on pipes.
    #[cfg(not(unix))]
    fn start(&self, log: &Log) -> Result<(Arc<Process>, Channel), NoWorker> {
        use std::process::Stdio;
        let mut command = self.command(log).map_err(NoWorker::Io)?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let process = self.processes.start(command)?;
        let pipes = process.with_child(|child| child.stdin.take().zip(child.stdout.take()));
        let (to, from) = pipes.ok_or_else(|| NoWorker::Io(io::Error::other("it has no pipes")))?;
        let channel = Channel::new(to, from).map_err(NoWorker::Io)?;
        Ok((process, channel))
    }

    #[cfg(target_os = "linux")]
    fn command(&self, log: &Log) -> io::Result<Command> {
        let (image, path) = self.image.handed_over()?;
        let mut command = process::command(self.program.path());
        command.args(self.serve(path.into()).arguments());
        command.current_dir("/").stdout(image).stderr(log.stdio()?);
        Ok(command)
    }

    #[cfg(not(target_os = "linux"))]
    fn command(&self, log: &Log) -> io::Result<Command> {
        let mut command = process::command(self.program.path());
        command.args(self.serve(self.dylib.clone()).arguments());
        // Nothing of the environment but what Windows itself cannot do without.
        if let Some(root) = std::env::var_os("SystemRoot") {
            command.env("SystemRoot", root);
        }
        command.stdout(log.stdio()?).stderr(log.stdio()?);
        Ok(command)
    }

    fn serve(&self, dylib: std::path::PathBuf) -> Serve {
        Serve {
            sandboxed: self.sandboxed,
            memory: self.limits.memory,
            dylib,
        }
    }
}

impl From<StartError> for NoWorker {
    fn from(error: StartError) -> Self {
        match error {
            StartError::ShutDown => Self::ShutDown,
            StartError::Io(error) => Self::Io(error),
        }
    }
}
