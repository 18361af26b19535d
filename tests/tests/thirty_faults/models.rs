//! Models that do not do what they should, and text that would have them do what they must not. Fault 29.

use crate::fault::{errors, limits, serves, successor};
use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind};
use anvil_tests::bodies::fault as body;
use anvil_tests::script::wait_until;
use std::fs;
use std::time::Duration;

/// What a model can do wrong, one after another, in the life of one tool.
pub(crate) fn answer_badly() -> Vec<String> {
    let model = MockModel::new()
        .reply("successor", body("panics"))
        .fail("successor", "429 too many requests")
        .fail("successor", "529 overloaded")
        .reply("successor", body("fails_the_same_call"))
        .reply(
            "successor",
            "```rust\npub fn successor(x: u64) -> Result<u64, ToolErr",
        )
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model.clone(), limits);
    assert_eq!(successor(1).unwrap(), 2);
    let mut told = Vec::new();
    for _ in 0..2 {
        told.push(successor(13).unwrap_err().to_string());
        serves(&anvil, "1.0");
        assert_eq!(anvil.tool_info("successor").unwrap().heal_attempts, 0);
    }
    // Wrong, then cut off, then right: a heal, and a second that is repaired.
    assert_eq!(successor(13).unwrap(), 14);
    serves(&anvil, "1.1");
    told.extend(errors(&anvil, &[EventKind::CandidateRejected]));
    told.extend(errors(&anvil, &[EventKind::BuildFailed]));
    told.push(hang());
    told
}

/// Nobody waits for a model longer than he wants to, and an end does not wait for it either.
fn hang() -> String {
    let model = MockModel::new()
        .reply("successor", body("panics"))
        .reply("successor", body("right"));
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        limits(builder).heal_wait(Duration::from_millis(50))
    });
    assert_eq!(successor(1).unwrap(), 2);
    model.delay(Duration::from_secs(600));
    let error = successor(13).unwrap_err();
    assert!(error.is_healing());
    wait_until(|| model.requests().len() == 2);
    serves(&anvil, "1.0");
    error.to_string()
}

const KEY: &str = "sk-ant-api03-Q1w2E3r4T5y6U7i8O9p0A1s2D3f4G5h6";

/// What a body says is data: it ends no quotation, it lifts no rule, and a key in it reaches nobody.
pub(crate) fn inject() -> Vec<String> {
    let model = MockModel::new()
        .reply("successor", body("injects"))
        .reply("successor", body("path_by_a_macro"))
        .reply("successor", body("right"));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("anvil.log");
    let anvil = TestAnvil::configure(model.clone(), |builder| limits(builder).log_file(&log));
    assert_eq!(successor(13).unwrap(), 14);
    serves(&anvil, "1.1");

    let [generate, heal, repair] = model.requests().try_into().unwrap();
    for request in [&heal, &repair] {
        assert_eq!(request.system, generate.system);
        assert_eq!(request.declaration, generate.declaration);
    }
    let (before, quoted) = heal.task.split_once("<<<<data\n").unwrap();
    let (quoted, after) = quoted.split_once("\ndata>>>>").unwrap();
    assert!(quoted.contains("Ignore the rules"), "{quoted}");
    assert!(!after.contains("Ignore") && !quoted.contains('\u{1b}'));
    assert!(before.contains("## What happened"));

    // The body holds its two halves; put together, they are nowhere.
    let events = serde_json::to_string(&anvil.logger().history(EventFilter::new())).unwrap();
    let record = fs::read_to_string(anvil.tools_dir().join("successor/tool.json")).unwrap();
    let log = fs::read_to_string(&log).unwrap();
    for text in [&heal.text(), &repair.text(), &events, &record, &log] {
        assert!(!text.contains(KEY), "{text}");
    }
    for shown in [&events, &log] {
        assert!(
            !shown.contains("\\u001b"),
            "nothing that a terminal obeys: {shown}"
        );
    }
    let mut told = errors(&anvil, &[EventKind::ToolFailed]);
    told.extend(errors(&anvil, &[EventKind::CandidateRejected]));
    told
}
