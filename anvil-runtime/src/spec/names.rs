//! What tools and their inputs may be called.

/// What a tool's name has to look like, because it becomes a folder, a package and a symbol. The macro refuses
/// other names as it expands; this is for names that come at run time.
pub(super) const NAME_RULE: &str = "lower-case letters, digits and `_`, up to 64, starting with a letter, and none that Windows reserves \
     for a device";

/// Whether `name` can be a tool's: see [`NAME_RULE`].
pub(crate) fn is_tool_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !is_device(name)
}

/// Whether Windows reserves `name` for a device: no folder there can have it.
fn is_device(name: &str) -> bool {
    let number = name
        .strip_prefix("com")
        .or_else(|| name.strip_prefix("lpt"));
    ["con", "prn", "aux", "nul"].contains(&name)
        || number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

/// The words that no identifier can be; most of them can with `r#`.
const KEYWORDS: [&str; 52] = [
    "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe",
    "unsized", "use", "virtual", "where", "while", "yield", "abstract", "Self",
];

const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "Self"];

/// Whether no function can be called `name`, be it marked as no keyword.
pub(super) fn is_never_a_function(name: &str) -> bool {
    NEVER_RAW.contains(&name)
}

/// The function that the body of a tool called `name` defines.
pub(super) fn function(name: &str) -> String {
    match KEYWORDS.contains(&name) {
        true => format!("r#{name}"),
        false => name.to_owned(),
    }
}

/// The parameter's name for an input called `key`, which may be anything: in the words of `key`, as Rust writes them.
pub(super) fn identifier(key: &str) -> String {
    let mut name = String::new();
    let mut last = ' ';
    for c in key.chars() {
        if c.is_ascii_uppercase() && (last.is_ascii_lowercase() || last.is_ascii_digit()) {
            name.push('_');
        }
        name.push(match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '_',
        });
        last = c;
    }
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "a_");
    }
    if KEYWORDS.contains(&&*name) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_folder_everywhere() {
        for name in [
            "a",
            "top_n",
            "x2",
            "match",
            "com",
            "com10",
            "console",
            &"a".repeat(64),
        ] {
            assert!(is_tool_name(name), "{name}");
        }
        for name in [
            "",
            "_x",
            "2x",
            "a-b",
            "A",
            "../x",
            "é",
            "con",
            "nul",
            "com1",
            "lpt9",
            &"a".repeat(65),
        ] {
            assert!(!is_tool_name(name), "{name}");
        }
    }

    #[test]
    fn whatever_an_input_is_called_its_parameter_reads_like_rust() {
        for (key, name) in [
            ("xs", "xs"),
            ("pageSize", "page_size"),
            ("page-size", "page_size"),
            ("Ok", "ok"),
            ("HTTPStatus", "httpstatus"),
            ("type", "type_"),
            ("Self", "self_"),
            ("2nd", "a_2nd"),
            ("", "a_"),
            ("é", "a__"),
        ] {
            assert_eq!(identifier(key), name);
        }
    }
}
