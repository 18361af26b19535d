//! Files without a name: what a worker prints, the dylib that it loads, and its program.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a worker prints. Bounded: on Linux by the worker's own limit on files, everywhere by what is read of it.
#[derive(Debug)]
pub(super) struct Log(File);

/// Of what a worker printed, this much is looked at.
const TAIL: u64 = 4096;
/// The last lines that tell why a process died.
const LAST_LINES: usize = 4;
/// Longer than this, a log is emptied between calls.
const LONGEST: u64 = 64 << 10;

impl Log {
    pub(super) fn new() -> io::Result<Self> {
        appending().map(Self)
    }

    /// Where the worker writes to.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.0.try_clone()?.into())
    }

    /// Empties it when it has grown long: only the last lines ever matter.
    pub(super) fn keep_short(&self) {
        if self.0.metadata().is_ok_and(|log| log.len() > LONGEST) {
            let _ = self.0.set_len(0);
        }
    }

    /// The last lines.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let tail = || {
            let mut file = &self.0;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
            let mut tail = Vec::new();
            file.take(TAIL).read_to_end(&mut tail)?;
            Ok::<_, io::Error>(tail)
        };
        let tail = tail().unwrap_or_default();
        let tail = String::from_utf8_lossy(&tail);
        let lines = tail.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut last: Vec<String> = lines.rev().take(LAST_LINES).map(str::to_owned).collect();
        last.reverse();
        last
    }
}

#[cfg(target_os = "linux")]
fn appending() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, OFlags, fcntl_setfl, memfd_create};
    let file = memfd_create("anvil-log", MemfdFlags::CLOEXEC)?;
    // Emptied between calls, it starts again at its beginning.
    fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(file.into())
}

#[cfg(not(target_os = "linux"))]
fn appending() -> io::Result<File> {
    let named = tempfile::NamedTempFile::new()?;
    File::options().read(true).append(true).open(named.path())
}

/// A dylib for workers to load: its content, in a file that nobody can change any more.
#[cfg(target_os = "linux")]
#[derive(Debug)]
pub(super) struct Image(File);

#[cfg(target_os = "linux")]
impl Image {
    pub(super) fn new(dylib: &[u8]) -> io::Result<Self> {
        sealed("anvil-dylib", dylib).map(Self)
    }

    /// How the worker is handed it, and under which path it finds it.
    pub(super) fn handed_over(&self) -> io::Result<(Stdio, &'static str)> {
        Ok((self.0.try_clone()?.into(), "/proc/self/fd/1"))
    }
}

/// The worker's program. On Linux it is its content, as it was when it was checked: workers can be started as long as
/// this process lives, whatever becomes of the file.
#[derive(Debug)]
pub(crate) struct Program {
    path: PathBuf,
    #[cfg(target_os = "linux")]
    _content: File,
}

impl Program {
    /// The program at `path`, whose content was checked.
    #[cfg(target_os = "linux")]
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        use std::os::fd::AsRawFd;
        let content = sealed("anvil-worker", &std::fs::read(path)?)?;
        Ok(Self {
            // A child has the same open files until it becomes the program.
            path: format!("/proc/self/fd/{}", content.as_raw_fd()).into(),
            _content: content,
        })
    }

    /// The program at `path`, whose content was checked.
    #[cfg(not(target_os = "linux"))]
    pub(crate) fn new(path: &Path) -> io::Result<Self> {
        let path = path.to_owned();
        Ok(Self { path })
    }

    /// What children of this process start it by.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[cfg(target_os = "linux")]
fn sealed(name: &str, content: &[u8]) -> io::Result<File> {
    use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
    use std::io::Write;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    // Where `vm.memfd_noexec` is set, what is to be run has to say so; before Linux 6.3 nobody could.
    let file = memfd_create(name, flags | MemfdFlags::EXEC).or_else(|error| match error {
        rustix::io::Errno::INVAL => memfd_create(name, flags),
        error => Err(error),
    });
    let mut file = File::from(file?);
    file.write_all(content)?;
    let sealed = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    fcntl_add_seals(&file, sealed)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn the_last_lines_are_told_and_the_log_is_kept_short() {
        let log = Log::new().unwrap();
        assert_eq!(log.last_lines(), Vec::<String>::new());
        let mut writer = &log.0;
        for line in 0..9 {
            writeln!(writer, "line {line}\n").unwrap();
        }
        assert_eq!(log.last_lines(), ["line 5", "line 6", "line 7", "line 8"]);
        log.keep_short();
        assert_eq!(log.last_lines().len(), 4);

        writer.write_all(&vec![b'x'; 70 << 10]).unwrap();
        log.keep_short();
        assert_eq!(log.last_lines(), Vec::<String>::new());
        writeln!(writer, "afterwards").unwrap();
        assert_eq!(log.last_lines(), ["afterwards"]);
        assert_eq!(log.0.metadata().unwrap().len(), 11);
    }
}
