//! A tool whose body is committed, in `tools/slugify`, needs no set-up, no model and no key:
//! `cargo run --example stored`.

#[anvil::tool(
    intent = "ASCII, lower case, words joined by '-', from the first `max_len` characters"
)]
fn slugify(title: &str, max_len: usize) -> anvil::Result<String>;

fn main() -> anvil::Result<()> {
    println!("{}", slugify("Hello, World!", 80)?);
    Ok(())
}
