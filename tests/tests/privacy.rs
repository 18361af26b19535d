//! What is kept from the model, the log and the store.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind};
use std::fs;
use std::path::Path;

const SECRET: &str = "correct-horse-battery";
const KEY: &str = "sk-ant-api03-Q1w2E3r4T5y6U7i8O9p0A1s2D3f4G5h6";

/// Everything that lies below `folder`, as text.
fn all_text(folder: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &all_text(&path);
        } else {
            text += &String::from_utf8_lossy(&fs::read(path).unwrap());
        }
    }
    text
}

/// All that `anvil` and its model have seen or kept.
fn seen(anvil: &TestAnvil, model: &MockModel, log: &Path) -> String {
    let requests: String = model
        .requests()
        .iter()
        .map(anvil::ModelRequest::text)
        .collect();
    let events = serde_json::to_string(&anvil.logger().history(EventFilter::new())).unwrap();
    let log = fs::read_to_string(log).unwrap();
    format!("{requests}{events}{log}{}", all_text(anvil.tools_dir()))
}

#[test]
fn a_secret_in_a_bodys_words_leaves_no_trace() {
    #[anvil::tool(intent = "Greet whoever has the token")]
    fn greet(token: &str) -> anvil::Result<String>;

    // A body that quotes whatever it is given, in each way that it can.
    let quotes = |end: &str| {
        format!(
            "pub fn greet(token: &str) -> Result<String, ToolError> {{
                let token = token.to_owned();
                let copy = token.clone();
                let _ = std::thread::spawn(move || panic!(\"thread {{copy}}\")).join();
                {end}
            }}"
        )
    };
    let model = MockModel::new()
        .reply("greet", quotes("panic!(\"no such token: {token:?}\")"))
        .reply(
            "greet",
            quotes("Err(ToolError::new(format!(\"401 for Bearer {token}\")))"),
        )
        .reply(
            "greet",
            "pub fn greet(_: &str) -> Result<String, ToolError> { Ok(\"hello\".to_owned()) }",
        )
        .fail("greet", format!("invalid x-api-key: {KEY}"));
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("anvil.log");
    let anvil = TestAnvil::configure(model.clone(), |builder| {
        builder.secret("TOKEN", SECRET).log_file(&log)
    });
    for token in [SECRET, KEY] {
        assert_eq!(greet(token).unwrap(), "hello");
    }
    let seen = seen(&anvil, &model, &log);
    assert!(!seen.contains(SECRET) && !seen.contains(KEY), "{seen}");
    assert!(
        seen.contains("no such token: \\\"[secret TOKEN]\\\""),
        "{seen}"
    );
    assert!(seen.contains("thread [secret TOKEN]"), "{seen}");
}

#[test]
fn what_a_provider_quotes_of_its_key_reaches_no_error() {
    #[anvil::tool(intent = "Greet")]
    fn greet() -> anvil::Result<String>;
    let model = MockModel::new().fail("greet", format!("invalid x-api-key: {KEY}"));
    let anvil = TestAnvil::new(model);
    let error = greet().unwrap_err();
    assert!(error.to_string().contains("[redacted]"), "{error}");
    assert!(!format!("{error:?}").contains(KEY));
    let events = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::ModelAsked));
    assert!(!events[0].error.as_ref().unwrap().contains(KEY));
}

#[test]
fn a_body_that_holds_a_credential_is_turned_back_and_not_shown_again() {
    #[anvil::tool(intent = "Greet")]
    fn greet() -> anvil::Result<String>;
    let holding = |what: &str| {
        format!("pub fn greet() -> Result<String, ToolError> {{ Ok(\"{what}\".to_owned()) }}")
    };
    let model = MockModel::new()
        .reply("greet", holding(KEY))
        .reply("greet", holding(SECRET))
        .reply("greet", holding("hello"));
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.secret("TOKEN", SECRET));
    assert_eq!(greet().unwrap(), "hello");
    let requests: String = model
        .requests()
        .iter()
        .map(anvil::ModelRequest::text)
        .collect();
    assert!(!requests.contains(KEY) && !requests.contains(SECRET));
    assert!(
        requests.contains("the source holds an Anthropic key"),
        "{requests}"
    );
    assert!(
        requests.contains("the source holds the secret TOKEN"),
        "{requests}"
    );
    assert!(!all_text(anvil.tools_dir()).contains(KEY));
}

#[test]
fn private_arguments_reach_neither_the_model_nor_events_nor_the_store() {
    #[anvil::tool(intent = "Check the record")]
    fn check(
        id: u32,
        #[anvil(private)] patient: &str,
        #[anvil(private)] ward: u32,
    ) -> anvil::Result<u32>;

    let fails = "pub fn check(id: u32, patient: &str, ward: u32) -> Result<u32, ToolError> {
        panic!(\"record {id} of {patient:?} in {ward}: {}\", &patient[2..22])
    }";
    let model = MockModel::new().reply("check", fails).reply(
        "check",
        "pub fn check(id: u32, _: &str, _: u32) -> Result<u32, ToolError> { Ok(id) }",
    );
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("anvil.log");
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.log_file(&log));
    assert_eq!(check(4242, "Ada Lovelace, born 1815", 9377).unwrap(), 4242);
    let seen = seen(&anvil, &model, &log);
    for private in ["Lovelace", "1815", "9377"] {
        assert!(!seen.contains(private), "{private} in {seen}");
    }
    for shown in ["id = 4242", "patient = (withheld)", "record 4242 of"] {
        assert!(seen.contains(shown), "no {shown} in {seen}");
    }
}

#[test]
fn arguments_can_be_withheld_for_one_tool_and_for_all() {
    const WORDS: &str = "a remarkable phrase";
    let body = |end: &str| {
        format!("pub fn length(text: &str) -> Result<usize, ToolError> {{ {end}; Ok(text.len()) }}")
    };
    let script = || {
        MockModel::new()
            .reply("length", body("panic!(\"cannot take {text}\")"))
            .reply("length", body("()"))
    };
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("anvil.log");

    let model = script();
    {
        #[anvil::tool(intent = "Its length", share_args = false)]
        fn length(text: &str) -> anvil::Result<usize>;
        let anvil = TestAnvil::configure(model.clone(), |builder| builder.log_file(&log));
        length(WORDS).unwrap();
        assert!(!seen(&anvil, &model, &log).contains(WORDS));
    }
    #[anvil::tool(intent = "Its length")]
    fn length(text: &str) -> anvil::Result<usize>;
    for (share, shown) in [(false, false), (true, true)] {
        let model = script();
        let _ = fs::remove_file(&log);
        let anvil = TestAnvil::configure(model.clone(), |builder| {
            builder.share_args(share).log_file(&log)
        });
        length(WORDS).unwrap();
        assert_eq!(seen(&anvil, &model, &log).contains(WORDS), shown);
    }
}
