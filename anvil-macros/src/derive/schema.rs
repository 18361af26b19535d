//! The JSON Schema of a user's type, whose crate need not know schemars.
//!
//! schemars can derive it, and reads serde's attributes as it does; but a derive for the type itself would have to be in
//! the user's own list. So it derives one for a type beside it, with the same fields, attributes and doc comments, and
//! the schema of the user's type is that. The fields keep their types: what is recursive leads back to the user's type.

use crate::derive::model::{Field, Fields, Shape, Style, UserType};
use crate::derive::serde::{Filling, Serde};
use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{format_ident, quote};
use syn::ext::IdentExt;
use syn::{Expr, GenericParam, Generics, Ident};

pub(crate) fn json_schema(ty: &UserType) -> TokenStream {
    let krate = &ty.krate;
    let schemars = Ident::new("__anvil_schemars", Span::call_site());
    let copy = format_ident!("__{}Schema", ty.ident.unraw(), span = Span::mixed_site());
    let name = ty.name();
    let bound = quote!(#schemars::JsonSchema);
    let generics = ty.bounded(&bound);
    let (parameters, arguments, clause) = generics.split_for_impl();
    let definition = definition(ty, &copy, &schemars, &generics);
    let default = default(ty, &copy, &generics);
    let schema_id = match ty.serde.transparent {
        true => quote!(<#copy #arguments as #schemars::JsonSchema>::schema_id()),
        false => quote! {
            ::std::borrow::Cow::Owned(::std::format!(
                "{}:{}:{} {}",
                ::core::file!(),
                ::core::line!(),
                ::core::column!(),
                ::core::any::type_name::<Self>(),
            ))
        },
    };
    quote! {
        #[allow(warnings, clippy::all, clippy::pedantic, clippy::nursery, reason = "nobody uses it but for its schema")]
        const _: () = {
            use #krate::__private::schemars as #schemars;
            // schemars names these, whatever they mean in the user's module.
            use ::core::option::Option::{None, Some};

            #definition
            #default

            #[automatically_derived]
            impl #parameters #schemars::JsonSchema for #name #clause {
                fn inline_schema() -> bool {
                    <#copy #arguments as #schemars::JsonSchema>::inline_schema()
                }

                fn schema_name() -> ::std::borrow::Cow<'static, str> {
                    <#copy #arguments as #schemars::JsonSchema>::schema_name()
                }

                fn schema_id() -> ::std::borrow::Cow<'static, str> {
                    #schema_id
                }

                fn json_schema(generator: &mut #schemars::SchemaGenerator) -> #schemars::Schema {
                    <#copy #arguments as #schemars::JsonSchema>::json_schema(generator)
                }
            }
        };
    }
}

fn definition(ty: &UserType, copy: &Ident, schemars: &Ident, generics: &Generics) -> TokenStream {
    let mut declared = generics.clone();
    for parameter in &mut declared.params {
        match parameter {
            GenericParam::Type(parameter) => parameter.default = None,
            GenericParam::Const(parameter) => parameter.default = None,
            GenericParam::Lifetime(_) => {}
        }
    }
    let clause = declared.where_clause.take();
    let docs = docs(&ty.docs);
    // Which function makes the default of the whole, is said by the copy's own.
    let serde = attribute(&with_default(&ty.serde, &quote!(default)));
    let rename = (!ty.serde.renamed).then(|| {
        let name = name(ty);
        quote!(, rename = #name)
    });
    let crate_path = schemars.to_string();
    let mut functions = Vec::new();
    let shape = match &ty.shape {
        Shape::Struct(all) => {
            let fields = fields(all, generics, &mut functions);
            match all.style {
                Style::Named => quote!(struct #copy #declared #clause #fields),
                Style::Tuple | Style::Unit => quote!(struct #copy #declared #fields #clause;),
            }
        }
        Shape::Enum(variants) => {
            let variants = variants.iter().map(|variant| {
                let docs = self::docs(&variant.docs);
                let serde = attribute(&variant.serde.schema);
                let ident = &variant.ident;
                let fields = fields(&variant.fields, generics, &mut functions);
                quote!(#docs #serde #ident #fields)
            });
            quote!(enum #copy #declared #clause { #(#variants),* })
        }
    };
    quote! {
        #(#functions)*

        #[derive(#schemars::JsonSchema)]
        #[schemars(crate = #crate_path #rename)]
        #docs
        #serde
        #shape
    }
}

/// The type's name among schemas, in schemars' own format: `Page<Line>` is `PageOfLine`.
fn name(ty: &UserType) -> String {
    let name = ty.ident.unraw().to_string();
    let tagged = matches!(ty.shape, Shape::Struct(_)) && ty.serde.tagged;
    if tagged {
        return name; // it is what its tag says
    }
    let parameters: Vec<String> = ty
        .generics
        .params
        .iter()
        .map(|parameter| match parameter {
            GenericParam::Type(parameter) => format!("{{{}}}", parameter.ident),
            GenericParam::Const(parameter) => format!("{{{}}}", parameter.ident),
            GenericParam::Lifetime(_) => String::new(),
        })
        .collect();
    match parameters.is_empty() {
        true => name,
        false => format!("{name}Of{}", parameters.join("And")),
    }
}

/// `serde`'s attributes, with `instead` for its `default`.
fn with_default(serde: &Serde, instead: &TokenStream) -> Vec<TokenStream> {
    let is_default = |meta: &TokenStream| {
        let first = meta.clone().into_iter().next();
        matches!(first, Some(TokenTree::Ident(word)) if word == "default")
    };
    let metas = serde.schema.iter();
    metas
        .map(|meta| match is_default(meta) {
            true => instead.clone(),
            false => meta.clone(),
        })
        .collect()
}

/// Where absent fields are those of a default of the whole, the copy's is made of the type's own.
fn default(ty: &UserType, copy: &Ident, generics: &Generics) -> Option<TokenStream> {
    let name = ty.name();
    let made = match ty.serde.default.as_ref()? {
        Filling::OfType => quote!(<#name as ::core::default::Default>::default()),
        Filling::By(path) => quote!(#path()),
    };
    let Shape::Struct(fields) = &ty.shape else {
        return None;
    };
    let (parameters, arguments, clause) = generics.split_for_impl();
    let ident = &ty.ident;
    let bindings: Vec<Ident> = (0..fields.list.len())
        .map(|i| format_ident!("field{i}"))
        .collect();
    let (taken, given) = match fields.style {
        Style::Named => {
            let names: Vec<_> = fields.list.iter().map(|field| &field.ident).collect();
            (
                quote!(#ident { #(#names: #bindings),* }),
                quote!(#copy { #(#names: #bindings),* }),
            )
        }
        Style::Tuple => (
            quote!(#ident(#(#bindings),*)),
            quote!(#copy(#(#bindings),*)),
        ),
        Style::Unit => (quote!(#ident), quote!(#copy)),
    };
    Some(quote! {
        impl #parameters ::core::default::Default for #copy #arguments #clause {
            fn default() -> Self {
                let #taken: #name = #made;
                #given
            }
        }
    })
}

fn fields(fields: &Fields, generics: &Generics, functions: &mut Vec<TokenStream>) -> TokenStream {
    let list: Vec<TokenStream> = fields
        .list
        .iter()
        .map(|field| {
            let Field {
                ident,
                ty: field_type,
                docs,
                serde,
            } = field;
            let docs = self::docs(docs);
            let serde = match &serde.default {
                // schemars calls it where nothing says of which type it is to be.
                Some(Filling::By(path)) => {
                    let (parameters, arguments, clause) = generics.split_for_impl();
                    let arguments = arguments.as_turbofish();
                    let name = format_ident!("__default{}", functions.len());
                    let called = quote!(#name #arguments).to_string();
                    functions.push(quote! {
                        fn #name #parameters() -> #field_type #clause {
                            #path()
                        }
                    });
                    with_default(serde, &quote!(default = #called))
                }
                _ => serde.schema.clone(),
            };
            let serde = attribute(&serde);
            let name = ident.iter();
            quote!(#docs #serde #(#name:)* #field_type)
        })
        .collect();
    match fields.style {
        Style::Named => quote!({ #(#list),* }),
        Style::Tuple => quote!((#(#list),*)),
        Style::Unit => quote!(),
    }
}

fn attribute(serde: &[TokenStream]) -> Option<TokenStream> {
    (!serde.is_empty()).then(|| quote!(#[serde(#(#serde),*)]))
}

fn docs(docs: &[Expr]) -> TokenStream {
    quote!(#(#[doc = #docs])*)
}
