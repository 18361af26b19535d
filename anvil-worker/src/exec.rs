//! Running a build so that nothing of it is left when it is over, or when nobody waits for it any more.
//!
//! There are two processes. The outer one watches: it is outside the sandbox, adopts whatever the build leaves
//! behind, and kills all of it when the build ends or its own input does, which the host holds open. The inner one
//! shuts the doors behind itself and becomes the build.

use crate::command::Exec;
use std::process::ExitCode;

#[cfg(target_os = "linux")]
pub(crate) use linux::{run, run_confined};

#[cfg(not(target_os = "linux"))]
pub(crate) fn run(_exec: &Exec) -> ExitCode {
    eprintln!("anvil-worker: builds run in a sandbox on Linux only");
    ExitCode::from(crate::command::NOT_SHUT)
}

#[cfg(not(target_os = "linux"))]
pub(crate) use run as run_confined;

#[cfg(target_os = "linux")]
mod linux {
    use super::{Exec, ExitCode};
    use crate::command::{NOT_SHUT, NOT_STARTED, split};
    use crate::sandbox;
    use rustix::process::{
        Pid, Signal, WaitOptions, WaitStatus, getpid, kill_process, kill_process_group,
        set_child_subreaper, wait,
    };
    use std::fs;
    use std::io::{self, Read};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    /// The outer process.
    pub(crate) fn run(exec: &Exec) -> ExitCode {
        let build = match start(exec) {
            Ok(build) => build,
            Err(error) => return not_started(&error.to_string()),
        };
        thread::spawn(move || {
            // Nothing is ever sent: this waits for the end.
            let _ = io::stdin().read_to_end(&mut Vec::new());
            kill_all(build);
            std::process::exit(1);
        });
        let code = wait_for(build);
        kill_all(build);
        code
    }

    /// The inner process. Returns only when it could not become the build.
    pub(crate) fn run_confined(exec: &Exec) -> ExitCode {
        if exec.sandboxed
            && let Err(missing) = sandbox::confine(exec)
        {
            eprintln!("anvil-worker: {missing}");
            return ExitCode::from(NOT_SHUT);
        }
        let (program, arguments) = split(&exec.command);
        #[expect(
            clippy::disallowed_methods,
            reason = "no process is started: this one becomes another"
        )]
        let error = Command::new(program).args(arguments).exec();
        not_started(&format!("{} cannot be run: {error}", program.display()))
    }

    fn not_started(words: &str) -> ExitCode {
        eprintln!("anvil-worker: {words}");
        ExitCode::from(NOT_STARTED)
    }

    fn start(exec: &Exec) -> io::Result<Pid> {
        // What a build leaves behind becomes a child of this process and not of the system.
        set_child_subreaper(Some(getpid()))?;
        // Whatever this program is called, and whether it has a name at all.
        let own = "/proc/self/exe";
        #[expect(
            clippy::disallowed_methods,
            reason = "the inner half of this very program"
        )]
        let mut command = Command::new(own);
        command
            .args(exec.confined())
            .stdin(Stdio::null())
            .process_group(0);
        // Should the outer process be killed, it cannot end the build any more.
        crate::die_with_parent(&mut command);
        Ok(Pid::from_child(&command.spawn()?))
    }

    /// Reaps whatever ends until the build has.
    fn wait_for(build: Pid) -> ExitCode {
        loop {
            match wait(WaitOptions::empty()) {
                Ok(Some((pid, status))) if pid == build => return code(status),
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return ExitCode::FAILURE,
            }
        }
    }

    fn code(status: WaitStatus) -> ExitCode {
        const KILLED: i32 = 128;
        let code = status.exit_status();
        let code = code.or_else(|| Some(KILLED + status.terminating_signal()?));
        ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }

    /// Kills the build and all that it left behind, also what went away into groups of its own.
    fn kill_all(build: Pid) {
        static UNDER_WAY: AtomicBool = AtomicBool::new(false);
        if UNDER_WAY.swap(true, Ordering::SeqCst) {
            // The other thread is at it, and ends the process. Threads may wake up for no reason.
            loop {
                thread::park();
            }
        }
        let _ = kill_process_group(build, Signal::KILL);
        loop {
            for child in children() {
                let _ = kill_process(child, Signal::KILL);
            }
            // Orphans of those that were killed are adopted before their parents are reaped.
            match wait(WaitOptions::empty()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    fn children() -> Vec<Pid> {
        let mut children = Vec::new();
        let threads = fs::read_dir("/proc/self/task").into_iter().flatten();
        for thread in threads.flatten() {
            let listed = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            let listed = listed.split_whitespace();
            children.extend(listed.filter_map(|pid| Pid::from_raw(pid.parse().ok()?)));
        }
        children
    }
}
