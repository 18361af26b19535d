//! A user's type, once it was checked.

use crate::derive::serde::Serde;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Expr, GenericParam, Generics, Ident, Path, Type};

pub(crate) struct UserType {
    /// The path to Anvil in the user's crate.
    pub(crate) krate: Path,
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    pub(crate) docs: Vec<Expr>,
    pub(crate) serde: Serde,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    Struct(Fields),
    Enum(Vec<Variant>),
}

pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) docs: Vec<Expr>,
    pub(crate) serde: Serde,
    /// Whether it is marked `#[anvil(heal)]`.
    pub(crate) heals: bool,
    pub(crate) fields: Fields,
}

pub(crate) struct Fields {
    pub(crate) style: Style,
    pub(crate) list: Vec<Field>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Named,
    Tuple,
    Unit,
}

pub(crate) struct Field {
    /// Nothing in a tuple.
    pub(crate) ident: Option<Ident>,
    pub(crate) ty: Type,
    pub(crate) docs: Vec<Expr>,
    pub(crate) serde: Serde,
}

impl UserType {
    /// The fields that cross, those of all variants included.
    pub(crate) fn fields(&self) -> Vec<&Field> {
        match &self.shape {
            Shape::Struct(fields) => fields.crossing().collect(),
            Shape::Enum(variants) => crossing(variants)
                .flat_map(|variant| variant.fields.crossing())
                .collect(),
        }
    }

    /// `Page<T>`, as it is named outside of itself.
    pub(crate) fn name(&self) -> TokenStream {
        let (ident, (_, arguments, _)) = (&self.ident, self.generics.split_for_impl());
        quote!(#ident #arguments)
    }

    pub(crate) fn is_generic(&self) -> bool {
        !self.generics.params.is_empty()
    }

    /// Its generics, with `bound` on each type. Where the whole has a default, that is there.
    pub(crate) fn bounded(&self, bound: &TokenStream) -> Generics {
        let mut generics = self.generics.clone();
        let clause = generics.make_where_clause();
        for parameter in &self.generics.params {
            if let GenericParam::Type(parameter) = parameter {
                let ident = &parameter.ident;
                clause.predicates.push(syn::parse_quote!(#ident: #bound));
            }
        }
        if self.serde.default.is_some() && self.is_generic() {
            let name = self.name();
            let has_default = syn::parse_quote!(#name: ::core::default::Default);
            clause.predicates.push(has_default);
        }
        generics
    }
}

/// The variants that cross.
pub(crate) fn crossing(variants: &[Variant]) -> impl Iterator<Item = &Variant> {
    variants.iter().filter(|variant| !variant.serde.skipped)
}

impl Fields {
    pub(crate) fn crossing(&self) -> impl Iterator<Item = &Field> {
        self.list.iter().filter(|field| !field.serde.skipped)
    }
}

impl Field {
    /// Whether it is there for the compiler only.
    pub(crate) fn is_phantom(&self) -> bool {
        match &self.ty {
            Type::Path(path) => path
                .path
                .segments
                .last()
                .is_some_and(|last| last.ident == "PhantomData"),
            _ => false,
        }
    }
}

/// `::anvil`.
pub(crate) fn anvil() -> Path {
    let anvil = Ident::new("anvil", Span::call_site());
    syn::parse_quote!(::#anvil)
}

/// A name as the body's edition has to write it: the user's crate may be of an older one.
pub(crate) fn in_any_edition(ident: &Ident) -> String {
    const NEWER: [&str; 5] = ["async", "await", "dyn", "gen", "try"];
    let text = ident.to_string();
    match NEWER.contains(&text.as_str()) {
        true => format!("r#{text}"),
        false => text,
    }
}

/// `tokens` in the words of source.
pub(crate) fn text(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string()
}
