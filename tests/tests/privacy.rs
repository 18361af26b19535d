//! What is kept from the model, the log and the store.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind, Input, ToolSpec, ToolType};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

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
        #[anvil(private)] ward: u64,
    ) -> anvil::Result<u32>;

    let fails = "pub fn check(id: u32, patient: &str, ward: u64) -> Result<u32, ToolError> {
        panic!(\"record {id} of {patient:?} in {ward}: {}\", &patient[2..22])
    }";
    let model = MockModel::new().reply("check", fails).reply(
        "check",
        "pub fn check(id: u32, _: &str, _: u64) -> Result<u32, ToolError> { Ok(id) }",
    );
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("anvil.log");
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.log_file(&log));
    // Nothing that the digits of a time could be by chance.
    let ward = 9_377_000_000_000_000_001;
    let checked = check(4242, "Ada Lovelace, of Marylebone", ward);
    assert_eq!(checked.unwrap(), 4242);
    let seen = seen(&anvil, &model, &log);
    for private in ["Lovelace", "Maryl", "937700000000000"] {
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

#[test]
fn what_is_wrong_with_arguments_is_said_without_what_must_not_be_shown() {
    #[anvil::tool(intent = "Check the pin")]
    fn check_pin(#[anvil(private)] pin: u32) -> anvil::Result<bool>;

    let anvil = TestAnvil::configure(MockModel::new(), |builder| {
        builder.secret("TOKEN", SECRET).tools([check_pin::tool()])
    });
    let private = |input: Input| {
        ToolSpec::builder("private")
            .intent("Do it")
            .with_input(input.private())
    };
    let open = || ToolSpec::builder("open").intent("Do it");
    for (spec, arguments, what) in [
        (open().input::<u8>("x"), json!({ "x": SECRET }), SECRET),
        (
            open().input::<u8>("x"),
            json!({ "x": 1, SECRET: 1 }),
            SECRET,
        ),
        (
            open().input::<u8>("x").share_args(false),
            json!({ "x": "hunter2" }),
            "hunter2",
        ),
        (
            private(Input::new::<u8>("card.number")),
            json!({ "card.number": "four-one" }),
            "four-one",
        ),
        (
            private(Input::new::<String>("pin")),
            json!(["hunter2"]),
            "hunter2",
        ),
        (
            private(Input::new::<BTreeMap<String, u8>>("ages")),
            json!({ "ages": { "ada@example.com": "x" } }),
            "ada@",
        ),
    ] {
        let tool = anvil.use_tool(spec.build().unwrap()).unwrap();
        let error = tool.pipe(&tool).run(arguments).unwrap_err().to_string();
        assert!(
            error.contains("does not take") && !error.contains(what),
            "{error}"
        );
    }
    let error = anvil
        .tool("check_pin")
        .unwrap()
        .run(json!({ "pin": 123_456_789_012_u64 }));
    let error = error.unwrap_err().to_string();
    assert!(
        error.contains("`pin`") && !error.contains("123456789012"),
        "{error}"
    );

    let events = serde_json::to_string(&anvil.logger().history(EventFilter::new())).unwrap();
    for what in [SECRET, "hunter2", "four-one", "ada@", "123456789012"] {
        assert!(!events.contains(what), "{events}");
    }
}

#[test]
fn a_declaration_that_holds_a_secret_is_refused() {
    let model = MockModel::new();
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.secret("TOKEN", SECRET));
    for (intent, default) in [
        (format!("Log in with {SECRET}"), ""),
        ("Log in".to_owned(), SECRET),
        ("Log in".to_owned(), KEY),
    ] {
        let input = Input::new::<String>("token").default(default);
        let spec = ToolSpec::builder("log_in").intent(intent).with_input(input);
        let error = anvil.use_tool(spec.build().unwrap()).unwrap_err();
        assert!(!error.to_string().contains(SECRET), "{error}");
        assert!(error.help().unwrap().contains("leave it out"), "{error:?}");
    }
    assert!(anvil.list_tools().is_empty() && model.requests().is_empty());
}

#[test]
fn a_broken_edit_is_told_without_secrets() {
    let body = "pub fn answer() -> Result<u8, ToolError> { Ok(42) }";
    let model = MockModel::new().reply("answer", body);
    let anvil = TestAnvil::configure(model, |builder| builder.secret("TOKEN", SECRET));
    #[anvil::tool(intent = "Answer")]
    fn answer() -> anvil::Result<u8>;
    answer().unwrap();
    let path = anvil.tools_dir().join("answer/tool.rs");
    fs::write(path, format!("{body}\ncompile_error!({SECRET:?});")).unwrap();
    let error = anvil.reload("answer").unwrap_err().to_string();
    assert!(error.contains("[secret TOKEN]"), "{error}");
    let broken = anvil
        .logger()
        .history(EventFilter::new().kind(EventKind::ReloadFailed));
    assert_eq!(broken.len(), 1);
    assert!(!broken[0].error.as_ref().unwrap().contains(SECRET));
}

#[test]
fn private_values_are_known_in_whatever_form_a_body_says_them() {
    #[anvil::tool(intent = "Say it", heal = false)]
    fn say(
        #[anvil(private)] bytes: &[u8],
        #[anvil(private)] text: &str,
        #[anvil(private)] time: Duration,
    ) -> anvil::Result<u64>;
    let body = "pub fn say(bytes: &[u8], text: &str, time: std::time::Duration) -> Result<u64, ToolError> {
        let bytes = String::from_utf8_lossy(bytes);
        Err(ToolError::new(format!(\"{bytes}, key{text}x, {time:?}\")))
    }";
    let _anvil = TestAnvil::new(MockModel::new().reply("say", body));
    let error = say(b"of bytes", "hunter2", Duration::from_secs(77)).unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("[private], key[private]x, [private]s"),
        "{error}"
    );
}

#[test]
fn which_variant_a_private_value_is_a_body_does_not_tell() {
    #[derive(Serialize, Deserialize, ToolType)]
    #[serde(rename_all = "kebab-case")]
    enum Finding {
        InfluenzaB,
        #[serde(rename = "?")]
        Unclear {
            grams: f64,
        },
    }
    #[anvil::tool(intent = "Treat the patient")]
    fn treat(#[anvil(private)] findings: &[Finding]) -> anvil::Result<u8>;

    let body = "pub fn treat(findings: &[Finding]) -> Result<u8, ToolError> { panic!(\"found {findings:?}\") }";
    let model = MockModel::new().reply("treat", body);
    let anvil = TestAnvil::configure(model, |builder| {
        builder.self_healing(false).tools([treat::tool()])
    });
    let findings = [Finding::InfluenzaB, Finding::Unclear { grams: 1.5e21 }];
    let error = treat(&findings).unwrap_err().to_string();
    assert!(
        error.contains("found [[private], [private] { [private]: [private] }]"),
        "{error}"
    );

    let json = json!({ "findings": [{ "?": { "grams": true } }] });
    let error = anvil.tool("treat").unwrap().run(json).unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
}
