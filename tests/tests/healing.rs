//! What happens when a body fails.

use anvil::models::Escalation;
use anvil::testing::{MockModel, TestAnvil};
use anvil::{ErrorKind, EventFilter, EventKind, ToolStatus, Version};
use anvil_tests::bodies::{DOES_NOT_COMPILE, ERRS, PANICS, RIGHT};
use anvil_tests::script::{scripted, wait_until};
use anvil_tests::tool::top_n;
use std::fs;
use std::time::Duration;

#[test]
fn a_panic_is_told_where_it_happened_in_the_bodys_own_source() {
    let anvil = TestAnvil::configure(scripted(&[PANICS]), |builder| builder.self_healing(false));
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_panic());
    assert_eq!(
        error.to_string(),
        "`top_n` 1.0: panicked: range end index 3 out of range for slice of length 1 (tool.rs:4:14); \
         not healed: self-healing is switched off"
    );
    assert!(
        anvil
            .tool_code("top_n")
            .unwrap()
            .lines()
            .nth(3)
            .unwrap()
            .contains("sorted[..n]")
    );
    #[cfg(target_os = "linux")]
    {
        let [frame] = error.backtrace().try_into().unwrap();
        assert_eq!((frame.function.as_str(), frame.line), ("top_n", 4));
    }
}

#[test]
fn an_error_is_told_with_the_way_that_led_to_it() {
    let model = scripted(&[ERRS, RIGHT]);
    let _anvil = TestAnvil::new(model.clone());
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);

    let heal = model.requests()[1].text();
    assert!(heal.contains("only 1 numbers (tool.rs:13:21)"), "{heal}");
    assert!(
        heal.contains("Line 13 of the source is\n\n```rust\nNone => Err(ToolError::new("),
        "{heal}"
    );
    assert!(heal.contains("xs = [1]\nn = 3"), "{heal}");
    #[cfg(target_os = "linux")]
    assert!(
        heal.contains("take (tool.rs:13)\ntop_n (tool.rs:6)"),
        "{heal}"
    );
}

#[test]
fn a_candidate_that_fails_the_same_call_never_goes_live() {
    let anvil = TestAnvil::new(scripted(&[PANICS, ERRS, RIGHT]));
    assert_eq!(top_n(&[1, 2], 3).unwrap(), [2, 1]);
    assert_eq!(anvil.tool_info("top_n").unwrap().version.to_string(), "1.1");
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 2);

    let rejected = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::CandidateRejected));
    let [rejected] = rejected.try_into().unwrap();
    assert_eq!(
        rejected.error.unwrap(),
        "it failed the same call: only 2 numbers (tool.rs:13:21)"
    );
}

#[test]
fn what_is_turned_back_is_kept_with_the_reason_unless_it_holds_a_secret() {
    let holds_it = format!("{RIGHT}// correct-horse-battery\n");
    let model = scripted(&[PANICS, &holds_it, DOES_NOT_COMPILE, ERRS, RIGHT]);
    let anvil = TestAnvil::configure(model, |builder| {
        builder.secret("WORD", "correct-horse-battery")
    });
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    let turned_back = |kind| {
        let events = anvil.logger().history(EventFilter::new().kind(kind));
        let told = events.into_iter().rev().map(|event| {
            let step = event.metadata["step"].as_str().unwrap().to_owned();
            let path = event.metadata.get("kept");
            let path = path.map(|path| path.as_str().unwrap().to_owned());
            (step, path)
        });
        told.collect::<Vec<_>>()
    };
    let read = |path: &str| fs::read_to_string(anvil.tools_dir().join("top_n").join(path)).unwrap();

    let [(step, path)] = turned_back(EventKind::BuildFailed).try_into().unwrap();
    let text = read(&path.unwrap());
    assert_eq!(step, "build");
    for words in [
        DOES_NOT_COMPILE,
        "to replace 1.0; turned back at the step `build`",
        "\n// error[E0596]: cannot borrow",
        "\n//  --> tool.rs:3:5",
    ] {
        assert!(text.contains(words), "{text}");
    }
    let [(check, nothing), (prove, path)] = turned_back(EventKind::CandidateRejected)
        .try_into()
        .unwrap();
    assert_eq!((check.as_str(), nothing), ("check", None));
    assert_eq!(prove, "prove");
    let text = read(&path.unwrap());
    assert!(
        text.contains("\n// only 1 numbers (tool.rs:13:21)"),
        "{text}"
    );
    let folder = anvil.tools_dir().join("top_n/rejected");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 2);
}

#[test]
fn when_attempts_are_spent_the_old_version_serves_and_the_error_tells_them_all() {
    let model = scripted(&[
        PANICS,
        ERRS,
        DOES_NOT_COMPILE,
        DOES_NOT_COMPILE,
        DOES_NOT_COMPILE,
        DOES_NOT_COMPILE,
        RIGHT,
    ]);
    let anvil = TestAnvil::new(model.clone());
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_panic(), "the failure itself: {error}");
    let [first, second] = error.attempts() else {
        panic!("{error:?}")
    };
    assert_eq!((first.number, second.number), (1, 2));
    assert!(first.error.contains("only 1 numbers"), "{first:?}");
    assert!(second.error.contains("E0596"), "{second:?}");
    assert_eq!(
        model.requests().len(),
        6,
        "a generation, a heal, a heal with three repairs"
    );

    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2], "what worked still works");
    assert_eq!(anvil.tool_info("top_n").unwrap().version, Version::FIRST);
    let error = top_n(&[1], 3).unwrap_err();
    assert!(
        error.to_string().contains("reset_heal_attempts(\"top_n\")"),
        "{error}"
    );
    assert_eq!(model.requests().len(), 6, "nobody was asked again");

    anvil.reset_heal_attempts("top_n");
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
}

#[test]
fn a_candidate_that_repeats_its_errors_makes_for_a_fresh_start() {
    let model = scripted(&[DOES_NOT_COMPILE, DOES_NOT_COMPILE, RIGHT]);
    let _anvil = TestAnvil::new(model.clone());
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let requests = model.requests();
    assert!(requests[1].text().contains("E0596"));
    assert_eq!(requests[2], requests[0], "no trace of what led nowhere");
}

#[test]
fn attempts_that_come_to_the_same_make_for_a_fresh_start() {
    let errs_otherwise = ERRS.replace("//! Takes", "//! Still takes");
    let model = scripted(&[PANICS, ERRS, &errs_otherwise, RIGHT]);
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.max_heal_attempts(3));
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    let prompts: Vec<String> = model.requests().iter().map(|one| one.text()).collect();
    let failed = "only 1 numbers (tool.rs:13:21)";
    assert!(prompts[2].contains("fn take") && prompts[2].contains(failed));
    assert!(!prompts[3].contains("fn take"), "{}", prompts[3]);
    assert_eq!(prompts[3].matches(failed).count(), 2, "{}", prompts[3]);
    assert!(prompts[3].contains("Start afresh, with another approach"));
    assert!(prompts[3].contains("[..n]"), "what serves is shown");
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 3);
}

#[test]
fn a_first_body_that_was_asked_for_in_vain_is_told_to_the_next_attempt() {
    let broken: Vec<String> = (0..4)
        .map(|number| DOES_NOT_COMPILE.replace("sorted", &format!("sorted_{number}")))
        .collect();
    let [first, second, third, last] = &*broken else {
        unreachable!()
    };
    let model = scripted(&[first, second, third, last, RIGHT]);
    let _anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap_err();
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let told = model.requests()[4].text();
    assert!(
        told.contains("Attempt 1:") && told.contains("E0596"),
        "{told}"
    );
    assert!(
        told.contains("sorted_3") && !told.contains("sorted_0"),
        "{told}"
    );
}

#[test]
fn an_escalation_has_the_strong_model_make_the_last_attempt() {
    let model = scripted(&[PANICS, ERRS, ERRS, DOES_NOT_COMPILE]);
    let stronger = scripted(&[DOES_NOT_COMPILE, RIGHT]);
    let models = Escalation::new(model.clone(), stronger.clone());
    let anvil = TestAnvil::configure(models, |builder| builder.max_heal_attempts(3));
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    let last = |model: &MockModel| {
        let requests = model.requests();
        requests.iter().map(|one| one.last).collect::<Vec<_>>()
    };
    assert_eq!(last(&model), [false; 3]);
    assert_eq!(last(&stronger), [true; 2], "its repairs are its own");
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 3);
}

#[test]
fn an_escalation_has_the_strong_model_make_the_last_repair_of_a_first_body() {
    let broken = |n: u32| DOES_NOT_COMPILE.replace("sorted", &format!("sorted_{n}"));
    let model = scripted(&[&broken(0), &broken(1), &broken(2)]);
    let stronger = scripted(&[RIGHT]);
    let anvil = TestAnvil::new(Escalation::new(model.clone(), stronger.clone()));
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    assert_eq!((model.requests().len(), stronger.requests().len()), (3, 1));
    assert!(stronger.requests()[0].text().contains("sorted_2"));
    let asked = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::ModelAsked));
    assert_eq!(asked.len(), 4);
}

#[test]
fn a_model_that_never_gets_it_right_is_not_asked_for_ever() {
    let prose = "I would rather not.";
    let model = scripted(&[prose; 20]);
    let anvil = TestAnvil::new(model.clone());
    for _ in 0..4 {
        let error = top_n(&[1], 1).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
        assert!(error.to_string().contains(prose), "{error}");
    }
    assert_eq!(
        model.requests().len(),
        8,
        "two attempts of four requests each"
    );
    assert!(!anvil.tools_dir().join("top_n/tool.json").exists());
}

#[test]
fn a_model_that_cannot_be_reached_ends_the_heal_and_costs_no_attempt() {
    let model = scripted(&[PANICS])
        .fail("top_n", "529 overloaded")
        .fail("top_n", "529 overloaded")
        .fail("top_n", "529 overloaded")
        .reply("top_n", RIGHT);
    let _anvil = TestAnvil::new(model);
    for _ in 0..3 {
        let error = top_n(&[1], 3).unwrap_err();
        assert!(
            error.is_panic() && error.to_string().contains("529 overloaded"),
            "{error}"
        );
        assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    }
    assert_eq!(top_n(&[1], 3).unwrap(), [1], "the model is up again");
}

#[test]
fn an_attempt_counts_once_a_model_has_answered_at_all() {
    let model = scripted(&[PANICS, DOES_NOT_COMPILE])
        .fail("top_n", "529 overloaded")
        .reply("top_n", RIGHT);
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.max_heal_attempts(1));
    let error = top_n(&[1], 3).unwrap_err().to_string();
    assert!(
        error.contains("E0596") && error.contains("529 overloaded"),
        "{error}"
    );
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 1);
    assert!(top_n(&[1], 3).unwrap_err().to_string().contains("spent"));
    assert_eq!(model.requests().len(), 3);
}

#[test]
fn one_tool_can_be_kept_from_healing_and_another_given_more_attempts() {
    const FAILS: &str = "pub fn f() -> Result<u8, ToolError> { Err(ToolError::new(\"no\")) }";
    #[anvil::tool(intent = "Fail", name = "stubborn", heal = false)]
    fn f() -> anvil::Result<u8>;
    #[anvil::tool(intent = "Fail", name = "patient", max_heal_attempts = 3, handle = Patient)]
    fn g() -> anvil::Result<u8>;

    let fails_g = FAILS.replace("fn f", "fn g");
    let model = MockModel::new()
        .reply("stubborn", FAILS)
        .reply("patient", &fails_g)
        .reply("patient", fails_g.replace("no", "1"))
        .reply("patient", fails_g.replace("no", "2"))
        .reply("patient", fails_g.replace("no", "3"));
    let _anvil = TestAnvil::new(model.clone());
    assert!(f().unwrap_err().to_string().contains("`heal = false`"));
    assert_eq!(model.requests_for("stubborn").len(), 1);
    assert_eq!(g().unwrap_err().attempts().len(), 3);
    assert_eq!(model.requests_for("patient").len(), 4);
}

#[test]
fn a_heal_goes_on_without_the_caller_that_did_not_wait() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.heal_wait(Duration::ZERO));
    top_n(&[1], 1).unwrap();
    model.delay(Duration::from_secs(2));

    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.is_healing() && error.is_panic(), "{error}");
    let meanwhile = top_n::run_safe(&[1], 1);
    assert_eq!(
        meanwhile.version,
        Some(Version::FIRST),
        "the old one serves"
    );
    wait_until(|| anvil.tool_info("top_n").unwrap().version.to_string() == "1.1");
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    assert_eq!(model.requests().len(), 2);
}

#[tokio::test]
async fn a_heal_goes_on_without_the_caller_that_was_dropped() {
    #[anvil::tool(intent = "Halve x")]
    async fn half(x: u8) -> anvil::Result<u8>;

    let model = MockModel::new()
        .reply(
            "half",
            "pub fn half(x: u8) -> Result<u8, ToolError> { assert!(x < 9); Ok(x / 2) }",
        )
        .reply(
            "half",
            "pub fn half(x: u8) -> Result<u8, ToolError> { Ok(x / 2) }",
        );
    let anvil = TestAnvil::new(model.clone());
    half(2).await.unwrap();
    model.delay(Duration::from_secs(2));

    let mut call = Box::pin(half(10));
    while model.requests().len() < 2 {
        let poll = tokio::time::timeout(Duration::from_millis(10), &mut call).await;
        assert!(
            poll.is_err(),
            "answered before the heal had begun: {poll:?}"
        );
    }
    drop(call);
    wait_until(|| anvil.tool_info("half").unwrap().version.to_string() == "1.1");
    assert_eq!(half(10).await.unwrap(), 5);
    assert_eq!(model.requests().len(), 2);
}

#[test]
fn callers_that_fail_together_cause_one_heal_and_those_that_succeed_are_not_held_up() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    model.delay(Duration::from_secs(2));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let _entered = anvil.enter();
                assert_eq!(top_n(&[1], 3).unwrap(), [1]);
            });
        }
        wait_until(|| model.requests().len() == 2); // the heal is under way
        let meanwhile = top_n::run_safe(&[1], 1);
        assert_eq!(meanwhile.version, Some(Version::FIRST));
    });
    assert_eq!(model.requests().len(), 2, "one generation, one heal");
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 1);
}

#[test]
fn a_failure_in_the_standard_library_is_told_where_the_body_called_it() {
    let body = "//! Steps.\n\npub fn steps(n: usize) -> Result<usize, ToolError> {\n    \
                Ok((0..10).step_by(n).count())\n}\n";
    #[anvil::tool(intent = "How many steps of n fit into ten")]
    fn steps(n: usize) -> anvil::Result<usize>;

    let model = MockModel::new().reply("steps", body);
    let _anvil = TestAnvil::configure(model, |builder| builder.self_healing(false));
    assert_eq!(steps(3).unwrap(), 4);
    let error = steps(0).unwrap_err();
    assert!(
        error.is_panic() && !error.to_string().contains("step_by.rs"),
        "{error}"
    );
    #[cfg(target_os = "linux")]
    assert!(error.to_string().contains("(tool.rs:4:"), "{error}");
}

#[test]
fn an_attempt_that_lies_behind_its_window_no_longer_counts() {
    let model = scripted(&[PANICS, ERRS, RIGHT]);
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        builder.max_heal_attempts(1).heal_window(Duration::ZERO)
    });
    let error = top_n(&[1], 3).unwrap_err();
    assert!(
        error.to_string().contains("1 heal attempt failed"),
        "a call makes no more: {error}"
    );
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts, 0);
    assert_eq!(model.requests().len(), 3);
}

#[test]
fn attempts_that_succeeded_are_part_of_the_story_of_those_that_are_spent() {
    let works_to =
        |n: usize| PANICS.replace("Ok(sorted", &format!("assert!(n < {n});\n    Ok(sorted"));
    let anvil = TestAnvil::new(scripted(&[&works_to(2), &works_to(3), &works_to(4)]));
    for n in [1, 2, 3] {
        top_n(&[1, 2, 3, 4], n).unwrap();
    }
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts_left, 0);
    let error = top_n(&[1, 2, 3, 4], 4).unwrap_err();
    let whole = format!("{error:?}");
    assert!(
        whole.contains("heal attempt 1: made 1.1 after: panicked: assertion failed: n < 2"),
        "{whole}"
    );
    assert!(whole.contains("heal attempt 2: made 1.2 after"), "{whole}");
    assert!(
        !error.to_string().contains("heal attempts failed"),
        "{error}"
    );
}

#[test]
fn a_heal_that_nobody_waited_for_and_that_failed_shows() {
    let model = scripted(&[PANICS, ERRS, ERRS]);
    let anvil = TestAnvil::configure(model, |builder| builder.heal_wait(Duration::ZERO));
    top_n(&[1], 1).unwrap();
    assert!(top_n(&[1], 3).unwrap_err().is_healing());
    let problem = || anvil.tool_info("top_n").unwrap().problem.unwrap();
    wait_until(|| problem().attempts().len() == 2);
    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(info.status, ToolStatus::Failing);
    assert!(problem().help().unwrap().contains("spent (2 of 2)"));
}

#[test]
fn the_call_that_spends_the_last_attempt_says_so() {
    let anvil = TestAnvil::new(scripted(&[PANICS, ERRS, ERRS]));
    top_n(&[1], 1).unwrap();
    let error = top_n(&[1], 3).unwrap_err();
    assert_eq!(error.attempts().len(), 2);
    let help = error.help().unwrap();
    assert!(help.contains("spent (2 of 2)"), "{help}");
    assert!(help.contains("reset_heal_attempts"), "{help}");
    drop(anvil);
}

#[test]
fn a_tool_that_was_not_called_yet_has_all_its_attempts() {
    let anvil = TestAnvil::new(scripted(&[PANICS]));
    top_n(&[1], 1).unwrap();
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(anvil.tool_info("top_n").unwrap().heal_attempts_left, 2);
}
