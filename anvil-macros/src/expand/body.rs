//! A body in the declaration: the user's function, inside one that is called with bytes.

use super::written::{self, Lent};
use super::{bindings, local, returned};
use crate::model::{Body, Parameter, Tool};
use crate::source::written;
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Attribute, Path};

/// The call that puts the body's source into the spec.
pub(super) fn words(tool: &Tool) -> Option<TokenStream> {
    let Body { signature, block } = tool.body.as_ref()?;
    // With its comments and lines, where the compiler still has them. Of what a macro put together it has the macro's.
    let tokens = block.to_token_stream().to_string();
    let dollars = |text: &str| text.matches('$').count();
    let block = block
        .brace_token
        .span
        .join()
        .source_text()
        .filter(|text| dollars(text) == dollars(&tokens))
        .unwrap_or_else(|| written(block));
    let source = format!("pub {} {block}", written(signature));
    Some(quote!(.body(#source)))
}

/// The call that hands the function to the declaration.
pub(super) fn given(tool: &Tool) -> Option<TokenStream> {
    let handle = tool.handle();
    tool.body
        .as_ref()
        .map(|_| quote!(.native(<#handle>::__body)))
}

/// The user's function keeps its name, so that it may call itself.
pub(super) fn function(tool: &Tool, krate: &Path) -> Option<TokenStream> {
    let Body { signature, block } = tool.body.as_ref()?;
    let Tool { ident, output, .. } = tool;
    let encoded = local("encoded");
    let bindings = bindings(tool, &encoded, &quote!(given), Lent::ToBeWritten, krate);
    let names = tool.parameters.iter().map(|Parameter { ident, .. }| ident);
    let attributes = tool
        .attributes
        .iter()
        .filter(|attribute| !is_the_functions(attribute));
    let mut signature = signature.clone();
    for input in &mut signature.inputs {
        if let syn::FnArg::Typed(typed) = input {
            typed.attrs.clear();
        }
    }
    let returned = returned(tool, krate);
    let run = match tool.asynchronous {
        true => quote_spanned!(output.span()=> returned_async::<#returned>),
        false => quote_spanned!(output.span()=> returned::<#returned>),
    };
    // Taken before an argument may hide it, which may have the same name.
    let called = local("called");
    let value = local("returned");
    let result = match written::tuple(tool) {
        None => quote!(#value),
        Some(tuple) => quote!((#value, ::core::option::Option::Some(#tuple))),
    };
    Some(quote! {
        fn __body(
            #encoded: &[u8],
        ) -> ::core::result::Result<::std::vec::Vec<u8>, #krate::__private::Failure> {
            #(#attributes)*
            #[allow(
                clippy::unnecessary_wraps,
                clippy::missing_const_for_fn,
                reason = "what it returns is declared, and a tool cannot be `const`"
            )]
            #signature #block
            let #called = #ident;
            #bindings
            let #value = #called(#(#names),*);
            #krate::__private::#run(#result)
        }
    })
}

/// The attributes of the function that callers call: all of them, if the body is elsewhere.
pub(super) fn attributes_of_the_function(tool: &Tool) -> Vec<&Attribute> {
    let attributes = tool.attributes.iter();
    attributes
        .filter(|attribute| tool.body.is_none() || is_the_functions(attribute))
        .collect()
}

/// Whether an attribute says something to callers, and not about the body.
fn is_the_functions(attribute: &Attribute) -> bool {
    ["doc", "cfg", "deprecated", "must_use"]
        .iter()
        .any(|name| attribute.path().is_ident(name))
}
