//! Moving full log files on, one process at a time.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Moves the log at `path` on to `path`.1, and that to `path`.2, and so on; of these, `kept` stay. Does
/// nothing if somebody else has done so meanwhile: if the log is no longer too full for `more` bytes.
pub(super) fn rotate(path: &Path, kept: u32, more: u64, max_bytes: u64) -> io::Result<()> {
    let lock = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(beside(path, "lock"))?;
    lock.lock()?;
    match fs::metadata(path) {
        Ok(log) if is_full(log.len(), more, max_bytes) => {}
        Ok(_) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    }
    for (number, old) in rotated(path)? {
        match number.checked_add(1) {
            Some(next) if next <= kept => fs::rename(old, numbered(path, next))?,
            _ => fs::remove_file(old)?,
        }
    }
    match kept {
        0 => fs::remove_file(path),
        _ => fs::rename(path, numbered(path, 1)),
    }
}

/// Whether a log of `length` bytes has no room for `more`. An empty one has room for any line.
pub(super) fn is_full(length: u64, more: u64, max_bytes: u64) -> bool {
    length > 0 && length.saturating_add(more) > max_bytes
}

/// Opens the files of the log at `path`, oldest first. Nobody moves them meanwhile.
pub(super) fn open_all(path: &Path) -> io::Result<Vec<File>> {
    let lock = beside(path, "lock");
    match File::open(&lock) {
        Ok(lock) => {
            let _ = lock.lock_shared(); // where there are no locks, nothing is moved either
            open_each(path)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let files = open_each(path);
            // It is there from the first rotation on, which may have begun just now.
            if lock.exists() { open_all(path) } else { files }
        }
        Err(error) => Err(error),
    }
}

fn open_each(path: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    for (_, old) in rotated(path)? {
        files.push(File::open(old)?);
    }
    match File::open(path) {
        Ok(file) => files.push(file),
        // It was moved on, and nothing has happened since.
        Err(error) if error.kind() == io::ErrorKind::NotFound && !files.is_empty() => {}
        Err(error) => return Err(error),
    }
    Ok(files)
}

/// The files that the log at `path` was moved on to, with their numbers, oldest first.
fn rotated(path: &Path) -> io::Result<Vec<(u32, PathBuf)>> {
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_string_lossy().rsplit('.').next().map(str::parse);
        if let Some(Ok(number)) = number
            && number > 0
            && numbered(path, number).file_name() == Some(&name)
        {
            found.push((number, numbered(path, number)));
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    Ok(found)
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    beside(path, &number.to_string())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(ending);
    name.into()
}
