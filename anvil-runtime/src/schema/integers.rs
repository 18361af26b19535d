//! Numbers that are integers to JSON Schema, and floats to Rust.

use serde_json::Value;

/// Writes each number of `value` as an integer where `schema` wants one: to JSON Schema, `3.0` is one as well, and models
/// send it. References are looked up in `root`.
pub(crate) fn write_as_integers(value: &mut Value, schema: &Value, root: &Value) {
    write(value, schema, root, 0);
}

/// A schema can refer to itself without an end, and a value has one. So many schemas may say something of one value.
const MOST_SCHEMAS: usize = 32;

fn write(value: &mut Value, schema: &Value, root: &Value, schemas: usize) {
    if schemas > MOST_SCHEMAS {
        return;
    }
    let referred = schema.get("$ref").and_then(Value::as_str);
    let referred = referred
        .and_then(|reference| reference.strip_prefix('#'))
        .and_then(|pointer| root.pointer(pointer));
    let choices = ["anyOf", "oneOf", "allOf"];
    let choices = choices.iter().filter_map(|key| schema.get(key)?.as_array());
    for same in referred.into_iter().chain(choices.flatten()) {
        write(value, same, root, schemas + 1);
    }
    match value {
        Value::Number(_) if wants_integer(schema) => {
            if let Some(integer) = whole(value) {
                *value = integer.into();
            }
        }
        Value::Array(items) => {
            let prefix = schema.get("prefixItems").and_then(Value::as_array);
            let rest = schema.get("items");
            for (place, item) in items.iter_mut().enumerate() {
                let schema = prefix.and_then(|prefix| prefix.get(place)).or(rest);
                if let Some(schema) = schema {
                    write(item, schema, root, 0);
                }
            }
        }
        Value::Object(fields) => {
            let known = schema.get("properties");
            let others = schema.get("additionalProperties");
            for (name, field) in fields {
                let schema = known.and_then(|known| known.get(name)).or(others);
                if let Some(schema) = schema {
                    write(field, schema, root, 0);
                }
            }
        }
        _ => {}
    }
}

fn wants_integer(schema: &Value) -> bool {
    match schema.get("type") {
        Some(Value::Array(types)) => types.iter().any(|ty| ty == "integer"),
        ty => ty.is_some_and(|ty| ty == "integer"),
    }
}

/// The integer that is written as a float.
fn whole(value: &Value) -> Option<i64> {
    const BOUND: f64 = i64::MAX as f64; // 2^63
    let number = value.as_f64().filter(|_| value.is_f64())?;
    (number.fract() == 0.0 && number.abs() < BOUND).then_some(number as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn whole_numbers_become_integers_wherever_the_schema_wants_some() {
        let schema = json!({
            "properties": {
                "n": { "type": ["integer", "null"] },
                "x": { "type": "number" },
                "list": { "items": { "type": "integer" } },
                "pair": { "prefixItems": [{ "type": "number" }, { "type": "integer" }] },
                "tree": { "$ref": "#/$defs/Tree" },
                "map": { "additionalProperties": { "oneOf": [{ "type": "string" }, { "type": "integer" }] } },
                "endless": { "$ref": "#/$defs/Endless" }
            },
            "$defs": {
                "Tree": { "properties": { "n": { "type": "integer" }, "left": { "$ref": "#/$defs/Tree" } } },
                "Endless": { "anyOf": [{ "$ref": "#/$defs/Endless" }] }
            }
        });
        let mut value = json!({
            "n": 3.0, "x": 3.0, "list": [1.0, 1.5, 1e300], "pair": [1.0, 2.0],
            "tree": { "n": 1.0, "left": { "n": 2.0 } }, "map": { "a": 4.0 }, "endless": 1.0, "else": 1.0
        });
        write_as_integers(&mut value, &schema, &schema);
        assert_eq!(
            value,
            json!({
                "n": 3, "x": 3.0, "list": [1, 1.5, 1e300], "pair": [1.0, 2],
                "tree": { "n": 1, "left": { "n": 2 } }, "map": { "a": 4 }, "endless": 1.0, "else": 1.0
            })
        );
    }
}
