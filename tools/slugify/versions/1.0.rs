pub fn slugify(title: &str, max_len: usize) -> Result<String, ToolError> {
    let title = &title[..title.len().min(max_len)];
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    Ok(words.join("-"))
}

// anvil: `slugify` 1.0. Edit tool.rs and it is yours: it runs, and is never rewritten.
