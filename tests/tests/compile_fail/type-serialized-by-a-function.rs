use anvil::ToolType;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

mod as_text {
    use super::*;

    pub(super) fn serialize<S: Serializer>(number: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        number.to_string().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    #[serde(with = "as_text")]
    quantity: u32,
    #[serde(
        serialize_with = "as_text::serialize",
        deserialize_with = "as_text::deserialize"
    )]
    number: u32,
}

fn main() {}
