use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(PartialEq, Serialize, Deserialize, ToolType)]
struct Price(f64);

impl Default for Price {
    fn default() -> Self {
        Self(9.99)
    }
}

impl Price {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    #[serde(default, skip_serializing_if = "Price::is_usual")]
    price: Price,
}

fn main() {}
