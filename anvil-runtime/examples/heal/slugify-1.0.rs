pub fn slugify(title: &str, max_len: usize) -> Result<String, ToolError> {
    let title = &title[..title.len().min(max_len)];
    let words: Vec<String> = title
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    Ok(words.join("-"))
}
