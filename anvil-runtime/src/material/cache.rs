//! [`Cache`]: pages that were fetched before.
//!
//! Each page has a record under a digest of its URL, which names its text, under a digest of its own. All of it is volatile:
//! what cannot be read or written is as if it had never been fetched.

use super::LONGEST;
use super::fetch::Validators;
use crate::files::{create_private_folder, write_atomically};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use url::Url;

/// The form of the records, and of the text that is made of pages.
const FORMAT: u32 = 1;

#[derive(Debug, Clone)]
pub(super) struct Cache {
    folder: PathBuf,
}

/// A page as it was fetched.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) text: String,
    pub(super) validators: Validators,
    /// When it was last known to be like that.
    pub(super) fetched: Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Record {
    format: u32,
    url: Url,
    validators: Validators,
    /// The digest of the text.
    content: String,
    fetched: Timestamp,
}

impl Cache {
    /// One that lies there; the folder is made when there is something to keep.
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// The page, if it was kept. Blocks, as all of this does.
    pub(super) fn find(&self, url: &Url) -> Option<Kept> {
        let record = read_record(&self.record_path(url))?;
        if record.url != *url {
            return None;
        }
        let text = read(&self.text_path(&record.content)).ok()?;
        (digest(text.as_bytes()) == record.content).then_some(Kept {
            text,
            validators: record.validators,
            fetched: record.fetched,
        })
    }

    /// Keeps the page, in place of what was kept of it.
    pub(super) fn keep(&self, url: &Url, page: &Kept) -> io::Result<()> {
        let content = digest(page.text.as_bytes());
        create_private_folder(&self.folder)?;
        let path = self.text_path(&content);
        // Also where it is there: it may be damaged.
        write_atomically(&path, page.text.as_bytes())?;
        let record = Record {
            format: FORMAT,
            url: url.clone(),
            validators: page.validators.clone(),
            content,
            fetched: page.fetched,
        };
        let json = serde_json::to_vec_pretty(&record)?;
        write_atomically(&self.record_path(url), &json)?;
        self.sweep()
    }

    /// Removes texts that no record names any more. Where another process is about to name one, it fetches that page
    /// once more.
    fn sweep(&self) -> io::Result<()> {
        let files = fs::read_dir(&self.folder)?.filter_map(|entry| Some(entry.ok()?.path()));
        let (texts, records): (Vec<_>, Vec<_>) =
            files.partition(|path| path.extension().is_some_and(|kind| kind == "txt"));
        let records = records.iter().filter_map(|path| read_record(path));
        let named: BTreeSet<PathBuf> = records
            .map(|record| self.text_path(&record.content))
            .collect();
        let mut unnamed = texts.into_iter().filter(|path| !named.contains(path));
        unnamed.try_for_each(fs::remove_file)
    }

    fn record_path(&self, url: &Url) -> PathBuf {
        let name = digest(url.as_str().as_bytes());
        self.folder.join(name).with_extension("json")
    }

    fn text_path(&self, content: &str) -> PathBuf {
        self.folder.join(content).with_extension("txt")
    }
}

fn read_record(path: &Path) -> Option<Record> {
    let record: Record = serde_json::from_str(&read(path).ok()?).ok()?;
    // What was damaged must not lead out of the folder.
    let is_digest = record.content.bytes().all(|byte| byte.is_ascii_hexdigit());
    (record.format == FORMAT && is_digest).then_some(record)
}

/// A file of ours, if it is not longer than one could be.
fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let longest = 4 * LONGEST as u64; // laid out as text, a page may be longer
    File::open(path)?.take(longest).read_to_string(&mut text)?;
    Ok(text)
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(path: &str) -> Url {
        Url::parse("https://example.com")
            .unwrap()
            .join(path)
            .unwrap()
    }

    fn page(text: &str) -> Kept {
        Kept {
            text: text.to_owned(),
            validators: Validators {
                url: url("/"),
                etag: Some("\"1\"".to_owned()),
                last_modified: None,
            },
            fetched: "2026-01-02T03:04:05Z".parse().unwrap(),
        }
    }

    fn files(folder: &Path, kind: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        paths
            .filter(|path| path.extension().is_some_and(|one| one == kind))
            .collect()
    }

    #[test]
    fn a_page_is_found_as_it_was_kept() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("docs"));
        assert!(cache.find(&url("/a")).is_none());
        cache.keep(&url("/a"), &page("one")).unwrap();
        cache.keep(&url("/b"), &page("one")).unwrap();
        cache.keep(&url("/a"), &page("two")).unwrap();
        let kept = cache.find(&url("/a")).unwrap();
        assert_eq!(kept.text, "two");
        assert_eq!(kept.validators, page("").validators);
        assert_eq!(kept.fetched, page("").fetched);
        assert_eq!(cache.find(&url("/b")).unwrap().text, "one");
    }

    #[test]
    fn a_text_that_nobody_needs_any_more_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().to_owned());
        for text in ["one", "two", "three"] {
            cache.keep(&url("/a"), &page(text)).unwrap();
        }
        assert_eq!(files(folder.path(), "txt").len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_looks_into_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path().join("docs"));
        cache.keep(&url("/a"), &page("one")).unwrap();
        let mode = fs::metadata(folder.path().join("docs"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn what_was_damaged_is_as_if_it_had_never_been_fetched() {
        let damage: [fn(&Path); 6] = [
            |folder| fs::write(&files(folder, "txt")[0], "other").unwrap(),
            |folder| fs::write(&files(folder, "txt")[0], [0xff]).unwrap(),
            |folder| fs::remove_file(&files(folder, "txt")[0]).unwrap(),
            |folder| fs::write(&files(folder, "json")[0], "{").unwrap(),
            |folder| edit(folder, "\"format\": 1", "\"format\": 0"),
            |folder| edit(folder, "\"content\": \"", "\"content\": \"../"),
        ];
        for damage in damage {
            let folder = tempfile::tempdir().unwrap();
            let cache = Cache::at(folder.path().to_owned());
            cache.keep(&url("/a"), &page("one")).unwrap();
            damage(folder.path());
            assert!(cache.find(&url("/a")).is_none());
            cache.keep(&url("/a"), &page("one")).unwrap();
            assert_eq!(cache.find(&url("/a")).unwrap().text, "one");
        }
    }

    fn edit(folder: &Path, from: &str, to: &str) {
        let path = &files(folder, "json")[0];
        let text = fs::read_to_string(path).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(path, text.replace(from, to)).unwrap();
    }
}
