//! JSON Schemas: what a tool takes and answers, so that an agent can offer it, and whether a JSON object of
//! arguments is what it takes.

mod integers;

pub(crate) use integers::write_as_integers;

use crate::spec::ToolSpec;
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use std::iter;

/// What makes the schemas of values that a tool is given: one for each tool, so that two types of one name get two.
pub(crate) fn of_what_is_taken() -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().for_deserialize();
    settings.into_generator()
}

/// The schema of values that a tool is given. It becomes part of a larger one: what it refers to is in its `$defs`,
/// the type itself included.
pub(crate) fn taken<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let mut schema = Value::from(generator.subschema_for::<T>());
    let definitions = referred_to(&schema, generator.definitions());
    if !definitions.is_empty()
        && let Some(object) = schema.as_object_mut()
    {
        object.insert("$defs".to_owned(), definitions.into());
    }
    schema
}

/// Those of `definitions` that `schema` leads to; all where a reference is written in a way that is not seen through.
fn referred_to(schema: &Value, definitions: &Map<String, Value>) -> Map<String, Value> {
    let mut found = Map::new();
    let mut open = vec![schema];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.values()),
            Value::String(text) => {
                let Some(name) = text.strip_prefix("#/$defs/") else {
                    continue;
                };
                let Some(definition) = definitions.get(name) else {
                    return definitions.clone();
                };
                if found.insert(name.to_owned(), definition.clone()).is_none() {
                    open.push(definition);
                }
            }
            _ => {}
        }
    }
    found
}

/// The schema of values that a tool answers.
pub(crate) fn answered<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    without_title(settings.into_generator().into_root_schema_for::<T>().into())
}

/// The name of a Rust type says nothing to an agent; which dialect it is, is said once, at the root.
fn without_title(mut schema: Value) -> Value {
    if let Some(object) = schema.as_object_mut() {
        object.remove("title");
        object.remove("$schema");
    }
    schema
}

/// The schema of a tool's arguments as one object: as it was given, or put together from its parameters.
pub(crate) fn input(spec: &ToolSpec) -> Value {
    if let Some(given) = &spec.input {
        return given.clone();
    }
    let mut definitions = Map::new();
    let mut properties = Map::new();
    for parameter in &spec.parameters {
        let mut schema = match &parameter.schema {
            Value::Object(object) => object.clone(),
            // `true`, which takes anything, has no room for a description.
            _ => Map::new(),
        };
        // References name definitions from the root of the whole schema.
        if let Some(Value::Object(own)) = schema.remove("$defs") {
            definitions.extend(own);
        }
        if !parameter.docs.is_empty() {
            schema.insert("description".to_owned(), parameter.docs.clone().into());
        }
        if let Some(default) = &parameter.default {
            schema.insert("default".to_owned(), default.clone());
        }
        properties.insert(parameter.key.clone(), schema.into());
    }
    let required: Vec<&str> = spec
        .parameters
        .iter()
        .filter(|parameter| !parameter.optional)
        .map(|parameter| parameter.key.as_str())
        .collect();
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !definitions.is_empty() {
        schema["$defs"] = definitions.into();
    }
    schema
}

/// The field of an answer's JSON that holds what the function returned, where others hold what was written to its
/// arguments.
pub(crate) const ANSWER: &str = "answer";

/// The schema of a tool's answers: what the function returns, `returned`; where it writes to arguments, an object with
/// that and those.
pub(crate) fn written(spec: &ToolSpec, returned: &Value) -> Value {
    let mutable = || spec.parameters.iter().filter(|parameter| parameter.mutable);
    if mutable().next().is_none() {
        return returned.clone();
    }
    let mut definitions = Map::new();
    let parts = iter::once((ANSWER, returned))
        .chain(mutable().map(|parameter| (&*parameter.key, &parameter.schema)));
    let properties: Map<String, Value> = parts
        .map(|(name, schema)| {
            let mut schema = schema.clone();
            if let Some(Value::Object(own)) =
                schema.as_object_mut().and_then(|it| it.remove("$defs"))
            {
                definitions.extend(own);
            }
            (name.to_owned(), schema)
        })
        .collect();
    let names: Vec<&String> = properties.keys().collect();
    let mut schema = json!({ "type": "object", "properties": properties, "required": names });
    if !definitions.is_empty() {
        schema["$defs"] = definitions.into();
    }
    schema
}

/// Checks JSON arguments against a tool's input schema.
#[derive(Debug)]
pub(crate) struct Check(Validator);

/// JSON that is nested deeper is refused unread: more is beyond the codec, and beyond the stack of a thread.
const DEEPEST: usize = 120;

/// `value`, if it is not so deep that looking at it, or only dropping it, would exhaust the stack.
///
/// # Errors
/// Says so.
pub(crate) fn shallow(value: Value) -> Result<Value, String> {
    if !deeper_than(&value, DEEPEST) {
        return Ok(value);
    }
    dismantle(value);
    Err(format!("nested deeper than {DEEPEST}"))
}

impl Check {
    /// # Errors
    /// With what is wrong with the schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        match jsonschema::draft202012::new(schema) {
            Ok(validator) => Ok(Self(validator)),
            Err(error) => Err(told(&error, &[])),
        }
    }

    /// # Errors
    /// With all that is wrong with `arguments`, each with the field that it is about. Of what `withheld` fields hold
    /// nothing is quoted.
    pub(crate) fn check(&self, arguments: &Value, withheld: &[&str]) -> Result<(), String> {
        let mistakes: Vec<String> = self
            .0
            .iter_errors(arguments)
            .map(|error| told(&error, withheld))
            .collect();
        match mistakes.len().checked_sub(MOST_MISTAKES) {
            _ if mistakes.is_empty() => Ok(()),
            None | Some(0) => Err(mistakes.join("; ")),
            Some(more) => Err(format!(
                "{}; and {more} more",
                mistakes[..MOST_MISTAKES].join("; ")
            )),
        }
    }
}

/// As many are told; then it is clear enough that the arguments are meant for something else.
const MOST_MISTAKES: usize = 8;

/// One mistake, with the field: "`x`: "eight" is not of type "integer"".
fn told(error: &ValidationError<'_>, withheld: &[&str]) -> String {
    if let Some(nearer) = of_what_was_meant(error) {
        return told(nearer, withheld);
    }
    let names: Vec<String> = error
        .instance_path()
        .into_iter()
        .map(|name| name.to_string())
        .collect();
    let field = names.join(".");
    let first = names.first().map(String::as_str).unwrap_or_default();
    match error.kind() {
        ValidationErrorKind::Required { property } if names.is_empty() => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::AdditionalProperties { unexpected } if names.is_empty() => {
            let names: Vec<String> = unexpected.iter().map(|name| format!("`{name}`")).collect();
            shortened(&format!("there is no {}", names.join(", ")))
        }
        _ if names.is_empty() && withheld.is_empty() => shortened(&error.to_string()),
        _ if names.is_empty() => error.masked_with("the value").to_string(),
        // Below it stand keys of maps, which are part of the value.
        _ if withheld.contains(&first) => {
            format!("`{first}`: {}", error.masked_with("the value"))
        }
        _ => format!("`{field}`: {}", shortened(&error.to_string())),
    }
}

/// Where there are alternatives, as for an `Option` or an enum, and the value has the form of one of them: what is wrong
/// with it as that.
fn of_what_was_meant<'e>(error: &'e ValidationError<'_>) -> Option<&'e ValidationError<'static>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) =
        error.kind()
    else {
        return None;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().into_iter().count();
    let is_another_form = |part: &ValidationError<'static>| match part.kind() {
        ValidationErrorKind::Constant { .. } => true,
        ValidationErrorKind::Type { .. }
        | ValidationErrorKind::Enum { .. }
        | ValidationErrorKind::Required { .. }
        | ValidationErrorKind::AdditionalProperties { .. } => depth(part) == depth(error),
        _ => false,
    };
    let mut meant = context
        .iter()
        .filter(|mistakes| !mistakes.iter().any(is_another_form));
    match (meant.next(), meant.next()) {
        (Some(mistakes), None) => mistakes.first(),
        _ => None,
    }
}

/// A mistake quotes the value that it is about, which can be long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let beginning = &text[..text.floor_char_boundary(half)];
    let end = &text[text.ceil_char_boundary(text.len() - half)..];
    format!("{beginning} … {end}")
}

/// Looks without recursion, so that no value exhausts the stack.
fn deeper_than(value: &Value, limit: usize) -> bool {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > limit {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    false
}

/// Drops a value piece by piece: its own destructor follows it down.
fn dismantle(value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ToolType, types::Types};
    use expect_test::{Expect, expect};
    use serde::{Deserialize, Serialize};
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
        .assert_eq(
            &serde_json::to_string_pretty(&answered::<Item>()["properties"]["parts"]).unwrap(),
        );
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
}
