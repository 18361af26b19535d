use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToolType)]
struct Line(
    String,
    #[serde(skip)] u32,
    #[serde(skip_serializing_if = "Option::is_none", default)] Option<u8>,
);

#[derive(Serialize, Deserialize, ToolType)]
enum Status {
    Due(f64, #[serde(skip)] u32),
}

fn main() {}
