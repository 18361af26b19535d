//! Finished dylibs, found by name and checked by content.

use crate::files::write_atomically;
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
            let Some(digest) = path.file_stem().and_then(|stem| stem.to_str()) else {
                continue;
            };
            if blake3::hash(&fs::read(&path)?).to_hex().as_str() == digest {
                return Ok(Some(Self(path)));
            }
            fs::remove_file(&path)?;
        }
        Ok(None)
    }

    /// Copies what cargo built. A copy, because the loader knows libraries by inode, and cargo's own files
    /// are links to each other that it may write again.
    pub(super) fn keep(folder: &Path, built: &Path) -> io::Result<Self> {
        let bytes = fs::read(built)?;
        let digest = blake3::hash(&bytes).to_hex();
        let path = folder.join(format!("{digest}{}", std::env::consts::DLL_SUFFIX));
        fs::create_dir_all(folder)?;
        write_atomically(&path, &bytes)?;
        Ok(Self(path))
    }
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
