//! One run of cargo, cut off from the user's environment and configuration.

use crate::cargo::build::BuildError;
use anvil_core::abi::TARGET;
use std::env;
use std::ffi::OsStr;
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};
use tokio::process::Command;

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

/// Builds the package in `folder`, with cargo's configuration as it is in `configured_in`; the output has
/// cargo's messages as JSON.
pub(super) async fn build(
    folder: &Path,
    target_directory: &Path,
    configured_in: &Path,
) -> Result<Output, BuildError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that starts processes"
    )]
    let mut cargo = Command::new("cargo");
    cargo
        .args(["build", "--offline", "--profile", "anvil"])
        .args(["--message-format", "json"])
        // With a target of its own, flags for the body do not reach build scripts, and a target that the
        // user's configuration sets does not matter.
        .args(["--target", TARGET])
        .arg("--target-dir")
        .arg(target_directory)
        .arg("--config")
        .arg(build_directory(target_directory))
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .current_dir(configured_in)
        .env_clear()
        .envs(
            KEPT.iter()
                .filter_map(|name| Some((name, env::var_os(name)?))),
        )
        // Set and empty, these override the flags and wrappers of the user's configuration files.
        .env("CARGO_ENCODED_RUSTFLAGS", "")
        .env("RUSTC_WRAPPER", "")
        .env("RUSTC_WORKSPACE_WRAPPER", "")
        .env("CARGO_TERM_COLOR", "never")
        .stdin(Stdio::null())
        .kill_on_drop(true);
    if let Some(toolchain) = toolchain() {
        cargo.env("RUSTUP_TOOLCHAIN", toolchain);
    }
    cargo.output().await.map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BuildError::NoCargo,
        _ => BuildError::Io {
            doing: "run cargo in",
            path: folder.to_owned(),
            source: error,
        },
    })
}

/// The toolchain that the host runs under or was built with: a body from another one would not fit.
fn toolchain() -> Option<impl AsRef<OsStr>> {
    env::var_os("RUSTUP_TOOLCHAIN").or_else(|| Some(option_env!("RUSTUP_TOOLCHAIN")?.into()))
}

/// cargo can keep intermediate files apart from the target directory; ours stay together.
fn build_directory(target_directory: &Path) -> String {
    let path = target_directory.to_string_lossy();
    format!("build.build-dir = {}", serde_json::Value::from(&*path))
}
