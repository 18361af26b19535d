//! The arguments of a call as a person, or a model, may read them.

use super::redactor::Redactor;
use super::values::leaves;
use super::variants::variants;
use crate::spec::{Parameter, ToolSpec};
use crate::text::shortened;
use anvil_core::codec;
use rmpv::Value;

/// An argument longer than this is cut: its beginning tells what it is.
const LONGEST: usize = 2_000;

/// One `name = value` per parameter, without secrets; those of `withheld` parameters have no value. Written from
/// the encoded form, so that NaN and keys that are not text are seen as they are.
pub(crate) fn readable(
    spec: &ToolSpec,
    encoded: &[u8],
    withheld: impl Fn(&Parameter) -> bool,
    redactor: &Redactor,
) -> Vec<String> {
    let arguments = spec.parameters.iter().zip(decoded(encoded));
    arguments
        .map(|(parameter, value)| {
            let name = &parameter.name;
            if withheld(parameter) {
                return format!("{name} = (withheld)");
            }
            // With its name, which may say that the value is secret; and before it is cut, or half a key would
            // stay.
            let argument = format!("{name} = {value}");
            shortened(&redactor.redact(&argument), LONGEST)
        })
        .collect()
}

/// What the values of `withheld` parameters are made of, as [`hide_values`](super::hide_values) takes it.
pub(crate) fn values_of(
    spec: &ToolSpec,
    encoded: &[u8],
    withheld: impl Fn(&Parameter) -> bool,
) -> Vec<String> {
    if !spec.parameters.iter().any(&withheld) {
        return Vec::new();
    }
    let arguments = spec.parameters.iter().zip(decoded(encoded));
    arguments
        .filter(|(parameter, _)| withheld(parameter))
        .flat_map(|(parameter, value)| {
            let mut values = leaves(&value);
            values.extend(variants(&spec.types, &parameter.ty));
            values
        })
        .collect()
}

/// What a JSON value is made of, as [`hide_values`](super::hide_values) takes it.
pub(crate) fn values_in(value: &serde_json::Value) -> Vec<String> {
    let encoded = codec::encode(value).unwrap_or_default();
    match rmpv::decode::read_value(&mut encoded.as_slice()) {
        Ok(value) => leaves(&value),
        Err(_) => Vec::new(),
    }
}

/// The arguments, one value each; none where they cannot be read.
fn decoded(mut encoded: &[u8]) -> Vec<Value> {
    match rmpv::decode::read_value(&mut encoded) {
        Ok(Value::Array(values)) => values,
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::codec::encode;
    use std::collections::BTreeMap;

    #[test]
    fn arguments_are_read_under_their_names() {
        let spec = ToolSpec::new("f", "f", "", "")
            .taking::<&[f64], _>("xs", "")
            .taking::<&str, _>("title", "")
            .taking::<BTreeMap<u8, bool>, _>("flags", "");
        let encoded = encode(&([1.5, f64::NAN], "a \"b\"\n", BTreeMap::from([(3, true)]))).unwrap();
        assert_eq!(
            readable(&spec, &encoded, |_| false, &Redactor::default()),
            [
                "xs = [1.5, NaN]",
                "title = \"a \\\"b\\\"\\n\"",
                "flags = {3: true}"
            ]
        );
    }

    #[test]
    fn a_long_argument_is_cut() {
        let spec = ToolSpec::new("f", "f", "", "").taking::<&str, _>("text", "");
        let encoded = encode(&("é".repeat(5_000),)).unwrap();
        let [argument] = readable(&spec, &encoded, |_| false, &Redactor::default())
            .try_into()
            .unwrap();
        assert!(
            argument.len() < 2_100 && argument.ends_with("(10009 bytes in all)"),
            "{argument}"
        );
    }

    #[test]
    fn what_must_not_be_seen_is_not_in_it() {
        let spec = ToolSpec::new("f", "f", "", "")
            .taking::<&str, _>("name", "")
            .taking::<&str, _>("url", "")
            .taking::<&str, _>("api_key", "")
            .taking::<&str, _>("text", "");
        let long = format!("{}{}", "x ".repeat(995), "s3cret-value");
        let encoded = encode(&("Ada", "http://h/?token=abc", "some words", long)).unwrap();
        let redactor = Redactor::new([("KEY", "s3cret-value")]);
        let arguments = readable(&spec, &encoded, |p| p.name == "name", &redactor);
        assert_eq!(
            arguments[..3],
            [
                "name = (withheld)",
                "url = \"http://h/?token=[redacted]\"",
                "api_key = \"[redacted]\""
            ]
        );
        assert!(!arguments[3].contains("s3c"), "{}", arguments[3]);
    }
}
