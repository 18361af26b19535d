#[anvil::tool(intent = "Ask", docs("api.example.com/docs", "ftp://example.com", "https://me:word@example.com"))]
fn with_pages_that_have_no_url(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", docs(path = "", path = "/etc/passwd", path = "../openapi.yaml"))]
fn with_files_that_lie_elsewhere(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", docs("https://example.com", "https://example.com", file = "openapi.yaml", url = "x"))]
fn with_a_page_twice_and_words_that_mean_nothing(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", docs(openapi.yaml))]
fn with_a_file_that_is_no_text(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", docs = "https://example.com")]
fn with_docs_in_another_form(query: &str) -> anvil::Result<String>;

#[anvil::tool(intent = "Ask", docs("https://example.com"), docs(path = "openapi.yaml"))]
fn with_docs_twice(query: &str) -> anvil::Result<String>;

fn main() {}
