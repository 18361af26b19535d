#[anvil::tool(
    intent = "Make a slug",
    requires(|title| slug(title).is_ok()),
    ensures(|out| matches!(slug(out), Ok(again) if again == *out))
)]
fn slug(title: &str) -> anvil::Result<String>;

// What only has the tool's name is not the tool.
#[anvil::tool(intent = "Count the words", ensures(|out| *out == words.len() + text::words(words)))]
fn words(words: &str) -> anvil::Result<usize>;

mod text {
    pub fn words(_: &str) -> usize {
        0
    }
}

fn main() {}
