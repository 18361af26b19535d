//! Which crates a source names.

use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// The first parts of the paths in `source`: `regex` of `regex::Regex::new` and of `use regex as pattern`. Not all of them
/// are crates; what is in no list is looked for in none. Nothing where it is no Rust.
pub(super) fn crates(source: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    // Each group's content, and whether it is a list in an import. No recursion: a source may be nested as deep as it likes.
    let mut waiting: Vec<(TokenStream, bool)> = Vec::new();
    waiting.extend(source.parse().ok().map(|tokens| (tokens, false)));
    while let Some((tokens, in_list)) = waiting.pop() {
        let mut in_use = in_list;
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(ident) if ident == "use" => in_use = true,
                TokenTree::Ident(ident) => {
                    let next = tokens.peek();
                    let before_colon =
                        matches!(next, Some(TokenTree::Punct(next)) if next.as_char() == ':');
                    if in_use || before_colon {
                        named.insert(ident.to_string());
                    }
                }
                TokenTree::Group(group) => waiting.push((group.stream(), in_use)),
                TokenTree::Punct(punct) if punct.as_char() == ';' => in_use = false,
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_by_paths_and_imports() {
        let source = "use regex::Regex; use csv as tables; use {base64::Engine, jiff};\n\
                      mod inner { pub fn f() -> ::bnum::U256 { vec![percent_encoding::CONTROLS]; } }";
        let named = crates(source);
        for name in ["regex", "csv", "base64", "jiff", "bnum", "percent_encoding"] {
            assert!(named.contains(name), "{name} in {named:?}");
        }
    }

    #[test]
    fn what_is_only_said_is_not_named() {
        let named = crates(
            "/// Uses regex::Regex.\nfn csv() { let regex = \"jiff::Zoned\"; regex.len(); }",
        );
        assert!(named.is_empty(), "{named:?}");
        assert!(crates("fn ( {").is_empty());
    }

    #[test]
    fn a_source_may_be_nested_as_deep_as_it_likes() {
        let deep = 100_000;
        let source = format!(
            "fn f() {{ {}regex::x(){} }}",
            "[".repeat(deep),
            "]".repeat(deep)
        );
        assert!(crates(&source).contains("regex"));
    }
}
