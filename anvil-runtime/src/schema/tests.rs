use super::*;
use crate::ToolType;
use crate::spec::ToolSpec;
use crate::types::Types;
use expect_test::{Expect, expect};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn spec() -> ToolSpec {
    ToolSpec::new("top_n", "top_n", "The n largest", "")
        .taking::<&[i64], _>("xs", "in any order")
        .taking::<Option<u8>, _>("n", "")
        .taking::<&str, _>("pin", "")
        .private()
}

fn check(arguments: Value, expected: Expect) {
    let check = Check::new(&input(&spec())).unwrap();
    let told = check.check(&arguments, &["pin"]);
    expected.assert_eq(&told.err().unwrap_or_default());
}

#[test]
fn the_input_schema_is_an_object_with_a_field_for_each_parameter() {
    expect![[r#"
        {
          "additionalProperties": false,
          "properties": {
            "n": {
              "format": "uint8",
              "maximum": 255,
              "minimum": 0,
              "type": [
                "integer",
                "null"
              ]
            },
            "pin": {
              "type": "string"
            },
            "xs": {
              "description": "in any order",
              "items": {
                "format": "int64",
                "type": "integer"
              },
              "type": "array"
            }
          },
          "required": [
            "xs",
            "pin"
          ],
          "type": "object"
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&input(&spec())).unwrap());
}

#[test]
fn answers_have_a_schema_too() {
    let schema = answered::<BTreeMap<String, Option<f64>>>();
    assert_eq!(schema["type"], "object");
    assert_eq!(answered::<Value>(), json!({}));
}

#[test]
fn a_mistake_names_its_field() {
    check(json!({ "xs": [1], "n": 3, "pin": "" }), expect![""]);
    check(json!({ "xs": [1], "pin": "" }), expect![""]);
    check(
        json!({ "xs": [1, "two"], "n": 300, "pin": "" }),
        expect![[
            r#"`n`: 300 is greater than the maximum of 255; `xs.1`: "two" is not of type "integer""#
        ]],
    );
    check(json!({}), expect!["`xs` is missing; `pin` is missing"]);
    check(
        json!({ "xs": vec!["x"; 10], "pin": "" }),
        expect![[
            r#"`xs.0`: "x" is not of type "integer"; `xs.1`: "x" is not of type "integer"; `xs.2`: "x" is not of type "integer"; `xs.3`: "x" is not of type "integer"; `xs.4`: "x" is not of type "integer"; `xs.5`: "x" is not of type "integer"; `xs.6`: "x" is not of type "integer"; `xs.7`: "x" is not of type "integer"; and 2 more"#
        ]],
    );
    check(
        json!({ "xs": [], "pin": "", "m": 1, "o": 2 }),
        expect!["there is no `m`, `o`"],
    );
    check(
        json!([1]),
        expect![[r#"the value is not of type "object""#]],
    );
}

#[test]
fn a_private_value_is_not_quoted_and_a_long_one_is_cut() {
    check(
        json!({ "xs": [], "pin": 1234 }),
        expect![[r#"`pin`: the value is not of type "string""#]],
    );
    let long = Check::new(&input(&spec())).unwrap();
    let told = long.check(&json!({ "xs": "é".repeat(5000), "pin": "" }), &[]);
    assert!(told.unwrap_err().len() < 400);
}

#[test]
fn what_is_nested_without_end_is_refused_and_neither_followed_nor_dropped_in_one_go() {
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!({ "a": [inner] }));
    assert!(shallow(nested(10)).is_ok());
    let error = shallow((0..100_000).fold(Value::Null, |inner, _| Value::Array(vec![inner])));
    assert!(error.unwrap_err().contains("deeper"));
}

#[test]
fn a_schema_that_is_none_is_refused() {
    assert!(Check::new(&json!({ "type": "text" })).is_err());
    assert!(Check::new(&json!({ "$ref": "https://example.com/x.json" })).is_err());
}

mod elsewhere {
    use crate::ToolType;
    use serde::{Deserialize, Serialize};

    /// Another one.
    #[derive(Serialize, Deserialize, ToolType)]
    pub(super) struct Item(u8);
}

/// What is ordered.
#[derive(Serialize, Deserialize, ToolType)]
struct Item {
    /// what the thing is called
    name: String,
    #[serde(default = "one")]
    count: u32,
    /// what comes with it
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Item>,
}

fn one() -> u32 {
    1
}

/// What became of an order.
#[derive(Serialize, Deserialize, ToolType)]
#[serde(rename_all = "snake_case")]
enum State {
    /// nobody looked at it
    New,
    /// it is on its way
    Sent {
        /// by whom
        carrier: Option<String>,
    },
}

#[test]
fn a_users_types_are_described_by_their_doc_comments_and_recursion_by_a_reference() {
    let spec = ToolSpec::new("f", "f", "", "").taking::<&[Item], _>("items", "in any order");
    expect![[r##"
        {
          "$defs": {
            "Item": {
              "description": "What is ordered.",
              "properties": {
                "count": {
                  "default": 1,
                  "format": "uint32",
                  "minimum": 0,
                  "type": "integer"
                },
                "name": {
                  "description": "what the thing is called",
                  "type": "string"
                },
                "parts": {
                  "description": "what comes with it",
                  "items": {
                    "$ref": "#/$defs/Item"
                  },
                  "type": "array"
                }
              },
              "required": [
                "name"
              ],
              "type": "object"
            }
          },
          "additionalProperties": false,
          "properties": {
            "items": {
              "description": "in any order",
              "items": {
                "$ref": "#/$defs/Item"
              },
              "type": "array"
            }
          },
          "required": [
            "items"
          ],
          "type": "object"
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&input(&spec)).unwrap());
    expect![[r#"
        {
          "description": "What became of an order.",
          "oneOf": [
            {
              "const": "new",
              "description": "nobody looked at it",
              "type": "string"
            },
            {
              "additionalProperties": false,
              "description": "it is on its way",
              "properties": {
                "sent": {
                  "properties": {
                    "carrier": {
                      "description": "by whom",
                      "type": [
                        "string",
                        "null"
                      ]
                    }
                  },
                  "required": [
                    "carrier"
                  ],
                  "type": "object"
                }
              },
              "required": [
                "sent"
              ],
              "type": "object"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&answered::<State>()).unwrap());
    expect![[r##"
        {
          "description": "what comes with it",
          "items": {
            "$ref": "#"
          },
          "type": "array"
        }"##]]
    .assert_eq(&serde_json::to_string_pretty(&answered::<Item>()["properties"]["parts"]).unwrap());
}

#[test]
fn a_mistake_in_one_of_several_forms_is_told_where_it_is() {
    let spec = ToolSpec::new("f", "f", "", "")
        .taking::<Option<State>, _>("state", "")
        .taking::<Option<Item>, _>("pin", "")
        .private();
    let schema = Check::new(&input(&spec)).unwrap();
    let told = |arguments| schema.check(&arguments, &["pin"]).unwrap_err();
    assert_eq!(
        told(json!({ "state": { "sent": { "carrier": 7 } } })),
        r#"`state.sent.carrier`: 7 is not of types "null", "string""#
    );
    assert_eq!(
        told(json!({ "pin": { "name": "a", "count": "secret" } })),
        r#"`pin`: the value is not of type "integer""#
    );
    // What has the form of none is told as before.
    assert!(told(json!({ "state": "lost" })).contains("oneOf"));
}

#[test]
fn two_types_of_one_name_have_two_definitions() {
    let mut types = Types::default();
    let spec = ToolSpec::new("f", "f", "", "")
        .parameter::<Option<Item>, _>(&mut types, "one", "")
        .parameter::<Vec<elsewhere::Item>, _>(&mut types, "other", "");
    let schema = input(&spec);
    assert_eq!(
        schema["properties"]["other"]["items"]["$ref"],
        "#/$defs/Item2"
    );
    assert_eq!(schema["$defs"]["Item"]["description"], "What is ordered.");
    assert_eq!(schema["$defs"]["Item2"]["description"], "Another one.");
    let check = Check::new(&schema).unwrap();
    let arguments = json!({ "one": { "name": "a", "parts": [{ "name": "b" }] }, "other": [1] });
    assert_eq!(check.check(&arguments, &[]), Ok(()));
}
