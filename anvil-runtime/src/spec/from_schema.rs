//! Inputs that are declared as a JSON Schema.

use super::builder::Input;
use super::{Convert, Parameter};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The inputs that an object's schema speaks of, in alphabetical order: what order they were written in, a JSON
/// object does not tell.
pub(super) fn properties(schema: &Value) -> Result<Vec<Input>, String> {
    let object = schema.as_object().filter(|object| {
        let ty = object.get("type");
        ty.is_none_or(|ty| ty == "object")
    });
    let Some(object) = object else {
        return Err("its input schema is not that of an object".to_owned());
    };
    let properties: BTreeMap<&String, &Value> = match object.get("properties") {
        None => BTreeMap::new(),
        Some(Value::Object(properties)) => properties.iter().collect(),
        Some(_) => return Err("the `properties` of its input schema are no object".to_owned()),
    };
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let inputs = properties.into_iter().map(|(key, schema)| {
        let default = schema.get("default").cloned();
        let given = required.contains(&key.as_str());
        let ty = match given || default.is_some() {
            true => rust_type(schema, DEEPEST),
            false => optional(rust_type(schema, DEEPEST)),
        };
        // What else a schema lets through, the types hold, too.
        let convert = match ty.as_str() {
            "i64" => Convert::to::<i64>(),
            "Option<i64>" => Convert::to::<Option<i64>>(),
            _ => Convert::default(),
        };
        let parameter = Parameter {
            name: String::new(),
            key: key.clone(),
            docs: told(schema),
            ty: ty.clone(),
            decoded: ty,
            by_reference: false,
            mutable: false,
            schema: schema.clone(),
            optional: !given,
            default,
            private: false,
            convert,
        };
        Input {
            parameter,
            describe: None,
        }
    });
    Ok(inputs.collect())
}

/// What the model reads of an input: the description, and the schema where it says more than a type does.
fn told(schema: &Value) -> String {
    let description = schema.get("description").and_then(Value::as_str);
    let mut said: Vec<String> = description.map(str::to_owned).into_iter().collect();
    let more: BTreeMap<&String, &Value> = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !["type", "description", "default", "title"].contains(&key.as_str()))
        .collect();
    if !more.is_empty() {
        said.push(format!("JSON Schema: {}", sorted(&json!(more))));
    }
    said.join("; ")
}

/// `value` with its fields in alphabetical order, whatever features serde_json was built with: what the model is
/// told is part of the digest that bodies are kept under.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = fields.into_iter();
            fields
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// A list of lists that is deeper is any JSON.
const DEEPEST: usize = 4;

/// The Rust type that holds what `schema` lets through; any JSON where it is not a simple one.
fn rust_type(schema: &Value, deepest: usize) -> String {
    const ANY: &str = "serde_json::Value";
    let simple = |ty: &str| match ty {
        "string" => "String".to_owned(),
        "integer" => "i64".to_owned(),
        "number" => "f64".to_owned(),
        "boolean" => "bool".to_owned(),
        "array" => match schema.get("items") {
            Some(items) if deepest > 0 => format!("Vec<{}>", rust_type(items, deepest - 1)),
            _ => format!("Vec<{ANY}>"),
        },
        _ => ANY.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(ty)) => simple(ty),
        Some(Value::Array(types)) => match types.as_slice() {
            [Value::String(ty), Value::String(null)] | [Value::String(null), Value::String(ty)]
                if null == "null" =>
            {
                optional(simple(ty))
            }
            _ => ANY.to_owned(),
        },
        _ => ANY.to_owned(),
    }
}

/// Of any JSON and of what is optional already, nothing is a value like any other.
fn optional(ty: String) -> String {
    match ty.as_str() {
        "serde_json::Value" => ty,
        ty if ty.starts_with("Option<") => ty.to_owned(),
        ty => format!("Option<{ty}>"),
    }
}
