//! Errors of the user's own: an answer, unless a variant says that the tool failed.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{EventFilter, EventKind, ToolType};
use serde::{Deserialize, Serialize};
use serde_json::json;

fn text(text: &str) -> String {
    text.to_owned()
}

/// The versions that healing made.
fn versions(anvil: &TestAnvil, tool: &str) -> Vec<String> {
    let healed = EventFilter::new().kind(EventKind::ToolHealed).tool(tool);
    let healed = anvil.logger().history(healed);
    healed
        .iter()
        .filter_map(|event| event.version)
        .map(|version| version.to_string())
        .collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToolType)]
enum PriceError {
    /// No such thing is sold.
    Unknown(String),
    /// The price list could not be understood.
    #[anvil(heal)]
    Unreadable {
        line: u32,
    },
    Anvil(String),
}

impl From<anvil::Error> for PriceError {
    fn from(error: anvil::Error) -> Self {
        Self::Anvil(error.to_string())
    }
}

#[anvil::tool(intent = "The price of a thing, of lines such as `nut: 3`")]
fn price(list: &str, thing: &str) -> Result<u32, PriceError>;

const READS_NO_SPACES: &str = r#"
pub fn price(list: &str, thing: &str) -> Result<u32, PriceError> {
    for (number, line) in list.lines().enumerate() {
        let (name, price) = line.split_once(':').ok_or(PriceError::Unreadable { line: number as u32 + 1 })?;
        if name == thing {
            return price.parse().map_err(|_| PriceError::Unreadable { line: number as u32 + 1 });
        }
    }
    Err(PriceError::Unknown(thing.to_owned()))
}
"#;

fn reads_spaces() -> String {
    READS_NO_SPACES.replace("price.parse()", "price.trim().parse()")
}

#[test]
fn an_error_of_the_users_is_an_answer_and_a_variant_that_is_marked_heals() {
    let model = MockModel::new()
        .reply("price", READS_NO_SPACES)
        .reply("price", reads_spaces());
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.tools([price::tool()]));
    assert_eq!(price("nut:3", "nut"), Ok(3));
    assert_eq!(
        price("nut:3", "bolt"),
        Err(PriceError::Unknown(text("bolt")))
    );
    assert_eq!(versions(&anvil, "price"), [""; 0]);

    assert_eq!(price("nut: 3", "nut"), Ok(3));
    assert_eq!(versions(&anvil, "price"), ["1.1"]);
    let request = &model.requests_for("price")[1];
    assert!(
        request.task.contains(r#"{"Unreadable":{"line":1}}"#),
        "{}",
        request.task
    );
    assert!(
        request.declaration.contains("To answer this is to fail"),
        "{}",
        request.declaration
    );
}

#[test]
fn a_variant_that_is_marked_heals_calls_by_name_and_is_no_proof_of_a_candidate() {
    let fails_otherwise = READS_NO_SPACES.replace("number as u32 + 1", "7");
    let model = MockModel::new()
        .reply("price", READS_NO_SPACES)
        .reply("price", fails_otherwise)
        .reply("price", reads_spaces());
    let anvil = TestAnvil::configure(model, |builder| builder.tools([price::tool()]));
    let answer = anvil
        .tool("price")
        .unwrap()
        .run(json!({ "list": "nut: 3", "thing": "nut" }));
    assert_eq!(answer.unwrap(), json!({ "Ok": 3 }));
    assert_eq!(versions(&anvil, "price"), ["1.1"]);
    assert_eq!(anvil.tool_info("price").unwrap().heal_attempts, 2);
}

#[test]
fn a_marked_variant_that_nobody_heals_comes_through_from() {
    let model = MockModel::new().reply("price", READS_NO_SPACES);
    let _anvil = TestAnvil::configure(model, |builder| builder.self_healing(false));
    let Err(PriceError::Anvil(words)) = price("nut: 3", "nut") else {
        panic!("it is a failure");
    };
    assert!(words.contains("Unreadable"), "{words}");
}

#[test]
fn a_question_mark_on_a_tool_error_or_a_standard_one_fails_a_tool_whose_errors_are_answers() {
    let parses = |what: &str| {
        format!(
            "pub fn price(list: &str, thing: &str) -> Result<u32, PriceError> {{
                let (_, price) = list.split_once(':').ok_or_else(|| PriceError::Unknown(thing.to_owned()))?;
                {what}
            }}"
        )
    };
    for (what, words) in [
        (
            "Ok(price.parse::<u32>()?)",
            "invalid digit found in string (tool.rs:3:",
        ),
        ("Err(ToolError::new(\"cannot\"))?", "cannot (tool.rs:3:"),
        (
            "Err(ToolError::new(\"will not\").into())",
            "will not (tool.rs:3:",
        ),
    ] {
        let model = MockModel::new()
            .reply("price", parses(what))
            .reply("price", parses("Ok(price.trim().parse::<u32>()?)"));
        let anvil = TestAnvil::new(model.clone());
        assert_eq!(price("nut: 3", "nut"), Ok(3));
        assert_eq!(versions(&anvil, "price"), ["1.1"]);
        let task = &model.requests_for("price")[1].task;
        assert!(task.contains(words), "{task}");
    }
}

#[test]
fn a_tool_error_that_blames_the_input_is_told_as_such_past_the_users_error() {
    let body = "pub fn price(list: &str, _: &str) -> Result<u32, PriceError> { Err(ToolError::invalid_input(list))? }";
    let model = MockModel::new().reply("price", body);
    let anvil = TestAnvil::new(model);
    assert_eq!(
        price("?", "nut").unwrap_err(),
        PriceError::Anvil(text("`price` 1.0: ? (tool.rs:1:68)"))
    );
    let error = price::run_safe("?", "nut").error.unwrap();
    assert!(error.is_invalid_input(), "{error}");
    assert_eq!(versions(&anvil, "price"), [""; 0]);
}

#[test]
fn a_body_in_a_declaration_that_answers_a_marked_variant_is_replaced() {
    #[anvil::tool(intent = "The number in the text", name = "number")]
    fn number(text: &str) -> Result<u32, PriceError> {
        let unknown = || PriceError::Unknown(text.to_owned());
        let digits = text.split(' ').next().ok_or_else(unknown)?;
        digits
            .parse()
            .map_err(|_| PriceError::Unreadable { line: 1 })
    }

    let body = "pub fn number(text: &str) -> Result<u32, PriceError> {
        text.trim().parse().map_err(|_| PriceError::Unknown(text.to_owned()))
    }";
    let anvil = TestAnvil::new(MockModel::new().reply("number", body));
    assert_eq!(number("3"), Ok(3));
    assert_eq!(versions(&anvil, "number"), [""; 0]);
    assert_eq!(number(" 3"), Ok(3));
    assert_eq!(versions(&anvil, "number"), ["1.1"]);
    assert_eq!(number("x"), Err(PriceError::Unknown(text("x"))));
}
