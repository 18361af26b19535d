pub fn slugify(title: &str, max_len: usize) -> Result<String, ToolError> {
    let title: String = title.chars().take(max_len).collect();
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    Ok(words.join("-"))
}

// anvil: `slugify` 1.1. Edit tool.rs and it is yours: it runs, and is never rewritten.
