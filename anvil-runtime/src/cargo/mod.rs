//! Bodies become dynamic libraries here, in the sandbox that they run in later.
//!
//! For each declaration there is a *glue* package, an ordinary library with all that does not change
//! between versions: types, decoding, encoding. For each body there is a small package that adds the
//! model's file to it and is built as a `cdylib`. Both are workspaces of their own, so that no file of the
//! user's workspace and no other body can break them, and share one target directory below the volatile
//! folder:
//!
//! ```text
//! packages/<tool>_<digest>_glue/   Cargo.toml, glue.rs
//! packages/<tool>_<digest>/        Cargo.toml, lib.rs, tool.rs; where the body names crates, Cargo.lock
//! packages/anvil-tools/            never built: cargo chooses the versions of such crates for it
//! target/, cargo/                  cargo's target directory and its home, in the sandbox
//! tmp/                             and its folder for temporary files there
//! dylibs/<tool>_<digest>/<digest of the file>.so
//! open/                            the same for what is built outside the sandbox, or runs in the host
//! workers/                         the same for the worker's program:
//! workers/anvil_worker_<digest>/<digest of the file>
//! ```
//!
//! A package's name carries a digest of all that we put into it, and is never used for anything else:
//! cargo takes packages of equal name and version in a shared target directory for the same one. So a
//! finished dylib is found again by name alone, without asking cargo; and because its file name is the
//! digest of its content, one that was cut short or changed is seen before it is loaded, and built again. The
//! worker's program, which is built before the first of them, is found in the same way.

mod package;

mod build;

mod invocation;

mod home;

mod resolve;

mod run;

mod messages;

mod artifacts;

pub(crate) use artifacts::Dylib;
pub(crate) use build::{BuildError, BuildTerms, Cargo};
pub(crate) use package::{Package, WorkerPackage};
