//! What cargo says, read: where the result is, and whose fault it is where there is none.

use crate::cargo::build::{BuildError, failed};
use crate::cargo::run::Output;
use crate::text::shortened;
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{Message, TargetKind};
use std::path::{Path, PathBuf};

/// More of the compiler's words than this help nobody: the first errors cause the later ones.
const LONGEST_DIAGNOSTICS: usize = 12_000;

/// The file among cargo's messages, or the compiler's errors about the body, which is called `name`, or its glue.
pub(super) fn read(
    output: &Output,
    name: &str,
    glue: Option<&str>,
    folder: &Path,
    kind: TargetKind,
) -> Result<PathBuf, BuildError> {
    let mut built = None;
    let mut refused = String::new();
    let mut declared = String::new();
    let mut hindered = String::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        match message.map_err(failed("read what cargo says about", folder))? {
            Message::CompilerArtifact(artifact) if artifact.target.kind.contains(&kind) => {
                built = artifact.filenames.into_iter().next();
            }
            Message::CompilerMessage(compiler)
                if compiler.message.level == DiagnosticLevel::Error =>
            {
                let diagnostic = compiler.message;
                // A linker that is missing or a disk that is full is told without a place in the source.
                let has_place = diagnostic.code.is_some() || !diagnostic.spans.is_empty();
                let about = |target: &str| has_place && compiler.target.name == target;
                let errors = if about(name) {
                    &mut refused
                } else if glue.is_some_and(about) {
                    &mut declared
                } else {
                    &mut hindered
                };
                errors.push_str(&diagnostic.rendered.unwrap_or(diagnostic.message));
                errors.push('\n');
            }
            _ => {}
        }
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if let Some(path) = built.filter(|_| output.status.success()) {
        return Ok(path.into());
    }
    if refused.is_empty() && declared.is_empty() && hindered.is_empty() {
        // A compiler that died of the body had nothing to say about it, nor had one that died of a disk that is full.
        if FULL_DISK.iter().any(|words| said.contains(words)) {
            hindered = "error: the compiler could not write: the disk is full\n".to_owned();
        } else if said.contains(&format!("could not compile `{name}`")) {
            let how = how_the_compiler_died(&said);
            refused = format!("error: the compiler did not survive it{how}\n{said}");
        } else if let Some(signal) = signal(output) {
            hindered = format!("error: cargo was ended by {signal}\n");
        }
    }
    if !refused.is_empty() {
        let words = shortened(&refused, LONGEST_DIAGNOSTICS);
        return Err(BuildError::Refused(words));
    }
    if !declared.is_empty() {
        let words = shortened(&declared, LONGEST_DIAGNOSTICS);
        return Err(BuildError::Declaration(words));
    }
    hindered.push_str(&said);
    Err(BuildError::Cargo {
        path: folder.to_owned(),
        errors: shortened(&hindered, LONGEST_DIAGNOSTICS),
    })
}

/// Whether cargo got as far as this package.
pub(super) fn is_built(output: &Output, name: &str) -> bool {
    let mut messages = Message::parse_stream(output.stdout.as_slice()).flatten();
    messages.any(
        |message| matches!(message, Message::CompilerArtifact(artifact) if artifact.target.name == name),
    )
}

/// Whether cargo wanted to unpack a crate that was downloaded and never built, which the sandbox forbids.
pub(super) fn must_be_unpacked(output: &Output) -> bool {
    let words = String::from_utf8_lossy(&output.stderr);
    !output.status.success() && words.contains("failed to unpack")
}

/// What the system says of a disk, a quota or a file that is full.
const FULL_DISK: [&str; 3] = [
    "No space left on device",
    "Disk quota exceeded",
    "File too large",
];

/// In one line, because what else it said may be lost on the way to whoever asks.
fn how_the_compiler_died(said: &str) -> String {
    if said.contains("memory allocation of") {
        return ": it ran out of memory".to_owned();
    }
    let signal = said.split_once("(signal: ");
    let signal = signal.and_then(|(_, rest)| rest.split(')').next());
    signal.map_or_else(String::new, |signal| format!(": signal {signal}"))
}

/// What cargo was ended by, if not by itself. In the sandbox that is told with the exit code, as shells do.
fn signal(output: &Output) -> Option<String> {
    #[cfg(unix)]
    let number = std::os::unix::process::ExitStatusExt::signal(&output.status);
    #[cfg(not(unix))]
    let number = None;
    let number = number.or_else(|| output.status.code()?.checked_sub(128));
    match number? {
        9 => Some("SIGKILL".to_owned()),
        number @ 1.. => Some(format!("signal {number}")),
        _ => None,
    }
}
