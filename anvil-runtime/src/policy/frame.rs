//! Tokens side by side, what is known of where they stand, and questions about them.

use crate::policy::attributes;
use crate::policy::paths::Root;
use proc_macro2::{Group, Ident, Spacing, TokenStream, TokenTree};

/// What is known of where tokens stand.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    /// In the definition of a macro, or in what is handed to one that the body defines.
    pub(super) in_macro: bool,
    pub(super) in_use: bool,
    pub(super) in_attribute: Option<Attribute>,
    /// Directly in the braces behind this and `::`.
    pub(super) under: Option<Root>,
    /// The line of the literal that the tokens are the text of.
    pub(super) line: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attribute {
    Serde,
    Other,
}

/// Tokens side by side.
pub(super) struct Frame {
    pub(super) tokens: Vec<TokenTree>,
    /// The next one.
    pub(super) at: usize,
    pub(super) place: Place,
}

impl Frame {
    pub(super) fn new(tokens: TokenStream, place: Place) -> Self {
        Self {
            tokens: tokens.into_iter().collect(),
            at: 0,
            place,
        }
    }

    pub(super) fn get(&self, at: Option<usize>) -> Option<&TokenTree> {
        self.tokens.get(at?)
    }

    /// The word there.
    pub(super) fn word(&self, at: Option<usize>) -> Option<String> {
        match self.get(at)? {
            TokenTree::Ident(word) => Some(plain(word)),
            _ => None,
        }
    }

    pub(super) fn group(&self, at: Option<usize>) -> Option<&Group> {
        match self.get(at)? {
            TokenTree::Group(group) => Some(group),
            _ => None,
        }
    }

    pub(super) fn is_mark(&self, at: Option<usize>, mark: char) -> bool {
        matches!(self.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
    }

    /// Whether a `::` begins there.
    pub(super) fn is_path(&self, at: Option<usize>) -> bool {
        let joint = matches!(self.get(at), Some(TokenTree::Punct(punct)) if punct.spacing() == Spacing::Joint);
        joint && self.is_mark(at, ':') && self.is_mark(at.map(|at| at + 1), ':')
    }

    /// Whether what stands at `at` is a field or a method.
    pub(super) fn is_member(&self, at: usize) -> bool {
        self.is_mark(at.checked_sub(1), '.') && !self.is_mark(at.checked_sub(2), '.')
    }

    /// Whether `at` is where an item of a list begins.
    pub(super) fn begins(&self, at: usize) -> bool {
        let before = at.checked_sub(1);
        before.is_none() || self.is_mark(before, ',')
    }

    pub(super) fn line(&self, at: usize) -> usize {
        let own = || self.tokens[at].span().start().line;
        self.place.line.unwrap_or_else(own)
    }

    /// Whether a path begins at `at`, be it with `::`.
    pub(super) fn begins_path(&self, at: usize) -> bool {
        let behind_colons = self.is_path(at.checked_sub(2)) && self.begins(at - 2);
        self.begins(at) || behind_colons
    }

    /// Whether what stands at `at` is what serde takes for code.
    pub(super) fn is_code(&self, at: usize) -> bool {
        let key = self.word(at.checked_sub(2));
        self.place.in_attribute == Some(Attribute::Serde)
            && self.is_mark(at.checked_sub(1), '=')
            && key.is_some_and(|key| !attributes::is_a_name(&key))
    }
}

/// A word without the mark of raw ones.
pub(super) fn plain(word: &Ident) -> String {
    let word = word.to_string();
    word.strip_prefix("r#").map(str::to_owned).unwrap_or(word)
}
