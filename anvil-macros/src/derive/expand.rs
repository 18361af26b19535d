//! How a body is told of the type: the pieces of its definition, with the types of its fields left to the trait.

use crate::derive::model::{
    Field, Fields, Shape, Style, UserType, Variant, crossing, in_any_edition,
};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, GenericParam, Type};

pub(crate) fn tool_type(ty: &UserType) -> TokenStream {
    let krate = &ty.krate;
    let ident = &ty.ident;
    let generics = ty.bounded(&quote!(#krate::ToolType));
    let (parameters, _, clause) = generics.split_for_impl();
    let name = ty.name();
    let nullable = nullable(ty);
    let checks = checks(ty);
    let early = (!ty.is_generic()).then(|| quote!(#(const _: () = { #checks };)*));
    let written = ident.to_string();
    let arguments = ty.generics.params.iter().map(|parameter| match parameter {
        GenericParam::Const(parameter) => {
            let ident = &parameter.ident;
            quote!(#krate::__private::Argument::Const(::std::string::ToString::to_string(&#ident)))
        }
        GenericParam::Type(parameter) => {
            let ident = &parameter.ident;
            quote!(#krate::__private::Argument::Type(<#ident as #krate::ToolType>::rust))
        }
        GenericParam::Lifetime(_) => quote!(), // refused
    });
    let docs = &ty.docs;
    let item = item(ty);
    let heals = heals(ty);
    quote! {
        #early

        #[automatically_derived]
        impl #parameters #krate::ToolType for #name #clause {
            const NULLABLE: bool = #nullable;

            fn rust(types: &mut #krate::__private::Types) -> #krate::__private::Written {
                #(const { #checks })*
                types.define(&#krate::__private::UserType {
                    place: ::core::concat!(::core::file!(), ":", ::core::line!(), ":", ::core::column!()),
                    type_name: ::core::any::type_name::<Self>(),
                    name: #written,
                    arguments: &[#(#arguments),*],
                    docs: &[#(#docs),*],
                    item: &[#(#item),*],
                })
            }

            #heals
        }
    }
}

/// Whether a value may be encoded as nothing at all.
fn nullable(ty: &UserType) -> TokenStream {
    let krate = &ty.krate;
    let inner = |field: &Field| {
        let ty = &field.ty;
        quote_spanned!(ty.span()=> <#ty as #krate::ToolType>::NULLABLE)
    };
    match &ty.shape {
        Shape::Struct(fields) => match (fields.style, fields.list.as_slice()) {
            (Style::Unit, _) => quote!(true),
            (Style::Tuple, [field]) => inner(field),
            _ if ty.serde.transparent => {
                let mut held = fields.crossing().filter(|field| !field.is_phantom());
                held.next().map_or_else(|| quote!(true), inner)
            }
            _ => quote!(false),
        },
        Shape::Enum(variants) => {
            let untagged = crossing(variants)
                .filter(|variant| ty.serde.untagged || variant.serde.untagged)
                .filter_map(|variant| {
                    match (variant.fields.style, variant.fields.list.as_slice()) {
                        (Style::Unit, _) => Some(quote!(true)),
                        (Style::Tuple, [field]) => Some(inner(field)),
                        _ => None,
                    }
                });
            quote!(false #(|| #untagged)*)
        }
    }
}

/// What has to hold of the fields' types, as statements that do not compile where it does not.
fn checks(ty: &UserType) -> Vec<TokenStream> {
    let krate = &ty.krate;
    let check = |field: &Field| {
        let ty = &field.ty;
        let crosses = quote_spanned!(ty.span()=> let () = <#ty as #krate::ToolType>::CROSSES;);
        let is_shared = field.serde.left_out_if.as_ref().map(|_| {
            quote_spanned! {ty.span()=>
                ::core::assert!(
                    <#ty as #krate::ToolType>::DEFAULT_IS_SHARED,
                    "a body has to know what the field is where it is left out: `skip_serializing_if` is for types of the standard library, such as `Option`",
                );
            }
        });
        quote!(#crosses #is_shared)
    };
    ty.fields().into_iter().map(check).collect()
}

fn heals(ty: &UserType) -> Option<TokenStream> {
    let Shape::Enum(variants) = &ty.shape else {
        return None;
    };
    let healing: Vec<_> = variants
        .iter()
        .filter(|variant| variant.heals)
        .map(|variant| &variant.ident)
        .collect();
    (!healing.is_empty()).then(|| {
        quote! {
            #[allow(unreachable_patterns, reason = "all variants may be such")]
            fn heals(&self) -> bool {
                match self {
                    #(Self::#healing { .. } => true,)*
                    _ => false,
                }
            }
        }
    })
}

fn item(ty: &UserType) -> Vec<TokenStream> {
    let mut source = Source::new(ty);
    // A struct that has a tag is tagged with its name, which may be another one in a body.
    let named = match &ty.shape {
        Shape::Struct(_) if ty.serde.tagged && !ty.serde.renamed => {
            vec![format!("rename = {:?}", ty.ident.to_string())]
        }
        _ => Vec::new(),
    };
    if let Some(line) = ty.serde.guest_line(&named) {
        source.text(&line);
        source.text("\n");
    }
    match &ty.shape {
        Shape::Struct(fields) => {
            source.text("pub struct ");
            source.name();
            source.fields(fields, 0, "pub ");
            source.text(match fields.style {
                Style::Named => "\n",
                Style::Tuple | Style::Unit => ";\n",
            });
        }
        Shape::Enum(variants) => {
            source.text("pub enum ");
            source.name();
            source.text(" {\n");
            crossing(variants).for_each(|variant| source.variant(variant));
            source.text("}\n");
        }
    }
    source.finish()
}

/// A definition under way: text, interrupted by what only the compiler knows.
struct Source<'a> {
    ty: &'a UserType,
    parts: Vec<TokenStream>,
    text: String,
}

const INDENT: usize = 4;

const HEALS: &str =
    "/// To answer this is to fail: the function itself is wrong then, and is mended.";

impl<'a> Source<'a> {
    fn new(ty: &'a UserType) -> Self {
        Self {
            ty,
            parts: Vec::new(),
            text: String::new(),
        }
    }

    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&format!("{:indent$}{text}\n", ""));
    }

    fn name(&mut self) {
        let krate = &self.ty.krate;
        self.part(quote!(#krate::__private::Part::Name));
    }

    fn docs(&mut self, indent: usize, docs: &[Expr]) {
        let krate = &self.ty.krate;
        for doc in docs {
            self.part(quote!(#krate::__private::Part::Doc(#indent, #doc)));
        }
    }

    fn field_type(&mut self, ty: &Type) {
        let krate = &self.ty.krate;
        self.part(quote_spanned! {ty.span()=>
            #krate::__private::Part::Type(<#ty as #krate::ToolType>::rust)
        });
    }

    fn variant(&mut self, variant: &Variant) {
        self.docs(INDENT, &variant.docs);
        if variant.heals {
            self.line(INDENT, HEALS);
        }
        if let Some(line) = variant.serde.guest_line(&[]) {
            self.line(INDENT, &line);
        }
        self.text(&format!("{:INDENT$}{}", "", in_any_edition(&variant.ident)));
        self.fields(&variant.fields, INDENT, "");
        self.text(",\n");
    }

    /// The fields in their brackets, which open at the end of a line and close at `indent`.
    fn fields(&mut self, fields: &Fields, indent: usize, visibility: &str) {
        let (open, close) = match fields.style {
            Style::Unit => return,
            Style::Named => (" {\n", "}"),
            Style::Tuple => ("(\n", ")"),
        };
        let bare = |field: &Field| field.docs.is_empty() && field.serde.guest.is_empty();
        if fields.style == Style::Tuple && fields.list.iter().all(bare) {
            self.text("(");
            for (place, field) in fields.list.iter().enumerate() {
                self.text(if place > 0 { ", " } else { "" });
                self.text(visibility);
                self.field_type(&field.ty);
            }
            self.text(")");
            return;
        }
        self.text(open);
        for field in fields.crossing() {
            self.field(field, indent + INDENT, visibility);
        }
        self.text(&format!("{:indent$}{close}", ""));
    }

    fn field(&mut self, field: &Field, indent: usize, visibility: &str) {
        self.docs(indent, &field.docs);
        // What is flattened has no key of its own that could be missing.
        let may_be_missing = field.serde.left_out_if.is_some() && !field.serde.flattened;
        let more: &[String] = if may_be_missing {
            &["default".to_owned()]
        } else {
            &[]
        };
        if let Some(line) = field.serde.guest_line(more) {
            self.line(indent, &line);
        }
        self.text(&format!("{:indent$}{visibility}", ""));
        if let Some(ident) = &field.ident {
            self.text(&format!("{}: ", in_any_edition(ident)));
        }
        self.field_type(&field.ty);
        self.text(",\n");
    }

    fn part(&mut self, part: TokenStream) {
        self.flush();
        self.parts.push(part);
    }

    fn flush(&mut self) {
        let krate = &self.ty.krate;
        let text = std::mem::take(&mut self.text);
        if !text.is_empty() {
            self.parts
                .push(quote!(#krate::__private::Part::Text(#text)));
        }
    }

    fn finish(mut self) -> Vec<TokenStream> {
        self.flush();
        self.parts
    }
}
