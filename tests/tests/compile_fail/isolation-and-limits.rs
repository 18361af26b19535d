#[anvil::tool(intent = "Make a slug", isolation = "in-process")]
fn misspelt(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", isolation = InProcess)]
fn as_a_path(title: &str) -> anvil::Result<String>;

#[anvil::tool(
    intent = "Make a slug",
    isolation = "in_process",
    timeout = "10s",
    memory = "512MB"
)]
fn limited_in_the_hosts_process(title: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Make a slug", isolation = "vm", timeout = "soon", memory = "much")]
fn all_at_once(title: &str) -> anvil::Result<String>;

fn main() {}
