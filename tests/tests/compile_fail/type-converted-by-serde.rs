use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Clone, Serialize, Deserialize, ToolType)]
#[serde(from = "u32", into = "u32")]
struct Quantity(u32);

impl From<u32> for Quantity {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl From<Quantity> for u32 {
    fn from(quantity: Quantity) -> Self {
        quantity.0
    }
}

fn main() {}
