struct Site;

impl Site {
    #[anvil::tool(intent = "Make a slug")]
    fn slug(&self, title: &str) -> anvil::Result<String>;
}

fn main() {}
