//! Tells the crate which compiler, target and sources it is built from, so that a host and a guest that
//! were built apart can see whether they mean the same boundary (see `abi::ABI`).

use std::error::Error;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src");

    let version = Command::new(env::var_os("RUSTC").ok_or("cargo did not set RUSTC")?)
        .arg("--version")
        .output()?
        .stdout;
    println!(
        "cargo::rustc-env=ANVIL_RUSTC={}",
        String::from_utf8(version)?.trim()
    );
    println!("cargo::rustc-env=ANVIL_TARGET={}", env::var("TARGET")?);
    println!(
        "cargo::rustc-env=ANVIL_CORE_SOURCES={:016x}",
        digest(Path::new("src"))?
    );
    Ok(())
}

/// A digest over the names and contents of all files below `root`. Host and guest are compared only when
/// the same compiler built them, so the standard library's own hasher is stable enough.
fn digest(root: &Path) -> Result<u64, Box<dyn Error>> {
    let mut files = Vec::new();
    collect(root, &mut files)?;
    files.sort();
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.to_string_lossy().replace('\\', "/").hash(&mut hasher);
        fs::read(&file)?.hash(&mut hasher);
    }
    Ok(hasher.finish())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
