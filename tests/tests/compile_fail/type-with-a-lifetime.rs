use anvil::ToolType;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, ToolType)]
struct Line<'a, T> {
    sku: &'a str,
    #[serde(borrow)]
    tags: Vec<&'a str>,
    one: T,
}

fn main() {}
