//! What the generated packages say. Everything here is text made from data.

use crate::crates::Crates;
use crate::spec::{ReturnKind, ToolSpec};
use anvil_core::abi::ABI;
use std::fmt::Display;

/// A body's package and that of its glue.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// The package's and the dylib's name.
    pub(crate) name: String,
    pub(crate) files: Vec<(&'static str, String)>,
    pub(crate) glue_name: String,
    pub(crate) glue_files: Vec<(&'static str, String)>,
}

/// Where `anvil-core` lies on this machine.
const CORE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../anvil-core");

/// Where the worker's sources lie on this machine.
const WORKER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../anvil-worker");

/// Bodies are optimised, because they are called far more often than built; line tables are all that a
/// backtrace needs. Overflow panics, so that it heals instead of passing for an answer. Every key that a
/// user's own profiles could reach through `inherits` is set.
const PROFILE: &str = r#"
[profile.anvil]
inherits = "release"
opt-level = 2
debug = "line-tables-only"
split-debuginfo = "off"
strip = "none"
debug-assertions = false
overflow-checks = true
lto = "off"
panic = "unwind"
incremental = false
codegen-units = 16
rpath = false

[profile.anvil.package."*"]
opt-level = 3
debug = false

[profile.anvil.build-override]
opt-level = 0
debug = false
"#;

/// The worker waits, and runs what is optimised already: what counts is how soon it is there.
const WORKER_PROFILE: &str = r#"
[profile.anvil]
inherits = "release"
opt-level = 1
debug = false
strip = "symbols"
debug-assertions = false
overflow-checks = true
lto = "off"
panic = "unwind"
incremental = false
codegen-units = 16
rpath = false

[profile.anvil.build-override]
opt-level = 0
debug = false
"#;

impl Package {
    /// `unsafe_code`: whether the body may have some.
    pub(crate) fn new(spec: &ToolSpec, body: &str, unsafe_code: bool, crates: &Crates) -> Self {
        let glue = glue(spec);
        let glue_name = named(&spec.name, &[ABI, CORE, PROFILE, &glue]) + "_glue";
        let glue_files = vec![("Cargo.toml", glue_manifest(&glue_name)), ("glue.rs", glue)];

        let library = library(spec, unsafe_code);
        let wanted = crates.wanted.iter();
        let dependencies: String = wanted.map(|wanted| wanted.line(&wanted.name)).collect();
        let mut inputs = vec![&*glue_name, &library, body];
        if !crates.wanted.is_empty() {
            inputs.extend([&*dependencies, &crates.digest]);
        }
        let name = named(&spec.name, &inputs);
        let mut files = vec![
            ("Cargo.toml", manifest(&name, &glue_name, &dependencies)),
            ("lib.rs", library),
            ("tool.rs", with_prelude(body, spec)),
        ];
        if !crates.wanted.is_empty() {
            files.push(("Cargo.lock", crates.lock.clone()));
        }
        Self {
            name,
            files,
            glue_name,
            glue_files,
        }
    }
}

/// The package of the worker's program.
#[derive(Debug, Clone)]
pub(crate) struct WorkerPackage {
    /// The package's and the program's name.
    pub(crate) name: String,
    pub(crate) files: Vec<(&'static str, String)>,
}

impl WorkerPackage {
    pub(crate) fn new() -> Self {
        let name = named(
            "anvil_worker",
            &[anvil_worker::SOURCES, ABI, WORKER, PROFILE],
        );
        let files = vec![("Cargo.toml", worker_manifest(&name))];
        Self { name, files }
    }
}

/// `<tool>_<digest of all inputs>`.
fn named(tool: &str, inputs: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for input in inputs {
        hasher.update(&(input.len() as u64).to_le_bytes());
        hasher.update(input.as_bytes());
    }
    let digest = hasher.finalize().to_hex();
    format!("{tool}_{}", &digest[..16])
}

/// The prelude comes after the body, where it changes no line number; a `use` may stand anywhere. The user's types come
/// with what of Anvil's prelude has no such name.
fn with_prelude(body: &str, spec: &ToolSpec) -> String {
    let scope = match spec.types.is_empty() {
        true => "::anvil::prelude",
        false => "::glue::types",
    };
    format!(
        "{body}\n#[allow(unused_imports, reason = \"a body need not use it\")]\nuse {scope}::*;\n"
    )
}

fn manifest(name: &str, glue_name: &str, dependencies: &str) -> String {
    let core = quoted(CORE);
    let glue = quoted(&format!("../{glue_name}"));
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false
build = false

[lib]
path = "lib.rs"
crate-type = ["cdylib"]

[dependencies]
anvil = {{ package = "anvil-core", path = {core} }}
glue = {{ package = "{glue_name}", path = {glue} }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"
{dependencies}
[workspace]
{PROFILE}"#
    )
}

fn glue_manifest(name: &str) -> String {
    let core = quoted(CORE);
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false
build = false

[lib]
path = "glue.rs"

[dependencies]
anvil = {{ package = "anvil-core", path = {core} }}
serde = {{ version = "1", features = ["derive"] }}
serde_json = "1"

[workspace]
"#
    )
}

fn worker_manifest(name: &str) -> String {
    let worker = quoted(WORKER);
    let main = quoted(&format!("{WORKER}/src/main.rs"));
    format!(
        r#"[package]
name = "{name}"
version = "0.0.0"
edition = "2024"
publish = false
build = false

[[bin]]
name = "{name}"
path = {main}

[dependencies]
anvil-worker = {{ path = {worker} }}

[workspace]
{WORKER_PROFILE}"#
    )
}

/// A TOML string, whatever the path holds.
fn quoted(path: &str) -> String {
    serde_json::to_string(path).expect("text always serializes")
}

fn glue(spec: &ToolSpec) -> String {
    let parameters = || spec.parameters.iter();
    let declared: Vec<&str> = parameters().map(|parameter| &*parameter.ty).collect();
    let decoded: Vec<&str> = parameters().map(|parameter| &*parameter.decoded).collect();
    let bindings: Vec<String> = (0..declared.len()).map(|i| format!("__{i}")).collect();
    let mutable: Vec<String> = parameters()
        .zip(&bindings)
        .map(|(parameter, binding)| match parameter.mutable {
            true => format!("mut {binding}"),
            false => binding.clone(),
        })
        .collect();
    let passed: Vec<String> = parameters()
        .zip(&bindings)
        .map(|(parameter, binding)| {
            let reference = match (parameter.by_reference, parameter.mutable) {
                (_, true) => "&mut ",
                (true, false) => "&",
                (false, false) => "",
            };
            format!("{reference}{binding}")
        })
        .collect();
    let answered = match spec.returns.kind {
        ReturnKind::Fallible => "?",
        ReturnKind::Plain => "",
    };
    let written: Vec<&String> = parameters()
        .zip(&bindings)
        .filter_map(|(parameter, binding)| parameter.mutable.then_some(binding))
        .collect();
    // What the body wrote to its arguments is a part of its answer.
    let answer = match written.is_empty() {
        true => "answer".to_owned(),
        false => format!("(answer, {})", tuple(&written)),
    };
    let types = &spec.types;
    let (context, call) = match spec.has_context() {
        true => (
            "&::anvil::Context, ",
            format!(
                "call.with_context(|__cx| body(__cx, {}))",
                passed.join(", ")
            ),
        ),
        false => ("", format!("body({})", passed.join(", "))),
    };
    // Paths are written out: the user's types may have any name. Text of theirs may be written from right to left.
    let mut glue = format!(
        "#![allow(warnings, reason = \"nobody reads it\")]\n\
         #![allow(text_direction_codepoint_in_comment, text_direction_codepoint_in_literal)]\n\
         use ::anvil::ToolError;\n\
         {globs}\
         \n\
         pub fn call(\n    \
             body: fn({context}{declared}) -> {returns},\n    \
             call: &::anvil::guest::Call<'_>,\n\
         ) -> ::anvil::guest::Outcome {{\n    \
             let {mutable}: {decoded} = call.arguments()?;\n    \
             let answer = {call}{answered};\n    \
             ::anvil::guest::answer(&{answer})\n\
         }}\n",
        globs = if types.is_empty() {
            ""
        } else {
            "use types::*;\n"
        },
        declared = declared.join(", "),
        returns = spec.body_returns(),
        mutable = tuple(&mutable),
        decoded = tuple(&decoded),
    );
    if !types.is_empty() {
        glue.push_str(&format!(
            "\npub mod types {{\npub use ::anvil::prelude::*;\n{types}}}\n"
        ));
    }
    glue
}

fn tuple<T: Display>(parts: &[T]) -> String {
    let parts: Vec<String> = parts.iter().map(|part| format!("{part},")).collect();
    format!("({})", parts.join(" "))
}

fn library(spec: &ToolSpec, unsafe_code: bool) -> String {
    let function = &spec.function;
    let forbid = if unsafe_code {
        ""
    } else {
        "#[forbid(unsafe_code)]\n"
    };
    format!(
        "{forbid}\
         #[allow(warnings, reason = \"only what does not compile is turned back\")]\n\
         mod tool;\n\
         \n\
         ::anvil::export!(::glue::call, tool::{function});\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> ToolSpec {
        ToolSpec::new("top", "top_n", "", "")
            .taking::<&[i64], _>("xs", "")
            .taking::<usize, _>("n", "")
            .returning::<crate::Result<Vec<i64>>>()
    }

    #[test]
    fn the_glue_decodes_what_can_be_owned_and_lends_it_to_the_body() {
        let glue = glue(&spec());
        for line in [
            "body: fn(&[i64], usize) -> Result<Vec<i64>, ToolError>,",
            "let (__0, __1,): (Vec<i64>, usize,) = call.arguments()?;",
            "let answer = body(&__0, __1)?;",
        ] {
            assert!(glue.contains(line), "no {line:?} in\n{glue}");
        }
    }

    #[test]
    fn a_body_with_capabilities_is_passed_its_context_first() {
        let glue = glue(&spec().host("api.example.com"));
        for line in [
            "body: fn(&::anvil::Context, &[i64], usize) -> Result<Vec<i64>, ToolError>,",
            "let answer = call.with_context(|__cx| body(__cx, &__0, __1))?;",
        ] {
            assert!(glue.contains(line), "no {line:?} in\n{glue}");
        }
    }

    #[test]
    fn a_name_is_that_of_one_content_only() {
        let one = Package::new(&spec(), "fn a() {}", false, &Crates::default());
        let same = Package::new(&spec(), "fn a() {}", false, &Crates::default());
        let other_body = Package::new(&spec(), "fn b() {}", false, &Crates::default());
        let other_spec = Package::new(
            &spec().taking::<char, _>("c", ""),
            "fn a() {}",
            false,
            &Crates::default(),
        );
        let may_be_unsafe = Package::new(&spec(), "fn a() {}", true, &Crates::default());
        assert_eq!(one.name, same.name);
        assert_ne!(one.name, other_body.name);
        assert_eq!(
            one.glue_name, other_body.glue_name,
            "versions share their glue"
        );
        assert_ne!(one.glue_name, other_spec.glue_name);
        assert_ne!(one.name, other_spec.name);
        assert_ne!(one.name, may_be_unsafe.name);
    }

    #[test]
    fn the_bodys_lines_keep_their_numbers() {
        let body = "//! Adds.\nfn a() {}\n";
        assert!(with_prelude(body, &spec()).starts_with(body));
    }
}
