//! Tools that ask services, tested without them: what was recorded once is replayed.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{HttpReplay, MockModel, TestAnvil};
use anvil::{Approval, Builder, ErrorKind, Isolation};
use anvil_tests::service::Service;
use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

#[anvil::tool(
    intent = "The titles about `subject` in the catalogue at `base`",
    hosts("127.0.0.1:*"),
    secrets(CATALOGUE_KEY = "127.0.0.1:*")
)]
fn titles(base: &str, subject: &str) -> anvil::Result<Vec<String>>;

/// Makes nothing of what it is told when there is no answer.
const SWALLOWS: &str = r#"
pub fn titles(cx: &Context, base: &str, subject: &str) -> Result<Vec<String>, ToolError> {
    let request = cx.http()
        .get(format!("{base}/titles"))
        .header("X-API-Key", cx.secret("CATALOGUE_KEY")?)
        .query(&[("about", subject)]);
    match request.send() {
        Ok(answer) => answer.error_for_status()?.json(),
        Err(_) => Ok(Vec::new()),
    }
}
"#;

const KEY: &str = "s3cret-of-the-catalogue";

/// Numbers its answers, and repeats the key that it was asked with.
fn catalogue() -> Service {
    let answers = AtomicU32::new(1);
    Service::start(move |request| {
        let key = request.headers.lines();
        let key = key.filter_map(|line| line.strip_prefix("x-api-key: "));
        let key: String = key.collect();
        let number = answers.fetch_add(1, Ordering::SeqCst);
        (200, format!(r#"["{number}", "for {key}"]"#))
    })
}

fn model() -> MockModel {
    MockModel::new().reply("titles", SWALLOWS)
}

fn anvil(
    model: &MockModel,
    replay: &HttpReplay,
    settings: impl FnOnce(Builder) -> Builder,
) -> TestAnvil {
    TestAnvil::configure(model.clone(), |builder| {
        let builder = builder.isolation(Isolation::InProcess);
        settings(builder.http_replay(replay.clone()))
    })
}

/// The file of a recording of these calls, in a folder that goes with it.
fn recorded(service: &Service, subjects: &[&str]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("replays/titles.json");
    let recording = HttpReplay::record(&path);
    let _anvil = anvil(&model(), &recording, |builder| {
        builder.secret("CATALOGUE_KEY", KEY)
    });
    for subject in subjects {
        titles(&service.base, subject).unwrap();
    }
    (folder, path)
}

#[test]
fn what_was_recorded_is_replayed_in_order_without_the_service_and_without_the_secret() {
    let service = catalogue();
    let (_folder, path) = recorded(&service, &["anvils", "smiths", "anvils"]);
    assert_eq!(service.seen().len(), 3);
    assert!(service.seen()[0].headers.contains(KEY));
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains(KEY), "{text}");
    assert!(text.contains("\"x-api-key: [secret CATALOGUE_KEY]\""));

    let for_key = "for [secret CATALOGUE_KEY]";
    for isolation in [Isolation::InProcess, Isolation::Worker] {
        let replay = HttpReplay::replay(&path).unwrap();
        let _anvil = anvil(&model(), &replay, |builder| builder.isolation(isolation));
        assert_eq!(titles(&service.base, "anvils").unwrap(), ["1", for_key]);
        assert_eq!(titles(&service.base, "anvils").unwrap(), ["3", for_key]);
        let left = format!("GET {}/titles?about=smiths", service.base);
        assert_eq!(replay.unused(), [left]);
        assert_eq!(titles(&service.base, "smiths").unwrap(), ["2", for_key]);
        assert!(replay.unused().is_empty());
    }
    assert_eq!(service.seen().len(), 3);
}

#[test]
fn what_was_not_recorded_fails_the_call_whatever_its_body_makes_of_that() {
    let service = catalogue();
    let (_folder, path) = recorded(&service, &["anvils"]);
    let replay = HttpReplay::replay(&path).unwrap();
    let model = model();
    let _anvil = anvil(&model, &replay, |builder| builder);

    let base = &service.base;
    let error = titles(base, "anvil").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    let file = path.display();
    let line = format!("GET {base}/titles?about=anvil");
    assert_eq!(
        error.to_string(),
        format!(
            "`titles`: {line} is not in {file}, where {line}s comes closest: the query is `about=anvil`, and was \
             `about=anvils`: record it again with `HttpReplay::record({path:?})`"
        )
    );
    titles(base, "anvils").unwrap();
    let error = titles(base, "anvils").unwrap_err().to_string();
    assert!(error.contains("and is asked for once more"), "{error}");
    assert_eq!(model.requests().len(), 1, "there is nothing to heal");
    assert_eq!(service.seen().len(), 1);
}

#[test]
fn a_host_that_nobody_declared_is_denied_in_a_replay_too() {
    let service = catalogue();
    let (_folder, path) = recorded(&service, &["anvils"]);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("127.0.0.1", "localhost")).unwrap();
    let replay = HttpReplay::replay(&path).unwrap();
    let _anvil = anvil(&model(), &replay, |builder| builder.self_healing(false));

    let elsewhere = service.base.replace("127.0.0.1", "localhost");
    let error = titles(&elsewhere, "anvils").unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert!(error.to_string().contains("is not among the hosts"));
    assert_eq!(replay.unused().len(), 1);
}

#[test]
fn an_exchange_that_cannot_be_written_down_fails_the_call() {
    let service = catalogue();
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let recording = HttpReplay::record(folder.path().join("file/titles.json"));
    let _anvil = anvil(&model(), &recording, |builder| {
        builder.secret("CATALOGUE_KEY", KEY)
    });
    let error = titles(&service.base, "anvils").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(
        error
            .to_string()
            .contains("file/titles.json cannot be written"),
        "{error}"
    );
}

/// A service that there is nowhere, and what it would have answered.
const WRITTEN_BY_HAND: &str = r#"{"format": 1, "exchanges": [{
    "request": {
        "method": "GET",
        "url": "https://catalogue.invalid/titles?about=anvils",
        "headers": ["X-API-Key: [secret CATALOGUE_KEY]"]
    },
    "reply": {"answer": {"status": 200, "content": {"json": ["The Village Blacksmith"]}}}
}]}"#;

#[test]
fn a_body_that_nobody_has_approved_is_answered_from_a_recording_and_uses_up_nothing() {
    #[anvil::tool(
        intent = "The titles about `subject` in the catalogue at `base`",
        examples(titles("https://catalogue.invalid", "anvils")?.len() == 1),
        secrets(CATALOGUE_KEY = "catalogue.invalid")
    )]
    fn titles(base: &str, subject: &str) -> anvil::Result<Vec<String>>;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("titles.json");
    fs::write(&path, WRITTEN_BY_HAND).unwrap();
    let replay = HttpReplay::replay(&path).unwrap();
    let anvil_under_review = anvil(&model(), &replay, |builder| {
        builder.approval(Approval::Review)
    });
    let error = titles("https://catalogue.invalid", "anvils").unwrap_err();
    assert!(error.is_pending_approval(), "{error}");
    let pending = anvil_under_review.pending("titles").unwrap();
    assert_eq!(pending.unwrap().unproven, None);
    anvil_under_review.approve("titles").unwrap();
    assert_eq!(
        titles("https://catalogue.invalid", "anvils").unwrap(),
        ["The Village Blacksmith"]
    );
    assert!(replay.unused().is_empty());
    drop(anvil_under_review);

    // Everything is used up, so that another candidate has nothing to show, which is not its fault.
    let model = model();
    let _anvil = anvil(&model, &replay, |builder| builder);
    let error = titles("https://catalogue.invalid", "anvils").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert_eq!(model.requests().len(), 1);
}
