//! Schemas of what a tool takes and answers, made from its types.

use crate::spec::ToolSpec;
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
