//! Tools whose bodies a person has to approve: what was not approved never answers a call.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, Approval, ErrorKind, Event, EventFilter, EventKind, Version, VersionOrigin};
use anvil_tests::bodies::{ERRS, PANICS, RIGHT};
use anvil_tests::program::Program;
use anvil_tests::script::scripted;
use anvil_tests::tool::{Script, top_n};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

const FIRST: Version = Version::FIRST;

/// With review switched on for every tool.
fn reviewed(model: &MockModel) -> TestAnvil {
    TestAnvil::configure(model.clone(), |builder| builder.approval(Approval::Review))
}

/// One whose first body is approved, and whose next call with too large an `n` has `next` wait.
fn failing(next: &[&str]) -> (TestAnvil, MockModel) {
    let model = scripted(&[&[PANICS], next].concat());
    let anvil = reviewed(&model);
    top_n(&[1], 1).unwrap_err();
    assert_eq!(anvil.approve("top_n").unwrap(), FIRST);
    (anvil, model)
}

/// Another `Anvil` on the same store, as another process has it.
fn beside(anvil: &Anvil, model: &MockModel, approval: Approval) -> Anvil {
    let builder = Anvil::builder().tools_dir(anvil.tools_dir());
    builder
        .model(model.clone())
        .approval(approval)
        .build()
        .unwrap()
}

fn events(anvil: &Anvil, kind: EventKind) -> Vec<Event> {
    anvil.logger().history(EventFilter::new().kind(kind))
}

fn file(anvil: &Anvil, name: &str) -> PathBuf {
    anvil.tools_dir().join("top_n").join(name)
}

#[test]
fn a_better_version_answers_nobody_until_it_is_approved() {
    let (anvil, model) = failing(&[RIGHT]);
    for _ in 0..3 {
        let error = top_n(&[1], 3).unwrap_err();
        assert!(error.is_panic() && error.is_pending_approval(), "{error}");
        let line = error.to_string();
        let ending = "; a better version waits for approval: `anvil.approve(\"top_n\")`";
        assert!(line.ends_with(ending), "{line}");
        assert!(error.help().unwrap().contains("pending.rs"), "{error:?}");
        assert_eq!(top_n(&[1, 2], 1).unwrap(), [2], "the old version serves");
    }
    assert_eq!(model.requests().len(), 2, "nobody is asked while one waits");
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!((info.version, info.heal_attempts), (FIRST, 1));
    assert!(info.problem.unwrap().is_pending_approval());
    let pending = info.pending.unwrap();
    assert_eq!(pending.model.as_deref(), Some("mock"));
    assert_eq!(pending.replaces, Some(FIRST));
    assert!(pending.error.unwrap().contains("range end index 3"));
    assert_eq!(pending.path, file(&anvil, "pending.rs"));
    assert_eq!(anvil.pending_code("top_n").unwrap().trim(), RIGHT.trim());
    assert!(anvil.tool_code("top_n").unwrap().contains("[..n]"));
    let event = &events(&anvil, EventKind::CandidatePending)[0];
    assert_eq!(event.metadata["from"], "1.0");

    assert_eq!(anvil.approve("top_n").unwrap().to_string(), "1.1");
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!((info.pending, info.heal_attempts), (None, 1));
    let healed = info.versions.last().unwrap();
    assert_eq!(healed.origin, VersionOrigin::Healed);
    assert!(healed.error.as_ref().unwrap().contains("range end index 3"));
    for kind in [EventKind::CandidateApproved, EventKind::ToolHealed] {
        let event = &events(&anvil, kind)[0];
        assert_eq!(event.version.unwrap().to_string(), "1.1");
        assert_eq!(event.metadata["from"], "1.0");
    }
    let error = anvil.approve("top_n").unwrap_err().to_string();
    assert!(error.contains("nothing of `top_n` waits"), "{error}");
    assert!(!file(&anvil, "pending.rs").exists());
}

#[test]
fn callers_that_fail_together_all_hear_that_a_version_waits() {
    let (anvil, model) = failing(&[RIGHT]);
    model.delay(Duration::from_millis(200));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let _entered = anvil.enter();
                let error = top_n(&[1], 3).unwrap_err();
                assert!(error.is_panic() && error.is_pending_approval(), "{error}");
            });
        }
    });
    assert_eq!(model.requests().len(), 2);
    assert_eq!(events(&anvil, EventKind::ToolHealed), []);
}

#[test]
fn a_first_body_answers_nobody_until_it_is_approved() {
    let model = scripted(&[RIGHT]);
    let anvil = reviewed(&model);
    for _ in 0..2 {
        let error = top_n(&[1], 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingApproval);
        assert_eq!(
            error.to_string(),
            "`top_n` has no approved body, and one waits for approval: `anvil.approve(\"top_n\")`"
        );
    }
    for error in [
        anvil.tool_info("top_n").unwrap_err(),
        anvil.tool_code("top_n").unwrap_err(),
    ] {
        assert!(error.is_pending_approval(), "{error}");
    }
    assert_eq!(anvil.list_tools(), ["top_n"]);
    let pending = anvil.pending("top_n").unwrap().unwrap();
    assert_eq!((pending.replaces, pending.error), (None, None));
    assert!(!file(&anvil, "tool.json").exists());
    assert_eq!(model.requests().len(), 1);

    assert_eq!(anvil.approve("top_n").unwrap(), FIRST);
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(
        info.heal_attempts, 0,
        "a first body is no attempt to mend one"
    );
    assert_eq!(info.versions[0].origin, VersionOrigin::Generated);
    assert_eq!(events(&anvil, EventKind::ToolGenerated).len(), 1);
}

#[test]
fn what_a_person_refuses_is_dropped_and_kept_and_the_next_attempt_is_told() {
    let remarked = format!("// wordy\n{RIGHT}");
    let (anvil, model) = failing(&[&remarked, RIGHT]);
    top_n(&[1], 3).unwrap_err();
    anvil.reject("top_n").unwrap();
    assert_eq!(anvil.pending("top_n").unwrap(), None);
    let event = &events(&anvil, EventKind::CandidateRefused)[0];
    let kept = event.metadata["kept"].as_str().unwrap();
    let kept = fs::read_to_string(file(&anvil, kept)).unwrap();
    assert!(kept.starts_with("// wordy\n"), "{kept}");
    assert!(
        kept.contains("to replace 1.0; turned back at the step `review`"),
        "{kept}"
    );
    assert!(kept.ends_with("// refused by a person\n"), "{kept}");
    assert!(!file(&anvil, "pending.rs").exists() && !file(&anvil, "pending.json").exists());

    assert!(
        top_n(&[1], 3).unwrap_err().is_pending_approval(),
        "another one waits"
    );
    let told = model.requests()[2].text();
    assert!(
        told.contains("nobody approved it") && told.contains("// wordy"),
        "{told}"
    );
    anvil.reject("top_n").unwrap();
    let error = top_n(&[1], 3).unwrap_err();
    assert!(
        error.to_string().contains("attempts are spent (2 of 2)"),
        "{error}"
    );
    assert!(!error.is_pending_approval() && error.attempts().len() == 2);
    assert!(anvil.reject("top_n").is_err());
}

#[test]
fn one_tool_may_be_reviewed_and_another_not_whatever_the_settings_say() {
    #[anvil::tool(intent = "Add one", approval = "review")]
    fn reviewed(n: i64) -> anvil::Result<i64>;
    #[anvil::tool(intent = "Add one", approval = "none")]
    fn trusted(n: i64) -> anvil::Result<i64>;

    let bodies = ["reviewed", "trusted"].map(|name| {
        let body = format!("pub fn {name}(n: i64) -> Result<i64, ToolError> {{ Ok(n + 1) }}");
        (name, body)
    });
    for approval in [Approval::None, Approval::Review] {
        let model = bodies.iter().fold(MockModel::new(), |model, (name, body)| {
            model.reply(*name, body)
        });
        let _anvil = TestAnvil::configure(model, |builder| builder.approval(approval));
        assert!(reviewed(1).unwrap_err().is_pending_approval());
        assert_eq!(trusted(1).unwrap(), 2);
    }
}

#[test]
fn a_file_may_ask_for_review_but_never_do_away_with_it() {
    let arguments = || json!({ "xs": [1], "n": 3 });
    for (stored, settings, waits) in [
        ("none", Approval::Review, true),
        ("review", Approval::None, true),
        ("none", Approval::None, false),
    ] {
        let anvil = TestAnvil::new(scripted(&[PANICS]));
        top_n(&[1], 1).unwrap();
        let path = file(&anvil, "tool.json");
        let mut record: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        record["spec"]["approval"] = stored.into();
        fs::write(&path, record.to_string()).unwrap();
        let other = beside(&anvil, &scripted(&[RIGHT]), settings);
        let answer = other.tool("top_n").unwrap().run(arguments());
        match waits {
            true => assert!(answer.unwrap_err().is_pending_approval(), "{stored}"),
            false => assert_eq!(answer.unwrap(), json!([1])),
        }
    }
}

#[test]
fn what_waits_is_there_after_the_process_ended_and_a_reviewers_process_approves_it() {
    let (anvil, _) = failing(&[RIGHT]);
    top_n(&[1], 3).unwrap_err();
    let model = MockModel::new();
    let next = beside(&anvil, &model, Approval::Review);
    {
        let _entered = next.enter();
        assert!(top_n(&[1], 3).unwrap_err().is_pending_approval());
    }
    assert!(model.requests().is_empty());

    // It declares nothing, and has other settings.
    let reviewer = beside(&anvil, &model, Approval::None);
    let info = reviewer.tool_info("top_n").unwrap();
    assert_eq!(info.pending.unwrap().replaces, Some(FIRST));
    assert_eq!(reviewer.approve("top_n").unwrap().to_string(), "1.1");
    for one in [&*anvil, &next] {
        let _entered = one.enter();
        assert_eq!(top_n(&[1], 3).unwrap(), [1]);
        assert_eq!(one.tool_info("top_n").unwrap().version.to_string(), "1.1");
    }
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 1);
}

#[test]
fn a_process_that_declares_nothing_approves_a_first_body_and_a_body_for_another_declaration() {
    fn otherwise() -> anvil::Result<Vec<i64>> {
        #[anvil::tool(intent = "Otherwise", name = "top_n", handle = Otherwise)]
        fn top_n(xs: &[i64], n: usize) -> anvil::Result<Vec<i64>>;
        top_n(&[1], 3)
    }
    let model = scripted(&[PANICS]);
    let anvil = reviewed(&model);
    top_n(&[1], 1).unwrap_err();
    let reviewer = beside(&anvil, &model, Approval::Review);
    assert_eq!(reviewer.approve("top_n").unwrap(), FIRST);
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);

    let next = beside(&anvil, &scripted(&[RIGHT]), Approval::Review);
    {
        let _entered = next.enter();
        let error = otherwise().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PendingApproval, "{error}");
    }
    let error = anvil.approve("top_n").unwrap_err().to_string();
    assert!(error.contains("for another declaration"), "{error}");
    assert_eq!(reviewer.approve("top_n").unwrap().to_string(), "2.0");
    let _entered = next.enter();
    assert_eq!(otherwise().unwrap(), [1]);
}

#[test]
fn what_was_made_for_something_else_is_not_approved_and_gives_way() {
    let (anvil, model) = failing(&[RIGHT, RIGHT]);
    top_n(&[1], 3).unwrap_err();
    anvil.pin("top_n").unwrap();
    let error = anvil.approve("top_n").unwrap_err().to_string();
    assert!(error.contains("pinned at 1.0"), "{error}");
    anvil.unpin("top_n").unwrap();

    // A person's own doing needs no approval.
    let live = file(&anvil, "tool.rs");
    let text = fs::read_to_string(&live).unwrap();
    fs::write(&live, format!("// by hand\n{text}")).unwrap();
    anvil.reload("top_n").unwrap();
    let error = anvil.approve("top_n").unwrap_err().to_string();
    assert!(error.contains("edited by hand"), "{error}");
    assert_eq!(anvil.adopt("top_n").unwrap().to_string(), "1.1");
    assert!(anvil.tool_code("top_n").unwrap().contains("// by hand"));

    let error = anvil.approve("top_n").unwrap_err().to_string();
    assert!(
        error.contains("it is to replace 1.0, and 1.1 is current"),
        "{error}"
    );
    assert_eq!(anvil.tool_info("top_n").unwrap().pending, None);
    assert!(top_n(&[1], 3).unwrap_err().is_pending_approval());
    assert_eq!(model.requests().len(), 3);
    let [dropped] = events(&anvil, EventKind::CandidateRejected)
        .try_into()
        .unwrap();
    assert!(dropped.metadata.contains_key("kept"), "{dropped:?}");
    assert_eq!(anvil.approve("top_n").unwrap().to_string(), "1.2");
    anvil.rollback("top_n", FIRST).unwrap();
    assert_eq!(anvil.tool_info("top_n").unwrap().version, FIRST);
}

#[test]
fn what_is_not_what_was_proven_is_not_approved() {
    let (anvil, model) = failing(&[RIGHT]);
    top_n(&[1], 3).unwrap_err();
    let source = file(&anvil, "pending.rs");
    let text = fs::read_to_string(&source).unwrap();
    let changed = text.replace("truncate(n)", "clear()");
    for spoil in [Some(&*changed), None] {
        match spoil {
            Some(text) => fs::write(&source, text).unwrap(),
            None => fs::remove_file(&source).unwrap(),
        }
        let error = anvil.approve("top_n").unwrap_err();
        assert!(error.to_string().contains("not what was proven"), "{error}");
        assert!(top_n(&[1], 3).unwrap_err().is_pending_approval());
    }
    fs::write(&source, text).unwrap();
    // What cannot be read is no reason to go on without.
    let record = file(&anvil, "pending.json");
    let json = fs::read_to_string(&record).unwrap();
    fs::write(&record, "{").unwrap();
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.to_string().contains("cannot understand"), "{error}");
    assert!(
        error.help().unwrap().contains("remove the file"),
        "{error:?}"
    );
    assert!(anvil.approve("top_n").is_err());
    assert_eq!(model.requests().len(), 2);
    fs::write(&record, json).unwrap();
    assert_eq!(anvil.approve("top_n").unwrap().to_string(), "1.1");
}

#[test]
fn a_candidate_that_fails_the_call_does_not_wait_for_anyone() {
    let (anvil, model) = failing(&[ERRS, ERRS]);
    let error = top_n(&[1], 3).unwrap_err();
    assert!(!error.is_pending_approval(), "{error}");
    assert_eq!(error.attempts().len(), 2);
    assert_eq!(anvil.pending("top_n").unwrap(), None);
    assert_eq!(model.requests().len(), 3);
}

#[test]
fn an_operator_switches_review_on_and_a_process_that_is_killed_leaves_nothing_half() {
    let folder = tempfile::tempdir().unwrap();
    let script = Script {
        tools_dir: Some(folder.path().to_owned()),
        replies: Some(vec![RIGHT.to_owned()]),
        calls: vec![2],
        ..Script::default()
    };
    let tool = folder.path().join("top_n");
    let program = || Program::new().env("ANVIL_APPROVAL", "review");
    let reviewer = Anvil::builder().tools_dir(folder.path()).build().unwrap();
    for moment in 0..12 {
        let running = program().start(&script);
        thread::sleep(Duration::from_millis(25 * moment));
        running.kill();
        assert!(!tool.join("tool.json").exists(), "nothing goes live");
        if reviewer.pending("top_n").unwrap().is_some() {
            assert_eq!(reviewer.pending_code("top_n").unwrap().trim(), RIGHT.trim());
            reviewer.reject("top_n").unwrap();
        }
    }
    let report = program().run(&script);
    let error = report.calls[0].as_ref().unwrap_err();
    assert!(error.line.contains("waits for approval"), "{}", error.line);
    assert_eq!(reviewer.approve("top_n").unwrap(), FIRST);
    let report = program().run(&script);
    assert_eq!(
        (report.calls[0].as_ref().unwrap(), report.requests),
        (&vec![7, 6], 0)
    );
}
