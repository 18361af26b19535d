//! Processes of Anvil's: all are started here, and none is left.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::process::{Child, ChildStdin, Command, ExitStatus};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

/// A process that was started, until it was waited for.
#[derive(Debug)]
pub(crate) struct Process {
    child: Mutex<Child>,
    family: Family,
    number: u64,
    register: Weak<Register>,
}

/// What has to end with a process.
#[derive(Debug)]
enum Family {
    /// It has no children.
    None,
    /// It ends them itself when its input ends.
    Watched(Mutex<Option<ChildStdin>>),
    /// They are in its group.
    #[cfg(unix)]
    Group,
}

/// The processes of one `Anvil`. When it is shut down they are all killed, and no more are started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Processes(Arc<Register>);

#[derive(Debug, Default)]
struct Register {
    alive: Mutex<Alive>,
}

#[derive(Debug, Default)]
struct Alive {
    closed: bool,
    processes: HashMap<u64, Weak<Process>>,
}

/// Why a process was not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StartError {
    #[error("this `Anvil` was shut down")]
    ShutDown,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A command that cannot be run but with [`Processes::start`]: it knows nothing of the user's environment.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that starts processes"
    )]
    let mut command = Command::new(program);
    command.env_clear();
    command
}

impl Processes {
    /// Starts a process that starts no others.
    pub(crate) fn start(&self, command: Command) -> Result<Arc<Process>, StartError> {
        let child = spawn(command)?;
        self.register(child, Family::None)
    }

    /// Starts a process that starts others. If its standard input is a pipe, it ends them when that ends.
    pub(crate) fn start_family(&self, command: Command) -> Result<Arc<Process>, StartError> {
        let mut child = spawn(in_a_group(command))?;
        let family = match child.stdin.take() {
            Some(input) => Family::Watched(Mutex::new(Some(input))),
            #[cfg(unix)]
            None => Family::Group,
            #[cfg(not(unix))]
            None => Family::None,
        };
        self.register(child, family)
    }

    fn register(&self, child: Child, family: Family) -> Result<Arc<Process>, StartError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let process = Arc::new(Process {
            child: Mutex::new(child),
            family,
            number,
            register: Arc::downgrade(&self.0),
        });
        let mut alive = self.0.alive();
        if alive.closed {
            drop(alive);
            process.kill();
            return Err(StartError::ShutDown);
        }
        alive.processes.insert(number, Arc::downgrade(&process));
        drop(alive);
        Ok(process)
    }

    /// Kills all of them, and keeps others from being started.
    pub(crate) fn shut_down(&self) {
        let processes = {
            let mut alive = self.0.alive();
            alive.closed = true;
            std::mem::take(&mut alive.processes)
        };
        let processes = processes.into_values().filter_map(|weak| weak.upgrade());
        let processes: Vec<_> = processes.inspect(|process| process.kill()).collect();
        // Those that were idle stay with whoever holds this `Anvil`, and nobody else waits for them. Whoever runs a
        // build waits for it.
        for process in processes {
            if let Family::None = process.family {
                let _ = process.wait(UNTIL_ENDED);
            }
        }
    }

    pub(crate) fn are_shut_down(&self) -> bool {
        self.0.alive().closed
    }
}

/// The processes that it starts are in its group.
#[cfg(unix)]
fn in_a_group(mut command: Command) -> Command {
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// Here there are no groups.
#[cfg(not(unix))]
fn in_a_group(command: Command) -> Command {
    command
}

impl Register {
    fn alive(&self) -> MutexGuard<'_, Alive> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Process {
    /// The process's standard streams, where they are pipes.
    pub(crate) fn with_child<T>(&self, take: impl FnOnce(&mut Child) -> T) -> T {
        take(&mut self.child())
    }

    /// Kills it, and all that it started. It stays a zombie until [`wait`](Self::wait) or the end of this value.
    pub(crate) fn kill(&self) {
        match &self.family {
            Family::None => self.kill_child(),
            Family::Watched(input) => {
                drop(input.lock().unwrap_or_else(PoisonError::into_inner).take());
            }
            #[cfg(unix)]
            Family::Group => {
                let mut child = self.child();
                // Not after it was waited for: another group may have its number by then.
                if let Ok(None) = child.try_wait() {
                    let group = rustix::process::Pid::from_child(&child);
                    let _ =
                        rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
                }
            }
        }
    }

    fn kill_child(&self) {
        // One that has ended and was waited for cannot be killed, nor can whoever has its number now.
        let _ = self.child().kill();
    }

    /// How it ended, if it does within `patience`; after that it is killed. The flag says whether it was.
    pub(crate) fn wait(&self, patience: Duration) -> io::Result<(ExitStatus, bool)> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        loop {
            if let Some(status) = self.child().try_wait()? {
                return Ok((status, false));
            }
            if start.elapsed() >= patience {
                break;
            }
            thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(5));
        }
        let mut child = self.child();
        child.kill()?;
        Ok((child.wait()?, true))
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a process that ends others may take for it.
const UNTIL_ENDED: Duration = Duration::from_secs(10);

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait(UNTIL_ENDED);
        if let Some(register) = self.register.upgrade() {
            register.alive().processes.remove(&self.number);
        }
    }
}

/// Starts `command` on a thread that lasts as long as this process: on Linux, processes that die with their parent
/// die with the thread that started them.
fn spawn(command: Command) -> io::Result<Child> {
    type Order = (Command, Sender<io::Result<Child>>);
    static STARTER: OnceLock<Result<Sender<Order>, String>> = OnceLock::new();

    let starter = STARTER.get_or_init(|| {
        let (orders, taken) = mpsc::channel::<Order>();
        let starter = thread::Builder::new().name("anvil-starter".to_owned());
        let starter = starter.spawn(move || {
            for (mut command, reply) in taken {
                // The pipes that the command holds are closed before anyone waits for their end.
                let child = spawn_now(&mut command);
                drop(command);
                let _ = reply.send(child);
            }
        });
        starter.map(|_| orders).map_err(|error| error.to_string())
    });
    let gone = || io::Error::other("the thread that starts processes is gone");
    let starter = starter
        .as_ref()
        .map_err(|error| io::Error::other(error.clone()))?;
    let (reply, child) = mpsc::channel();
    starter.send((command, reply)).map_err(|_| gone())?;
    child.recv().map_err(|_| gone())?
}

fn spawn_now(command: &mut Command) -> io::Result<Child> {
    const TRIES: u32 = 50;
    let mut tries = 0;
    loop {
        match command.spawn() {
            // A program that was just written counts as being written while any child of this process, started at
            // the same moment by somebody else, has not become its own program yet.
            Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < TRIES => {
                tries += 1;
                thread::sleep(Duration::from_millis(2));
            }
            result => return result,
        }
    }
}
