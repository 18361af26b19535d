use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    #[serde(skip_serializing, default)]
    sku: String,
    #[serde(skip_deserializing)]
    quantity: u32,
}

#[derive(Serialize, Deserialize, ToolType)]
enum Status {
    #[serde(skip_serializing)]
    Empty,
}

fn main() {}
