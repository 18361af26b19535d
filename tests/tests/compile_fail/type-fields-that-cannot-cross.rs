use anvil::ToolType;

#[derive(ToolType)]
struct Job {
    run: fn(u8) -> u8,
    show: Box<dyn std::fmt::Display>,
    place: *const u8,
    name: &'static str,
    maybe: Vec<Option<Option<u8>>>,
}

#[derive(ToolType)]
enum Step {
    Run(fn()),
    Show { text: Vec<&'static str> },
}

fn main() {}
