//! Which macros are refused, and which of the macros in a body are its own.

use crate::policy::frame::plain;
use crate::policy::rules::Rule;
use proc_macro2::{TokenStream, TokenTree};
use std::collections::BTreeSet;

/// The rule against the macro of this name.
pub(super) fn rule(name: &str) -> Option<Rule> {
    match name {
        "include" | "include_str" | "include_bytes" => Some(Rule::Include),
        "env" | "option_env" => Some(Rule::BuildEnvironment),
        "asm" | "global_asm" | "naked_asm" => Some(Rule::Assembly),
        _ => None,
    }
}

/// Whether nothing but the macro is ever called that, so that its mere name is one mention too many. The others are
/// good names for a variable.
pub(super) fn is_nothing_else(name: &str) -> bool {
    !matches!(name, "include" | "env" | "asm")
}

/// Whether a module of this name is where the standard library keeps its macros, too.
pub(super) fn is_a_prelude(module: &str) -> bool {
    module == "v1" || module.starts_with("rust_20")
}

/// The names of the macros that `tokens` define or rename: what is handed to these may end up in a path, and what is
/// handed to `vec!` and `format!` does not.
pub(super) fn defined(tokens: TokenStream) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut waiting = vec![tokens];
    while let Some(tokens) = waiting.pop() {
        let mut before = String::new();
        for token in tokens {
            match token {
                TokenTree::Group(group) => waiting.push(group.stream()),
                TokenTree::Ident(name) => {
                    let name = plain(&name);
                    if before == "macro_rules!" || before == "as" {
                        names.insert(name.clone());
                    }
                    before = name;
                }
                TokenTree::Punct(mark) if mark.as_char() == '!' => before.push('!'),
                TokenTree::Punct(_) | TokenTree::Literal(_) => before.clear(),
            }
        }
    }
    names
}
