//! Files without a name: what a worker prints, the dylib that it loads, and its program.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// What a worker prints. Bounded: on Linux by the worker's own limit on files, everywhere by what is read of it.
#[derive(Debug)]
pub(super) struct Log {
    file: File,
    /// How much of it was taken.
    taken: u64,
}

/// Of what a worker printed, this much is looked at.
const TAIL: u64 = 4096;
/// Of what one call printed, this much is told.
const MOST_TAKEN: u64 = 16 << 10;
/// The last lines that tell why a process died.
const LAST_LINES: usize = 4;
/// Longer than this, a log is emptied between calls.
const LONGEST: u64 = 64 << 10;

impl Log {
    pub(super) fn new() -> io::Result<Self> {
        let file = appending()?;
        Ok(Self { file, taken: 0 })
    }

    /// Where the worker writes to.
    pub(super) fn stdio(&self) -> io::Result<Stdio> {
        Ok(self.file.try_clone()?.into())
    }

    /// What was printed since this was asked the last time, or the beginning of it. One that has grown long is emptied:
    /// only the last lines ever matter.
    pub(super) fn take(&mut self) -> Option<String> {
        let length = self.file.metadata().ok()?.len();
        if length <= self.taken {
            return None; // nearly always
        }
        let printed = self.read(self.taken, MOST_TAKEN);
        let emptied = length > LONGEST && self.file.set_len(0).is_ok();
        self.taken = if emptied { 0 } else { length };
        printed.ok().filter(|printed| !printed.trim().is_empty())
    }

    fn read(&self, from: u64, most: u64) -> io::Result<String> {
        let mut file = &self.file;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// The last lines.
    pub(super) fn last_lines(&self) -> Vec<String> {
        let length = self.file.metadata().map_or(0, |log| log.len());
        let tail = self.read(length.saturating_sub(TAIL), TAIL);
        let tail = tail.unwrap_or_default();
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
    fn what_was_printed_is_taken_once_its_last_lines_stay_and_a_long_log_is_emptied() {
        let mut log = Log::new().unwrap();
        assert_eq!(log.last_lines(), Vec::<String>::new());
        assert_eq!(log.take(), None);
        let mut writer = log.file.try_clone().unwrap();
        for line in 0..9 {
            writeln!(writer, "line {line}\n").unwrap();
        }
        assert_eq!(log.last_lines(), ["line 5", "line 6", "line 7", "line 8"]);
        let printed = log.take().unwrap();
        assert!(printed.starts_with("line 0\n") && printed.ends_with("line 8\n\n"));
        assert_eq!(log.take(), None);
        assert_eq!(log.last_lines().len(), 4);

        writer.write_all(&vec![b'x'; 70 << 10]).unwrap();
        assert_eq!(log.take().unwrap(), "x".repeat(16 << 10));
        assert_eq!(log.last_lines(), Vec::<String>::new());
        writeln!(writer, "afterwards").unwrap();
        assert_eq!(log.last_lines(), ["afterwards"]);
        assert_eq!(log.file.metadata().unwrap().len(), 11);
        assert_eq!(log.take().unwrap(), "afterwards\n");
    }
}
