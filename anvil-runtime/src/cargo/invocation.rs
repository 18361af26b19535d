//! The command line of cargo, cut off from the user's environment and configuration, in the sandbox or without.

use super::home::Home;
use crate::isolation::command;
use anvil_core::abi::TARGET;
use anvil_worker::command::Exec;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A build, as cargo is told of it.
#[derive(Debug)]
pub(super) struct Invocation<'a> {
    /// The package to build.
    pub(super) folder: &'a Path,
    pub(super) target_directory: &'a Path,
    /// Where its home of cargo's is to be.
    pub(super) home: &'a Path,
    /// Where cargo's configuration says where crates come from.
    pub(super) configured_in: &'a Path,
}

/// The sandbox of a build.
#[derive(Debug)]
pub(super) struct Sandbox<'a> {
    /// The program that shuts the doors.
    pub(super) program: &'a Path,
    pub(super) home: &'a Home,
    /// A folder for temporary files.
    pub(super) temporary: &'a Path,
    /// The most bytes that each process may use.
    pub(super) memory: u64,
}

/// The variables that cargo, rustc and the linker need to find themselves. All others are left out: an
/// outer `cargo test` sets dozens, and `RUSTFLAGS` or `CARGO_PROFILE_…` would change what is built.
const KEPT: [&str; 12] = [
    "PATH",
    "HOME",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "TMPDIR",
    "TMP",
    "TEMP",
    "SystemRoot",
    "USERPROFILE",
    "APPDATA",
    "LOCALAPPDATA",
    "ProgramFiles(x86)",
];

/// Where systems keep compilers, linkers, libraries and what these read.
const SYSTEM: [&str; 23] = [
    "/bin",
    "/dev/urandom",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/gnu/store",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/nix/store",
    "/sbin",
    "/usr/bin",
    "/usr/include",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/sbin",
    "/usr/share",
];

/// Where Anvil's own sources lie on this machine.
const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

impl Invocation<'_> {
    /// By itself: for what is built of our own sources, and where the user wants nothing around it.
    pub(super) fn open(&self, cargo: &Path, home: Option<&Home>) -> Command {
        let mut command = command(cargo);
        command.args(self.arguments());
        // It must not outlive its host; what it has started ends by itself.
        anvil_worker::die_with_parent(&mut command);
        self.open_surroundings(&mut command, home);
        command
    }

    /// Watched by the worker's program, which leaves nothing of it.
    pub(super) fn watched(&self, cargo: &Path, home: Option<&Home>, program: &Path) -> Command {
        let exec = Exec {
            sandboxed: false,
            memory: u64::MAX,
            readable: Vec::new(),
            writable: Vec::new(),
            command: self.command(cargo),
        };
        let mut command = command(program);
        command.args(exec.arguments());
        self.open_surroundings(&mut command, home);
        command.stdin(Stdio::piped()); // the build is killed when this ends
        command
    }

    fn open_surroundings(&self, command: &mut Command, home: Option<&Home>) {
        command.current_dir(self.configured_in).envs(
            KEPT.iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        );
        if let Some(home) = home {
            command.env("CARGO_HOME", &home.path);
        }
        finish(command);
    }

    /// Fetches nothing, but unpacks what was fetched and never built: that writes where a build may only read.
    pub(super) fn unpack(&self, cargo: &Path) -> Command {
        self.fetch(cargo, false)
    }

    /// Chooses versions of what has none yet, and sees to it that all are there. Runs none of their code. `online`: with
    /// all of the user's environment, where proxies and registries are configured.
    pub(super) fn fetch(&self, cargo: &Path, online: bool) -> Command {
        let mut command = command(cargo);
        command
            .args(["fetch", "--target", TARGET, "--manifest-path"])
            .arg(self.folder.join("Cargo.toml"));
        if online {
            command.envs(env::vars_os());
        } else {
            command.arg("--offline");
        }
        self.open_surroundings(&mut command, None);
        command
    }

    /// In the sandbox.
    pub(super) fn confined(&self, cargo: &Path, sandbox: &Sandbox<'_>) -> Command {
        let path = env::var_os("PATH").unwrap_or_default();
        let rustup = env::var_os("RUSTUP_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".rustup")));

        let mut readable: Vec<PathBuf> = SYSTEM.map(PathBuf::from).into();
        readable.extend(env::split_paths(&path).filter(|folder| holds_programs(folder)));
        let real = ["cargo", "rustc"].into_iter().filter_map(real_folder);
        readable.extend(real.filter(|folder| holds_programs(folder)));
        // Not to be written: a configuration that a build left there would rule over the next one.
        readable.push(sandbox.home.path.clone());
        readable.extend(sandbox.home.readable.iter().cloned());
        let sources = Path::new(SOURCES);
        readable.push(sources.join("anvil-core"));
        // The sources are members of a workspace, whose manifest they inherit from.
        readable.push(sources.join("Cargo.toml"));
        if let Some(rustup) = &rustup {
            readable.extend(toolchains(rustup));
            readable.push(rustup.clone());
        }
        // The glue lies beside it.
        readable.extend(self.folder.parent().map(Path::to_path_buf));
        let exec = Exec {
            sandboxed: true,
            memory: sandbox.memory,
            readable,
            writable: vec![
                self.folder.to_owned(),
                self.target_directory.to_owned(),
                sandbox.temporary.to_owned(),
                "/dev/null".into(),
            ],
            command: self.command(cargo),
        };
        let mut command = command(sandbox.program);
        command
            .args(exec.arguments())
            // cargo looks for its configuration from here upwards: there is none but the one in its home.
            .current_dir("/")
            .env("PATH", path)
            .env("HOME", sandbox.temporary)
            .env("TMPDIR", sandbox.temporary)
            .env("CARGO_HOME", &sandbox.home.path);
        if let Some(rustup) = rustup.filter(|rustup| rustup.is_dir()) {
            command.env("RUSTUP_HOME", rustup);
        }
        finish(&mut command);
        command.stdin(Stdio::piped()); // the build is killed when this ends
        command
    }

    fn command(&self, cargo: &Path) -> Vec<OsString> {
        [cargo.into()].into_iter().chain(self.arguments()).collect()
    }

    fn arguments(&self) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = ["build", "--offline", "--profile", "anvil"]
            .into_iter()
            .chain(["--message-format", "json"])
            // With a target of its own, flags for the body do not reach build scripts, and a target that the
            // user's configuration sets does not matter.
            .chain(["--target", TARGET, "--target-dir"])
            .map(OsString::from)
            .collect();
        arguments.push(self.target_directory.into());
        arguments.push("--config".into());
        arguments.push(build_directory(self.target_directory).into());
        arguments.push("--manifest-path".into());
        arguments.push(self.folder.join("Cargo.toml").into());
        arguments
    }
}

/// What all runs have in common.
fn finish(command: &mut Command) {
    command
        // Set and empty, these override the flags and wrappers of the user's configuration files.
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // The toolchain that the host runs under or was built with: a body from another one would not fit.
    let toolchain = env::var_os("RUSTUP_TOOLCHAIN");
    if let Some(toolchain) = toolchain.or_else(|| option_env!("RUSTUP_TOOLCHAIN").map(Into::into)) {
        command.env("RUSTUP_TOOLCHAIN", toolchain);
    }
}

/// Where `program` is.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let name = format!("{program}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    let folders = env::split_paths(&path);
    folders
        .map(|folder| folder.join(&name))
        .find(|program| program.is_file())
}

/// The folder of a program that is only linked to on PATH.
fn real_folder(program: &str) -> Option<PathBuf> {
    let program = find(program)?.canonicalize().ok()?;
    Some(program.parent()?.to_owned())
}

/// Whether a folder on PATH may be read as a whole: not where it holds everything else, too.
fn holds_programs(folder: &Path) -> bool {
    let home = env::var_os("HOME").map(PathBuf::from);
    let holds_home = home.is_some_and(|home| home.starts_with(folder));
    folder.is_absolute() && !holds_home
}

/// Toolchains that are linked into rustup's folder lie elsewhere.
fn toolchains(rustup: &Path) -> Vec<PathBuf> {
    let toolchains = fs::read_dir(rustup.join("toolchains"));
    let toolchains = toolchains.into_iter().flatten().flatten();
    toolchains
        .filter_map(|toolchain| toolchain.path().canonicalize().ok())
        .collect()
}

/// cargo can keep intermediate files apart from the target directory; ours stay together.
fn build_directory(target_directory: &Path) -> String {
    let path = target_directory.to_string_lossy();
    format!("build.build-dir = {}", serde_json::Value::from(&*path))
}
