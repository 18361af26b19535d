#[anvil::tool(intent = "Ask", hosts("https://api.example.com/v1", "api.example.com:", ""))]
fn with_hosts_that_are_none(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", hosts(api.example.com))]
fn with_a_host_that_is_no_text(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", hosts = "api.example.com")]
fn with_hosts_in_another_form(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", secrets(api_key = "api.example.com", KEY = "a b"))]
fn with_secrets_that_cannot_be_looked_up(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", secrets(KEY))]
fn with_a_secret_that_is_for_nobody(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", hosts("api.example.com"))]
fn with_a_parameter_in_the_contexts_place(cx: &str) -> anvil::Result<String>;

fn main() {}
