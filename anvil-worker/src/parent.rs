//! Children that do not outlive their parent.

use std::process::Command;

/// On Linux, has the kernel kill the process that `command` starts when the thread that starts it ends: to be started
/// on one that lasts. What that process has started by then is not killed.
#[cfg(target_os = "linux")]
pub fn die_with_parent(command: &mut Command) {
    use rustix::process::{Signal, set_parent_process_death_signal};
    use std::os::unix::process::CommandExt;

    let ask = || set_parent_process_death_signal(Some(Signal::KILL)).map_err(Into::into);
    #[expect(unsafe_code, reason = "it runs between fork and exec")]
    // SAFETY: the closure makes one system call, and touches no memory that other threads might hold a lock of.
    unsafe {
        command.pre_exec(ask);
    }
}

/// There is nothing of the kind here.
#[cfg(not(target_os = "linux"))]
pub fn die_with_parent(_command: &mut Command) {}
