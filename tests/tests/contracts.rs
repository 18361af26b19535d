//! Contracts: what a declaration says of right answers is held against every body.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, ErrorKind, EventFilter, EventKind};
use serde_json::json;

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
            "`digit(\"7\")? == 7`: an answer is expected, but it answered {\"Err\":\"tired\"}",
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
    assert_eq!(error.kind(), ErrorKind::Rejected, "{error}");
    let told = told(&anvil, EventKind::CandidateRejected).join("\n");
    assert!(told.contains(&format!("`upper` {words}")), "{told}");
}
