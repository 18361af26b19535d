//! Bodies for [`top_n`](crate::tool::top_n()). They lie in `bodies/`, as a model would have written them.

/// Right for every argument.
pub const RIGHT: &str = include_str!("../bodies/right.rs");

/// Indexes past the end when fewer than `n` numbers are given.
pub const PANICS: &str = include_str!("../bodies/panics.rs");

/// Returns an error when fewer than `n` numbers are given, from a helper of its own.
pub const ERRS: &str = include_str!("../bodies/errs.rs");

/// Lacks a `mut`.
pub const DOES_NOT_COMPILE: &str = include_str!("../bodies/does_not_compile.rs");

/// `body` with a remark, so that no build of it was ever made: tests that look at a build of their own use it.
#[must_use]
pub fn unbuilt(body: &str) -> String {
    use std::time::{SystemTime, UNIX_EPOCH};
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_nanos());
    format!("{body}\n// {now}-{}\n", std::process::id())
}

/// The body in `bodies/faults/<name>.rs`, which does something that it must not.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn fault(name: &str) -> String {
    let path = format!("{}/bodies/faults/{name}.rs", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}
