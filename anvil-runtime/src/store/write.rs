//! Writing. Only who holds a tool's [`Lock`] does.

use crate::files::write_atomically;
use crate::spec::ToolSpec;
use crate::store::folder::failed;
use crate::store::text::with_footer;
use crate::store::{
    LiveFile, Lock, Origin, Provenance, Record, Store, StoreError, Stored, VersionRecord,
};
use crate::version::Version;
use jiff::Timestamp;
use std::fs;
use std::path::Path;

impl Store {
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
        let record = self.with_declared(record, spec, &digest)?;
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

    /// The record with the version that stands in the declaration, if one does: the one to be committed takes its place.
    fn with_declared(
        &self,
        record: Option<Record>,
        spec: &ToolSpec,
        digest: &str,
    ) -> Result<Option<Record>, StoreError> {
        let Some(body) = &spec.body else {
            return Ok(record);
        };
        if record.as_ref().is_some_and(|record| record.knows(digest)) {
            return Ok(record);
        }
        let version = Record::next_version(record.as_ref(), digest);
        let text = with_footer(&body.source, &spec.name, version);
        write(&self.version_path(&spec.name, version), &text)?;
        let declared = VersionRecord::declared(version, digest, Timestamp::now());
        Ok(Some(Record::with_next(record, spec, declared)))
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

    /// Notes that `version`, if it is current still, keeps the contract that `spec` states now. What cannot be noted now
    /// is found out again another time.
    pub(crate) fn note_contract(&self, spec: &ToolSpec, version: Version) {
        let Some(_lock) = Lock::try_take(&self.folder(&spec.name)) else {
            return;
        };
        if let Ok(Some(Stored { record, .. })) = self.load(&spec.name)
            && record.current == version
            && record.fits(&spec.digest())
        {
            let spec = spec.clone();
            let _ = self.write_record(&Record { spec, ..record });
        }
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

    /// Brings `tool.rs` up to date, and takes away the sign that it is not. If it cannot be done now, the
    /// sign stays.
    fn write_live(&self, tool: &str, text: &str) {
        if write(&self.live_path(tool), text).is_ok() {
            let _ = fs::remove_file(self.behind_path(tool));
        }
    }
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), StoreError> {
    write_atomically(path, text.as_bytes()).map_err(failed("write", path.to_owned()))
}
