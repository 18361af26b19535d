//! Files of the workspace.

use super::LONGEST;
use super::text::{Form, text};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// The text of a file that lies below `root`, wherever links lead. Blocks.
///
/// # Errors
/// What is wrong with it.
pub(super) fn read(root: &Path, name: &str) -> Result<String, String> {
    let unreadable = |error: io::Error| format!("it cannot be read: {error}");
    let root = fs::canonicalize(root).map_err(unreadable)?;
    let path = fs::canonicalize(root.join(name)).map_err(unreadable)?;
    if !path.starts_with(&root) {
        return Err("it lies outside the workspace".to_owned());
    }
    // To open a pipe would wait for whoever writes to it.
    if !fs::metadata(&path).map_err(unreadable)?.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = File::open(&path).map_err(unreadable)?;
    let mut file = file.take(LONGEST as u64 + 1);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > LONGEST {
        return Err(format!("it has more than {LONGEST} bytes"));
    }
    let extension = path.extension().unwrap_or_default();
    let form = match extension.eq_ignore_ascii_case("html") || extension.eq_ignore_ascii_case("htm")
    {
        true => Form::Html,
        false => Form::of_looks(&bytes),
    };
    text(&bytes, form)
}
