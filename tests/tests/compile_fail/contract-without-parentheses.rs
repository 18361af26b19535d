#[anvil::tool(intent = "Make a slug", examples = slug("A b")? == "a-b")]
fn examples(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", requires = |title| !title.is_empty())]
fn requires(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", ensures(|slug| true, |slug| slug.is_ascii()))]
fn ensures_twice(title: &str) -> anvil::Result<String>;

fn main() {}
