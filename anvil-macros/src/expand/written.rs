//! `&mut` parameters: what a body wrote comes back with its answer, and takes the place of what was lent.

use super::local;
use crate::model::{Parameter, Tool};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{Ident, Path, Type};

/// How bindings lend the parameters that can be written to.
pub(super) enum Lent<'a> {
    /// As they are before the call.
    Before,
    /// For a body to write to.
    ToBeWritten,
    /// As they are after the call: the tuple that came with the answer.
    After(&'a Ident),
}

impl Lent<'_> {
    pub(super) fn binding(&self, name: &Ident, ty: &Type, owner: &Ident) -> TokenStream {
        match self {
            Self::Before => quote!(let #name: &#ty = &#owner;),
            Self::ToBeWritten => quote!(let #name: &mut #ty = &mut #owner;),
            Self::After(_) => quote!(let #name: &#ty = #owner;),
        }
    }
}

/// The names of the variables that hold decoded arguments.
pub(super) fn owners(tool: &Tool) -> Vec<Ident> {
    let numbers = 0..tool.parameters.len();
    numbers
        .map(|number| local(&format!("decoded_{number}")))
        .collect()
}

/// The tuple of what is written, if anything is.
pub(super) fn types(tool: &Tool) -> Option<TokenStream> {
    let types: Vec<TokenStream> = written(tool)
        .map(|(_, ty)| match ty {
            Type::Slice(slice) => {
                let item = &slice.elem;
                quote!(::std::vec::Vec<#item>)
            }
            ty => quote!(#ty),
        })
        .collect();
    (!types.is_empty()).then(|| quote!((#(#types,)*)))
}

/// `call`, and what came with its answer written to the arguments.
pub(super) fn after(tool: &Tool, call: &TokenStream) -> TokenStream {
    if written(tool).next().is_none() {
        return call.clone();
    }
    let (returned, came) = (local("returned"), local("written"));
    let put = put(tool, &came);
    quote! {
        let (#returned, #came) = #call;
        #put
        #returned
    }
}

/// As [`after`], of a call that reports.
pub(super) fn after_safely(tool: &Tool, call: &TokenStream, krate: &Path) -> TokenStream {
    match written(tool).next() {
        None => call.clone(),
        Some(_) => after(tool, &quote!(#krate::__private::apart(#call))),
    }
}

/// The tuple of what a body in the declaration wrote.
pub(super) fn tuple(tool: &Tool) -> Option<TokenStream> {
    let owners = owners(tool);
    let written: Vec<&Ident> = tool
        .parameters
        .iter()
        .zip(&owners)
        .filter(|(parameter, _)| parameter.mutable().is_some())
        .map(|(_, owner)| owner)
        .collect();
    (!written.is_empty()).then(|| quote!((#(#written,)*)))
}

/// Writes the tuple `came`, if there is one.
fn put(tool: &Tool, came: &Ident) -> TokenStream {
    let names: Vec<Ident> = (0..written(tool).count())
        .map(|number| local(&format!("written_{number}")))
        .collect();
    let (slot, value) = (local("slot"), local("value"));
    let put = written(tool)
        .zip(&names)
        .map(|((argument, ty), name)| match ty {
            // A body cannot make a slice longer or shorter.
            Type::Slice(_) => quote! {
                for (#slot, #value) in ::core::iter::Iterator::zip(#argument.iter_mut(), #name) {
                    *#slot = #value;
                }
            },
            _ => quote!(*#argument = #name;),
        });
    quote! {
        if let ::core::option::Option::Some((#(#names,)*)) = #came {
            #(#put)*
        }
    }
}

/// The parameters that can be written to, each with what is.
fn written(tool: &Tool) -> impl Iterator<Item = (&Ident, &Type)> {
    tool.parameters
        .iter()
        .filter_map(|parameter @ Parameter { ident, .. }| Some((ident, parameter.mutable()?)))
}
