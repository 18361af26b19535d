//! What people do to tools: roll back, pin, edit, adopt.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, EventFilter, EventKind, ToolStatus, Version, VersionOrigin};
use anvil_tests::bodies::{DOES_NOT_COMPILE, PANICS, RIGHT};
use anvil_tests::script::{scripted, wait_until};
use anvil_tests::tool::top_n;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

const FIRST: Version = Version::FIRST;

/// Ends every answer with a number, so that it is known for its own.
fn marked(n: i64) -> String {
    RIGHT.replace("Ok(sorted)", &format!("sorted.push({n});\n    Ok(sorted)"))
}

/// The body that `edit` makes of `tool.rs`.
fn edit(anvil: &Anvil, edit: impl FnOnce(&str) -> String) {
    let path = anvil.tools_dir().join("top_n/tool.rs");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path, edit(&text)).unwrap();
}

fn count(anvil: &Anvil, kind: EventKind) -> usize {
    anvil.logger().history(EventFilter::new().kind(kind)).len()
}

fn version(anvil: &Anvil) -> String {
    anvil.tool_info("top_n").unwrap().version.to_string()
}

#[test]
fn the_whole_story_of_a_tool_is_known() {
    let model = scripted(&[PANICS, DOES_NOT_COMPILE, RIGHT]);
    model.usage(100, 20);
    let anvil = TestAnvil::new(model);
    top_n(&[1], 3).unwrap();

    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!((info.status, info.pinned), (ToolStatus::Active, false));
    assert_eq!((info.heal_attempts, info.heal_attempts_left), (1, 1));
    assert!(info.created < info.changed);
    let [generated, healed] = info.versions.try_into().unwrap();
    assert_eq!(generated.origin, VersionOrigin::Generated);
    assert_eq!(generated.created, info.created);
    assert_eq!((generated.usage.input_tokens, generated.error), (100, None));
    assert_eq!(healed.origin, VersionOrigin::Healed);
    assert_eq!(
        (healed.version.to_string(), healed.created),
        ("1.1".to_owned(), info.changed)
    );
    assert_eq!(healed.model.as_deref(), Some("mock"));
    assert_eq!(
        (healed.usage.input_tokens, healed.usage.output_tokens),
        (200, 40),
        "the candidate that did not compile was paid for, too"
    );
    assert!(healed.error.unwrap().contains("range end index 3"));
    let stats = anvil.logger().stats("top_n");
    assert_eq!((stats.input_tokens, stats.output_tokens), (300, 60));
}

#[test]
fn a_failure_that_is_left_as_it_is_shows_until_it_is_seen_to() {
    let anvil = TestAnvil::configure(scripted(&[PANICS]), |builder| builder.max_heal_attempts(0));
    top_n(&[1], 1).unwrap();
    assert_eq!(anvil.tool_info("top_n").unwrap().status, ToolStatus::Active);
    top_n(&[1], 3).unwrap_err();
    top_n(&[1], 1).unwrap();
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(info.status, ToolStatus::Failing);
    assert!(
        info.problem
            .unwrap()
            .to_string()
            .contains("range end index 3")
    );
    assert!(info.failed.unwrap() >= info.changed);
    anvil.reset_heal_attempts("top_n");
    assert_eq!(anvil.tool_info("top_n").unwrap().status, ToolStatus::Active);
}

#[test]
fn a_rollback_swaps_live_and_the_next_heal_counts_on_from_the_highest_version() {
    let right_again = RIGHT.replace("Ok(sorted)", "let top = sorted;\n    Ok(top)");
    let anvil = TestAnvil::new(scripted(&[PANICS, RIGHT, &right_again]));
    top_n(&[1], 3).unwrap();
    assert_eq!(version(&anvil), "1.1");

    anvil.rollback("top_n", FIRST).unwrap();
    assert_eq!(version(&anvil), "1.0");
    assert!(anvil.tool_code("top_n").unwrap().contains("[..n]"));
    let [event] = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::ToolRolledBack))
        .try_into()
        .unwrap();
    assert_eq!(
        (event.version, &event.metadata["from"]),
        (Some(FIRST), &"1.1".into())
    );

    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    assert_eq!(version(&anvil), "1.2");
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(top_n(&[1], 3).unwrap(), [1], "it is what is stored");
    anvil.rollback("top_n", "1.1".parse().unwrap()).unwrap();
    assert_eq!(version(&anvil), "1.1");
}

#[test]
fn a_rollback_of_a_tool_that_was_not_called_yet_is_one_all_the_same() {
    let anvil = TestAnvil::new(scripted(&[PANICS, RIGHT]));
    top_n(&[1], 3).unwrap();
    let anvil = anvil.reopen(MockModel::new());
    anvil.rollback("top_n", FIRST).unwrap();
    let anvil = anvil.reopen(MockModel::new());
    assert!(top_n(&[1], 3).unwrap_err().is_panic());
    assert_eq!(version(&anvil), "1.0");
}

#[test]
fn a_rollback_to_what_never_was_or_does_not_fit_changes_nothing() {
    fn other() -> anvil::Result<Vec<i64>> {
        #[anvil::tool(intent = "Otherwise", name = "top_n", handle = Other)]
        fn top_n(xs: &[i64], n: usize) -> anvil::Result<Vec<i64>>;
        top_n(&[1], 1)
    }
    let anvil = TestAnvil::new(scripted(&[PANICS]));
    top_n(&[1], 1).unwrap();
    let error = anvil.rollback("top_n", "3.0".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("there are 1.0 only"), "{error}");
    assert!(anvil.rollback("never", FIRST).is_err());
    assert!(!anvil.tools_dir().join("never").exists());

    let anvil = anvil.reopen(scripted(&[RIGHT]));
    other().unwrap();
    assert_eq!(version(&anvil), "2.0");
    let error = anvil.rollback("top_n", FIRST).unwrap_err();
    assert!(error.to_string().contains("another declaration"), "{error}");
    assert_eq!(version(&anvil), "2.0");
}

#[test]
fn a_pinned_version_is_not_healed_in_any_process_until_it_is_unpinned() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    anvil.pin("top_n").unwrap();
    let other = Anvil::builder()
        .tools_dir(anvil.tools_dir())
        .model(model.clone())
        .build()
        .unwrap();
    for one in [&anvil, &other] {
        let _entered = one.enter();
        let error = top_n(&[1], 3).unwrap_err().to_string();
        assert!(
            error.contains("pinned at 1.0; `anvil.unpin(\"top_n\")`"),
            "{error}"
        );
        assert!(one.tool_info("top_n").unwrap().pinned);
    }
    assert_eq!(model.requests().len(), 1);
    anvil.unpin("top_n").unwrap();
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    assert_eq!(count(&anvil, EventKind::ToolPinned), 1);
    assert_eq!(count(&anvil, EventKind::ToolUnpinned), 1);
}

#[test]
fn an_edit_is_reloaded_and_the_tool_is_the_users_until_it_is_adopted() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    edit(&anvil, |text| text.replace("b.cmp(a)", "a.cmp(b)"));
    assert_eq!(anvil.reload("top_n").unwrap(), FIRST);
    assert_eq!(top_n(&[2, 1], 1).unwrap(), [1], "smallest first now");
    assert_eq!(
        anvil.tool_info("top_n").unwrap().status,
        ToolStatus::Ejected
    );
    let error = top_n(&[1], 3).unwrap_err().to_string();
    assert!(error.contains("`anvil.adopt(\"top_n\")`"), "{error}");
    let error = anvil.rollback("top_n", FIRST).unwrap_err();
    assert!(error.to_string().contains("edited by hand"), "{error}");
    assert_eq!(model.requests().len(), 1);

    assert_eq!(anvil.adopt("top_n").unwrap().to_string(), "1.1");
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(info.status, ToolStatus::Active);
    let adopted = info.versions.last().unwrap();
    assert_eq!(
        (adopted.origin, &adopted.model),
        (VersionOrigin::Adopted, &None)
    );
    assert_eq!(top_n(&[2, 1], 1).unwrap(), [1]);
    assert_eq!(top_n(&[1], 3).unwrap(), [1], "it is healed like any other");
    assert_eq!(version(&anvil), "1.2");
    anvil.rollback("top_n", "1.1".parse().unwrap()).unwrap();
    assert_eq!(top_n(&[2, 1], 1).unwrap(), [1], "and nothing of it is lost");
}

#[test]
fn a_broken_edit_leaves_the_old_version_serving_and_says_where_it_is_wrong() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    edit(&anvil, |text| text.replace("let mut sorted", "let sorted"));
    for broken in [anvil.reload("top_n"), anvil.adopt("top_n")] {
        let error = broken.unwrap_err().to_string();
        assert!(
            error.contains("E0596") && error.contains("tool.rs:2:"),
            "{error}"
        );
    }
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(info.status, ToolStatus::Ejected);
    assert!(info.problem.unwrap().to_string().contains("E0596"));
    assert_eq!(count(&anvil, EventKind::ReloadFailed), 1);

    // So does the next process.
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(count(&anvil, EventKind::ReloadFailed), 1);
    let text = fs::read_to_string(anvil.tools_dir().join("top_n/tool.rs")).unwrap();
    assert!(text.contains("let sorted"), "it is left as it is");

    edit(&anvil, |text| {
        text.replace("let sorted", "// mended\n    let mut sorted")
    });
    anvil.reload("top_n").unwrap();
    assert!(anvil.tool_code("top_n").unwrap().contains("// mended"));
    edit(&anvil, |text| text.replace("// mended\n    ", ""));
    anvil.reload("top_n").unwrap();
    assert_eq!(anvil.tool_info("top_n").unwrap().status, ToolStatus::Active);
}

#[test]
fn a_failing_call_takes_over_what_another_process_did_and_no_edit_twice_that_is_of_no_use() {
    let anvil = TestAnvil::new(scripted(&[PANICS]));
    top_n(&[1], 1).unwrap();
    edit(&anvil, |text| text.replace("let mut sorted", "let sorted"));
    for _ in 0..3 {
        let error = top_n(&[1], 3).unwrap_err();
        assert!(error.is_panic(), "{error}");
    }
    assert_eq!(
        count(&anvil, EventKind::ReloadFailed),
        1,
        "it was tried once"
    );
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);

    let other = Anvil::builder()
        .tools_dir(anvil.tools_dir())
        .build()
        .unwrap();
    edit(&anvil, |text| {
        text.replace("let sorted", "let mut sorted").replace(
            "sorted[..n].to_vec()",
            "sorted.into_iter().take(n).collect()",
        )
    });
    assert_eq!(other.adopt("top_n").unwrap().to_string(), "1.1");
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(
        (info.version.to_string(), info.status),
        ("1.1".to_owned(), ToolStatus::Active)
    );
}

#[test]
fn edits_are_noticed_while_calls_go_on() {
    let anvil = TestAnvil::configure(scripted(&[&marked(0)]), |builder| builder.watch(true));
    assert_eq!(top_n(&[7], 1).unwrap(), [7, 0]);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let _entered = anvil.enter();
            let mut seen = Vec::new();
            loop {
                let last = done.load(Ordering::Relaxed);
                let answer = top_n(&[7], 1).unwrap();
                if seen.last() != Some(&answer[1]) {
                    seen.push(answer[1]);
                }
                if last {
                    break;
                }
            }
            seen
        });
        let _entered = anvil.enter();
        for n in 1..=2 {
            let before = format!("push({})", n - 1);
            edit(&anvil, |text| text.replace(&before, &format!("push({n})")));
            wait_until(|| top_n(&[7], 1).unwrap() == [7, n]);
        }
        edit(&anvil, |text| text.replace("push(2)", "push("));
        wait_until(|| count(&anvil, EventKind::ReloadFailed) == 1);
        assert_eq!(top_n(&[7], 1).unwrap(), [7, 2], "the last good edit serves");
        edit(&anvil, |text| text.replace("push(", "push(3)"));
        wait_until(|| top_n(&[7], 1).unwrap() == [7, 3]);
        done.store(true, Ordering::Relaxed);
        assert_eq!(caller.join().unwrap(), [0, 1, 2, 3]);
    });
    assert_eq!(
        anvil.tool_info("top_n").unwrap().status,
        ToolStatus::Ejected
    );
}

#[test]
fn a_watching_process_takes_over_what_another_one_healed() {
    let anvil = TestAnvil::configure(scripted(&[PANICS]), |builder| builder.watch(true));
    top_n(&[1], 1).unwrap();
    let other = Anvil::builder()
        .tools_dir(anvil.tools_dir())
        .model(scripted(&[RIGHT]))
        .build()
        .unwrap();
    {
        let _entered = other.enter();
        top_n(&[1], 3).unwrap();
    }
    wait_until(|| version(&anvil) == "1.1");
    assert_eq!(anvil.tool_info("top_n").unwrap().status, ToolStatus::Active);
}

#[test]
fn an_edit_that_was_undone_leaves_the_tool_to_anvil() {
    let anvil = TestAnvil::new(scripted(&[PANICS, RIGHT, RIGHT]));
    top_n(&[1], 3).unwrap();
    let before = fs::read_to_string(anvil.tools_dir().join("top_n/tool.rs")).unwrap();
    edit(&anvil, |text| format!("// mine\n{text}"));
    anvil.reload("top_n").unwrap();
    edit(&anvil, |_| before);
    anvil.rollback("top_n", FIRST).unwrap();
    assert_eq!(anvil.tool_info("top_n").unwrap().status, ToolStatus::Active);
    assert_eq!(top_n(&[1], 3).unwrap(), [1], "it is healed again");
}

#[test]
fn a_rollback_to_the_current_version_takes_an_undone_edit_out_of_service() {
    let anvil = TestAnvil::new(scripted(&[&marked(-1)]));
    top_n(&[1], 1).unwrap();
    let before = fs::read_to_string(anvil.tools_dir().join("top_n/tool.rs")).unwrap();
    edit(&anvil, |_| marked(-7));
    anvil.reload("top_n").unwrap();
    assert_eq!(top_n(&[1], 1).unwrap(), [1, -7]);
    edit(&anvil, |_| before);
    anvil.rollback("top_n", FIRST).unwrap();
    assert_eq!(top_n(&[1], 1).unwrap(), [1, -1]);
}

#[test]
fn a_rollback_brings_the_declaration_of_its_version_back_for_everyone() {
    fn otherwise() -> anvil::Result<Vec<i64>> {
        #[anvil::tool(intent = "Return the n largest, in any order", name = "top_n", handle = Otherwise)]
        fn top_n(xs: &[i64], n: usize) -> anvil::Result<Vec<i64>>;
        top_n(&[1], 1)
    }
    let anvil = TestAnvil::new(scripted(&[&marked(-1)]));
    top_n(&[1], 1).unwrap();
    let anvil = anvil.reopen(scripted(&[&marked(-2)]));
    assert_eq!(otherwise().unwrap(), [1, -2]);

    let beside = || Anvil::builder().tools_dir(anvil.tools_dir());
    let first = beside().tools([top_n::tool()]).build().unwrap();
    first.rollback("top_n", FIRST).unwrap();
    let third = beside().build().unwrap();
    let intent = third.tool_info("top_n").unwrap().intent;
    assert!(intent.contains("largest first"), "{intent}");
    let arguments = serde_json::json!({ "xs": [1], "n": 1 });
    let answer = third.tool("top_n").unwrap().run(arguments).unwrap();
    assert_eq!(answer, serde_json::json!([1, -1]));
}

#[test]
fn a_pin_during_a_heal_says_which_version_it_keeps() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    model.delay(Duration::from_millis(300));
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let _entered = anvil.enter();
            top_n(&[1], 3)
        });
        wait_until(|| model.requests().len() == 2);
        assert_eq!(anvil.pin("top_n").unwrap().to_string(), "1.1");
        assert_eq!(call.join().unwrap().unwrap(), [1]);
    });
}

#[test]
fn what_a_person_does_in_vain_is_not_why_a_call_is_not_healed() {
    let anvil = TestAnvil::new(scripted(&[PANICS, RIGHT]));
    top_n(&[1], 1).unwrap();
    // Whoever writes holds the lock.
    let lock = fs::File::open(anvil.tools_dir().join("top_n/.lock")).unwrap();
    lock.lock().unwrap();
    thread::scope(|scope| {
        let rollback = scope.spawn(|| anvil.rollback("top_n", "9.9".parse().unwrap()));
        let call = scope.spawn(|| {
            thread::sleep(Duration::from_millis(100));
            let _entered = anvil.enter();
            top_n(&[1], 3)
        });
        thread::sleep(Duration::from_millis(300));
        lock.unlock().unwrap();
        rollback.join().unwrap().unwrap_err();
        assert_eq!(call.join().unwrap().unwrap(), [1]);
    });
}

#[test]
fn a_call_that_is_never_healed_runs_once_whatever_a_person_does_meanwhile() {
    #[anvil::tool(intent = "Count calls", heal = false)]
    fn count_calls(fail: bool) -> anvil::Result<u64>;

    let body = "use std::sync::atomic::{AtomicU64, Ordering};
        static CALLS: AtomicU64 = AtomicU64::new(0);
        pub fn count_calls(fail: bool) -> Result<u64, ToolError> {
            let calls = CALLS.fetch_add(1, Ordering::SeqCst);
            if fail { Err(ToolError::new(\"no\")) } else { Ok(calls) }
        }";
    let anvil = TestAnvil::new(MockModel::new().reply("count_calls", body));
    assert_eq!(count_calls(false).unwrap(), 0);
    let lock = fs::File::open(anvil.tools_dir().join("count_calls/.lock")).unwrap();
    lock.lock().unwrap();
    thread::scope(|scope| {
        let adopt = scope.spawn(|| anvil.adopt("count_calls"));
        thread::sleep(Duration::from_millis(100));
        count_calls(true).unwrap_err();
        lock.unlock().unwrap();
        adopt.join().unwrap().unwrap();
    });
    assert_eq!(count_calls(false).unwrap(), 2);
}

#[test]
fn an_edit_that_changes_the_signature_is_told_so() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    edit(&anvil, |text| text.replace("n: usize", "n: u8"));
    let error = anvil.reload("top_n").unwrap_err().to_string();
    let declared = "not the declared `pub fn top_n(xs: &[i64], n: usize)";
    assert!(error.contains(declared), "{error}");
}

#[test]
fn a_tool_whose_files_are_gone_serves_on_and_says_so() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    fs::remove_dir_all(anvil.tools_dir().join("top_n")).unwrap();
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let error = anvil.tool_info("top_n").unwrap_err();
    assert!(error.to_string().contains("are gone"), "{error}");
    assert!(error.help().unwrap().contains("1.0 serves on"), "{error:?}");
}
