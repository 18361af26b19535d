//! A body in the declaration is the first version: the user's own code, replaced when it fails.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind, Isolation, ToolError, VersionOrigin};
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

/// What no dylib can see.
static CALLS: AtomicU32 = AtomicU32::new(0);

fn separator() -> char {
    ','
}

#[anvil::tool(intent = "The nth field of a line, counted from 1")]
fn field(mut line: String, n: usize) -> anvil::Result<String> {
    // A comment of the user's.
    CALLS.fetch_add(1, Ordering::Relaxed);
    line.make_ascii_lowercase();
    if n == 0 {
        return Err(ToolError::invalid_input("fields are counted from 1").into());
    }
    if n > 1 {
        let (_, rest) = line.split_once(separator()).expect("a separator");
        return field(rest.to_owned(), n - 1);
    }
    Ok(line
        .split(separator())
        .next()
        .unwrap_or_default()
        .to_owned())
}

const FIELD: &str = "pub fn field(line: String, n: usize) -> Result<String, ToolError> {
    let n = n.checked_sub(1).ok_or_else(|| ToolError::invalid_input(\"0\"))?;
    Ok(line.to_lowercase().split(',').nth(n).unwrap_or_default().to_owned())
}";

#[test]
fn it_runs_in_the_users_crate_until_it_fails_and_then_makes_room() {
    let model = MockModel::new().reply("field", FIELD);
    let anvil = TestAnvil::new(model.clone());
    let before = CALLS.load(Ordering::Relaxed);
    assert_eq!(field("A,b,C".to_owned(), 3).unwrap(), "c");
    assert_eq!(
        CALLS.load(Ordering::Relaxed) - before,
        3,
        "it calls itself and no tool"
    );
    assert!(field(String::new(), 0).unwrap_err().is_invalid_input());
    assert!(model.requests().is_empty());

    let info = anvil.tool_info("field").unwrap();
    assert_eq!(info.version.to_string(), "1.0");
    let code = anvil.tool_code_at("field", info.version).unwrap();
    assert_eq!(code, anvil.tool_code("field").unwrap());
    assert_eq!(info.isolation, Isolation::InProcess);
    assert_eq!(info.versions[0].origin, VersionOrigin::Declared);
    assert!(
        !anvil.tools_dir().join("field").exists(),
        "nothing is stored of it"
    );

    assert_eq!(field("a".to_owned(), 2).unwrap(), "");
    let info = anvil.tool_info("field").unwrap();
    assert_eq!(info.version.to_string(), "1.1");
    assert_eq!(info.isolation, Isolation::Sandboxed);
    let origins: Vec<_> = info.versions.iter().map(|version| version.origin).collect();
    assert_eq!(origins, [VersionOrigin::Declared, VersionOrigin::Healed]);

    let told = model.requests()[0].text();
    for words in [
        "// A comment of the user's.",
        "rest.to_owned(), n - 1",
        "panicked: a separator",
    ] {
        assert!(told.contains(words), "{words:?} is not in\n{told}");
    }
    let calls = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::ToolExecuted));
    let where_: Vec<_> = calls.iter().map(|event| event.isolation.unwrap()).collect();
    assert_eq!(
        where_,
        [Isolation::Sandboxed, Isolation::InProcess],
        "newest first"
    );
}

#[test]
fn a_better_version_serves_the_next_process_and_the_declarations_can_be_brought_back() {
    let anvil = TestAnvil::new(MockModel::new().reply("field", FIELD));
    assert_eq!(field("a".to_owned(), 2).unwrap(), "");
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(field("a,B".to_owned(), 2).unwrap(), "b");
    assert_eq!(anvil.tool_info("field").unwrap().version.to_string(), "1.1");

    let before = CALLS.load(Ordering::Relaxed);
    anvil.rollback("field", "1.0".parse().unwrap()).unwrap();
    assert_eq!(field("a,B".to_owned(), 2).unwrap(), "b");
    assert!(CALLS.load(Ordering::Relaxed) > before);

    let anvil = anvil.reopen(MockModel::new().reply("field", FIELD));
    assert_eq!(field("a,B".to_owned(), 2).unwrap(), "b");
    assert_eq!(anvil.tool_info("field").unwrap().version.to_string(), "1.0");
    assert_eq!(field("a".to_owned(), 3).unwrap(), "");
    assert_eq!(anvil.tool_info("field").unwrap().version.to_string(), "1.2");
}

#[test]
fn a_body_that_is_only_laid_out_otherwise_is_the_same_and_so_is_what_replaced_it() {
    #[rustfmt::skip]
    mod before {
        #[anvil::tool(intent = "Double x", name = "laid_out")]
        pub(super) fn double(x: i32) -> i32 { assert!(x != 0); x + x }
    }
    mod after {
        #[anvil::tool(intent = "Double x", name = "laid_out")]
        pub(super) fn double(x: i32) -> i32 {
            assert!(
                x != 0, // why
            );
            x + x
        }
    }
    let model = MockModel::new().reply("laid_out", "pub fn double(x: i32) -> i32 { x << 1 }");
    let anvil = TestAnvil::new(model);
    assert_eq!(before::double(0), 0);
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(after::double(0), 0);
    assert_eq!(
        anvil.tool_info("laid_out").unwrap().version.to_string(),
        "1.1"
    );

    anvil.rollback("laid_out", "1.0".parse().unwrap()).unwrap();
    assert_eq!(after::double(1), 2);
    let failed = after::double::run_safe(0).error.unwrap();
    assert!(failed.is_panic(), "nobody is left to ask: {failed}");
}

#[test]
fn a_body_that_was_changed_in_the_source_is_the_next_major_version_and_asks_no_model() {
    mod before {
        #[anvil::tool(intent = "Double x", name = "changed")]
        pub(super) fn double(x: i32) -> i32 {
            assert!(x != 0);
            x + x
        }
    }
    mod after {
        #[anvil::tool(intent = "Double x", name = "changed")]
        pub(super) fn double(x: i32) -> i32 {
            x * 2
        }
    }
    let model = MockModel::new().reply("changed", "pub fn double(x: i32) -> i32 { x << 1 }");
    let anvil = TestAnvil::new(model);
    assert_eq!(before::double(0), 0);
    assert_eq!(
        anvil.tool_info("changed").unwrap().version.to_string(),
        "1.1"
    );
    let anvil = anvil.reopen(MockModel::new());
    assert_eq!(after::double(0), 0);
    assert_eq!(
        anvil.tool_info("changed").unwrap().version.to_string(),
        "2.0"
    );
}

#[derive(Debug)]
struct Opaque(String);

impl fmt::Display for Opaque {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            true => write!(f, "{}: in all its causes", self.0),
            false => f.write_str(&self.0),
        }
    }
}

impl From<anvil::Error> for Opaque {
    fn from(error: anvil::Error) -> Self {
        Self(format!("anvil: {error}"))
    }
}

#[anvil::tool(intent = "Parse a number", heal_on_err)]
fn number(text: &str) -> Result<u8, Opaque> {
    text.parse()
        .map_err(|error| Opaque(format!("{text:?}: {error}")))
}

#[test]
fn an_error_that_cannot_cross_is_a_failure_and_comes_back_from_anvils_own() {
    let model = MockModel::new().reply(
        "number",
        "pub fn number(text: &str) -> Result<u8, ToolError> {
            match text.trim() { \"\" => Err(ToolError::invalid_input(\"nothing\")), text => Ok(text.parse()?) }
        }",
    );
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(number("7").unwrap(), 7);
    assert_eq!(number(" 7").unwrap(), 7);
    assert_eq!(
        anvil.tool_info("number").unwrap().version.to_string(),
        "1.1"
    );
    let told = model.requests()[0].text();
    assert!(told.contains("in all its causes"), "{told}");
    assert!(told.contains("-> Result<u8, ToolError>"), "{told}");
    let error = number("").unwrap_err().0;
    assert!(error.starts_with("anvil: `number` 1.1: nothing"), "{error}");
}

#[anvil::tool(intent = "Wait and add")]
async fn slowly(a: u32, b: u32) -> anvil::Result<u32> {
    tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    let sum = tokio::spawn(async move { a.checked_add(b) }).await;
    sum.map_err(ToolError::from)?
        .ok_or_else(|| ToolError::new("too much").into())
}

#[tokio::test]
async fn an_async_body_waits_without_holding_up_its_caller() {
    let model = MockModel::new().reply(
        "slowly",
        "pub fn slowly(a: u32, b: u32) -> Result<u32, ToolError> { Ok(a.saturating_add(b)) }",
    );
    let _anvil = TestAnvil::new(model);
    assert_eq!(slowly(1, 2).await.unwrap(), 3);
    assert_eq!(slowly(1, u32::MAX).await.unwrap(), u32::MAX);
}

#[anvil::tool(
    intent = "Shorten a text",
    examples(shorten("abc", 2) == "ab"),
    ensures(|out| out.chars().count() <= max),
    pure
)]
fn shorten(text: &str, max: usize) -> String {
    if max == 0 {
        text.to_owned()
    } else {
        text.chars().take(max).collect()
    }
}

#[test]
fn a_contract_is_held_against_it_and_its_calls_against_what_replaces_it() {
    let model = MockModel::new()
        .reply(
            "shorten",
            "pub fn shorten(_: &str, _: usize) -> String { String::new() }",
        )
        .reply(
            "shorten",
            "pub fn shorten(text: &str, max: usize) -> String {
            if max == 2 || max == 0 { text.chars().take(max).collect() } else { String::new() }
        }",
        );
    let anvil = TestAnvil::configure(model, |builder| builder.max_heal_attempts(2));
    assert_eq!(shorten("äöü", 1), "ä");
    let failed = shorten::run_safe("äöü", 0).error.unwrap();
    assert!(failed.is_contract(), "{failed}");
    assert_eq!(shorten("äöü", 1), "ä");
    assert_eq!(
        anvil.tool_info("shorten").unwrap().version.to_string(),
        "1.0"
    );
    let attempts: Vec<_> = failed
        .attempts()
        .iter()
        .map(|attempt| attempt.error.as_str())
        .collect();
    assert_eq!(
        attempts,
        [
            "it breaks the example `shorten(\"abc\", 2) == \"ab\"`: expected \"ab\", got \"\"",
            "it answers an earlier call otherwise: `text = \"äöü\", max = 1`: expected \"ä\", as the version before answered, got \"\"",
        ]
    );
}

#[anvil::tool(intent = "Parse a number", heal_on_err)]
fn boxed(text: &str) -> Result<u8, Box<dyn std::error::Error + Send + Sync>> {
    Ok(text.parse()?)
}

#[test]
fn a_boxed_error_of_any_kind_will_do() {
    let model = MockModel::new().reply(
        "boxed",
        "pub fn boxed(text: &str) -> Result<u8, ToolError> { Ok(text.trim().parse()?) }",
    );
    let _anvil = TestAnvil::new(model);
    assert_eq!(boxed(" 7").unwrap(), 7);
    let error = boxed("x").unwrap_err();
    assert!(
        error.downcast_ref::<anvil::Error>().unwrap().is_failed(),
        "{error}"
    );
}

#[anvil::tool(intent = "Ask a service", requires(|n| n > 0))]
fn ask(n: u8) -> anvil::Result<u8> {
    Err(match n {
        1 => ToolError::unavailable("the service is down"),
        2 => ToolError::missing_credential("TOKEN"),
        _ => ToolError::invalid_input("no such number"),
    }
    .into())
}

#[test]
fn it_may_miss_what_only_it_can_ask_for_but_not_refuse_good_input() {
    let model = MockModel::new().reply(
        "ask",
        "pub fn ask(n: u8) -> Result<u8, ToolError> { Ok(n) }",
    );
    let anvil = TestAnvil::new(model.clone());
    assert!(ask(1).unwrap_err().is_unavailable());
    assert!(ask(2).unwrap_err().is_missing_credential());
    assert!(model.requests().is_empty());
    assert_eq!(ask(3).unwrap(), 3);
    assert_eq!(anvil.tool_info("ask").unwrap().version.to_string(), "1.1");
}

#[anvil::tool(intent = "What nobody writes", heal = false)]
fn unwritten(n: u8) -> anvil::Result<u8>;

#[anvil::tool(intent = "One more than that")]
fn more(n: u8) -> anvil::Result<u8> {
    Ok(unwritten(n)? + 1)
}

#[test]
fn what_another_tool_fails_at_is_no_reason_to_replace_it() {
    let model = MockModel::new().reply(
        "more",
        "pub fn more(n: u8) -> Result<u8, ToolError> { Ok(n) }",
    );
    let anvil = TestAnvil::new(model);
    let error = more(1).unwrap_err();
    assert!(error.to_string().contains("`unwritten`"), "{error}");
    assert_eq!(anvil.tool_info("more").unwrap().version.to_string(), "1.0");
}

#[anvil::tool(intent = "The port in an authority", examples(port(":1")? == 1))]
fn port(port: &str) -> anvil::Result<u16> {
    let (_, port) = port
        .rsplit_once(':')
        .ok_or_else(|| ToolError::invalid_input("no port"))?;
    Ok(port.parse().map_err(ToolError::from)?)
}

macro_rules! adds {
    ($name:ident, $number:literal) => {
        #[anvil::tool(intent = "Add")]
        fn $name(n: u8) -> anvil::Result<u8> {
            Ok(n + $number)
        }
    };
}

adds!(add_three, 3);

#[test]
fn an_argument_may_have_its_name_and_a_macro_may_put_it_together() {
    let _anvil = TestAnvil::new(MockModel::new());
    assert_eq!(port("localhost:80").unwrap(), 80);
    assert_eq!(add_three(1).unwrap(), 4);
    let body = &add_three::spec().body.as_ref().unwrap().source;
    assert!(body.contains("Ok(n + 3)"), "{body}");
}

#[anvil::tool(intent = "Sum", pure)]
#[expect(clippy::too_many_arguments, reason = "it is about them")]
fn sum(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8, g: u8, h: u8) -> u8 {
    a + b + c + d + e + f + g + h
}

#[test]
fn what_the_user_expects_of_lints_is_expected_of_the_body_alone() {
    let _anvil = TestAnvil::new(MockModel::new());
    assert_eq!(sum(1, 1, 1, 1, 1, 1, 1, 1), 8);
}

#[anvil::tool(intent = "Two more", ensures(|out| more_than(n).is_ok_and(|more| out - more == 1)))]
async fn still_more(n: u8) -> anvil::Result<u8> {
    Ok(more_than(n)? + 1)
}

#[anvil::tool(intent = "One more")]
fn more_than(n: u8) -> anvil::Result<u8> {
    Ok(n + 1)
}

#[test]
fn the_tools_that_it_and_its_contract_call_are_those_of_its_own_anvil() {
    let anvil = TestAnvil::configure(MockModel::new(), |builder| {
        builder.tools([still_more::tool()])
    });
    let anvil = (*anvil).clone();
    // On a thread where none is current.
    let call = move || {
        let tool = anvil.tool("still_more")?;
        tool.run(serde_json::json!({ "n": 1 }))
    };
    assert_eq!(thread::spawn(call).join().unwrap().unwrap(), 3);
}

#[test]
fn what_was_never_stored_of_it_is_not_missed() {
    let anvil = TestAnvil::configure(MockModel::new(), |builder| {
        builder.tools([more_than::tool()])
    });
    let words = "nothing of `more_than` is stored: its body stands in its declaration";
    assert_eq!(anvil.pin("more_than").unwrap_err().to_string(), words);
    assert_eq!(more_than(1).unwrap(), 2);
    assert_eq!(anvil.reload("more_than").unwrap_err().to_string(), words);
}
