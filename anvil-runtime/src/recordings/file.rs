//! The files. They are volatile: what cannot be read or written is as if it had never been recorded.

use super::Recorded;
use crate::files::{create_private_folder, write_atomically};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use std::{env, process};

/// Where the recordings of all tools of one store lie.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

/// The recordings of one version.
#[derive(Debug, Clone)]
pub(super) struct File(PathBuf);

/// So many files are kept for a tool: versions come and go, and what was recorded for old ones helps nobody.
const KEPT: usize = 16;

impl Folder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// Beside the builds, apart from those of other stores.
    pub(crate) fn below(volatile: &Path, store: &Path) -> Self {
        Self(
            volatile
                .join("recordings")
                .join(digest(&store.to_string_lossy())),
        )
    }

    pub(super) fn file(&self, tool: &str, of: &str) -> File {
        let name = digest(of) + ".jsonl";
        File(self.0.join(tool).join(name))
    }
}

impl File {
    pub(super) fn read(&self) -> Vec<Recorded> {
        let text = fs::read_to_string(&self.0).unwrap_or_default();
        text.lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect()
    }

    pub(super) fn append(&self, call: &Recorded) -> io::Result<()> {
        let is_new = !self.0.exists();
        self.create_folder()?;
        let mut file = OpenOptions::new().create(true).append(true).open(&self.0)?;
        if is_new {
            self.prune();
        }
        // In one piece, so that lines of several processes do not mix; on a line of its own, whatever the last one's
        // writer got to.
        let mut line = vec![b'\n'];
        line.extend(bytes([call]));
        file.write_all(&line)
    }

    pub(super) fn write(&self, calls: &[Recorded]) -> io::Result<()> {
        self.create_folder()?;
        write_atomically(&self.0, &bytes(calls))?;
        self.prune();
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    fn create_folder(&self) -> io::Result<()> {
        self.0.parent().map_or(Ok(()), create_private_folder)
    }

    /// Removes the oldest files of the tool.
    fn prune(&self) {
        let entries = self.0.parent().map(fs::read_dir);
        let entries = entries.into_iter().flatten().flatten().flatten();
        let mut files: Vec<_> = entries
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        files.sort();
        for (_, path) in files.iter().rev().skip(KEPT) {
            let _ = fs::remove_file(path);
        }
    }
}

fn bytes<'c>(calls: impl IntoIterator<Item = &'c Recorded>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for call in calls {
        bytes.extend(serde_json::to_vec(call).expect("numbers always serialize"));
        bytes.push(b'\n');
    }
    bytes
}

/// What tells the running program from another build of it; where that cannot be told, from another run.
pub(crate) fn this_build() -> String {
    let file = env::current_exe().and_then(fs::metadata);
    match file.and_then(|file| Ok((file.len(), file.modified()?))) {
        Ok(file) => format!("{file:?}"),
        Err(_) => format!("{} {:?}", process::id(), SystemTime::now()),
    }
}

fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}
