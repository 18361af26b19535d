//! A program that has a tool written by whoever the environment names, and tells all that there is to tell.

use anvil::{Anvil, EventFilter};

#[anvil::tool(intent = "Double x")]
fn double(x: u64) -> anvil::Result<u64>;

fn main() -> anvil::Result<()> {
    let anvil = Anvil::from_env()?;
    anvil.install();
    println!("{}", anvil.config());
    match double(21) {
        Ok(answer) => println!("it answers {answer}"),
        Err(error) => println!("it fails: {error:?}"),
    }
    println!("{anvil:?}");
    for event in anvil.logger().history(EventFilter::new()) {
        println!("{event:?}");
    }
    Ok(())
}
