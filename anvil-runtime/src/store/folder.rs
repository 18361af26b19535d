//! Reading and writing one tool's folder.

use crate::files::{TEMPORARY, write_atomically};
use crate::spec::{ToolSpec, is_tool_name};
use crate::store::lock::LOCK;
use crate::store::text::{with_footer, without_footer};
use crate::store::{Lock, Origin, Provenance, Record, StoreError, VersionRecord};
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
    /// The version is the next that the tool never had: none is ever overwritten. Nor is an edit of the user's,
    /// unless this is the edit itself, which they gave to Anvil.
    pub(crate) fn commit(
        &self,
        _lock: &Lock,
        spec: &ToolSpec,
        body: &str,
        provenance: Provenance,
    ) -> Result<Version, StoreError> {
        let tool = &spec.name;
        let stored = self.load(tool)?;
        // An edit that is adopted may have been edited on meanwhile.
        let is_adopted = |edit: &Stored| provenance.origin == Origin::Adopted && edit.body == body;
        if stored
            .as_ref()
            .is_some_and(|stored| stored.edited() && !is_adopted(stored))
        {
            return Err(StoreError::Edited(self.live_path(tool)));
        }
        let record = stored.map(|stored| stored.record);
        let digest = spec.digest();
        let version = Record::next_version(record.as_ref(), &digest);
        let next = VersionRecord {
            version,
            digest,
            created: Timestamp::now(),
            provenance,
        };
        let text = with_footer(body, tool, version);
        write(&self.version_path(tool, version), &text)?;
        self.put_current(&Record::with_next(record, spec, next), &text)?;
        Ok(version)
    }

    /// Makes an earlier version, which was written for `spec`, the current one again. The caller holds the tool's
    /// [`Lock`], and has seen that the user has not edited it.
    pub(crate) fn roll_back(
        &self,
        _lock: &Lock,
        record: Record,
        spec: &ToolSpec,
        version: Version,
    ) -> Result<(), StoreError> {
        let text = self.source(&spec.name, version)?;
        let record = Record {
            spec: spec.clone(),
            current: version,
            changed: Timestamp::now(),
            ..record
        };
        self.put_current(&record, &text)
    }

    /// Says whether the current version stays, whatever fails. The caller holds the tool's [`Lock`].
    pub(crate) fn pin(&self, _lock: &Lock, record: Record, pinned: bool) -> Result<(), StoreError> {
        self.write_record(&Record { pinned, ..record })
    }

    /// The names of all tools that are stored, in order. A folder that cannot be read has none.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.file_name().into_string().ok())
            .filter(|name| is_tool_name(name) && self.record_path(name).is_file())
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

    /// Commits `record`, whose current version is `text`.
    fn put_current(&self, record: &Record, text: &str) -> Result<(), StoreError> {
        let tool = &record.spec.name;
        write(&self.behind_path(tool), "")?;
        self.write_record(record)?;
        // That was the commit. `tool.rs` follows; if it cannot now, the next process repairs it.
        self.write_live(tool, text);
        Ok(())
    }

    fn write_record(&self, record: &Record) -> Result<(), StoreError> {
        let json = serde_json::to_string_pretty(record).expect("a record always serializes");
        write(&self.record_path(&record.spec.name), &(json + "\n"))
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
            Ok(Format { format }) if format != Record::FORMAT => Err(StoreError::OtherFormat {
                path,
                found: format,
            }),
            _ => match serde_json::from_slice::<Record>(&bytes) {
                // A copied folder: what is written to it would go to the tool that it was copied from.
                Ok(record) if record.spec.name != tool => Err(StoreError::OtherTool {
                    path,
                    found: record.spec.name,
                }),
                Ok(record) => Ok(Some(record)),
                Err(source) => Err(StoreError::Record { path, source }),
            },
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
    use crate::model::Usage;

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
        store.commit(&lock, &spec(), body, by(origin))
    }

    fn by(origin: Origin) -> Provenance {
        Provenance {
            origin,
            model: Some("scripted".to_owned()),
            usage: Usage::default(),
            took_ms: 12,
        }
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
        assert!(stored.record.fits(&spec().digest()));
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
        let mut versions = Vec::new();
        for (intent, body) in [
            ("Add", "one"),
            ("Add up", "two"),
            ("Add up", "three"),
            ("Add", "four"),
        ] {
            let spec = ToolSpec::new("add", "add", intent, "");
            let lock = store.lock("add").unwrap();
            let version = store.commit(&lock, &spec, body, by(healed()));
            versions.push(version.unwrap().to_string());
        }
        assert_eq!(versions, ["1.0", "2.0", "2.1", "3.0"]);
        assert!(read(&store, "versions/2.0.rs").starts_with("two"));
    }

    #[test]
    fn a_version_that_was_rolled_back_to_is_current_and_the_next_counts_on_from_the_highest() {
        let (_folder, store) = store();
        for body in ["one", "two", "three"] {
            commit(&store, body, healed()).unwrap();
        }
        let lock = store.lock("add").unwrap();
        let record = store.load("add").unwrap().unwrap().record;
        store
            .roll_back(&lock, record, &spec(), Version::FIRST)
            .unwrap();
        drop(lock);
        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited()), ("one", false));
        assert_eq!(read(&store, "tool.rs"), read(&store, "versions/1.0.rs"));
        assert_eq!(commit(&store, "four", healed()).unwrap().to_string(), "1.3");
    }

    #[test]
    fn what_is_stored_is_listed_and_anything_else_is_not() {
        let (_folder, store) = store();
        assert!(store.names().is_empty());
        commit(&store, "one", healed()).unwrap();
        fs::create_dir(store.root().join("empty")).unwrap();
        fs::create_dir(store.root().join("Not-a-name")).unwrap();
        fs::write(store.root().join("Not-a-name/tool.json"), "{}").unwrap();
        assert_eq!(store.names(), ["add"]);
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
            ("{\"format\": 2", "cannot understand"),
            ("{\"format\": 99}", "has format 99"),
            ("{\"format\": 1}", "has format 1"),
        ] {
            fs::write(&record, text).unwrap();
            let error = store.load("add").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(commit(&store, "two\n", healed()).is_err());
            assert_eq!(fs::read_to_string(&record).unwrap(), text);
        }
    }
}
