//! The process that runs one version of a tool, and everything that host and worker have to agree on.
//!
//! A *worker* is started for one dylib. It shuts its doors, loads the dylib, says that it is ready, and then
//! answers one call after another until its host is gone. In reading order:
//!
//! - [`guest`]: a loaded dylib, and calling it. Hosts that run a tool in their own process use it, too.
//! - [`frame`]: the protocol: what crosses between host and worker, both ways.
//! - [`command`]: the program's command line, as the host writes it and the program reads it.
//! - `serve`: the life of a worker, from its start to its last call.
//! - `exec`: the other use of the program: it runs a build, and ends all of it together.
//! - [`die_with_parent`]: for what a host starts by itself.
//! - `sandbox`: the doors, and how they are shut. It is the one place that knows about Landlock and seccomp.
//!
//! The crate starts nothing but the build that its command line names, opens no socket, and knows nothing of models
//! or stores. Its `unsafe` is in `guest` and below `sandbox`, and where `serve` loads libraries and `parent` prepares
//! a child.

pub mod guest;

pub mod frame;

pub mod command;

mod serve;

mod exec;

mod sandbox;

mod parent;

pub use parent::die_with_parent;

use command::Command;
use std::process::ExitCode;

/// What the program is built from: hosts look for a program of exactly these sources.
pub const SOURCES: &str = env!("ANVIL_WORKER_SOURCES");

/// The program: does what its command line says.
#[must_use]
pub fn main() -> ExitCode {
    match Command::read(std::env::args_os().skip(1)) {
        Ok(Command::Serve(serve)) => serve::run(&serve),
        Ok(Command::Exec(exec)) => exec::run(&exec),
        Ok(Command::Confined(exec)) => exec::run_confined(&exec),
        Err(error) => {
            eprintln!("anvil-worker: {error}; it is started by Anvil and by nobody else");
            ExitCode::from(command::MISUSED)
        }
    }
}
