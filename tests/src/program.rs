//! The `user` program, as a process of its own.

use crate::tool::{Report, Script};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// How to start the program.
#[derive(Debug)]
pub struct Program {
    command: Command,
}

impl Program {
    /// The program where cargo built it: it shares finished builds with everyone else.
    #[must_use]
    pub fn new() -> Self {
        Self::at(&executable())
    }

    /// A link to it in `<target>/debug`, which makes `target` the target directory of its tools. `target`
    /// must be on the same disk. A link and not a copy: what is being written cannot be started.
    ///
    /// # Panics
    /// When the link cannot be made.
    #[must_use]
    pub fn below(target: &Path) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let folder = target.join("debug");
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let new = folder.join(format!("user-{}-{number}", std::process::id()));
        let link = folder.join("user");
        fs::create_dir_all(&folder).expect("a folder for the program");
        fs::write(target.join("CACHEDIR.TAG"), "").expect("the mark of a target directory");
        fs::hard_link(executable(), &new).expect("a link to the program");
        fs::rename(&new, &link).expect("the link replaces the one of the last run");
        let _ = fs::remove_file(&new); // it stays where both were links to the same file
        Self::at(&link)
    }

    fn at(executable: &Path) -> Self {
        Self::prepared(Command::new(executable))
    }

    fn prepared(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        // A user's program does not run below `cargo test`.
        command.env_remove("CARGO_MANIFEST_DIR");
        Self { command }
    }

    /// Runs it under another one, such as a shell that prepares something.
    ///
    /// # Panics
    /// When no program is named to run it under.
    #[must_use]
    pub fn wrapped<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(self, wrapper: I) -> Self {
        let mut words = wrapper.into_iter();
        let program = words.next().expect("a program to wrap with");
        let mut command = Command::new(program);
        command.args(words).arg(self.command.get_program());
        Self::prepared(command)
    }

    /// Starts it in this folder.
    #[must_use]
    pub fn current_dir(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Starts it with this variable set.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Starts it without this variable.
    #[must_use]
    pub fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(mut self, script: &Script) -> Running {
        let script = serde_json::to_string(script).expect("a script is plain data");
        let child = self.command.arg(script).spawn();
        Running(child.expect("the program starts"))
    }

    /// Starts it and waits for its report.
    ///
    /// # Panics
    /// When it gives none.
    #[must_use]
    pub fn run(self, script: &Script) -> Report {
        self.start(script).report()
    }
}

impl Default for Program {
    fn default() -> Self {
        Self::new()
    }
}

/// The program under way.
#[derive(Debug)]
pub struct Running(Child);

impl Running {
    /// The number of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Waits for its report.
    ///
    /// # Panics
    /// When it gives none.
    #[must_use]
    pub fn report(self) -> Report {
        self.outcome()
            .unwrap_or_else(|words| panic!("no report, but: {words}"))
    }

    /// Waits for its report.
    ///
    /// # Errors
    /// With all that it said, when it gives none.
    ///
    /// # Panics
    /// When it does not end.
    pub fn outcome(self) -> Result<Report, String> {
        let output = self.0.wait_with_output().expect("the program ends");
        let stdout = String::from_utf8_lossy(&output.stdout);
        let last = stdout.lines().last().unwrap_or_default();
        serde_json::from_str(last).map_err(|_| {
            let stderr = String::from_utf8_lossy(&output.stderr);
            format!("{}\n{stdout}\n{stderr}", output.status)
        })
    }

    /// Kills it, as `kill -9` does.
    ///
    /// # Panics
    /// When it cannot be killed.
    pub fn kill(mut self) {
        self.0.kill().expect("our own child can be killed");
        self.0.wait().expect("a killed child ends");
    }
}

/// cargo puts the programs of a package beside the folder of its tests and benchmarks.
fn executable() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows where it is");
    let folder = test
        .ancestors()
        .nth(2)
        .expect("tests lie in <profile>/deps");
    folder.join(format!("user{}", std::env::consts::EXE_SUFFIX))
}
