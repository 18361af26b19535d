//! Tools that are called by name, with JSON, and declared while the process runs.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, ByteSize, EventFilter, EventKind, Input, Isolation, Tool, ToolSpec, Version};
use anvil_tests::bodies::{PANICS, RIGHT};
use anvil_tests::script::scripted;
use anvil_tests::tool::top_n;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// A tool of the body `code`, which is any JSON made of its inputs.
fn declared(anvil: &Anvil, name: &str, input: Input) -> Tool {
    let spec = ToolSpec::builder(name)
        .intent("Do it")
        .with_input(input)
        .build()
        .unwrap();
    anvil.use_tool(spec).unwrap()
}

fn body(signature: &str, code: &str) -> String {
    format!("pub fn {signature} -> Result<serde_json::Value, ToolError> {{ {code} }}")
}

#[test]
fn every_tool_hands_out_what_an_agent_needs_to_offer_it() {
    let anvil = TestAnvil::configure(scripted(&[]), |builder| builder.tools([top_n::tool()]));
    let tool = anvil.tool("top_n").unwrap();
    assert_eq!(tool.name(), "top_n");
    assert_eq!(
        tool.description(),
        "Return the n largest numbers of `xs`, largest first\n\nThe largest numbers.\n\nTies keep their order."
    );
    assert_eq!(
        *tool.input_schema(),
        json!({
            "type": "object",
            "properties": {
                "xs": {
                    "type": "array",
                    "items": { "type": "integer", "format": "int64" },
                    "description": "in any order",
                },
                "n": { "type": "integer", "format": "uint", "minimum": 0 },
            },
            "required": ["xs", "n"],
            "additionalProperties": false,
        })
    );
    assert_eq!(
        *tool.output_schema(),
        json!({ "type": "array", "items": { "type": "integer", "format": "int64" } })
    );
}

#[test]
fn json_is_checked_before_anything_runs_and_the_field_is_named() {
    let model = MockModel::new();
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.tools([top_n::tool()]));
    let tool = anvil.tool("top_n").unwrap();
    for (arguments, words) in [
        (
            json!({ "xs": [1], "n": -1 }),
            "`n`: -1 is less than the minimum of 0",
        ),
        (
            json!({ "xs": [1, "2"], "n": 1 }),
            "`xs.1`: \"2\" is not of type \"integer\"",
        ),
        (json!({ "xs": [1] }), "`n` is missing"),
        (json!({ "xs": [1], "n": 1, "m": 1 }), "there is no `m`"),
        (json!([1, 2]), "is not of type \"object\""),
        (json!(null), "is not of type \"object\""),
    ] {
        let error = tool.run(arguments.clone()).unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert!(error.to_string().contains(words), "{arguments}: {error}");
        assert!(!tool.run_safe(arguments).success);
    }
    assert!(model.requests().is_empty(), "no body was even written");
}

#[test]
fn a_call_by_name_heals_as_a_plain_one_does() {
    let anvil = TestAnvil::configure(scripted(&[PANICS, RIGHT]), |builder| {
        builder.tools([top_n::tool()])
    });
    let tool = anvil.tool("top_n").unwrap();
    assert_eq!(
        tool.run(json!({ "xs": [1, 2], "n": 1 })).unwrap(),
        json!([2])
    );
    let result = tool.run_safe(json!({ "xs": [1], "n": 3 }));
    assert_eq!((result.data, result.heals), (Some(json!([1])), 1));
    assert_eq!(result.version.unwrap().to_string(), "1.1");
}

#[tokio::test]
async fn a_call_by_name_can_be_awaited() {
    let anvil = TestAnvil::configure(scripted(&[RIGHT]), |builder| builder.tools([top_n::tool()]));
    let tool = anvil.tool("top_n").unwrap();
    let arguments = json!({ "xs": [1, 2], "n": 1 });
    assert_eq!(tool.run_async(arguments.clone()).await.unwrap(), json!([2]));
    assert!(tool.run_safe_async(arguments).await.success);
    assert!(!tool.run_safe_async(json!({})).await.success);
}

#[test]
fn types_that_json_has_other_forms_for_come_through() {
    #[anvil::tool(intent = "Add one to each value; drop what is not asked for")]
    fn shift(
        by_number: BTreeMap<u32, f64>,
        only: Option<u32>,
        r#type: &str,
    ) -> anvil::Result<BTreeMap<u32, f64>>;

    let model = MockModel::new().reply(
        "shift",
        "use std::collections::BTreeMap;
        pub fn shift(by_number: BTreeMap<u32, f64>, only: Option<u32>, r#type: &str) -> Result<BTreeMap<u32, f64>, ToolError> {
            assert_eq!(r#type, \"plain\");
            let wanted = by_number.into_iter().filter(|(key, _)| only.is_none_or(|only| *key == only));
            Ok(wanted.map(|(key, value)| (key, value + 1.0)).collect())
        }",
    );
    let anvil = TestAnvil::configure(model, |builder| builder.tools([shift::tool()]));
    let tool = anvil.tool("shift").unwrap();
    let arguments = json!({ "by_number": { "1": 0.5, "2": 1 }, "type": "plain" });
    assert_eq!(tool.run(arguments).unwrap(), json!({ "1": 1.5, "2": 2.0 }));
    let arguments = json!({ "by_number": { "1": 0.5, "2": 1 }, "type": "plain", "only": 2 });
    assert_eq!(tool.run(arguments).unwrap(), json!({ "2": 2.0 }));
    let error = tool.run(json!({ "by_number": { "one": 1 }, "type": "" }));
    assert!(error.unwrap_err().to_string().contains("by_number"));
}

#[test]
fn a_tool_that_was_declared_at_run_time_takes_what_its_schema_says() {
    let model = MockModel::new().reply(
        "search",
        body(
            "search(page_size: i64, query: String, tags: Option<Vec<String>>)",
            "Ok(serde_json::json!([query, page_size, tags]))",
        ),
    );
    let anvil = TestAnvil::new(model.clone());
    let spec = ToolSpec::builder("search")
        .intent("Search")
        .details("Case does not matter.")
        .input_schema(json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "minLength": 1 },
                "page-size": { "type": "integer", "default": 10 },
                "tags": { "type": "array", "items": { "type": "string" } },
            },
            "required": ["query"],
        }))
        .build()
        .unwrap();
    let search = anvil.use_tool(spec.clone()).unwrap();
    assert_eq!(
        search.run(json!({ "query": "x" })).unwrap(),
        json!(["x", 10, null])
    );
    assert_eq!(
        search
            .run(json!({ "query": "x", "page-size": 5, "tags": ["a"] }))
            .unwrap(),
        json!(["x", 5, ["a"]])
    );
    let error = search.run(json!({ "query": "" })).unwrap_err().to_string();
    assert!(error.contains("`query`: \"\" is shorter than 1"), "{error}");

    let prompt = model.requests()[0].text();
    for words in ["Case does not matter.", r#"JSON Schema: {"minLength":1}"#] {
        assert!(prompt.contains(words), "{prompt}");
    }
    let again = anvil.use_tool(spec).unwrap();
    assert!(again.run(json!({ "query": "x" })).is_ok());
    assert_eq!(model.requests().len(), 1, "it is the same tool");
}

#[test]
fn a_tool_that_is_declared_in_other_words_is_written_anew() {
    let number = |n: u8| body("number()", &format!("Ok(serde_json::json!({n}))"));
    let model = MockModel::new()
        .reply("number", number(1))
        .reply("number", number(2));
    let anvil = TestAnvil::new(model);
    let declare = |intent: &str| {
        let spec = ToolSpec::builder("number").intent(intent).build().unwrap();
        anvil.use_tool(spec).unwrap()
    };
    let one = declare("Return one");
    assert_eq!(one.run(json!({})).unwrap(), 1);
    let two = declare("Return two");
    assert_eq!(two.run(json!({})).unwrap(), 2);
    assert_eq!(
        one.run(json!({})).unwrap(),
        2,
        "a handle is the tool as it is declared now"
    );
    assert_eq!(
        anvil.tool_info("number").unwrap().version.to_string(),
        "2.0"
    );
}

#[test]
fn a_tool_of_the_programs_own_is_not_declared_over() {
    let anvil = TestAnvil::configure(MockModel::new(), |builder| builder.tools([top_n::tool()]));
    let spec = ToolSpec::builder("top_n").intent("Other").build().unwrap();
    let error = anvil.use_tool(spec).unwrap_err().to_string();
    assert!(
        error.contains("declared at tests/src/tool.rs") && error.contains("at run time"),
        "{error}"
    );
}

#[test]
fn what_is_only_stored_is_listed_and_runs() {
    let first = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    let later = first.reopen(MockModel::new());
    assert_eq!(later.list_tools(), ["top_n"]);
    let tool = later.tool("top_n").unwrap();
    assert_eq!(
        tool.run(json!({ "xs": [1, 2], "n": 1 })).unwrap(),
        json!([2])
    );
    assert!(
        tool.run(json!({ "xs": "none", "n": 1 }))
            .unwrap_err()
            .is_invalid_input()
    );
    assert_eq!(
        top_n(&[3, 4], 1).unwrap(),
        [4],
        "and is declared when it is called"
    );

    for unknown in ["never", "../top_n", ""] {
        let error = later.tool(unknown).unwrap_err();
        assert!(error.to_string().contains("no tool called"), "{error}");
    }
}

#[tokio::test]
async fn all_tools_are_made_ready_at_once_and_each_that_cannot_be_is_named() {
    let model = scripted(&[RIGHT]).reply("echo", body("echo(x: u8)", "Ok(serde_json::json!(x))"));
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.tools([top_n::tool()]));
    declared(&anvil, "echo", Input::new::<u8>("x"));
    anvil.prepare_all().await.unwrap();
    assert_eq!(model.requests().len(), 2);
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    assert_eq!(model.requests().len(), 2, "nothing was left to be written");

    declared(&anvil, "unscripted", Input::new::<u8>("x"));
    declared(&anvil, "neither", Input::new::<u8>("x"));
    let error = anvil.prepare_all().await.unwrap_err().to_string();
    assert!(
        error.contains("`unscripted`") && error.contains("`neither`"),
        "{error}"
    );
}

/// A chain's steps, by name: `split` answers an object, `count` a number, `add` takes two inputs.
fn steps(anvil: &Anvil) -> [Tool; 4] {
    let split = declared(anvil, "split", Input::new::<String>("text"));
    let count = declared(anvil, "count", Input::new::<Vec<String>>("words"));
    let double = declared(anvil, "double", Input::new::<u64>("x"));
    let add = ToolSpec::builder("add")
        .intent("Add")
        .input::<u64>("a")
        .input::<u64>("b")
        .build()
        .unwrap();
    [split, count, double, anvil.use_tool(add).unwrap()]
}

#[test]
fn in_a_chain_an_object_becomes_arguments_and_anything_else_the_single_input() {
    let model = MockModel::new()
        .reply(
            "split",
            body(
                "split(text: String)",
                "Ok(serde_json::json!({ \"words\": text.split(' ').collect::<Vec<_>>() }))",
            ),
        )
        .reply(
            "count",
            body(
                "count(words: Vec<String>)",
                "if words.len() > 3 { return Err(ToolError::invalid_input(\"too many\")); }
                 Ok(serde_json::json!(words.len()))",
            ),
        )
        .reply(
            "double",
            body("double(x: u64)", "Ok(serde_json::json!(x * 2))"),
        );
    let anvil = TestAnvil::new(model);
    let [split, count, double, add] = steps(&anvil);
    let chain = split.pipe(&count).pipe(&double);

    let text = |text: &str| json!({ "text": text });
    let four = chain.clone().pipe(&add);
    for (outcome, place, words) in [
        (
            chain.run(json!({})),
            "step 1 of 3 (`split`): ",
            "`text` is missing",
        ),
        (
            chain.run(text("a b c d")),
            "step 2 of 3 (`count`): ",
            "too many",
        ),
        (
            split.pipe(&double).run(text("a")),
            "step 2 of 2 (`double`): ",
            "`x` is missing",
        ),
        (
            four.run(text("a")),
            "step 4 of 4 (`add`): ",
            "takes 2 inputs and is handed a single value",
        ),
    ] {
        let error = outcome.unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        let told = error.to_string();
        assert!(told.starts_with(place) && told.contains(words), "{told}");
    }

    assert_eq!(chain.run(json!({ "text": "a b" })).unwrap(), json!(4));
    let result = chain.run_safe(json!({ "text": "a b" }));
    assert_eq!(result.version, Some(Version::FIRST));
    let events = |kind| anvil.logger().history(EventFilter::new().kind(kind));
    assert_eq!(events(EventKind::ChainExecuted).len(), 2);
    let failures = events(EventKind::ChainFailed);
    assert_eq!(failures.len(), 4);
    assert_eq!(failures[0].metadata["failed_step"], 4);
    assert_eq!(failures[0].tool_name, "split | count | double | add");
}

#[anvil::tool(
    intent = "Double x",
    isolation = "worker",
    timeout = "2min",
    memory = "64MiB"
)]
fn double(x: u64) -> u64;

#[test]
fn where_a_tool_runs_is_in_its_declaration_its_info_and_every_event_about_it() {
    let model = MockModel::new().reply("double", "pub fn double(x: u64) -> u64 { x * 2 }");
    let anvil = TestAnvil::configure(model, |builder| {
        builder
            .isolation(Isolation::InProcess)
            .tools([double::tool()])
    });
    let spec = double::spec();
    assert_eq!(spec.isolation, Some(Isolation::Worker));
    assert_eq!(spec.timeout, Some(Duration::from_secs(120)));
    assert_eq!(spec.memory, Some(ByteSize::new(64 << 20)));

    let tool = anvil.tool("double").unwrap();
    assert_eq!(tool.pipe(&tool).run(json!({ "x": 3 })).unwrap(), 12);
    let level = || anvil.tool_info("double").unwrap().isolation;
    assert_eq!(level(), Isolation::Worker);
    tool.run(json!({})).unwrap_err();
    anvil.pin("double").unwrap();
    let mut events = anvil.logger().history(EventFilter::new());
    events.retain(|event| event.kind != EventKind::StillWorking); // on a machine that does much else
    assert_eq!(events.len(), 8);
    for event in events {
        let wanted = (event.kind != EventKind::ChainExecuted).then_some(Isolation::Worker);
        assert_eq!(event.isolation, wanted, "{}", event.kind);
    }

    // Only stored, it runs where its declaration said; what says nothing, where the settings say.
    let anvil = anvil.reopen(scripted(&[RIGHT]));
    assert_eq!(
        anvil.tool_info("double").unwrap().isolation,
        Isolation::Worker
    );
    top_n(&[1], 1).unwrap();
    assert_eq!(
        anvil.tool_info("top_n").unwrap().isolation,
        Isolation::default()
    );
}

#[test]
fn a_handle_is_the_tool_of_its_name_however_that_is_declared_later() {
    let anvil = TestAnvil::new(scripted(&[PANICS, RIGHT]));
    top_n(&[1], 3).unwrap();
    let anvil = anvil.reopen(MockModel::new());
    let tool = anvil.tool("top_n").unwrap(); // known from the store
    let arguments = || json!({ "xs": [1], "n": 3 });
    tool.run(arguments()).unwrap();
    top_n(&[1], 3).unwrap(); // declared in the source
    anvil.rollback("top_n", Version::FIRST).unwrap();
    assert!(top_n(&[1], 3).unwrap_err().is_panic());
    assert!(tool.run(arguments()).unwrap_err().is_panic());
}

#[test]
fn attempts_are_the_tools_in_whichever_words_it_is_declared() {
    let replies = ["no", "code", "at", "all"].into_iter().cycle().take(20);
    let model = replies.fold(MockModel::new(), |model, reply| model.reply("words", reply));
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.max_heal_attempts(1));
    for docs in ["one", "another", "one"] {
        let spec = ToolSpec::builder("words").intent("Do it").details(docs);
        let tool = anvil.use_tool(spec.build().unwrap()).unwrap();
        tool.run(json!({})).unwrap_err();
        assert_eq!(model.requests().len(), 4, "a request and three repairs");
    }
}

#[tokio::test]
async fn what_was_made_ready_by_name_is_ready_for_calls_from_the_source() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    let anvil = anvil.reopen(MockModel::new());
    anvil.prepare_all().await.unwrap();
    top_n(&[1], 1).unwrap();
    let loaded = EventFilter::new().kind(EventKind::ToolLoaded);
    assert_eq!(anvil.logger().history(loaded).len(), 1);
}

#[test]
fn a_copied_folder_is_no_other_tool() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    top_n(&[1], 1).unwrap();
    let folder = |name: &str| anvil.tools_dir().join(name);
    std::fs::create_dir(folder("copy")).unwrap();
    std::fs::copy(folder("top_n/tool.json"), folder("copy/tool.json")).unwrap();
    let error = anvil.tool("copy").unwrap_err().to_string();
    assert!(error.contains("is of a tool called \"top_n\""), "{error}");
}

#[test]
fn arguments_that_a_tool_does_not_take_are_a_failed_call() {
    let anvil = TestAnvil::new(MockModel::new());
    let tool = declared(&anvil, "halve", Input::new::<u8>("x"));
    tool.run(json!({})).unwrap_err();
    let [failed] = anvil.logger().recent_errors(5).try_into().unwrap();
    assert_eq!(failed.metadata["error_type"], "invalid_input");
    assert!(failed.error.unwrap().contains("`x` is missing"));
    assert_eq!(anvil.logger().stats("halve").failed, 1);
}

#[test]
fn typed_inputs_are_made_of_json_before_anything_runs() {
    let model = MockModel::new().reply(
        "sizes",
        body(
            "sizes(by_number: std::collections::BTreeMap<u32, Option<(u8, String)>>)",
            "Ok(serde_json::json!(by_number.into_keys().sum::<u32>()))",
        ),
    );
    let anvil = TestAnvil::new(model.clone());
    type Sizes = BTreeMap<u32, Option<(u8, String)>>;
    let tool = declared(&anvil, "sizes", Input::new::<Sizes>("byNumber"));
    let sizes = |sizes: serde_json::Value| tool.run(json!({ "byNumber": sizes }));
    let error = sizes(json!({ "99999999999": null })).unwrap_err();
    assert!(
        error.is_invalid_input() && error.to_string().contains("`byNumber`"),
        "{error}"
    );
    assert!(model.requests().is_empty());
    assert_eq!(sizes(json!({ "7": [1, "a"], "8": null })).unwrap(), 15);

    // Also where the tool was known from the store before it was declared.
    let anvil = anvil.reopen(MockModel::new());
    anvil.tool("sizes").unwrap();
    let tool = declared(&anvil, "sizes", Input::new::<Sizes>("byNumber"));
    assert_eq!(tool.run(json!({ "byNumber": { "7": null } })).unwrap(), 7);
}

#[test]
fn an_integer_is_one_however_json_writes_it_and_has_to_fit() {
    let code = "Ok(serde_json::json!(n))";
    let model = MockModel::new()
        .reply("typed", body("typed(n: u8)", code))
        .reply("of_schema", body("of_schema(n: i64)", code));
    let anvil = TestAnvil::new(model);
    let of_schema = ToolSpec::builder("of_schema")
        .intent("Do it")
        .input_schema(json!({
            "properties": { "n": { "type": "integer", "default": 5.0 } },
        }));
    for tool in [
        declared(&anvil, "typed", Input::new::<u8>("n").default(5.0)),
        anvil.use_tool(of_schema.build().unwrap()).unwrap(),
    ] {
        assert_eq!(tool.run(json!({})).unwrap(), 5);
        assert_eq!(tool.run(json!({ "n": 3.0 })).unwrap(), 3);
        for n in [json!(3.5), json!(u64::MAX), json!(1e300)] {
            let error = tool.run(json!({ "n": n })).unwrap_err().to_string();
            assert!(
                error.contains("does not take") && error.contains("`n`"),
                "{error}"
            );
        }
    }
}

#[test]
fn a_declaration_that_was_changed_to_what_cannot_be_one_is_refused() {
    let anvil = TestAnvil::new(MockModel::new());
    let good = || ToolSpec::builder("good").intent("Do it").build().unwrap();
    let with = |change: fn(&mut ToolSpec)| {
        let mut spec = good();
        change(&mut spec);
        spec
    };
    for (spec, words) in [
        (
            with(|spec| spec.name = "../elsewhere".to_owned()),
            "becomes a folder",
        ),
        (with(|spec| spec.intent.clear()), "no intent"),
        (
            with(|spec| spec.input = Some(json!({ "type": 3 }))),
            "input schema is none",
        ),
    ] {
        let error = anvil.use_tool(spec).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
    assert!(anvil.list_tools().is_empty());
}
