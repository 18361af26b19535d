use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    #[serde(default = "one", skip_serializing_if = "is_one")]
    quantity: u32,
    #[serde(default, skip_serializing_if = "Self::is_usual")]
    price: f64,
    #[serde(skip_serializing_if = "blank::is_empty")]
    sku: String,
}

mod blank {
    pub(super) fn is_empty(text: &str) -> bool {
        text.trim().is_empty()
    }
}

#[derive(Default, Serialize, Deserialize, ToolType)]
#[serde(default)]
struct Order {
    #[serde(skip_serializing_if = "is_one")]
    lines: u32,
}

impl Line {
    fn is_usual(price: &f64) -> bool {
        *price == 0.0
    }
}

fn one() -> u32 {
    1
}

fn is_one(number: &u32) -> bool {
    *number == 1
}

fn main() {}
