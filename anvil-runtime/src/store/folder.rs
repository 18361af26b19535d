//! One tool's folder: where what lies, whose it is, and who may write.

use crate::files::TEMPORARY;
use crate::store::lock::LOCK;
use crate::store::pending::PENDING;
use crate::store::rejected::REJECTED;
use crate::store::write::write;
use crate::store::{Lock, StoreError};
use crate::version::Version;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All tools below one folder.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

impl Store {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Waits for the right to make a new body for `tool`, in this and any other process. Blocks.
    pub(crate) fn lock(&self, tool: &str) -> Result<Lock, StoreError> {
        let folder = self.folder(tool);
        self.refuse_if_not_ours(&folder)?;
        create(&folder.join("versions"))?;
        ignore_our_own(&self.root)?;
        let lock = Lock::take(&folder)?;
        sweep(&folder);
        sweep(&folder.join("versions"));
        sweep(&folder.join(REJECTED));
        if !self.pending_record_path(tool).exists() {
            remove(self.pending_path(tool))?; // a killed process left it, before it was whole
        }
        Ok(lock)
    }

    /// A folder that holds something else than a tool, or half of one, is somebody's: it is left alone.
    pub(super) fn refuse_if_not_ours(&self, folder: &Path) -> Result<(), StoreError> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
                return Err(StoreError::NotOurs(folder.to_owned()));
            }
            Err(source) => return Err(failed("read", folder.to_owned())(source)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed("read", folder.to_owned()))?;
            names.push(entry.file_name());
        }
        let known = names.iter().any(|name| name == "tool.json")
            || names.iter().all(|name| {
                let name = name.to_string_lossy();
                name == "versions"
                    || OURS.contains(&&*name)
                    || PENDING.contains(&&*name)
                    || name.starts_with(TEMPORARY)
            });
        if known {
            Ok(())
        } else {
            Err(StoreError::NotOurs(folder.to_owned()))
        }
    }

    pub(super) fn folder(&self, tool: &str) -> PathBuf {
        self.root.join(tool)
    }

    pub(super) fn record_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join("tool.json")
    }

    pub(super) fn live_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join("tool.rs")
    }

    /// Stands there while `tool.rs` is not what the record says: without it, any difference is the user's.
    pub(super) fn behind_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join(BEHIND)
    }

    pub(super) fn rejected_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join(REJECTED)
    }

    pub(super) fn version_path(&self, tool: &str, version: Version) -> PathBuf {
        self.folder(tool).join(format!("versions/{version}.rs"))
    }
}

const BEHIND: &str = ".behind";

/// What is not for users to commit.
const OURS: [&str; 3] = [LOCK, BEHIND, REJECTED];

/// Lock files, what was turned back, and what a killed process leaves, lie beside what users commit.
fn ignore_our_own(root: &Path) -> Result<(), StoreError> {
    let path = root.join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    write(
        &path,
        &format!("{LOCK}\n{BEHIND}\n{REJECTED}/\n{TEMPORARY}*\n"),
    )
}

/// Removes what killed processes left. The caller holds the lock, so nobody is writing.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

pub(super) fn create(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(failed("create", folder.to_owned()))
}

/// Removes a file, if it is there.
pub(super) fn remove(path: PathBuf) -> Result<(), StoreError> {
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

pub(super) fn failed(doing: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io {
        doing,
        path,
        source,
    }
}
