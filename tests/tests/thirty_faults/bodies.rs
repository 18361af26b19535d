//! Answers that are no bodies, and bodies that reach for what they cannot have. Faults 2, 5, 6 and 8.

use crate::fault::{limits, refused, serves, successor};
use anvil::Policy;
use anvil::testing::{MockModel, TestAnvil};
use anvil_tests::bodies::fault as body;
use std::fs;
use tempfile::TempDir;

/// At the gate, and, where the gate is open, at the door behind it.
pub(crate) fn include_a_secret() -> Vec<String> {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("secret");
    fs::write(&file, "hunter2-hunter2").unwrap();
    let answer = body("includes_a_secret").replace("{FILE}", file.to_str().unwrap());
    let told = vec![
        refused(&answer, |builder| builder),
        refused(&answer, |builder| builder.policy(Policy::unchecked())),
    ];
    assert!(told.iter().all(|words| !words.contains("hunter2")));
    told
}

/// What clashes is refused, and what only looks as if it did is as good as any other body.
pub(crate) fn clash_with_the_glue() -> Vec<String> {
    let unchecked =
        |name: &str| refused(&body(name), |builder| builder.policy(Policy::unchecked()));
    let told = ["closes_its_function", "takes_the_names_of_the_glue"].map(unchecked);

    let model = MockModel::new().reply("successor", body("clashes_with_nothing"));
    let anvil = TestAnvil::configure(model, limits);
    assert_eq!(successor(1).unwrap(), 2);
    serves(&anvil, "1.0");
    told.into()
}

/// Whatever is no body is told as what it is; a body in two fences is found.
pub(crate) fn answers_that_are_none() -> Vec<String> {
    let right = body("right");
    let long = format!("{right}// {}", "x".repeat(10 << 20));
    // A model's answer is text. This is what becomes of bytes that are none.
    let not_utf8 =
        String::from_utf8_lossy(b"pub fn successor(x: u64) -> \xff\xfe { \xc3\x28 }").into_owned();
    let told = ["", &long, &not_utf8, "I would rather not."];
    let told = told.map(|answer| refused(answer, |builder| builder));

    for fenced in [
        format!("Here:\n\n````markdown\n```rust\n{right}```\n````\n"),
        format!("```rust\n```rust\n{right}```\n```\n"),
    ] {
        let anvil = TestAnvil::configure(MockModel::new().reply("successor", fenced), limits);
        assert_eq!(successor(1).unwrap(), 2);
        serves(&anvil, "1.0");
    }
    told.into()
}

/// A body names no versions. What it can try is the header of a script, and a manifest in the place of a body.
pub(crate) fn ask_for_a_version() -> Vec<String> {
    let manifest = "```toml\n[dependencies]\nserde_json = \"99.0.0\"\n```";
    let script = body("asks_for_a_version");
    [script.as_str(), manifest]
        .map(|answer| refused(answer, |builder| builder))
        .into()
}
