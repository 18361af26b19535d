//! Crates that bodies use: of the set, of the declaration's, and no others.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, ErrorKind, PinnedCrate, ToolSpec};
use std::fs;

#[anvil::tool(intent = "The words in the text that are all digits, joined by `+`")]
fn digits(text: &str) -> anvil::Result<String>;

const WITH_REGEX: &str = r#"
use regex::Regex;

pub fn digits(text: &str) -> Result<String, ToolError> {
    let words = Regex::new(r"\b\d+\b")?;
    Ok(words.find_iter(text).map(|word| word.as_str()).collect::<Vec<_>>().join("+"))
}
"#;

const WITH_A_CRATE_THAT_IS_NOT_THERE: &str = r#"
pub fn digits(text: &str) -> Result<String, ToolError> {
    Ok(left_pad_ultra::pad(text))
}
"#;

fn prepare(anvil: &Anvil) -> Vec<PinnedCrate> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(anvil.prepare_dependencies()).unwrap()
}

#[test]
fn a_body_uses_a_crate_of_the_set_in_the_version_that_the_store_pins() {
    let anvil = TestAnvil::new(MockModel::new().reply("digits", WITH_REGEX));
    assert_eq!(digits("12 and 345, not a6").unwrap(), "12+345");

    let lock = anvil.tools_dir().join("Cargo.lock");
    let pinned = fs::read_to_string(&lock).unwrap();
    for name in ["regex", "csv", "jiff", "base64"] {
        assert!(
            pinned.contains(&format!("name = \"{name}\"")),
            "{name} in {pinned}"
        );
    }
    // All of it is there, so preparing has nothing to add, and changes nothing.
    let prepared = prepare(&anvil);
    assert!(
        prepared.iter().any(|one| one.name == "regex-syntax"),
        "{prepared:?}"
    );
    assert_eq!(fs::read_to_string(&lock).unwrap(), pinned);
    // Another life takes them as they are.
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(digits("7").unwrap(), "7");
    assert_eq!(fs::read_to_string(&lock).unwrap(), pinned);
    drop(anvil);
}

#[test]
fn a_crate_that_is_in_no_list_comes_back_to_the_model_with_those_that_are() {
    let model = MockModel::new()
        .reply("digits", WITH_A_CRATE_THAT_IS_NOT_THERE)
        .reply("digits", WITH_REGEX);
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(digits("12").unwrap(), "12");
    let told = model.requests_for("digits")[1].text();
    assert!(
        told.contains("there is no such crate here. There are std, serde, serde_json, base64,"),
        "{told}"
    );
    let lock = fs::read_to_string(anvil.tools_dir().join("Cargo.lock")).unwrap();
    assert!(
        !lock.contains("left_pad"),
        "it is not even looked for: {lock}"
    );
}

#[test]
fn a_declared_crate_that_was_never_downloaded_is_told_with_what_downloads_it() {
    let body =
        "pub fn pad(text: &str) -> Result<String, ToolError> { Ok(left_pad_ultra::pad(text)) }";
    let model = MockModel::new().reply("pad", body);
    let anvil = TestAnvil::new(model.clone());
    let spec = ToolSpec::builder("pad")
        .intent("Pad the text")
        .input::<String>("text")
        .dependency("left-pad-ultra", "1")
        .build()
        .unwrap();
    let pad = anvil.use_tool(spec).unwrap();
    let error = pad.run(serde_json::json!({ "text": "x" })).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Build, "{error:?}");
    let help = error.help().unwrap();
    assert!(
        help.contains("anvil.prepare_dependencies().await"),
        "{error:?}"
    );
    assert_eq!(model.requests().len(), 1, "it is not the body's fault");
    assert!(!anvil.tools_dir().join("Cargo.lock").exists());
}
