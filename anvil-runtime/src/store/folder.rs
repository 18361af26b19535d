//! Reading and writing one tool's folder.

use crate::files::write_atomically;
use crate::spec::ToolSpec;
use crate::store::{Lock, Record, StoreError, VersionRecord};
use crate::version::Version;
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
    /// Whether somebody edited `tool.rs` by hand. It is theirs from then on.
    pub(crate) edited: bool,
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
        ignore_locks(&self.root)?;
        Lock::take(&folder)
    }

    /// The tool as it is stored, or nothing if it never was.
    pub(crate) fn load(&self, tool: &str) -> Result<Option<Stored>, StoreError> {
        let folder = self.folder(tool);
        let Some(record) = self.record(tool)? else {
            self.refuse_if_not_ours(&folder)?;
            return Ok(None);
        };
        let managed = self.source(tool, record.current)?;
        let path = folder.join("tool.rs");
        let found = match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => return Err(failed("read", path)(source)),
        };
        let edited = match &found {
            Some(text) => *text != managed && !self.is_a_version(tool, &record, text),
            None => false,
        };
        if !edited && found.as_ref() != Some(&managed) {
            write(&path, &managed)?;
        }
        let text = found.filter(|_| edited).unwrap_or(managed);
        Ok(Some(Stored {
            body: without_footer(&text).to_owned(),
            record,
            edited,
        }))
    }

    /// Makes `body` the current version of the tool that `spec` declares. The caller holds its [`Lock`].
    pub(crate) fn commit(
        &self,
        _lock: &Lock,
        spec: &ToolSpec,
        body: &str,
        next: VersionRecord,
    ) -> Result<(), StoreError> {
        let tool = &spec.name;
        let folder = self.folder(tool);
        if self.load(tool)?.is_some_and(|stored| stored.edited) {
            return Err(StoreError::Edited(folder.join("tool.rs")));
        }
        let text = with_footer(body, tool, next.version);
        write(&self.version_path(tool, next.version), &text)?;
        let record = Record::with_next(self.record(tool)?, spec, next);
        let json = serde_json::to_string_pretty(&record).expect("a record always serializes");
        write(&folder.join("tool.json"), &(json + "\n"))?;
        write(&folder.join("tool.rs"), &text)
    }

    /// The body of one version.
    pub(crate) fn body(&self, tool: &str, version: Version) -> Result<String, StoreError> {
        let text = self.source(tool, version)?;
        Ok(without_footer(&text).to_owned())
    }

    fn record(&self, tool: &str) -> Result<Option<Record>, StoreError> {
        let path = self.folder(tool).join("tool.json");
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

    /// Whether `text` is what one of the recorded versions says: then nobody edited it.
    fn is_a_version(&self, tool: &str, record: &Record, text: &str) -> bool {
        record.versions.iter().any(|known| {
            self.source(tool, known.version)
                .is_ok_and(|source| source == text)
        })
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
            || names
                .iter()
                .all(|name| name == "versions" || name == ".lock");
        if known {
            Ok(())
        } else {
            Err(StoreError::NotOurs(folder.to_owned()))
        }
    }

    fn folder(&self, tool: &str) -> PathBuf {
        self.root.join(tool)
    }

    fn version_path(&self, tool: &str, version: Version) -> PathBuf {
        self.folder(tool).join(format!("versions/{version}.rs"))
    }
}

const FOOTER: &str = "// anvil: ";

/// A footer and not a header, so that line numbers stay the body's own.
fn with_footer(body: &str, tool: &str, version: Version) -> String {
    let body = body.trim_end();
    format!(
        "{body}\n\n{FOOTER}`{tool}` {version}. Edit tool.rs and it is yours: it runs, and is never rewritten.\n"
    )
}

/// The body itself. Only the last line can be the footer: the user may have anything above it.
fn without_footer(text: &str) -> &str {
    match text.trim_end().rsplit_once('\n') {
        Some((body, last)) if last.starts_with(FOOTER) => body,
        _ => text,
    }
}

/// Lock files lie beside what users commit.
fn ignore_locks(root: &Path) -> Result<(), StoreError> {
    let path = root.join(".gitignore");
    if path.exists() {
        return Ok(());
    }
    write(&path, ".lock\n")
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
    use crate::store::Origin;
    use jiff::Timestamp;

    fn spec() -> ToolSpec {
        ToolSpec::new("add", "add", "Add", "")
    }

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(folder.path().join("tools"));
        (folder, store)
    }

    fn commit(store: &Store, body: &str, version: Version) -> Result<(), StoreError> {
        let lock = store.lock("add")?;
        let next = VersionRecord {
            version,
            created: Timestamp::now(),
            model: "scripted".to_owned(),
            origin: Origin::Generated,
        };
        store.commit(&lock, &spec(), body, next)
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
        commit(&store, "one\n", Version::FIRST).unwrap();
        commit(&store, "two\n", Version::FIRST.next_minor()).unwrap();

        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited), ("two", false));
        assert_eq!(stored.record.current.to_string(), "1.1");
        assert_eq!(stored.record.versions.len(), 2);
        assert_eq!(stored.record.digest, spec().digest());
        assert_eq!(store.body("add", Version::FIRST).unwrap().trim(), "one");
        assert_eq!(read(&store, "tool.rs"), read(&store, "versions/1.1.rs"));
    }

    #[test]
    fn a_kill_between_any_two_steps_loses_at_most_the_candidate() {
        let (_folder, store) = store();
        commit(&store, "one\n", Version::FIRST).unwrap();

        // Killed before the commit: a version that the record does not know.
        let orphan = store.root().join("add/versions/1.1.rs");
        fs::write(&orphan, "half a candi").unwrap();
        assert_eq!(store.load("add").unwrap().unwrap().body.trim(), "one");
        commit(&store, "two\n", Version::FIRST.next_minor()).unwrap();
        assert!(read(&store, "versions/1.1.rs").starts_with("two"));

        // Killed after the commit: `tool.rs` is still the old one, or gone.
        let live = store.root().join("add/tool.rs");
        fs::copy(store.root().join("add/versions/1.0.rs"), &live).unwrap();
        assert_eq!(store.load("add").unwrap().unwrap().body.trim(), "two");
        assert!(read(&store, "tool.rs").starts_with("two"));
        fs::remove_file(&live).unwrap();
        store.load("add").unwrap().unwrap();
        assert!(read(&store, "tool.rs").starts_with("two"));
    }

    #[test]
    fn an_edit_by_hand_is_what_runs_and_is_left_as_it_is() {
        let (_folder, store) = store();
        commit(&store, "one\n", Version::FIRST).unwrap();
        let live = store.root().join("add/tool.rs");
        let text = fs::read_to_string(&live).unwrap().replace("one", "mine");
        fs::write(&live, &text).unwrap();

        let stored = store.load("add").unwrap().unwrap();
        assert_eq!((stored.body.trim(), stored.edited), ("mine", true));
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
        commit(&store, "one\n", Version::FIRST).unwrap();
        let record = store.root().join("add/tool.json");
        for (text, words) in [
            ("{\"format\": 1", "cannot understand"),
            ("{\"format\": 99}", "newer"),
        ] {
            fs::write(&record, text).unwrap();
            let error = store.load("add").unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(commit(&store, "two\n", Version::FIRST.next_minor()).is_err());
            assert_eq!(fs::read_to_string(&record).unwrap(), text);
        }
    }

    #[test]
    fn the_footer_goes_on_and_comes_off() {
        let text = with_footer("fn a() {}\n\n", "a", Version::FIRST);
        assert_eq!(without_footer(&text).trim_end(), "fn a() {}");
        assert_eq!(
            with_footer(without_footer(&text), "a", Version::FIRST),
            text
        );
        for untouched in ["fn a() {}\n", "// anvil: mine\nfn a() {}\n", ""] {
            assert_eq!(without_footer(untouched), untouched);
        }
    }
}
