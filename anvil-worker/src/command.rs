//! The command line of the program, in both directions, and how it says that it cannot do its work.

use crate::frame::PROTOCOL;
use crate::guest::LoadError;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::path::PathBuf;

/// The exit code of a program that was started with a command line that it does not understand.
pub const MISUSED: u8 = 64;
/// The exit code of a program that could not shut the doors.
pub const NOT_SHUT: u8 = 65;
/// The exit code of a worker that tried a door which nothing that means well would try.
pub const DENIED: u8 = 66;
/// The exit code of a program that could not start what it was to run.
pub const NOT_STARTED: u8 = 67;
/// What a worker that was denied says on its standard error, before the name of the system call.
pub const DENIED_WORDS: &str = "anvil-worker: denied system call ";

/// What the program is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Serve one version of one tool.
    Serve(Serve),
    /// Run a build, and end all of it together.
    Exec(Exec),
    /// Become the build: the inner half of [`Exec`](Self::Exec).
    Confined(Exec),
}

/// How to serve. The protocol's frames come in on the standard input; on Unix they go out there, too, which is a
/// socket, elsewhere on the standard output. What the body prints goes to the standard error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serve {
    /// Whether to shut every door first.
    pub sandboxed: bool,
    /// How many bytes the body may use.
    pub memory: u64,
    /// The dylib to load.
    pub dylib: PathBuf,
}

/// What to run, and what it may touch. When the standard input ends, all that was started is killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// Whether to shut the doors first. If not, nothing of what follows is limited.
    pub sandboxed: bool,
    /// How many bytes each process may use.
    pub memory: u64,
    /// What may be read and run. What is not there is passed over.
    pub readable: Vec<PathBuf>,
    /// What may be written, too.
    pub writable: Vec<PathBuf>,
    /// The program and its arguments.
    pub command: Vec<OsString>,
}

/// Why a worker does not serve.
#[derive(Debug, Clone, thiserror::Error, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Refusal {
    /// This system lacks something that the sandbox is made of.
    #[error("{0}")]
    NoSandbox(String),
    /// The dylib cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
}

/// A command line that is not one of the program's.
#[derive(Debug, thiserror::Error)]
#[error("it does not understand {}", .0.display())]
pub struct Misused(OsString);

impl Serve {
    /// The arguments that say this.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        let mut arguments = opening("serve");
        arguments.push(level(self.sandboxed).into());
        arguments.push(self.memory.to_string().into());
        arguments.push(self.dylib.clone().into());
        arguments
    }
}

impl Exec {
    /// The arguments that say this.
    #[must_use]
    pub fn arguments(&self) -> Vec<OsString> {
        self.said_as("exec")
    }

    /// The arguments for the inner half.
    #[cfg(any(target_os = "linux", test))]
    pub(crate) fn confined(&self) -> Vec<OsString> {
        self.said_as("confined")
    }

    fn said_as(&self, word: &str) -> Vec<OsString> {
        let mut arguments = opening(word);
        arguments.push(level(self.sandboxed).into());
        arguments.push(self.memory.to_string().into());
        for (flag, paths) in [("--read", &self.readable), ("--write", &self.writable)] {
            for path in paths {
                arguments.push(flag.into());
                arguments.push(path.clone().into());
            }
        }
        arguments.push("--".into());
        arguments.extend(self.command.iter().cloned());
        arguments
    }
}

fn opening(word: &str) -> Vec<OsString> {
    vec![word.into(), PROTOCOL.to_string().into()]
}

fn level(sandboxed: bool) -> &'static str {
    match sandboxed {
        true => "sandboxed",
        false => "open",
    }
}

impl Command {
    /// Reads the program's arguments, its name left out.
    ///
    /// # Errors
    /// When they are not what [`Serve::arguments`] or [`Exec::arguments`] make.
    pub fn read(arguments: impl Iterator<Item = OsString>) -> Result<Self, Misused> {
        let mut words = Words(arguments);
        let command = words.next()?;
        let protocol = words.next()?;
        if protocol != *PROTOCOL.to_string() {
            return Err(Misused(protocol));
        }
        match command.to_str() {
            Some("serve") => words.serve().map(Self::Serve),
            Some("exec") => words.exec().map(Self::Exec),
            Some("confined") => words.exec().map(Self::Confined),
            _ => Err(Misused(command)),
        }
    }
}

/// The words that are left.
struct Words<I>(I);

impl<I: Iterator<Item = OsString>> Words<I> {
    fn next(&mut self) -> Result<OsString, Misused> {
        self.0.next().ok_or_else(|| Misused("that little".into()))
    }

    fn number(&mut self) -> Result<u64, Misused> {
        let word = self.next()?;
        let number = word.to_str().and_then(|word| word.parse().ok());
        number.ok_or(Misused(word))
    }

    fn sandboxed(&mut self) -> Result<bool, Misused> {
        let level = self.next()?;
        match level.to_str() {
            Some("sandboxed") => Ok(true),
            Some("open") => Ok(false),
            _ => Err(Misused(level)),
        }
    }

    fn serve(mut self) -> Result<Serve, Misused> {
        Ok(Serve {
            sandboxed: self.sandboxed()?,
            memory: self.number()?,
            dylib: self.next()?.into(),
        })
    }

    fn exec(mut self) -> Result<Exec, Misused> {
        let mut exec = Exec {
            sandboxed: self.sandboxed()?,
            memory: self.number()?,
            readable: Vec::new(),
            writable: Vec::new(),
            command: Vec::new(),
        };
        loop {
            let flag = self.next()?;
            let paths = match flag.to_str() {
                Some("--read") => &mut exec.readable,
                Some("--write") => &mut exec.writable,
                Some("--") => break,
                _ => return Err(Misused(flag)),
            };
            paths.push(self.next()?.into());
        }
        exec.command.push(self.next()?);
        exec.command.extend(self.0);
        Ok(exec)
    }
}

/// The program of a command, and its arguments.
#[cfg(target_os = "linux")]
pub(crate) fn split(command: &[OsString]) -> (&std::ffi::OsStr, &[OsString]) {
    match command {
        [program, arguments @ ..] => (program, arguments),
        [] => ("".as_ref(), &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: Vec<OsString>) -> Result<Command, Misused> {
        Command::read(arguments.into_iter())
    }

    #[test]
    fn what_a_host_says_is_what_the_program_reads() {
        let serve = Serve {
            sandboxed: true,
            memory: 512_000_000,
            dylib: "/proc/self/fd/1".into(),
        };
        assert_eq!(read(serve.arguments()).unwrap(), Command::Serve(serve));
        let exec = Exec {
            sandboxed: false,
            memory: 1,
            readable: vec!["/usr".into(), "--".into()],
            writable: vec!["/tmp/a b".into()],
            command: vec!["cargo".into(), "build".into(), "--".into()],
        };
        assert_eq!(read(exec.arguments()).unwrap(), Command::Exec(exec.clone()));
        assert_eq!(read(exec.confined()).unwrap(), Command::Confined(exec));
    }

    #[test]
    fn anything_else_is_refused() {
        for line in [
            "",
            "serve",
            "serve 0 open 1 /x",
            "serve 1 ajar 1 /x",
            "serve 1 open much /x",
            "serve 1 open 1",
            "exec 1 open 1",
            "exec 1 open 1 --",
            "exec 1 ajar 1 -- true",
            "exec 1 open 1 --list / -- true",
            "run 1 open",
        ] {
            let arguments = line.split_whitespace().map(OsString::from).collect();
            assert!(read(arguments).is_err(), "{line:?}");
        }
    }
}
