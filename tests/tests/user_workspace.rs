//! Whatever stands in the user's workspace and environment, bodies are built the same.

use anvil_tests::bodies::RIGHT;
use anvil_tests::program::Program;
use anvil_tests::tool::Script;
use std::fs;
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
