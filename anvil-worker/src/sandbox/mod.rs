//! The doors of a process, and shutting them.
//!
//! A worker goes through these steps, single-threaded and in this order; none can be undone:
//!
//! 1. `process`: it dies with its host, nobody may look into it, and of what it inherited it keeps the three
//!    standard streams.
//! 2. `process`: limits on memory, output, threads and open files; root becomes somebody who owns nothing.
//! 3. `files`: Landlock takes every file away.
//! 4. `syscalls`: what loading a library takes is left, and what a running body takes.
//! 5. The dylib is loaded, from a sealed file in memory: the one path that is still open leads there.
//! 6. `syscalls`: no path, no new code, nothing of what loading took.
//!
//! A build goes through them with other lists: it may read its toolchain and write where it builds, and start
//! programs, all of which inherit this. It has no network, and where the kernel scopes signals (Linux 6.12) none for
//! processes outside; before, it may signal those of the same user. Nor does Landlock look at the modes and times of
//! files: a build may change those of what is the user's.
//!
//! Initialisers of a dylib run between 4 and 6, and may have installed filters of their own by then: the first filter
//! has to hold by itself. What the second one adds is that no path can be looked at and no code be made.
//!
//! Without Landlock or seccomp there is no sandbox, and no half of one: [`Missing`] says what to do.

#[cfg(target_os = "linux")]
mod denied;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod syscalls;

#[cfg(not(target_os = "linux"))]
pub(crate) use elsewhere::*;
#[cfg(target_os = "linux")]
pub(crate) use linux::*;

/// What the sandbox lacks here.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Missing(String);

#[cfg(target_os = "linux")]
mod linux {
    use super::{Missing, denied, files, process, syscalls};
    use crate::command::Exec;

    /// What holds for every worker, sandboxed or not: it dies with its host and has its share of memory.
    pub(crate) fn begin(memory: u64) {
        process::die_with_parent();
        process::close_inherited();
        process::limit(memory);
    }

    /// Steps 1 to 4, all but what [`begin`] has done.
    pub(crate) fn shut_before_loading() -> Result<(), Missing> {
        process::hide()?;
        process::drop_root()?;
        files::allow_none()?;
        denied::name_what_is_denied();
        syscalls::allow_loading()
    }

    /// Step 6.
    pub(crate) fn shut_after_loading() -> Result<(), Missing> {
        syscalls::allow_running()
    }

    /// All steps for a build.
    pub(crate) fn confine(exec: &Exec) -> Result<(), Missing> {
        process::die_with_parent();
        process::close_inherited();
        process::limit_build(exec.memory);
        process::drop_rights_for_a_build()?;
        files::allow(&exec.readable, &exec.writable)?;
        syscalls::allow_building()
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::Missing;

    pub(crate) fn begin(_memory: u64) {}

    pub(crate) fn shut_before_loading() -> Result<(), Missing> {
        Err(Missing("there is a sandbox on Linux only".to_owned()))
    }

    pub(crate) fn shut_after_loading() -> Result<(), Missing> {
        Ok(())
    }
}
