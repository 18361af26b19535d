use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Price(f64);

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    sku: String,
    price: Option<Price>,
}

fn main() {}
