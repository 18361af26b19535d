//! Contracts: what a declaration says of right answers is held against every body.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind};

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

/// What is said of a first candidate `body`, before the right one is taken.
fn turned_back(body: &str) -> String {
    let model = MockModel::new().reply("halve", body).reply("halve", RIGHT);
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(halve(4).unwrap(), 2);
    assert_eq!(anvil.tool_info("halve").unwrap().version.to_string(), "1.0");
    let rejected = EventFilter::new().kind(EventKind::CandidateRejected);
    let events = anvil.logger().history(rejected);
    assert_eq!(events.len(), 1);
    let words = events[0].error.clone().unwrap();
    let story = model.requests_for("halve")[1].text();
    assert!(
        story.contains(&words[words.find('`').unwrap()..]),
        "{words}\nis not in\n{story}"
    );
    words
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
        assert_eq!(turned_back(&body), words);
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
        let model = MockModel::new().reply("words", body).reply("words", right);
        let anvil = TestAnvil::new(model.clone());
        assert_eq!(self::words("to be").unwrap(), 2);
        let rejected = EventFilter::new().kind(EventKind::CandidateRejected);
        let error = anvil.logger().history(rejected)[0].error.clone();
        assert_eq!(error.unwrap(), format!("it breaks the example {words}"));
    }
}
