//! Which attributes are refused, and which text in them is code.

use proc_macro2::TokenTree;

/// Attributes that reach out of a body: to other files, to the linker, to the whole process.
pub(super) fn reaches_out(name: &str) -> bool {
    matches!(
        name,
        "path"
            | "no_mangle"
            | "export_name"
            | "link"
            | "link_name"
            | "link_section"
            | "global_allocator"
            | "panic_handler"
            | "macro_export"
            | "used"
    )
}

/// Whether `tokens` are those of a doc comment, or of its longer form with plain text.
pub(super) fn is_doc(tokens: &[TokenTree]) -> bool {
    matches!(
        tokens,
        [TokenTree::Ident(doc), TokenTree::Punct(equals), TokenTree::Literal(_)]
            if doc == "doc" && equals.as_char() == '='
    )
}

/// Whether serde takes the text behind this key for a name in the data. Behind all others it takes it for a path.
pub(super) fn is_a_name(key: &str) -> bool {
    matches!(
        key,
        "rename"
            | "rename_all"
            | "rename_all_fields"
            | "serialize"
            | "deserialize"
            | "alias"
            | "tag"
            | "content"
            | "expecting"
    )
}

/// What is between the quotes, or nothing where an escape hides some of it.
pub(super) fn text_of(literal: &str) -> Option<&str> {
    let start = literal.find('"')? + 1;
    let text = literal.get(start..literal.rfind('"')?)?;
    let raw = literal.starts_with('r');
    (raw || !text.contains('\\')).then_some(text)
}
