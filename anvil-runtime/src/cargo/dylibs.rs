//! Finished dylibs, found by name and checked by content.

use crate::files::write_atomically;
use std::env::consts::DLL_SUFFIX;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A dylib whose content was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dylib(PathBuf);

impl Dylib {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The dylib in `folder` that still is what it was. Others are removed: they are cut short or changed.
    pub(super) fn find(folder: &Path) -> io::Result<Option<Self>> {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        for entry in entries {
            let path = entry?.path();
            // Somebody else may be writing one; it gets its name when it is whole.
            let Some(digest) = digest_in_name(&path) else {
                continue;
            };
            let whole = match fs::read(&path) {
                Ok(bytes) => blake3::hash(&bytes).to_hex().as_str() == digest,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
            };
            let dylib = Self(path);
            if whole {
                return Ok(Some(dylib));
            }
            dylib.remove()?;
        }
        Ok(None)
    }

    /// Removes it, unless another process already has.
    pub(super) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.0) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Copies what cargo built. A copy, because the loader knows libraries by inode, and cargo's own files
    /// are links to each other that it may write again.
    pub(super) fn keep(folder: &Path, built: &Path) -> io::Result<Self> {
        let bytes = fs::read(built)?;
        let digest = blake3::hash(&bytes).to_hex();
        let path = folder.join(format!("{digest}{DLL_SUFFIX}"));
        fs::create_dir_all(folder)?;
        write_atomically(&path, &bytes)?;
        Ok(Self(path))
    }
}

/// The digest that a finished dylib is named after.
fn digest_in_name(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(DLL_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dylib_that_was_cut_short_is_not_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("libx.so");
        fs::write(&built, b"a library, say").unwrap();
        let kept = folder.path().join("kept");

        assert_eq!(Dylib::find(&kept).unwrap(), None);
        let dylib = Dylib::keep(&kept, &built).unwrap();
        assert_eq!(Dylib::find(&kept).unwrap(), Some(dylib.clone()));

        fs::write(dylib.path(), b"a library").unwrap();
        assert_eq!(Dylib::find(&kept).unwrap(), None);
        assert!(!dylib.path().exists());
    }
}
