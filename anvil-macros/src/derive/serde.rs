//! What serde's attributes mean where the type has a copy: in a body, and for its JSON Schema.
//!
//! A body's copy reads what the host has written and writes what the host reads, so it keeps what gives the value its
//! form, with the two directions swapped. What only helps the host to read, such as defaults, is not kept: the host
//! writes the whole value.

use crate::check::Mistakes;
use crate::derive::model::text;
use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprPath, Lit, LitStr, Meta, Token};

/// The attributes of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Serde {
    /// As the body's copy has them.
    pub(crate) guest: Vec<String>,
    /// As the schema's copy has them.
    pub(crate) schema: Vec<TokenStream>,
    pub(crate) skipped: bool,
    pub(crate) untagged: bool,
    pub(crate) transparent: bool,
    pub(crate) tagged: bool,
    pub(crate) renamed: bool,
    pub(crate) flattened: bool,
    pub(crate) default: Option<Filling>,
    /// Its `skip_serializing_if`.
    pub(crate) left_out_if: Option<Meta>,
}

/// What stands for a value that is not there.
pub(crate) enum Filling {
    /// `default`
    OfType,
    /// `default = "path"`
    By(TokenStream),
}

const WHOLE: &str =
    "a body is handed the whole value and answers one: `skip` leaves the field out both ways";
const FUNCTIONS: &str = "a body cannot call functions of this crate: give the field a type that has this form by itself, \
     and derive `ToolType` for it";
const CONVERSION: &str = "a body knows the type by its fields alone: derive `ToolType` for the type that it is converted to, and name \
     that in the declaration";
const BY_HAND: &str = "this is for `Deserialize` written by hand: leave it out";
const BORROWED: &str = "a body's copy of the type owns what it holds: write `String`, `Vec<T>` or `T`, and leave this out";

impl Serde {
    pub(crate) fn read(attributes: &[Attribute], mistakes: &mut Mistakes) -> Self {
        let mut read = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("serde") {
                // What does not parse, serde's own derive refuses.
                let list =
                    attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
                for meta in list.into_iter().flatten() {
                    read.add(meta, mistakes);
                }
            }
        }
        read
    }

    fn add(&mut self, meta: Meta, mistakes: &mut Mistakes) {
        let key = text(meta.path());
        match key.as_str() {
            "rename" | "rename_all" | "rename_all_fields" => {
                self.renamed |= key == "rename";
                self.guest.push(text(swapped(meta.to_token_stream())));
                self.schema.push(meta.to_token_stream());
            }
            "tag"
            | "content"
            | "untagged"
            | "flatten"
            | "transparent"
            | "alias"
            | "other"
            | "deny_unknown_fields" => {
                match key.as_str() {
                    "untagged" => self.untagged = true,
                    "transparent" => self.transparent = true,
                    "tag" => self.tagged = true,
                    "flatten" => self.flattened = true,
                    _ => {}
                }
                self.guest.push(text(&meta));
                self.schema.push(meta.to_token_stream());
            }
            "skip" => {
                self.skipped = true;
                self.schema.push(meta.to_token_stream());
            }
            "default" => {
                self.default = Some(match &meta {
                    Meta::NameValue(by) => Filling::By(path(&by.value)),
                    _ => Filling::OfType,
                });
                self.schema.push(meta.to_token_stream());
            }
            "skip_serializing_if" => {
                if is_of_self(&meta) {
                    mistakes.add(
                        &meta,
                        "write the type's name for `Self`: its schema is made elsewhere",
                    );
                }
                self.schema.push(meta.to_token_stream());
                self.left_out_if = Some(meta);
            }
            "bound" | "crate" | "expecting" => {}
            "skip_serializing" | "skip_deserializing" => mistakes.add(meta, WHOLE),
            "with" | "serialize_with" | "deserialize_with" | "getter" => {
                mistakes.add(meta, FUNCTIONS);
            }
            "remote" | "from" | "try_from" | "into" => mistakes.add(meta, CONVERSION),
            "variant_identifier" | "field_identifier" => mistakes.add(meta, BY_HAND),
            "borrow" => mistakes.add(meta, BORROWED),
            _ => mistakes.add(
                meta,
                "what this makes of the value's form is not known to Anvil: leave it out",
            ),
        }
    }

    /// Whether a field that was left out has one value only: the one that its type has by default.
    pub(crate) fn is_left_out_by_default(&self) -> bool {
        let by_default = matches!(self.default, Some(Filling::OfType));
        by_default || self.left_out_if.as_ref().is_some_and(is_of_nothing)
    }

    /// In a body's copy, `more` included.
    pub(crate) fn guest_line(&self, more: &[String]) -> Option<String> {
        let all = [&self.guest, more].concat();
        (!all.is_empty()).then(|| format!("#[serde({})]", all.join(", ")))
    }
}

/// Whether the predicate is `Option::is_none`, `Vec::is_empty` or the like: a type's own. What a module calls
/// `is_empty`, nobody knows.
fn is_of_nothing(left_out_if: &Meta) -> bool {
    let words = words(left_out_if);
    let [.., ty, predicate] = words.as_slice() else {
        return false;
    };
    ty.starts_with(char::is_uppercase) && (predicate == "is_none" || predicate == "is_empty")
}

fn is_of_self(left_out_if: &Meta) -> bool {
    words(left_out_if)
        .first()
        .is_some_and(|first| first == "Self")
}

/// The segments of the path that an attribute names.
fn words(meta: &Meta) -> Vec<String> {
    let Meta::NameValue(named) = meta else {
        return Vec::new();
    };
    let path = literal(&named.value).and_then(|path| path.parse::<ExprPath>().ok());
    let segments = path.into_iter().flat_map(|path| path.path.segments);
    segments.map(|segment| segment.ident.to_string()).collect()
}

/// `rename(serialize = …)` is what the body deserializes.
fn swapped(tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(word) if word == "serialize" => {
                TokenTree::Ident(Ident::new("deserialize", word.span()))
            }
            TokenTree::Ident(word) if word == "deserialize" => {
                TokenTree::Ident(Ident::new("serialize", word.span()))
            }
            TokenTree::Group(group) => {
                TokenTree::Group(Group::new(group.delimiter(), swapped(group.stream())))
            }
            other => other,
        })
        .collect()
}

/// The path that a literal holds; as it stands, where it holds none.
fn path(value: &Expr) -> TokenStream {
    let path = literal(value).and_then(|text| text.parse::<TokenStream>().ok());
    path.unwrap_or_else(|| value.to_token_stream())
}

fn literal(value: &Expr) -> Option<&LitStr> {
    match value {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}
