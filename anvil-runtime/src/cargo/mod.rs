//! Bodies become dynamic libraries here, and nowhere else are processes started.
//!
//! For each declaration there is a *glue* package, an ordinary library with all that does not change
//! between versions: types, decoding, encoding. For each body there is a small package that adds the
//! model's file to it and is built as a `cdylib`. Both are workspaces of their own, so that no file of the
//! user's workspace and no other body can break them, and share one target directory below the volatile
//! folder:
//!
//! ```text
//! packages/<tool>_<digest>_glue/   Cargo.toml, glue.rs
//! packages/<tool>_<digest>/        Cargo.toml, lib.rs, tool.rs
//! target/                          cargo's
//! dylibs/<tool>_<digest>/<digest of the file>.so
//! ```
//!
//! A package's name carries a digest of all that we put into it, and is never used for anything else:
//! cargo takes packages of equal name and version in a shared target directory for the same one. So a
//! finished dylib is found again by name alone, without asking cargo; and because its file name is the
//! digest of its content, one that was cut short or changed is seen before it is loaded, and built again.

mod build;
mod dylibs;
mod invocation;
mod package;

pub(crate) use build::{BuildError, Cargo};
pub(crate) use dylibs::Dylib;
pub(crate) use package::Package;
