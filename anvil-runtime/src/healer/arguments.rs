//! The arguments of a call as a person, or a model, reads them.

use crate::spec::ToolSpec;

/// An argument longer than this is cut: its beginning tells what it is.
const LONGEST: usize = 2_000;

/// One `name = value` per parameter. Written from the encoded form, so that NaN and keys that are not text
/// are seen as they are.
pub(crate) fn readable(spec: &ToolSpec, mut encoded: &[u8]) -> Vec<String> {
    let values = match rmpv::decode::read_value(&mut encoded) {
        Ok(rmpv::Value::Array(values)) => values,
        _ => Vec::new(),
    };
    spec.parameters
        .iter()
        .zip(values)
        .map(|(parameter, value)| format!("{} = {}", parameter.name, shortened(&value.to_string())))
        .collect()
}

fn shortened(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let beginning = &text[..text.floor_char_boundary(LONGEST)];
    format!("{beginning}… ({} bytes in all)", text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::codec::encode;
    use std::collections::BTreeMap;

    #[test]
    fn arguments_are_read_under_their_names() {
        let spec = ToolSpec::new("f", "f", "", "")
            .parameter::<&[f64], _>("xs", "")
            .parameter::<&str, _>("title", "")
            .parameter::<BTreeMap<u8, bool>, _>("flags", "");
        let encoded = encode(&([1.5, f64::NAN], "a \"b\"\n", BTreeMap::from([(3, true)]))).unwrap();
        assert_eq!(
            readable(&spec, &encoded),
            [
                "xs = [1.5, NaN]",
                "title = \"a \\\"b\\\"\\n\"",
                "flags = {3: true}"
            ]
        );
    }

    #[test]
    fn a_long_argument_is_cut() {
        let spec = ToolSpec::new("f", "f", "", "").parameter::<&str, _>("text", "");
        let encoded = encode(&("é".repeat(5_000),)).unwrap();
        let [argument] = readable(&spec, &encoded).try_into().unwrap();
        assert!(
            argument.len() < 2_100 && argument.ends_with("(10002 bytes in all)"),
            "{argument}"
        );
    }
}
