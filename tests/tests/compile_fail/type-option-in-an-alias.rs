use anvil::ToolType;
use serde::{Deserialize, Serialize};

type Maybe = Option<u8>;

#[derive(Serialize, Deserialize, ToolType)]
struct Wrapper(Maybe);

#[derive(Serialize, Deserialize, ToolType)]
struct Unit;

#[derive(Serialize, Deserialize, ToolType)]
#[serde(untagged)]
enum Either {
    Number(u8),
    Nothing,
}

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    quantity: Option<Wrapper>,
    unit: Option<Unit>,
    either: Vec<Option<Box<Either>>>,
}

fn main() {}
