//! A target directory whose finished builds a test can spoil.

use std::fs;
use std::path::{Path, PathBuf};

/// A target directory, and a workspace around it. It stays, as target directories do.
#[derive(Debug)]
pub struct Target(PathBuf);

impl Target {
    /// The one called `name` in `folder`, which should be cargo's folder for the temporary files of tests.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn new(folder: &Path, name: &str) -> Self {
        let workspace = folder.join(name);
        let target = workspace.join("target");
        fs::create_dir_all(&target).expect("a target directory");
        fs::write(workspace.join("Cargo.lock"), "").expect("the mark of a workspace");
        Self(target)
    }

    /// The one that this test lies in, which it shares with everyone: only what nobody else built may be spoilt.
    ///
    /// # Panics
    /// When the test does not lie where cargo puts tests.
    #[must_use]
    pub fn shared() -> Self {
        let test = std::env::current_exe().expect("a test knows where it is");
        let target = test.ancestors().nth(3);
        Self(
            target
                .expect("tests lie in <target>/<profile>/deps")
                .to_owned(),
        )
    }

    /// Takes what was built in `other` of `top_n` with `body`, and the program that it runs in: all that a machine needs
    /// which has no cargo.
    ///
    /// # Panics
    /// When it was not built there, or cannot be copied.
    pub fn take_finished(&self, other: &Self, body: &str) {
        let workers = fs::read_dir(other.0.join("anvil/workers")).expect("the worker's program");
        let workers = workers.flatten().map(|entry| entry.path());
        let workers = workers.filter(|folder| {
            let name = folder.file_name().unwrap_or_default();
            name.to_string_lossy().starts_with("anvil_worker_")
        });
        let programs = workers.flat_map(fs::read_dir).flatten().flatten();
        let programs = programs.map(|entry| entry.path());
        for file in programs.chain(other.dylibs(body)) {
            let place = file.strip_prefix(&other.0).expect("it lies there");
            let place = self.0.join(place);
            fs::create_dir_all(place.parent().expect("a folder")).expect("a folder");
            fs::copy(&file, &place).expect("a copy");
        }
    }

    /// The directory itself.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The dylibs that were built here of `top_n` with `body`.
    ///
    /// # Panics
    /// When nothing was built here.
    #[must_use]
    pub fn dylibs(&self, body: &str) -> Vec<PathBuf> {
        let packages = self.0.join("anvil/packages");
        let packages = fs::read_dir(packages).expect("the packages of builds");
        let ours = packages.flatten().filter(|package| {
            let source = fs::read_to_string(package.path().join("tool.rs"));
            source.is_ok_and(|source| source.contains(body.trim()))
        });
        ours.flat_map(|package| fs::read_dir(self.0.join("anvil/dylibs").join(package.file_name())))
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect()
    }
}
