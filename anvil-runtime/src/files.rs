//! Where files lie, and how they are written.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What the names of unfinished files begin with.
pub(crate) const TEMPORARY: &str = ".anvil-tmp-";

/// Writes `bytes` to `path` so that a reader, or a machine that dies halfway, sees all of them or the file
/// as it was before; what this has returned from is on disk before anything that is written later. The
/// folder must exist.
pub(crate) fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new();
    temporary.prefix(TEMPORARY);
    #[cfg(unix)]
    temporary.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
    let mut file = temporary.tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    // The new name, too. It is there already, so a file system that cannot promise more is no failure.
    #[cfg(unix)]
    let _ = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
    Ok(())
}

/// Creates a folder that only this user can look into, and the folders above it.
pub(crate) fn create_private_folder(path: &Path) -> io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// The places that follow from where the program runs.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    /// The user's workspace, where there is one.
    pub(crate) workspace: Option<PathBuf>,
    /// Where volatile files go: builds, dylibs.
    pub(crate) volatile: PathBuf,
}

impl Places {
    /// Looks around. Runs nothing and creates nothing.
    pub(crate) fn find() -> io::Result<Self> {
        let program = env::current_exe().ok();
        let target = program.as_deref().and_then(target_above);
        // Most programs lie below their workspace, wherever they are started. Where the target directory is
        // elsewhere, cargo tells the programs that it runs which package they belong to. Those that were
        // moved away belong where they are started.
        let package = || Some(PathBuf::from(env::var_os("CARGO_MANIFEST_DIR")?));
        let workspace = target
            .as_deref()
            .and_then(workspace_above)
            .or_else(|| workspace_above(&package()?));
        let workspace = match workspace {
            Some(workspace) => Some(workspace),
            None => workspace_above(&env::current_dir()?),
        };
        let volatile = target
            .or_else(|| Some(workspace.as_ref()?.join("target")))
            .map_or_else(user_cache, |target| target.join("anvil"));
        Ok(Self {
            workspace,
            volatile,
        })
    }

    /// Where tools are stored unless the user says otherwise: `tools` at the workspace root.
    pub(crate) fn tools(&self) -> PathBuf {
        match &self.workspace {
            Some(root) => root.join("tools"),
            None => PathBuf::from("tools"),
        }
    }
}

/// The nearest folder at or above `start` that cargo keeps a lock file in; else the nearest package.
fn workspace_above(start: &Path) -> Option<PathBuf> {
    ["Cargo.lock", "Cargo.toml"].into_iter().find_map(|name| {
        start
            .ancestors()
            .find(|folder| folder.join(name).is_file())
            .map(Path::to_path_buf)
    })
}

/// The target directory that `program` was built in, whatever it is called: cargo marks it for backup tools.
fn target_above(program: &Path) -> Option<PathBuf> {
    program
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("CACHEDIR.TAG").is_file())
        .map(Path::to_path_buf)
}

fn user_cache() -> PathBuf {
    let set = |name: &str| env::var_os(name).filter(|value: &OsString| !value.is_empty());
    set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(set("HOME")?).join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("anvil")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tool.json");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn the_workspace_is_where_the_lock_file_is() {
        let root = tempfile::tempdir().unwrap();
        let member = root.path().join("crates/a");
        fs::create_dir_all(&member).unwrap();
        fs::write(member.join("Cargo.toml"), "").unwrap();
        assert_eq!(workspace_above(&member).unwrap(), member);
        fs::write(root.path().join("Cargo.lock"), "").unwrap();
        assert_eq!(workspace_above(&member).unwrap(), root.path());
    }

    #[test]
    fn the_target_directory_is_known_by_its_tag_and_not_by_its_name() {
        let root = tempfile::tempdir().unwrap();
        let program = root.path().join("elsewhere/debug/deps/test");
        assert_eq!(target_above(&program), None);
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::write(root.path().join("elsewhere/CACHEDIR.TAG"), "").unwrap();
        assert_eq!(
            target_above(&program).unwrap(),
            root.path().join("elsewhere")
        );
    }
}
