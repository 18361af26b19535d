//! Whatever stands in the user's workspace and environment, bodies are built the same.

use anvil_tests::bodies::{PANICS, RIGHT};
use anvil_tests::program::Program;
use anvil_tests::tool::Script;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A workspace whose every setting would break a body, if it reached one.
const MANIFEST: &str = r#"
[workspace]
members = []
resolver = "3"

[workspace.lints.rust]
warnings = "deny"

[profile.dev]
panic = "abort"

[profile.release]
panic = "abort"
lto = true
strip = true
debug-assertions = true
"#;

const CONFIG: &str = r#"
[build]
target = "no-such-target"
target-dir = "elsewhere"
build-dir = "elsewhere-too"
rustflags = ["--cfg", "broken", "-Zno-such-flag"]
rustc-wrapper = "no-such-wrapper"

[profile.release]
panic = "abort"

[term]
quiet = true
"#;

const TOOLCHAIN: &str = "[toolchain]\nchannel = \"no-such-toolchain\"\n";

#[test]
fn settings_of_the_workspace_and_the_environment_do_not_reach_a_body() {
    let workspace = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = workspace.path();
    fs::create_dir(root.join(".cargo")).unwrap();
    for (file, text) in [
        ("Cargo.toml", MANIFEST),
        ("Cargo.lock", ""),
        (".cargo/config.toml", CONFIG),
        ("rust-toolchain.toml", TOOLCHAIN),
    ] {
        fs::write(root.join(file), text).unwrap();
    }
    // One body panics where it should, which it could not under `panic = "abort"`.
    let panics =
        "pub fn top_n(_: &[i64], _: usize) -> Result<Vec<i64>, ToolError> { panic!(\"unwound\") }";
    let report = Program::below(&root.join("my target"))
        .current_dir(root)
        .env("RUSTFLAGS", "-Zno-such-flag")
        .env("CARGO_ENCODED_RUSTFLAGS", "-Zno-such-flag")
        .env("CARGO_BUILD_TARGET", "no-such-target")
        .env("CARGO_TARGET_DIR", "elsewhere")
        .env("CARGO_PROFILE_RELEASE_PANIC", "abort")
        .env("CARGO_PROFILE_ANVIL_PANIC", "abort")
        .env("RUSTC_WRAPPER", "no-such-wrapper")
        .env("RUSTC_WORKSPACE_WRAPPER", "no-such-wrapper")
        .env_remove("RUSTUP_TOOLCHAIN")
        .run(&Script {
            replies: Some(vec![panics.to_owned(), RIGHT.to_owned()]),
            calls: vec![2],
            ..Script::default()
        });
    assert_eq!(report.calls[0].as_ref().unwrap(), &[7, 6], "{report:?}");
    assert!(
        root.join("tools/top_n/versions/1.1.rs").exists(),
        "healed, in the workspace's own store"
    );
    assert!(
        root.join("my target/anvil/dylibs").exists(),
        "and built in its own target directory"
    );
    assert!(!root.join("elsewhere").exists() && !root.join("elsewhere-too").exists());
}

#[test]
#[cfg(unix)]
fn an_operator_changes_a_setting_in_a_file_or_a_variable_and_a_misspelt_one_is_refused() {
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let workspace = folder.path();
    fs::write(workspace.join("Cargo.lock"), "").unwrap();
    fs::write(workspace.join("anvil.toml"), "max_heal_attempts = 0\n").unwrap();
    // Builds are shared with all other tests; only the file is this workspace's own.
    let shared = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("anvil");
    fs::create_dir_all(&shared).unwrap();
    fs::create_dir(workspace.join("target")).unwrap();
    std::os::unix::fs::symlink(shared, workspace.join("target/anvil")).unwrap();
    let run = |variables: &[(&str, &str)]| {
        let tools = TempDir::new().unwrap();
        let script = Script {
            tools_dir: Some(tools.path().to_owned()),
            replies: Some(vec![PANICS.to_owned(), RIGHT.to_owned()]),
            calls: vec![9],
            ..Script::default()
        };
        let program = Program::below(&workspace.join("target"));
        let program = variables
            .iter()
            .fold(program, |program, (name, value)| program.env(name, value));
        program.start(&script).outcome()
    };
    let error = run(&[]).unwrap().calls[0].clone().unwrap_err();
    let reason = "not healed: `max_heal_attempts` is 0";
    assert!(error.line.contains(reason), "{}", error.line);
    let report = run(&[("ANVIL_MAX_HEAL_ATTEMPTS", "1")]).unwrap();
    assert_eq!(report.calls[0].as_ref().unwrap(), &[7, 6, 5]);

    let refused = run(&[("ANVIL_MAX_HEAL_ATTEMTS", "1")]).unwrap_err();
    assert!(refused.contains("ANVIL_MAX_HEAL_ATTEMPTS"), "{refused}");
    fs::write(workspace.join("anvil.toml"), "\nself_heeling = true\n").unwrap();
    let refused = run(&[]).unwrap_err();
    for words in ["anvil.toml", "self_heeling", "self_healing"] {
        assert!(refused.contains(words), "{refused}");
    }
}
