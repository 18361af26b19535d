//! Contracts: what a declaration says of right answers is held against every body.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, ErrorKind, EventFilter, EventKind, VersionOrigin};
use serde_json::json;
use std::cell::RefCell;
use std::fs;
use std::sync::atomic::Ordering;
use std::sync::mpsc;
use std::thread;

#[anvil::tool(
    intent = "Halve an even number",
    examples(
        halve(8)? == 4,
        3 == halve(6)?,
        halve(7).is_err(),
        matches!(halve(-2), Ok(half) if half < 0)
    ),
    requires(|n| n % 2 == 0),
    ensures(|half, n| half * 2 == n)
)]
fn halve(n: i64) -> anvil::Result<i64>;

const RIGHT: &str = "pub fn halve(n: i64) -> Result<i64, ToolError> {
    if n % 2 == 0 { Ok(n / 2) } else { Err(ToolError::invalid_input(format!(\"{n} is odd\"))) }
}";

/// A body for `halve` that does `$what` where it should not.
fn wrong(what: &str) -> String {
    RIGHT.replace("Ok(n / 2)", what)
}

/// What is said of a first candidate for `tool`, `wrong`, before the right one is taken.
fn turned_back(tool: &str, wrong: &str, right: &str, call: impl FnOnce()) -> String {
    let model = MockModel::new().reply(tool, wrong).reply(tool, right);
    let anvil = TestAnvil::new(model.clone());
    call();
    assert_eq!(version(&anvil, tool), "1.0");
    let [words] = told(&anvil, EventKind::CandidateRejected)
        .try_into()
        .unwrap();
    let story = model.requests_for(tool)[1].text();
    assert!(
        story.contains(&words[words.find('`').unwrap()..]),
        "{words}\nis not in\n{story}"
    );
    words
}

/// What events of a kind say, newest first.
fn told(anvil: &Anvil, kind: EventKind) -> Vec<String> {
    let events = anvil.logger().history(EventFilter::new().kind(kind));
    let words = events.into_iter().map(|event| event.error.unwrap());
    words.collect()
}

fn version(anvil: &Anvil, tool: &str) -> String {
    anvil.tool_info(tool).unwrap().version.to_string()
}

#[test]
fn a_wrong_candidate_is_told_what_was_expected_and_what_came() {
    let half = "it breaks the example `halve(8)? == 4`:";
    for (body, words) in [
        (
            wrong("Ok(n / 2 + 1)"),
            format!(
                "{half} broke its contract: `ensures(|half, n| half * 2 == n)` does not hold: the answer is 5"
            ),
        ),
        (
            wrong("if n == 8 { Err(ToolError::new(\"no eight\")) } else { Ok(n / 2) }"),
            format!("{half} an answer is expected, but it failed: no eight (tool.rs:2:37)"),
        ),
        (
            wrong("Err(ToolError::invalid_input(\"no\"))"),
            format!(
                "{half} broke its contract: it refused good input, for which `requires(|n| n % 2 == 0)` holds: no (tool.rs:2:25)"
            ),
        ),
        (
            wrong("Ok(if n == 6 { panic!(\"six\") } else { n / 2 })"),
            "it breaks the example `3 == halve(6)?`: panicked: six (tool.rs:2:36)".to_owned(),
        ),
    ] {
        let told = turned_back("halve", &body, RIGHT, || {
            assert_eq!(halve(4).unwrap(), 2);
        });
        assert_eq!(told, words);
    }
}

#[anvil::tool(
    intent = "Count the words",
    examples(
        words("a b")? == 2,
        words("").is_err(),
        matches!(words("a a"), Ok(2)),
        [1, 2][words("a")?] == 2,
    ),
)]
fn words(text: &str) -> anvil::Result<usize>;

#[test]
fn an_example_of_any_form_is_told_with_what_the_candidate_said() {
    let right = "pub fn words(text: &str) -> Result<usize, ToolError> {
        let words = text.split_whitespace().count();
        if words == 0 { Err(ToolError::invalid_input(\"none\")) } else { Ok(words) }
    }";
    for (wrong, words) in [
        ("text.len()", "`words(\"a b\")? == 2`: expected 2, got 3"),
        (
            "if text.is_empty() { 1 } else { text.split_whitespace().count() }",
            "`words(\"\").is_err()`: it is expected to hold, but it answered 1",
        ),
        (
            "if text == \"a a\" { 1 } else { text.split_whitespace().count() }",
            "`matches!(words(\"a a\"), Ok(2))`: it is expected to hold, but it answered 1",
        ),
        (
            "if text == \"a\" { 7 } else { text.split_whitespace().count() }",
            "`[1, 2][words(\"a\")?] == 2`: it panicked: index out of bounds: the len is 2 but the index is 7, but it answered 7",
        ),
    ] {
        let body = right.replace("text.split_whitespace().count()", wrong);
        let told = turned_back("words", &body, right, || {
            assert_eq!(self::words("to be").unwrap(), 2);
        });
        assert_eq!(told, format!("it breaks the example {words}"));
    }
}

#[anvil::tool(
    intent = "Double n",
    examples(later(2).await? == 4, later(i64::MAX).await.is_err()),
    ensures(|out| out % 2 == 0)
)]
async fn later(n: i64) -> anvil::Result<i64>;

#[test]
fn the_examples_of_an_async_tool_are_waited_for() {
    let right = "pub fn later(n: i64) -> Result<i64, ToolError> {
        n.checked_mul(2).ok_or_else(|| ToolError::new(\"too much\"))
    }";
    for (wrong, words) in [
        (
            right.replace("mul(2)", "mul(4)"),
            "`later(2).await? == 4`: expected 4, got 8",
        ),
        (
            right.replace("mul(2)", "add(1)"),
            "`later(2).await? == 4`: broke its contract: `ensures(|out| out % 2 == 0)` does not hold: the answer is 3",
        ),
        (
            right.replace("n.checked_mul(2)", "Some(n.wrapping_mul(2))"),
            "`later(i64::MAX).await.is_err()`: it is expected to hold, but it answered -2",
        ),
    ] {
        let told = turned_back("later", &wrong, right, || {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            assert_eq!(runtime.block_on(later(21)).unwrap(), 42);
        });
        assert_eq!(told, format!("it breaks the example {words}"));
    }
}

#[anvil::tool(
    intent = "Parse a digit",
    examples(digit("7")? == 7, digit("x") == Err("not a digit".to_owned())),
    ensures(|digit| *digit < 10)
)]
fn digit(text: &str) -> Result<u8, String>;

#[test]
fn an_error_of_the_users_own_is_an_answer_that_nothing_is_ensured_of() {
    let right = "pub fn digit(text: &str) -> Result<u8, String> {
        match text.as_bytes() {
            [digit @ b'0'..=b'9'] => Ok(digit - b'0'),
            _ => Err(\"not a digit\".to_owned()),
        }
    }";
    for (wrong, words) in [
        (
            right.replace("digit - b'0'", "*digit"),
            "`digit(\"7\")? == 7`: broke its contract: `ensures(|digit| *digit < 10)` does not hold: the answer is 55",
        ),
        (
            right.replace("digit - b'0'", "b'9' - digit"),
            "`digit(\"7\")? == 7`: expected 7, got 2",
        ),
        (
            right.replace("not a", "no"),
            "`digit(\"x\") == Err(\"not a digit\".to_owned())`: expected Err(\"not a digit\"), got Err(\"no digit\")",
        ),
        (
            right.replace("Ok(digit - b'0')", "Err(\"tired\".to_owned())"),
            "`digit(\"7\")? == 7`: an answer is expected, but there is the error \"tired\"",
        ),
    ] {
        let told = turned_back("digit", &wrong, right, || {
            assert_eq!(digit("12"), Err("not a digit".to_owned()));
        });
        assert_eq!(told, format!("it breaks the example {words}"));
    }
}

#[anvil::tool(intent = "Forty-two", examples(answer() == 42), ensures(|out| *out > 0))]
fn answer() -> i32;

#[test]
fn a_tool_that_has_no_room_for_a_failure_ends_its_example_with_it() {
    let answers = |what: &str| format!("pub fn answer() -> i32 {{ {what} }}");
    for (wrong, words) in [
        ("panic!(\"no idea\")", "panicked: no idea (tool.rs:1:26)"),
        ("41", "expected 42, got 41"),
        (
            "-1",
            "broke its contract: `ensures(|out| *out > 0)` does not hold: the answer is -1",
        ),
    ] {
        let told = turned_back("answer", &answers(wrong), &answers("42"), || {
            assert_eq!(answer(), 42);
        });
        assert_eq!(
            told,
            format!("it breaks the example `answer() == 42`: {words}")
        );
    }
}

#[anvil::tool(intent = "All from 1 to n", ensures(|out| out[0] == 1))]
fn count(n: u8) -> anvil::Result<Vec<u8>>;

#[test]
fn an_answer_that_the_contract_panics_at_is_none() {
    let right =
        "pub fn count(n: u8) -> Result<Vec<u8>, ToolError> { Ok((1..=n.max(1)).collect()) }";
    let model = MockModel::new()
        .reply("count", right.replace("n.max(1)", "n"))
        .reply("count", right);
    let anvil = TestAnvil::new(model);
    assert_eq!(count(0).unwrap(), [1]);
    assert_eq!(version(&anvil, "count"), "1.1");
    let [words] = told(&anvil, EventKind::ToolFailed).try_into().unwrap();
    assert_eq!(
        words,
        "broke its contract: `ensures(|out| out[0] == 1)` does not hold: it cannot be told of [], because it panicked: \
         index out of bounds: the len is 0 but the index is 0"
    );
}

#[anvil::tool(intent = "Multiply by four", examples(fourfold(3)? == twofold(twofold(3)?)?))]
fn fourfold(n: i64) -> anvil::Result<i64>;

#[anvil::tool(intent = "Multiply by two")]
fn twofold(n: i64) -> anvil::Result<i64>;

#[test]
fn an_example_may_call_another_tool_which_is_written_then() {
    let model = MockModel::new()
        .reply(
            "twofold",
            "pub fn twofold(n: i64) -> Result<i64, ToolError> { Ok(2 * n) }",
        )
        .reply(
            "fourfold",
            "pub fn fourfold(n: i64) -> Result<i64, ToolError> { Ok(n + n) }",
        )
        .reply(
            "fourfold",
            "pub fn fourfold(n: i64) -> Result<i64, ToolError> { Ok(4 * n) }",
        );
    let anvil = TestAnvil::new(model);
    assert_eq!(fourfold(1).unwrap(), 4);
    assert_eq!(
        told(&anvil, EventKind::CandidateRejected),
        ["it breaks the example `fourfold(3)? == twofold(twofold(3)?)?`: expected 12, got 6"]
    );
    assert_eq!(version(&anvil, "twofold"), "1.0");
}

#[test]
fn a_call_by_name_breaks_the_contract_and_heals_as_any_other_does() {
    let model = MockModel::new()
        .reply("halve", wrong("Ok(if n == 10 { 6 } else { n / 2 })"))
        .reply("halve", wrong("Ok(if n == 10 { 4 } else { n / 2 })"))
        .reply("halve", RIGHT);
    let anvil = TestAnvil::configure(model, |builder| builder.tools([halve::tool()]));
    let tool = anvil.tool("halve").unwrap();
    assert_eq!(tool.run(json!({ "n": 4 })).unwrap(), 2);
    assert_eq!(tool.run(json!({ "n": 10 })).unwrap(), 5);
    assert_eq!(version(&anvil, "halve"), "1.1");
    assert!(tool.run(json!({ "n": 5 })).unwrap_err().is_invalid_input());

    let broke =
        "broke its contract: `ensures(|half, n| half * 2 == n)` does not hold: the answer is";
    assert_eq!(
        told(&anvil, EventKind::CandidateRejected),
        [format!("it failed the same call: {broke} 4")]
    );
    let failures = told(&anvil, EventKind::ToolFailed);
    assert_eq!(failures[1], format!("{broke} 6"));
}

mod its_own {
    use std::iter::once;

    #[anvil::tool(intent = "Lower case", ensures(|out| is_settled(out)))]
    pub(super) fn lower(text: &str) -> anvil::Result<String>;

    fn is_settled(text: &str) -> bool {
        lower(text).unwrap() == text
    }

    #[anvil::tool(intent = "Upper case", examples(upper("a") == twice("a")))]
    pub(super) fn upper(text: &str) -> String;

    fn twice(text: &str) -> String {
        once(text).map(upper).map(|text| upper(&text)).collect()
    }
}

#[test]
fn a_contract_that_calls_its_own_tool_is_told_so_and_waits_for_nothing() {
    let model = MockModel::new()
        .reply(
            "lower",
            "pub fn lower(text: &str) -> Result<String, ToolError> { Ok(text.to_lowercase()) }",
        )
        .reply(
            "upper",
            "pub fn upper(text: &str) -> String { text.to_uppercase() }",
        );
    let anvil = TestAnvil::configure(model, |builder| builder.self_healing(false));
    let error = its_own::lower("A").unwrap_err();
    assert!(error.is_contract(), "{error}");
    let words = "is called by its own contract, which would be asked about that call, too";
    assert!(
        error.to_string().contains(&format!("`lower` {words}")),
        "{error}"
    );
    let [outer, inner] = told(&anvil, EventKind::ToolFailed).try_into().unwrap();
    assert_eq!(inner, format!("`lower` {words}"));
    assert!(outer.contains("cannot be told"), "{outer}");

    let error = its_own::upper::run_safe("a").error.unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    assert_eq!(error.to_string(), format!("`upper` {words}"));
    assert!(
        told(&anvil, EventKind::CandidateRejected).is_empty(),
        "no model is to blame"
    );
}

#[anvil::tool(intent = "Write a text out", examples(read(&wrote("a")?)? == "a"))]
fn wrote(text: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Read it in again", examples(read(&wrote("a")?)? == "a"))]
fn read(text: &str) -> anvil::Result<String>;

#[test]
fn tools_whose_examples_call_each_other_are_told_so_and_do_not_wait_for_ever() {
    let body = |name| {
        format!("pub fn {name}(text: &str) -> Result<String, ToolError> {{ Ok(text.to_owned()) }}")
    };
    let model = MockModel::new()
        .reply("wrote", body("wrote"))
        .reply("read", body("read"));
    let anvil = TestAnvil::new(model);
    assert!(wrote("x").is_err());
    let words = "`wrote` is not there before the tool whose contract calls it here, which its own contract calls";
    let failures = told(&anvil, EventKind::ToolFailed);
    assert!(
        failures.iter().any(|failure| failure == words),
        "{failures:#?}"
    );
    let rejected = told(&anvil, EventKind::CandidateRejected).join("\n");
    let expected = format!("an answer is expected, but there is the error {words}");
    assert!(rejected.contains(&expected), "{rejected}");
}

thread_local! {
    static AT_ITS_END: RefCell<Option<AtItsEnd>> = const { RefCell::new(None) };
}

/// Calls a tool as its thread ends.
struct AtItsEnd(Anvil, mpsc::Sender<i64>);

impl Drop for AtItsEnd {
    fn drop(&mut self) {
        let doubled = self.0.tool("doubled").unwrap();
        let answer = doubled.run(json!({ "n": 2 })).unwrap();
        self.1.send(answer.as_i64().unwrap()).unwrap();
    }
}

#[anvil::tool(intent = "Double", ensures(|out| *out == 2 * n))]
fn doubled(n: i64) -> anvil::Result<i64> {
    Ok(n + n)
}

#[test]
fn a_thread_may_call_a_tool_as_it_ends() {
    let anvil = TestAnvil::configure(MockModel::new(), |builder| builder.tools([doubled::tool()]));
    let (tell, told) = mpsc::channel();
    let handle = (*anvil).clone();
    let thread = thread::spawn(move || {
        // Before what Anvil keeps for the thread, which is gone first then.
        AT_ITS_END.set(Some(AtItsEnd(handle.clone(), tell)));
        let _entered = handle.enter();
        doubled(1)
    });
    assert_eq!(thread.join().unwrap().unwrap(), 2);
    assert_eq!(told.recv().unwrap(), 4);
}

#[anvil::tool(intent = "In capitals", share_args = false, ensures(|out| out.len() < 3))]
fn capitals(text: &str) -> anvil::Result<String>;

#[test]
fn an_answer_to_arguments_that_are_not_shared_is_not_told_either() {
    let body =
        |does| format!("pub fn capitals(text: &str) -> Result<String, ToolError> {{ Ok({does}) }}");
    let model = MockModel::new()
        .reply("capitals", body("text.to_uppercase()"))
        .reply("capitals", body("text.to_uppercase().repeat(2)"))
        .reply("capitals", body("text[..1].to_uppercase()"));
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(capitals("private").unwrap(), "P");
    let requests = model.requests();
    assert!(
        requests
            .iter()
            .all(|request| !request.task.contains("PRIVATE"))
    );
    let words = "broke its contract: `ensures(|out| out.len() < 3)` does not hold, and the answer is withheld as the \
         arguments are";
    assert_eq!(told(&anvil, EventKind::ToolFailed), [words]);
    assert_eq!(
        told(&anvil, EventKind::CandidateRejected),
        [format!("it failed the same call: {words}")]
    );
}

/// One tool, before and after its contract was changed.
mod changed {
    use std::sync::atomic::{AtomicU32, Ordering};

    #[anvil::tool(intent = "Sort", name = "sort", examples(before(&[2, 1])? == [1, 2]))]
    pub(super) fn before(xs: &[i32]) -> anvil::Result<Vec<i32>>;

    pub(super) mod renamed {
        use super::{AtomicU32, Ordering};

        /// How often the example was looked at.
        pub(crate) static LOOKED: AtomicU32 = AtomicU32::new(0);

        fn look() {
            LOOKED.fetch_add(1, Ordering::Relaxed);
        }

        #[anvil::tool(
            intent = "Sort",
            name = "sort",
            examples({ look(); before(&[2, 3, 1])? } == [1, 2, 3]),
        )]
        pub(crate) fn before(xs: &[i32]) -> anvil::Result<Vec<i32>>;
    }

    pub(super) mod narrowed {
        #[anvil::tool(
            intent = "Sort",
            name = "sort",
            examples(before(&[2, 1])? == [1, 2]),
            ensures(|out| out.windows(2).all(|two| two[0] < two[1]))
        )]
        pub(crate) fn before(xs: &[i32]) -> anvil::Result<Vec<i32>>;
    }

    pub(super) mod opposite {
        #[anvil::tool(intent = "Sort", name = "sort", examples(before(&[1, 2])? == [2, 1]))]
        pub(crate) fn before(xs: &[i32]) -> anvil::Result<Vec<i32>>;
    }
}

const SORTS: &str = "pub fn before(xs: &[i32]) -> Result<Vec<i32>, ToolError> {
    let mut xs = xs.to_vec();
    xs.sort();
    Ok(xs)
}";

/// A store with a body that sorts, made for the contract before.
fn sorted() -> TestAnvil {
    let anvil = TestAnvil::new(MockModel::new().reply("sort", SORTS));
    assert_eq!(changed::before(&[3, 1, 2]).unwrap(), [1, 2, 3]);
    anvil
}

#[test]
fn a_body_that_keeps_a_changed_contract_serves_on_and_is_tried_once() {
    let looked = || changed::renamed::LOOKED.load(Ordering::Relaxed);
    let anvil = sorted().reopen(MockModel::new());
    assert_eq!(looked(), 0);
    assert_eq!(changed::renamed::before(&[9, 8]).unwrap(), [8, 9]);
    assert_eq!(changed::renamed::before(&[7, 8]).unwrap(), [7, 8]);
    assert_eq!((looked(), version(&anvil, "sort")), (1, "1.0".to_owned()));

    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(changed::renamed::before(&[9, 8]).unwrap(), [8, 9]);
    assert_eq!((looked(), version(&anvil, "sort")), (1, "1.0".to_owned()));
}

#[test]
fn a_contract_that_is_changed_in_what_no_trial_can_show_is_held_against_the_next_call() {
    let distinct = SORTS.replace("xs.sort();", "xs.sort();\n    xs.dedup();");
    let model = MockModel::new().reply("sort", &distinct);
    let anvil = sorted().reopen(model);
    assert_eq!(changed::narrowed::before(&[2, 1]).unwrap(), [1, 2]);
    assert_eq!(version(&anvil, "sort"), "1.0");
    assert_eq!(changed::narrowed::before(&[2, 1, 2]).unwrap(), [1, 2]);
    assert_eq!(version(&anvil, "sort"), "1.1");
}

#[test]
fn a_body_that_breaks_a_changed_contract_is_written_anew_and_the_model_is_told_why() {
    let reversed = SORTS.replace("xs.sort();", "xs.sort_by_key(|x| std::cmp::Reverse(*x));");
    let model = MockModel::new().reply("sort", &reversed);
    let anvil = sorted().reopen(model.clone());
    assert_eq!(changed::opposite::before(&[3, 5, 4]).unwrap(), [5, 4, 3]);
    assert_eq!(version(&anvil, "sort"), "1.1");
    let [request] = model.requests().try_into().unwrap();
    for words in [
        "xs.sort();",
        "`before(&[1, 2])? == [2, 1]`: expected [2, 1], got [1, 2]",
    ] {
        assert!(request.text().contains(words), "{}", request.text());
    }
    let versions = anvil.tool_info("sort").unwrap().versions;
    assert_eq!(versions[1].origin, VersionOrigin::Healed);
    assert!(versions[1].error.as_deref().unwrap().contains("[2, 1]"));

    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(changed::opposite::before(&[1, 2]).unwrap(), [2, 1]);
    assert_eq!(version(&anvil, "sort"), "1.1");
}

#[test]
fn a_body_that_breaks_a_changed_contract_is_an_error_where_nobody_may_write_another() {
    let broken = "`sort` 1.0 does not keep the contract that is declared now: it breaks the example \
         `before(&[1, 2])? == [2, 1]`: expected [2, 1], got [1, 2]";
    let anvil = sorted();
    let offline = Anvil::builder()
        .tools_dir(anvil.tools_dir())
        .offline(true)
        .build()
        .unwrap();
    {
        let _entered = offline.enter();
        let error = changed::opposite::before(&[1, 2]).unwrap_err();
        assert!(error.is_contract(), "{error}");
        assert!(error.to_string().starts_with(broken), "{error}");
        assert!(error.to_string().contains("Anvil is offline"), "{error}");
    }
    drop(offline);

    anvil.pin("sort").unwrap();
    let model = MockModel::new().reply("sort", SORTS);
    let anvil = anvil.reopen(model.clone());
    let error = changed::opposite::before(&[1, 2]).unwrap_err();
    assert!(error.to_string().starts_with(broken), "{error}");
    assert!(error.to_string().contains("it is pinned at 1.0"), "{error}");
    assert!(model.requests().is_empty());

    anvil.unpin("sort").unwrap();
    let error = changed::opposite::before(&[1, 2]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    assert_eq!(model.requests().len(), 2, "now it is asked");
}

#[test]
fn an_edit_that_breaks_an_example_is_refused_and_what_serves_goes_on() {
    let anvil = TestAnvil::new(MockModel::new().reply("halve", RIGHT));
    assert_eq!(halve(4).unwrap(), 2);
    let path = anvil.tools_dir().join("halve/tool.rs");
    let text = fs::read_to_string(&path).unwrap();
    let edit = |what: &str| fs::write(&path, text.replace("Ok(n / 2)", what)).unwrap();

    edit("Ok(if n == 6 { 4 } else { n / 2 })");
    let words = "it breaks the example `3 == halve(6)?`";
    let error = anvil.reload("halve").unwrap_err().to_string();
    assert!(error.contains(words), "{error}");
    assert_eq!(halve(6).unwrap(), 3);
    let refused = anvil.adopt("halve").unwrap_err().to_string();
    assert!(refused.contains(words), "{refused}");
    assert_eq!(halve(6).unwrap(), 3);

    edit("Ok(n >> 1)");
    anvil.reload("halve").unwrap();
    assert_eq!(halve(6).unwrap(), 3);
    assert_eq!(anvil.adopt("halve").unwrap().to_string(), "1.1");
}
