//! From a `struct` or an `enum` to its model. Whatever cannot cross is refused at the token that says so, all of it at
//! once.

use crate::check::{Mistakes, check_shape, parts};
use crate::derive::model::{self, Field, Fields, Shape, Style, UserType, Variant};
use crate::derive::serde::Serde;
use proc_macro2::{Group, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{
    Attribute, Data, DeriveInput, Expr, GenericParam, Generics, Ident, Meta, Path, Result, Token,
    Type,
};

pub(crate) fn user_type(input: DeriveInput) -> Result<UserType> {
    let DeriveInput {
        attrs: attributes,
        ident,
        generics,
        data,
        ..
    } = input;
    let mut mistakes = Mistakes::default();
    check_generics(&generics, &mut mistakes);
    let krate = krate(&attributes, &mut mistakes);
    let serde = Serde::read(&attributes, &mut mistakes);
    let (_, arguments, _) = generics.split_for_impl();
    let itself = quote!(#ident #arguments);
    let shape = match data {
        Data::Struct(data) => Shape::Struct(fields(data.fields, &itself, &mut mistakes)),
        Data::Enum(data) => {
            let variants = data.variants.into_iter();
            Shape::Enum(
                variants
                    .map(|one| variant(one, &itself, &mut mistakes))
                    .collect(),
            )
        }
        Data::Union(data) => {
            mistakes.add(
                data.union_token,
                "which of its fields holds the value, nobody can tell: write an `enum`",
            );
            Shape::Enum(Vec::new())
        }
    };
    mistakes.into_result()?;
    Ok(UserType {
        krate: krate.unwrap_or_else(model::anvil),
        ident,
        generics,
        docs: docs(&attributes),
        serde,
        shape,
    })
}

fn check_generics(generics: &Generics, mistakes: &mut Mistakes) {
    for parameter in &generics.params {
        if let GenericParam::Lifetime(lifetime) = parameter {
            mistakes.add(lifetime, OWNED);
        }
    }
}

const OWNED: &str =
    "what crosses is owned, so that it can be answered, too: write `String`, `Vec<T>` or `T`";

fn variant(variant: syn::Variant, itself: &TokenStream, mistakes: &mut Mistakes) -> Variant {
    let heals = anvil_attributes(&variant.attrs)
        .map(|attribute| match attribute.parse_args::<Ident>() {
            Ok(word) if word == "heal" => {}
            _ => mistakes.add(
                attribute,
                "write `#[anvil(heal)]`: a variant can have nothing else",
            ),
        })
        .count();
    Variant {
        docs: docs(&variant.attrs),
        serde: Serde::read(&variant.attrs, mistakes),
        heals: heals > 0,
        fields: fields(variant.fields, itself, mistakes),
        ident: variant.ident,
    }
}

fn fields(fields: syn::Fields, itself: &TokenStream, mistakes: &mut Mistakes) -> Fields {
    let style = match &fields {
        syn::Fields::Named(_) => Style::Named,
        syn::Fields::Unnamed(_) => Style::Tuple,
        syn::Fields::Unit => Style::Unit,
    };
    let list = fields.into_iter();
    Fields {
        style,
        list: list
            .map(|one| field(one, style, itself, mistakes))
            .collect(),
    }
}

fn field(field: syn::Field, style: Style, itself: &TokenStream, mistakes: &mut Mistakes) -> Field {
    for attribute in anvil_attributes(&field.attrs) {
        mistakes.add(
            attribute,
            "a field has nothing to tell Anvil: leave this out; `private` is said of a tool's whole parameter",
        );
    }
    let serde = Serde::read(&field.attrs, mistakes);
    if serde.skipped && style == Style::Tuple {
        mistakes.add(
            &field,
            "the fields of a tuple are known by their places: give the fields names, and `skip` this one there",
        );
    }
    if let Some(meta) = &serde.left_out_if {
        if style == Style::Tuple {
            mistakes.add(
                meta,
                "the fields of a tuple are known by their places: give them names, or leave this out",
            );
        } else if !serde.is_left_out_by_default() {
            mistakes.add(
                meta,
                "a body has to know what the field is where it is left out: add a plain `default`, which says that it is \
                 what its type has by default, or write `Option::is_none`, `Vec::is_empty` or the like",
            );
        }
    }
    if !serde.skipped {
        check_type(&field.ty, mistakes);
    }
    Field {
        docs: docs(&field.attrs),
        serde,
        ident: field.ident,
        ty: without_self(&field.ty, itself),
    }
}

/// Where the type is spoken of from outside, `Self` is something else.
fn without_self(ty: &Type, itself: &TokenStream) -> Type {
    let replaced = replaced(quote!(#ty), itself);
    syn::parse2(replaced).unwrap_or_else(|_| ty.clone())
}

fn replaced(tokens: TokenStream, itself: &TokenStream) -> TokenStream {
    let mut replaced = TokenStream::new();
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "Self" => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
                replaced.extend(match is_path {
                    true => quote!(<#itself>),
                    false => itself.clone(),
                });
            }
            TokenTree::Group(group) => {
                let inside = self::replaced(group.stream(), itself);
                replaced.extend([TokenTree::Group(Group::new(group.delimiter(), inside))]);
            }
            other => replaced.extend([other]),
        }
    }
    replaced
}

fn check_type(ty: &Type, mistakes: &mut Mistakes) {
    if let Type::Reference(reference) = ty {
        mistakes.add(reference, OWNED);
        return;
    }
    check_shape(ty, mistakes);
    for part in parts(ty) {
        check_type(part, mistakes);
    }
}

/// The path of `#[anvil(crate = path)]`.
fn krate(attributes: &[Attribute], mistakes: &mut Mistakes) -> Option<Path> {
    let mut krate = None;
    for attribute in anvil_attributes(attributes) {
        let path = attribute.parse_args_with(|input: ParseStream<'_>| {
            let key = Ident::parse_any(input)?;
            input.parse::<Token![=]>()?;
            match key == "crate" {
                true => input.call(Path::parse_mod_style),
                false => Err(input.error("another word")),
            }
        });
        match path {
            Ok(path) => krate = Some(path),
            Err(_) => mistakes.add(
                attribute,
                "write `#[anvil(crate = path)]`: a type can have nothing else",
            ),
        }
    }
    krate
}

fn anvil_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("anvil"))
}

/// The texts of the doc comments. They may be made by a macro, and are left to the compiler.
fn docs(attributes: &[Attribute]) -> Vec<Expr> {
    let docs = attributes
        .iter()
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(doc.value.clone()),
            _ => None,
        });
    docs.collect()
}
