//! Reading what is stored. Writes nothing, and waits for nobody.

use crate::spec::is_tool_name;
use crate::store::folder::failed;
use crate::store::text::without_footer;
use crate::store::{Origin, Record, Store, StoreError};
use crate::version::Version;
use serde::de::DeserializeOwned;
use std::fs;
use std::io;
use std::path::Path;

/// A tool as it lies on disk.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) record: Record,
    /// The body to run: the current version's, or the user's own edit of it.
    pub(crate) body: String,
    /// Whose `tool.rs` is.
    pub(crate) live_file: LiveFile,
}

/// What `tool.rs` holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LiveFile {
    /// The current version.
    Current,
    /// An earlier version, or nothing: whoever committed the current one got no further.
    Behind,
    /// Something of the user's. It is theirs from then on.
    Edited,
}

impl Stored {
    /// Whether `version` is current, and stands in the declaration.
    pub(crate) fn is_declared_as(&self, version: Version) -> bool {
        let record = &self.record;
        record.current == version && record.origin_of(version) == Some(&Origin::Declared)
    }

    /// Whether the user took the tool over.
    pub(crate) fn edited(&self) -> bool {
        self.live_file == LiveFile::Edited
    }
}

impl Store {
    /// The tool as it is stored, or nothing if it never was. Writes nothing and waits for nobody: a commit
    /// that happens meanwhile is seen as a whole or not at all.
    pub(crate) fn load(&self, tool: &str) -> Result<Option<Stored>, StoreError> {
        loop {
            let Some(record) = self.record(tool)? else {
                self.refuse_if_not_ours(&self.folder(tool))?;
                return Ok(None);
            };
            let stored = self.stored(tool, record)?;
            if self.record(tool)?.as_ref() == Some(&stored.record) {
                return Ok(Some(stored));
            }
        }
    }

    /// The names of all tools that are stored, in order, also of those whose first body waits for a person. A folder that cannot be read has none.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.root()).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| {
                is_tool_name(name)
                    && (self.record_path(name).is_file()
                        || self.pending_record_path(name).is_file())
            })
            .collect();
        names.sort();
        names
    }

    /// What of a tool's files decides what should be live, as it is right now: two that are equal mean that nobody
    /// changed anything. Nothing where there is no tool.
    pub(crate) fn glance(&self, tool: &str) -> Option<[u8; 32]> {
        let record = fs::read(self.record_path(tool)).ok()?;
        let live = fs::read(self.live_path(tool)).unwrap_or_default();
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(record.len() as u64).to_le_bytes());
        hasher.update(&record);
        hasher.update(&live);
        Some(*hasher.finalize().as_bytes())
    }

    /// The body of one version.
    pub(crate) fn body(&self, tool: &str, version: Version) -> Result<String, StoreError> {
        let text = self.source(tool, version)?;
        Ok(without_footer(&text).to_owned())
    }

    fn stored(&self, tool: &str, record: Record) -> Result<Stored, StoreError> {
        // Looked at before `tool.rs` is: a writer takes the sign away once that file is right.
        let sign = self.behind_path(tool).exists();
        let path = self.live_path(tool);
        let found = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed("read", path)(source)),
        };
        let current = match self.source(tool, record.current) {
            Err(StoreError::Io { source, .. })
                if source.kind() == io::ErrorKind::NotFound && found.is_some() =>
            {
                None
            }
            current => Some(current?),
        };
        let behind = |found: &str| sign && self.is_a_version(tool, &record, found);
        let (text, live_file) = match (current, found) {
            (Some(current), None) => (current, LiveFile::Behind),
            (Some(current), Some(found)) if found == current => (current, LiveFile::Current),
            (Some(current), Some(found)) if behind(&found) => (current, LiveFile::Behind),
            (_, Some(found)) => (found, LiveFile::Edited),
            (None, None) => unreachable!("a missing version is an error where there is no tool.rs"),
        };
        Ok(Stored {
            body: without_footer(&text).to_owned(),
            record,
            live_file,
        })
    }

    /// Whether `text` is what one of the recorded versions says.
    fn is_a_version(&self, tool: &str, record: &Record, text: &str) -> bool {
        record.versions.iter().any(|known| {
            self.source(tool, known.version)
                .is_ok_and(|source| source == text)
        })
    }

    fn record(&self, tool: &str) -> Result<Option<Record>, StoreError> {
        let path = self.record_path(tool);
        match read_json::<Record>(&path)? {
            // A copied folder: what is written to it would go to the tool that it was copied from.
            Some(record) if record.spec.name != tool => Err(StoreError::OtherTool {
                path,
                found: record.spec.name,
            }),
            record => Ok(record),
        }
    }

    /// A version's file as it is, footer and all.
    pub(super) fn source(&self, tool: &str, version: Version) -> Result<String, StoreError> {
        let path = self.version_path(tool, version);
        fs::read_to_string(&path).map_err(failed("read", path))
    }
}

/// What a file of the store's own says, if it is there, in the format that this code knows.
pub(super) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, StoreError> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(failed("read", path.to_owned())(source)),
    };
    #[derive(serde::Deserialize)]
    struct Format {
        format: u32,
    }
    let path = path.to_owned();
    match serde_json::from_slice(&bytes) {
        Ok(Format { format }) if format != Record::FORMAT => Err(StoreError::OtherFormat {
            path,
            found: format,
        }),
        _ => match serde_json::from_slice(&bytes) {
            Ok(record) => Ok(Some(record)),
            Err(source) => Err(StoreError::Record { path, source }),
        },
    }
}
