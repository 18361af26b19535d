//! What happens when a body fails.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{BoxFuture, LanguageModel, ModelError, ModelReply, ModelRequest};
use anvil::{ErrorKind, EventFilter, EventKind, Version};
use anvil_tests::bodies::{DOES_NOT_COMPILE, ERRS, PANICS, RIGHT};
use anvil_tests::tool::top_n;
use std::ops::Deref;
use std::time::{Duration, Instant};

fn scripted(replies: &[&str]) -> MockModel {
    replies.iter().fold(MockModel::new(), |model, reply| {
        model.reply("top_n", *reply)
    })
}

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
fn a_request_that_nobody_scripted_names_the_tool() {
    let _anvil = TestAnvil::new(MockModel::new());
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(
        error
            .to_string()
            .contains("nothing is scripted for `top_n`"),
        "{error}"
    );
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
fn a_caller_that_waits_while_its_anvil_is_shut_down_gets_an_error() {
    let model = scripted(&[PANICS]);
    let anvil = TestAnvil::new(model.clone());
    model.delay(Duration::from_secs(600));
    let handle = anvil.deref().clone();
    let waiting = std::thread::spawn(move || {
        let _entered = handle.enter();
        top_n::run_safe(&[1], 1)
            .error
            .map(|error| error.to_string())
    });
    wait_until(|| !model.requests().is_empty());
    drop(anvil);
    let error = waiting.join().expect("no panic").expect("no answer");
    assert!(error.contains("was shut down"), "{error}");
}

#[test]
fn callers_that_fail_together_cause_one_heal_and_those_that_succeed_are_not_held_up() {
    let model = scripted(&[PANICS, RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    model.delay(Duration::from_secs(2));
    std::thread::scope(|scope| {
        for _ in 0..6 {
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

#[tokio::test]
async fn a_plain_tool_works_in_a_task_that_has_used_up_its_budget() {
    let _anvil = TestAnvil::new(scripted(&[PANICS, RIGHT]));
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..500 {
        sender.send(n).unwrap();
    }
    // tokio lets a task go on for 128 such steps before it has to yield.
    for _ in 0..128 {
        receiver.recv().await.unwrap();
    }
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
}

#[test]
fn no_answer_of_a_model_exhausts_the_hosts_stack() {
    let deep = format!(
        "pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {{ {}1{} }}",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let _anvil = TestAnvil::new(scripted(&[&deep, RIGHT, RIGHT]));
    let outcome = top_n::run_safe(&[1], 1); // whatever rustc makes of it, this process is there to tell
    assert!(outcome.success || outcome.error.is_some());
}

#[test]
fn a_destructor_at_the_end_of_a_thread_may_call_a_tool() {
    struct CallsAtTheEnd(std::sync::mpsc::Sender<String>);
    impl Drop for CallsAtTheEnd {
        fn drop(&mut self) {
            let error = top_n::run_safe(&[1], 1).error.unwrap();
            self.0.send(error.to_string()).unwrap();
        }
    }
    thread_local! {
        static LAST_WILL: std::cell::OnceCell<CallsAtTheEnd> = const { std::cell::OnceCell::new() };
    }
    let anvil = TestAnvil::new(MockModel::new());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            LAST_WILL.with(|will| will.set(CallsAtTheEnd(sender)).ok().unwrap());
            drop(anvil.enter()); // so that the list of what was entered goes first
        });
    });
    assert!(receiver.recv().unwrap().contains("enter()"));
}

#[test]
fn a_model_that_panics_is_told_like_one_that_fails() {
    struct Panics;
    impl LanguageModel for Panics {
        fn complete<'a>(
            &'a self,
            _: &'a ModelRequest,
        ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
            panic!("no model today")
        }
    }
    let store = tempfile::tempdir().unwrap();
    let builder = anvil::Anvil::builder().tools_dir(store.path());
    let anvil = builder.model(Panics).build().unwrap();
    let _entered = anvil.enter();
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(
        error.to_string().contains("it panicked: no model today"),
        "{error}"
    );
}

#[test]
fn an_older_declaration_never_heals_over_a_newer_one() {
    fn old(x: u8) -> anvil::Result<u8> {
        #[anvil::tool(intent = "Halve x")]
        fn half(x: u8) -> anvil::Result<u8>;
        half(x)
    }
    fn new(x: u8) -> anvil::Result<u8> {
        #[anvil::tool(intent = "Halve x, rounding up")]
        fn half(x: u8) -> anvil::Result<u8>;
        half(x)
    }
    let body = |code: &str| format!("pub fn half(x: u8) -> Result<u8, ToolError> {{ {code} }}");
    let model = MockModel::new()
        .reply("half", body("assert!(x < 9); Ok(x / 2)"))
        .reply("half", body("Ok(x / 2)"));
    let older = TestAnvil::new(model.clone());
    assert_eq!(old(2).unwrap(), 1);

    let newer = anvil::Anvil::builder().tools_dir(older.tools_dir());
    let newer = newer
        .model(MockModel::new().reply("half", body("Ok(x.div_ceil(2))")))
        .build()
        .unwrap();
    {
        let _entered = newer.enter();
        assert_eq!(new(3).unwrap(), 2);
    }
    let error = old(10).unwrap_err();
    assert!(
        error.is_panic() && error.to_string().contains("another declaration"),
        "{error}"
    );
    assert_eq!(old(2).unwrap(), 1, "what worked still works");
    assert_eq!(newer.tool_info("half").unwrap().version.to_string(), "2.0");
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn a_process_that_may_not_heal_any_more_takes_over_what_another_one_healed() {
    let first = TestAnvil::new(scripted(&[PANICS]));
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    let builder = || anvil::Anvil::builder().tools_dir(first.tools_dir());
    let spent = builder().max_heal_attempts(0).model(MockModel::new());
    let offline = builder().offline(true);
    let others = [spent.build().unwrap(), offline.build().unwrap()];
    for other in &others {
        let _entered = other.enter();
        assert!(top_n(&[1], 3).unwrap_err().is_panic());
    }
    let healer = builder().model(scripted(&[RIGHT])).build().unwrap();
    {
        let _entered = healer.enter();
        assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    }
    for other in &others {
        let _entered = other.enter();
        assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    }
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
fn a_changed_declaration_has_its_body_written_anew_as_the_next_major_version() {
    fn first() -> anvil::Result<u8> {
        #[anvil::tool(intent = "Return one")]
        fn number() -> anvil::Result<u8>;
        number()
    }
    fn second() -> anvil::Result<u8> {
        #[anvil::tool(intent = "Return two")]
        fn number() -> anvil::Result<u8>;
        number()
    }
    let body = |n: u8| format!("pub fn number() -> Result<u8, ToolError> {{ Ok({n}) }}");
    let before = TestAnvil::new(MockModel::new().reply("number", body(1)));
    assert_eq!(first().unwrap(), 1);

    let model = MockModel::new().reply("number", body(2));
    let after = before.reopen(model.clone());
    assert_eq!(second().unwrap(), 2);
    assert_eq!(
        after.tool_info("number").unwrap().version.to_string(),
        "2.0"
    );
    assert_eq!(
        after.tool_code_at("number", Version::FIRST).unwrap().trim(),
        body(1)
    );
    assert!(
        model.requests()[0].text().contains("Ok(1)"),
        "the model sees the former body"
    );
}

#[test]
fn a_body_that_was_edited_by_hand_runs_and_is_never_rewritten() {
    let model = scripted(&[RIGHT]);
    let anvil = TestAnvil::new(model);
    top_n(&[1], 1).unwrap();
    let path = anvil.tools_dir().join("top_n/tool.rs");
    let edited = std::fs::read_to_string(&path)
        .unwrap()
        .replace("b.cmp(a)", "a.cmp(b)");
    std::fs::write(&path, edited.replace("truncate(n)", "drain(n..)")).unwrap();

    let model = scripted(&[RIGHT]);
    let _anvil = anvil.reopen(model.clone());
    assert_eq!(
        top_n(&[2, 1], 1).unwrap(),
        [1],
        "smallest first, as the user wants it"
    );
    let error = top_n(&[1], 3).unwrap_err();
    assert!(error.to_string().contains("edited by hand"), "{error}");
    assert!(model.requests().is_empty());
    assert!(std::fs::read_to_string(&path).unwrap().contains("a.cmp(b)"));
}

#[test]
fn two_tools_of_one_name_are_refused_with_both_places() {
    #[anvil::tool(intent = "One", name = "twin", handle = One)]
    fn one();
    #[anvil::tool(intent = "Two", name = "twin", handle = Two)]
    fn two();

    let refused = anvil::Anvil::builder()
        .tools([One::tool(), Two::tool()])
        .build();
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    for place in [One::tool().place(), Two::tool().place()] {
        assert_eq!(place.file, file!());
        assert!(error.to_string().contains(&place.to_string()), "{error}");
    }

    let body = "pub fn one() {}";
    let _anvil = TestAnvil::new(MockModel::new().reply("twin", body));
    one();
    let late = Two::run_safe().error.unwrap();
    assert!(
        late.to_string().contains(&Two::tool().place().to_string()),
        "{late}"
    );
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "it never came true"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}
