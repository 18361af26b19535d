//! JSON on the way to a body and back: arguments have names there, and no types.

use crate::declaration::Declaration;
use crate::returns::ToolReturn;
use crate::spec::ToolSpec;
use anvil_core::codec;
use anvil_core::failure::{Cause, Failure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// A tool's arguments by their names.
pub type Object = Map<String, Value>;

/// A tool's arguments as they cross to the body.
pub type Encoded = Vec<u8>;

/// What is wrong with an argument, in words.
pub type Mistake = String;

static NULL: Value = Value::Null;

/// One argument, as the type that a declaration names. Written by the macro.
///
/// # Errors
/// Names the argument that is not of the type.
pub fn argument<'a, T: Deserialize<'a>>(object: &'a Object, key: &str) -> Result<T, String> {
    let value = object.get(key).unwrap_or(&NULL);
    T::deserialize(value).map_err(|error| format!("`{key}`: {error}"))
}

/// All arguments as one tuple, encoded. Written by the macro.
///
/// # Errors
/// With the words of a value that cannot be encoded.
pub fn encoded<T: Serialize>(arguments: &T) -> Result<Vec<u8>, String> {
    codec::encode(arguments).map_err(|error| error.to_string())
}

/// The arguments of a tool that was declared as data. Their types only the body knows.
pub(crate) fn arguments(spec: &ToolSpec, object: &Object) -> Result<Vec<u8>, String> {
    if spec.parameters.is_empty() {
        return encoded(&()); // as a tuple of nothing is
    }
    // A tuple is a list, of which the values follow each other.
    let mut tuple = Vec::new();
    let count = spec.parameters.len().try_into().map_err(|_| "too many")?;
    rmp::encode::write_array_len(&mut tuple, count).map_err(|error| error.to_string())?;
    for parameter in &spec.parameters {
        let key = &parameter.key;
        let given = object.get(key).or(parameter.default.as_ref());
        let value = parameter.convert.encode(given.unwrap_or(&NULL));
        tuple.extend(value.map_err(|error| format!("`{key}`: {error}"))?);
    }
    Ok(tuple)
}

/// What a body answered, as JSON. Written for a declaration that returns `R`.
pub(crate) fn answer<R: ToolReturn>(
    declaration: &Declaration,
    arguments: &[u8],
    answer: &[u8],
) -> Result<Value, Failure> {
    let answer = declaration.take::<R>(arguments, answer)?;
    R::told(answer, declaration.spec()).map_err(|error| {
        let words = format!("it cannot be told as JSON: {error}");
        Failure::outside(Cause::Answer, words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::declaration::Origin;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn object(value: Value) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn an_argument_becomes_what_was_declared_keys_that_are_numbers_included() {
        let object = object(json!({ "text": "a", "by_number": { "3": 0.5 } }));
        assert_eq!(argument::<&str>(&object, "text").unwrap(), "a");
        assert_eq!(argument::<Option<u8>>(&object, "left_out").unwrap(), None);
        let map: BTreeMap<u32, f64> = argument(&object, "by_number").unwrap();
        assert_eq!(map[&3], 0.5);
        assert!(
            argument::<u8>(&object, "text")
                .unwrap_err()
                .contains("`text`")
        );
    }

    #[test]
    fn arguments_of_a_tool_that_is_data_stand_in_the_order_of_its_parameters() {
        let mut spec = ToolSpec::new("f", "f", "", "")
            .taking::<&str, _>("b", "")
            .taking::<u8, _>("a", "");
        spec.parameters[1].default = Some(json!(7));
        let encoded = arguments(&spec, &object(json!({ "b": "x" }))).unwrap();
        assert_eq!(codec::decode::<(&str, u8)>(&encoded).unwrap(), ("x", 7));
        let none = arguments(&ToolSpec::new("f", "f", "", ""), &Object::new()).unwrap();
        assert_eq!(codec::decode::<()>(&none), Ok(()));
    }

    #[test]
    fn an_answer_is_told_as_serde_json_tells_it() {
        let spec = ToolSpec::new("f", "f", "", "");
        let declaration = Declaration::leak(spec, Origin::RunTime);
        let encoded = codec::encode(&BTreeMap::from([(3, f64::NAN)])).unwrap();
        assert_eq!(
            answer::<BTreeMap<u8, f64>>(declaration, &[], &encoded).unwrap(),
            json!({ "3": null })
        );
        let pairs = codec::encode(&BTreeMap::from([((1, 2), 3)])).unwrap();
        let error = answer::<BTreeMap<(u8, u8), u8>>(declaration, &[], &pairs).unwrap_err();
        assert!(error.to_string().contains("JSON"), "{error}");
    }
}
