use anvil::ToolType;
use serde::{Deserialize, Serialize};

type Maybe = Option<u8>;

#[derive(Serialize, Deserialize, ToolType)]
struct Wrapper(Maybe);

#[derive(Serialize, Deserialize, ToolType)]
struct Line {
    quantity: Option<Wrapper>,
}

fn main() {}
