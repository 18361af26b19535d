//! The log on disk, as it is written.

use crate::event::Event;
use crate::log::rotation;
use crate::telemetry;
use crate::text::one_line;
use std::fs::{self, File, Metadata};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{self, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Appends events to a file that other threads and processes append to as well.
#[derive(Debug)]
pub(super) struct LogFile {
    path: PathBuf,
    max_bytes: u64,
    files_kept: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// As it was left after the last event, if that could be written.
    open: Option<Open>,
    failing: bool,
    failures: u64,
    latest: Option<String>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// As it was when it was opened.
    metadata: Metadata,
    /// How long it was after our last line, unless others have written since. A line ends there.
    end: u64,
}

impl LogFile {
    /// Opens the log at `path`, in a folder that is made if need be.
    pub(super) fn open(path: PathBuf, max_bytes: u64, files_kept: u32) -> io::Result<Self> {
        let log = Self {
            path: path::absolute(path)?,
            max_bytes,
            files_kept,
            state: Mutex::default(),
        };
        let open = log.open_anew().map_err(|error| {
            let message = format!("cannot open the log {}: {error}", log.path.display());
            io::Error::new(error.kind(), message)
        })?;
        log.state().open = Some(open);
        Ok(log)
    }

    /// Writes one event. Failing at it is told, and fails nothing else.
    pub(super) fn write(&self, event: &Event) {
        let bytes = between_line_ends(event);
        let mut state = self.state();
        let outcome = bytes.and_then(|bytes| self.append(&mut state.open, &bytes));
        let failed_before = state.failing;
        state.failing = outcome.is_err();
        if let Err(error) = outcome {
            let reason = one_line(&error.to_string());
            state.failures += 1;
            state.latest = Some(reason.clone());
            drop(state);
            if !failed_before {
                telemetry::log_fails(&self.path, &reason);
            }
        }
    }

    /// Why the log could not be written when that last happened, and how often it has.
    pub(super) fn error(&self) -> Option<String> {
        let state = self.state();
        let reason = state.latest.as_ref()?;
        let (path, times) = (self.path.display(), state.failures);
        let plural = if times == 1 { "" } else { "s" };
        Some(format!(
            "the log {path} could not be written {times} time{plural}, last because: {reason}"
        ))
    }

    /// Appends the line in `bytes`, and its leading line end only where the line before was cut short.
    fn append(&self, open: &mut Option<Open>, bytes: &[u8]) -> io::Result<()> {
        let line = &bytes[1..];
        let more = line.len() as u64;
        // Taken, so that after any failure the next event opens the file anew.
        let (mut log, mut length) = self.current(open.take())?;
        let mut moved_on = Ok(());
        while moved_on.is_ok() && rotation::is_full(length, more, self.max_bytes) {
            moved_on = rotation::rotate(&self.path, self.files_kept, more, self.max_bytes);
            (log, length) = self.current(Some(log))?;
        }
        // Any other process may have been stopped in the middle of a line.
        let cut_short =
            length > 0 && length != log.end && !ends_in_line_end(&mut log.file, length)?;
        let bytes = if cut_short { bytes } else { line };
        write_at_once(&mut log.file, bytes)?;
        log.end = length + bytes.len() as u64;
        *open = Some(log);
        // A log that is too large is better than none, but the user should know.
        moved_on.map_err(|error| {
            let message = format!("it is full and cannot be rotated: {error}");
            io::Error::new(error.kind(), message)
        })
    }

    /// The file at the path of the log, which is `open` unless that was moved on or removed, and its length.
    fn current(&self, open: Option<Open>) -> io::Result<(Open, u64)> {
        if let Some(open) = open
            && let Ok(there) = fs::metadata(&self.path)
            && is_same(&open.metadata, &there)
        {
            return Ok((open, there.len()));
        }
        let open = self.open_anew()?;
        let length = open.metadata.len();
        Ok((open, length))
    }

    fn open_anew(&self) -> io::Result<Open> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = File::options()
            .create(true)
            .read(true)
            .append(true)
            .open(&self.path)?;
        Ok(Open {
            metadata: file.metadata()?,
            file,
            end: 0,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(unix)]
fn is_same(file: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    (file.dev(), file.ino()) == (other.dev(), other.ino())
}

/// Elsewhere this cannot be told, so the log is opened for each event.
#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    false
}

/// The event as a line, with a line end also before it.
fn between_line_ends(event: &Event) -> io::Result<Vec<u8>> {
    let mut bytes = vec![b'\n'];
    serde_json::to_writer(&mut bytes, event)?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn ends_in_line_end(file: &mut File, length: u64) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The rest of a line that did not fit must not be written later, after somebody else's.
fn write_at_once(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    loop {
        match file.write(bytes) {
            Ok(written) if written == bytes.len() => return Ok(()),
            Ok(written) => {
                let message = format!("only {written} of {} bytes were written", bytes.len());
                return Err(io::Error::other(message));
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::log::load::load;
    use crate::telemetry::tests::told;
    use std::thread;

    fn open(path: &std::path::Path, max_bytes: u64, files_kept: u32) -> LogFile {
        LogFile::open(path.to_owned(), max_bytes, files_kept).unwrap()
    }

    fn event(number: usize) -> Event {
        let mut event = Event::new(EventKind::ToolFailed, "a").with("number", number);
        event.timestamp = jiff::Timestamp::UNIX_EPOCH; // all lines are of one length
        event.error = Some("two\nlines".to_owned());
        event
    }

    fn numbers(events: &[Event]) -> Vec<u64> {
        let number = |event: &Event| event.metadata["number"].as_u64().unwrap();
        events.iter().map(number).collect()
    }

    #[test]
    fn lines_of_several_threads_are_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not/there/yet/anvil.log");
        let log = open(&path, u64::MAX, 0);
        thread::scope(|scope| {
            for thread in 0..8 {
                let log = &log;
                scope.spawn(move || (0..200).for_each(|n| log.write(&event(thread * 200 + n))));
            }
        });
        let loaded = load(&path).unwrap();
        assert_eq!(loaded.skipped, 0);
        let mut numbers = numbers(&loaded.events);
        numbers.sort_unstable();
        assert_eq!(numbers, (0..1600).collect::<Vec<u64>>());
        assert_eq!(log.error(), None);
    }

    #[test]
    fn a_full_log_is_moved_on_and_the_oldest_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let line = between_line_ends(&event(10)).unwrap().len() as u64;
        let log = open(&path, 3 * line, 2);
        (10..25).for_each(|number| log.write(&event(number)));
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(
            names,
            ["anvil.log", "anvil.log.1", "anvil.log.2", "anvil.log.lock"]
        );
        for name in ["anvil.log", "anvil.log.1", "anvil.log.2"] {
            let length = fs::metadata(folder.path().join(name)).unwrap().len();
            assert!(length <= 3 * line, "{name} has {length} bytes");
        }
        assert_eq!(
            numbers(&load(&path).unwrap().events),
            (16..25).collect::<Vec<u64>>()
        );
    }

    #[test]
    fn a_line_that_is_larger_than_a_file_may_be_gets_one_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let log = open(&path, 10, 9);
        (0..3).for_each(|number| log.write(&event(number)));
        assert_eq!(numbers(&load(&path).unwrap().events), [0, 1, 2]);
        assert!(folder.path().join("anvil.log.2").exists());
        // Fewer are kept from now on.
        let log = open(&path, 10, 1);
        log.write(&event(3));
        assert_eq!(numbers(&load(&path).unwrap().events), [2, 3]);
        let log = open(&path, 10, 0);
        log.write(&event(4));
        assert_eq!(numbers(&load(&path).unwrap().events), [4]);
        assert_eq!(log.error(), None);
    }

    #[test]
    fn two_that_share_a_log_and_move_it_on_lose_no_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let logs = [open(&path, 1000, u32::MAX), open(&path, 1000, u32::MAX)];
        thread::scope(|scope| {
            for thread in 0..4 {
                let log = &logs[thread % 2];
                scope.spawn(move || (0..200).for_each(|n| log.write(&event(thread * 200 + n))));
            }
            for _ in 0..20 {
                assert_eq!(load(&path).unwrap().skipped, 0);
            }
        });
        let loaded = load(&path).unwrap();
        assert_eq!(loaded.skipped, 0);
        let mut found = numbers(&loaded.events);
        for thread in 0..4 {
            let of_thread = found.iter().filter(|number| *number / 200 == thread);
            assert!(of_thread.is_sorted(), "the oldest come first");
        }
        found.sort_unstable();
        assert_eq!(found, (0..800).collect::<Vec<u64>>());
        assert!(logs.iter().all(|log| log.error().is_none()));
    }

    #[test]
    fn a_line_that_was_cut_short_is_not_glued_to_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let cut_short = || {
            let mut other = File::options().append(true).open(&path).unwrap();
            other.write_all(b"{\"timestamp\":\"20").unwrap();
        };
        let log = open(&path, u64::MAX, 0);
        log.write(&event(0));
        cut_short(); // by another process, while this one has the file open
        log.write(&event(1));
        cut_short();
        let log = open(&path, u64::MAX, 0);
        log.write(&event(2));
        log.write(&event(3));
        let loaded = load(&path).unwrap();
        assert_eq!(numbers(&loaded.events), [0, 1, 2, 3]);
        assert_eq!(loaded.skipped, 2);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 6);
    }

    #[test]
    fn a_log_that_cannot_be_written_is_told_and_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let logs = folder.path().join("logs");
        let path = logs.join("anvil.log");
        let log = open(&path, u64::MAX, 0);
        log.write(&event(0));
        fs::remove_dir_all(&logs).unwrap();
        fs::write(&logs, "a file").unwrap();
        let told = told(|| (1..3).for_each(|number| log.write(&event(number))));
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!(told[0].0, "WARN");
        let error = log.error().unwrap();
        assert!(
            error.contains("anvil.log could not be written 2 times, last because: "),
            "{error}"
        );
        fs::remove_file(&logs).unwrap();
        log.write(&event(3));
        assert_eq!(log.error().unwrap(), error);
        assert_eq!(numbers(&load(&path).unwrap().events), [3]);
        let error = LogFile::open(path.join("below"), 1, 1).unwrap_err();
        assert!(error.to_string().contains("cannot open the log"), "{error}");
    }

    #[test]
    fn a_log_that_somebody_empties_or_removes_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        let log = open(&path, u64::MAX, 0);
        log.write(&event(0));
        File::create(&path).unwrap();
        log.write(&event(1));
        assert_eq!(numbers(&load(&path).unwrap().events), [1]);
        if cfg!(unix) {
            fs::remove_file(&path).unwrap();
            log.write(&event(2));
            assert_eq!(numbers(&load(&path).unwrap().events), [2]);
        }
        assert_eq!(log.error(), None);
    }

    #[test]
    fn a_log_that_cannot_be_moved_on_grows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anvil.log");
        fs::create_dir(folder.path().join("anvil.log.lock")).unwrap();
        let log = open(&path, 10, 1);
        (0..3).for_each(|number| log.write(&event(number)));
        assert_eq!(numbers(&load(&path).unwrap().events), [0, 1, 2]);
        assert!(log.error().unwrap().contains("2 times"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_fails_no_event() {
        let log = open(std::path::Path::new("/dev/full"), u64::MAX, 0);
        log.write(&event(0));
        assert!(log.error().unwrap().contains("1 time, last because: "));
    }
}
