//! Reading and writing one tool's folder.

use crate::files::{TEMPORARY, write_atomically};
use crate::spec::ToolSpec;
use crate::store::lock::LOCK;
use crate::store::text::{with_footer, without_footer};
use crate::store::{Lock, Origin, Record, StoreError, VersionRecord};
use crate::version::Version;
use jiff::Timestamp;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// All tools below one folder.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

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
    /// Whether the user took the tool over.
    pub(crate) fn edited(&self) -> bool {
        self.live_file == LiveFile::Edited
    }
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
        Ok(lock)
    }

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

    /// Brings `tool.rs` up to the current version, where a commit got no further. What cannot be done now,
    /// because somebody is writing or the folder is read-only, is left for another time.
    pub(crate) fn repair(&self, tool: &str) {
        let Some(_lock) = Lock::try_take(&self.folder(tool)) else {
            return;
        };
        if let Ok(Some(stored)) = self.load(tool)
            && stored.live_file == LiveFile::Behind
            && let Ok(text) = self.source(tool, stored.record.current)
        {
            self.write_live(tool, &text);
        }
    }

    /// Makes `body` the current version of the tool that `spec` declares. The caller holds its [`Lock`].
    ///
    /// The version is the next that the tool never had: none is ever overwritten.
    pub(crate) fn commit(
        &self,
        _lock: &Lock,
        spec: &ToolSpec,
        body: &str,
        model: String,
        origin: Origin,
    ) -> Result<Version, StoreError> {
        let tool = &spec.name;
        let stored = self.load(tool)?;
        if stored.as_ref().is_some_and(Stored::edited) {
            return Err(StoreError::Edited(self.live_path(tool)));
        }
        let record = stored.map(|stored| stored.record);
        let version = Record::next_version(record.as_ref(), &origin);
        let next = VersionRecord {
            version,
            created: Timestamp::now(),
            model,
            origin,
        };
        let text = with_footer(body, tool, version);
        write(&self.version_path(tool, version), &text)?;
        write(&self.behind_path(tool), "")?;
        let record = Record::with_next(record, spec, next);
        let json = serde_json::to_string_pretty(&record).expect("a record always serializes");
        write(&self.record_path(tool), &(json + "\n"))?;
        // That was the commit. `tool.rs` follows; if it cannot now, the next process repairs it.
        self.write_live(tool, &text);
        Ok(version)
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

    /// Brings `tool.rs` up to date, and takes away the sign that it is not. If it cannot be done now, the
    /// sign stays.
    fn write_live(&self, tool: &str, text: &str) {
        if write(&self.live_path(tool), text).is_ok() {
            let _ = fs::remove_file(self.behind_path(tool));
        }
    }

    fn record(&self, tool: &str) -> Result<Option<Record>, StoreError> {
        let path = self.record_path(tool);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(failed("read", path)(source)),
        };
        #[derive(serde::Deserialize)]
        struct Format {
            format: u32,
        }
        match serde_json::from_slice(&bytes) {
            Ok(Format { format }) if format > Record::FORMAT => Err(StoreError::Newer {
                path,
                found: format,
            }),
            _ => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|source| StoreError::Record { path, source }),
        }
    }

    /// A version's file as it is, footer and all.
    fn source(&self, tool: &str, version: Version) -> Result<String, StoreError> {
        let path = self.version_path(tool, version);
        fs::read_to_string(&path).map_err(failed("read", path))
    }

    /// A folder that holds something else than a tool, or half of one, is somebody's: it is left alone.
    fn refuse_if_not_ours(&self, folder: &Path) -> Result<(), StoreError> {
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
                name == "versions" || OURS.contains(&&*name) || name.starts_with(TEMPORARY)
            });
        if known {
            Ok(())
        } else {
            Err(StoreError::NotOurs(folder.to_owned()))
        }
    }

    fn folder(&self, tool: &str) -> PathBuf {
        self.root.join(tool)
    }

    fn record_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join("tool.json")
    }

    fn live_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join("tool.rs")
    }

    /// Stands there while `tool.rs` is not what the record says: without it, any difference is the user's.
    fn behind_path(&self, tool: &str) -> PathBuf {
        self.folder(tool).join(BEHIND)
    }

    fn version_path(&self, tool: &str, version: Version) -> PathBuf {
        self.folder(tool).join(format!("versions/{version}.rs"))
    }
}

const BEHIND: &str = ".behind";

/// Files that are for Anvil alone.
const OURS: [&str; 2] = [LOCK, BEHIND];

/// Lock files, and what a killed process leaves, lie beside what users commit.
fn ignore_our_own(root: &Path) -> Result<(), StoreError> {
    let path = root.join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    write(&path, &format!("{LOCK}\n{BEHIND}\n{TEMPORARY}*\n"))
}

/// Removes what killed processes left. The caller holds the lock, so nobody is writing.
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn create(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(failed("create", folder.to_owned()))
}

fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    write_atomically(path, text.as_bytes()).map_err(failed("write", path.to_owned()))
}

fn failed(doing: &'static str, path: PathBuf) -> impl FnOnce(io::Error) -> StoreError {
    move |source| StoreError::Io {
        doing,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec::new("add", "add", "Add", "")
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("tools"));
        (folder, store)
    }

    fn commit(store: &Store, body: &str, origin: Origin) -> Result<Version, StoreError> {
        let lock = store.lock("add")?;
        store.commit(&lock, &spec(), body, "scripted".to_owned(), origin)
    }

    fn healed() -> Origin {
        Origin::Healed {
            error: "it broke".to_owned(),
        }
    }

    fn read(store: &Store, file: &str) -> String {
        fs::read_to_string(store.root().join("add").join(file)).unwrap()
    }

    #[test]
    fn a_tool_that_never_was_is_nothing() {
        let (_folder, store) = store();
        assert!(store.load("add").unwrap().is_none());
        assert!(!store.root().exists(), "looking creates nothing");
    }

    #[test]
    fn the_last_commit_is_what_loads_and_every_version_stays() {
        let (_folder, store) = store();
        commit(&store, "one\n", Origin::Generated).unwrap();
        commit(&store, "two\n", healed()).unwrap();

        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited()), ("two", false));
        assert_eq!(stored.record.current.to_string(), "1.1");
        assert_eq!(stored.record.versions.len(), 2);
        assert_eq!(stored.record.digest, spec().digest());
        assert_eq!(store.body("add", Version::FIRST).unwrap().trim(), "one");
        assert_eq!(read(&store, "tool.rs"), read(&store, "versions/1.1.rs"));
    }

    #[test]
    fn a_kill_between_any_two_steps_loses_at_most_the_candidate() {
        let (_folder, store) = store();
        commit(&store, "one\n", Origin::Generated).unwrap();

        // Killed before the commit: a version that the record does not know.
        let orphan = store.root().join("add/versions/1.1.rs");
        fs::write(&orphan, "half a candi").unwrap();
        assert_eq!(store.load("add").unwrap().unwrap().body.trim(), "one");
        commit(&store, "two\n", healed()).unwrap();
        assert!(read(&store, "versions/1.1.rs").starts_with("two"));

        // Killed after the commit: `tool.rs` is still the old one, or gone.
        let live = store.root().join("add/tool.rs");
        let former = store.root().join("add/versions/1.0.rs");
        let spoil: [&dyn Fn() -> io::Result<()>; 2] =
            [&|| fs::copy(&former, &live).map(drop), &|| {
                fs::remove_file(&live)
            }];
        for spoil in spoil {
            spoil().unwrap();
            fs::write(store.behind_path("add"), "").unwrap();
            let stored = store.load("add").unwrap().unwrap();
            assert_eq!(
                (stored.body.trim(), stored.live_file),
                ("two", LiveFile::Behind)
            );
            store.repair("add");
            assert!(read(&store, "tool.rs").starts_with("two"));
            assert!(!store.behind_path("add").exists());
        }
    }

    #[test]
    fn an_older_version_that_was_copied_back_is_the_users_choice() {
        let (_folder, store) = store();
        for body in ["one\n", "two\n"] {
            commit(&store, body, healed()).unwrap();
        }
        fs::copy(
            store.root().join("add/versions/1.0.rs"),
            store.root().join("add/tool.rs"),
        )
        .unwrap();
        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited()), ("one", true));
    }

    #[test]
    fn a_version_that_the_record_knows_is_never_written_again() {
        let (_folder, store) = store();
        commit(&store, "one\n", Origin::Generated).unwrap();
        let second = commit(&store, "two\n", Origin::Generated).unwrap();
        let third = commit(&store, "three\n", healed()).unwrap();
        assert_eq!(
            (second.to_string(), third.to_string()),
            ("2.0".to_owned(), "2.1".to_owned())
        );
        assert!(read(&store, "versions/2.0.rs").starts_with("two"));
    }

    #[test]
    fn a_reader_sees_a_commit_as_a_whole_or_not_at_all() {
        let (_folder, store) = store();
        commit(&store, "body 0\n", Origin::Generated).unwrap();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for n in 1..60 {
                    commit(&store, &format!("body {n}\n"), healed()).unwrap();
                }
            });
            while !writer.is_finished() {
                let stored = store.load("add").unwrap().unwrap();
                assert!(!stored.edited());
                assert_eq!(
                    stored.body.trim(),
                    format!("body {}", stored.record.current.minor)
                );
            }
        });
    }

    #[test]
    fn an_edit_by_hand_is_what_runs_and_is_left_as_it_is() {
        let (_folder, store) = store();
        commit(&store, "one\n", Origin::Generated).unwrap();
        let live = store.root().join("add/tool.rs");
        let text = fs::read_to_string(&live).unwrap().replace("one", "mine");
        fs::write(&live, &text).unwrap();

        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited()), ("mine", true));
        assert_eq!(fs::read_to_string(&live).unwrap(), text);
    }

    #[test]
    fn what_is_not_ours_is_refused_by_name_and_left_alone() {
        let (_folder, store) = store();
        let foreign = store.root().join("add");
        fs::create_dir_all(&foreign).unwrap();
        fs::write(foreign.join("main.py"), "print()").unwrap();
        for error in [
            store.load("add").unwrap_err(),
            store.lock("add").unwrap_err(),
        ] {
            assert!(
                error.to_string().contains("not a tool of Anvil's"),
                "{error}"
            );
        }
        assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);

        fs::remove_dir_all(&foreign).unwrap();
        fs::write(&foreign, "a file").unwrap();
        assert!(store.load("add").is_err());
    }

    #[test]
    fn a_record_that_cannot_be_read_is_an_error_and_is_kept() {
        let (_folder, store) = store();
        commit(&store, "one\n", Origin::Generated).unwrap();
        let record = store.root().join("add/tool.json");
        for (text, words) in [
            ("{\"format\": 1", "cannot understand"),
            ("{\"format\": 99}", "newer"),
        ] {
            fs::write(&record, text).unwrap();
            let error = store.load("add").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(commit(&store, "two\n", healed()).is_err());
            assert_eq!(fs::read_to_string(&record).unwrap(), text);
        }
    }
}
