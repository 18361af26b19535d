//! Finished dylibs and programs, found by name and checked by content.

use crate::files::{create_private_folder, write_atomically};
use std::env::consts::{DLL_SUFFIX, EXE_SUFFIX};
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

    /// Its content, checked again.
    pub(crate) fn read(&self) -> io::Result<Vec<u8>> {
        let bytes = fs::read(&self.0)?;
        let changed = || io::Error::new(io::ErrorKind::InvalidData, "its content was changed");
        match digest_in_name(&self.0, DLL_SUFFIX) {
            Some(digest) if is_digest_of(digest, &bytes) => Ok(bytes),
            _ => Err(changed()),
        }
    }

    /// The dylib in `folder` that still is what it was.
    pub(super) fn find(folder: &Path) -> io::Result<Option<Self>> {
        Ok(find(folder, DLL_SUFFIX)?.map(Self))
    }

    /// Removes it, unless another process already has.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove(&self.0)
    }

    /// Copies what cargo built. A copy, because the loader knows libraries by inode, and cargo's own files
    /// are links to each other that it may write again.
    pub(super) fn keep(folder: &Path, built: &Path) -> io::Result<Self> {
        keep(folder, built, DLL_SUFFIX).map(Self)
    }
}

/// The program in `folder` that still is what it was.
pub(super) fn find_program(folder: &Path) -> io::Result<Option<PathBuf>> {
    find(folder, EXE_SUFFIX)
}

/// Copies the program that cargo built.
pub(super) fn keep_program(folder: &Path, built: &Path) -> io::Result<PathBuf> {
    let program = keep(folder, built, EXE_SUFFIX)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755))?;
    }
    Ok(program)
}

/// The file in `folder` that still is what it was. Others are removed: they are cut short or changed.
fn find(folder: &Path, suffix: &str) -> io::Result<Option<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let path = entry?.path();
        // Somebody else may be writing one; it gets its name when it is whole.
        let Some(digest) = digest_in_name(&path, suffix) else {
            continue;
        };
        let whole = match fs::read(&path) {
            Ok(bytes) => is_digest_of(digest, &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        if whole {
            return Ok(Some(path));
        }
        remove(&path)?;
    }
    Ok(None)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn keep(folder: &Path, built: &Path, suffix: &str) -> io::Result<PathBuf> {
    let bytes = fs::read(built)?;
    let digest = blake3::hash(&bytes).to_hex();
    let path = folder.join(format!("{digest}{suffix}"));
    create_private_folder(folder)?;
    write_atomically(&path, &bytes)?;
    Ok(path)
}

fn is_digest_of(digest: &str, bytes: &[u8]) -> bool {
    blake3::hash(bytes).to_hex().as_str() == digest
}

/// The digest that a finished file is named after.
fn digest_in_name<'a>(path: &'a Path, suffix: &str) -> Option<&'a str> {
    let digest = path.file_name()?.to_str()?.strip_suffix(suffix)?;
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_digest.then_some(digest)
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
        assert_eq!(dylib.read().unwrap(), b"a library, say");

        fs::write(dylib.path(), b"a library").unwrap();
        let error = dylib.read().unwrap_err();
        assert_eq!(error.to_string(), "its content was changed");
        assert_eq!(Dylib::find(&kept).unwrap(), None);
        assert!(!dylib.path().exists());
    }

    #[test]
    #[cfg(unix)]
    fn nobody_else_can_look_where_dylibs_lie() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let built = folder.path().join("x");
        fs::write(&built, b"a program, say").unwrap();
        let kept = folder.path().join("a/b");
        let program = keep_program(&kept, &built).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&kept), 0o700);
        assert_eq!(mode(&program), 0o755);
        assert_eq!(find_program(&kept).unwrap(), Some(program));
    }
}
