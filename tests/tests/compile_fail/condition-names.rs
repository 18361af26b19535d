#[anvil::tool(
    intent = "Make a slug",
    requires(|titel| !titel.is_empty()),
    ensures(|title| title.is_ascii())
)]
fn misspelt(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", ensures(|| !title.is_empty()))]
fn without_a_name(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", ensures(|slug, &max: &usize| slug.len() <= max))]
fn with_a_type(title: &str, max: usize) -> anvil::Result<String>;

fn main() {}
