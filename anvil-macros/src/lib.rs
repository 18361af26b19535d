//! The macros of Anvil. Use them as `#[anvil::tool(…)]` and `#[derive(anvil::ToolType)]`, where their documentation is.
//!
//! One declaration passes through the modules in this order: `parse` reads attribute and item into a
//! `model` that keeps its `syn` nodes, `check` refuses what a tool cannot have, at the
//! token that is wrong and all of it at once, and `expand` writes the function and its companion. A type goes the same
//! way, in `derive`.
//!
//! The macro only looks at how a declaration is built. What a type *means* (an answer, a failure, something
//! that can cross to the body) is left to the traits that the expansion names, because an alias hides it
//! from any macro. It does no I/O.

mod model;
mod parse;

mod limits;
mod source;

mod check;
mod expand;

mod derive;

use proc_macro::TokenStream;

/// Declares a tool; see `anvil::tool`.
#[proc_macro_attribute]
pub fn tool(arguments: TokenStream, item: TokenStream) -> TokenStream {
    declare(arguments.into(), item.into())
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

fn declare(
    arguments: proc_macro2::TokenStream,
    item: proc_macro2::TokenStream,
) -> syn::Result<proc_macro2::TokenStream> {
    let declared = model::Declared {
        arguments: syn::parse2(arguments)?,
        item: syn::parse2(item)?,
    };
    Ok(expand::tool(&check::tool(declared)?))
}

/// Lets a type of the user's own cross to a body; see `anvil::ToolType`.
#[proc_macro_derive(ToolType, attributes(anvil, serde))]
pub fn tool_type(input: TokenStream) -> TokenStream {
    syn::parse(input)
        .and_then(derive::tool_type)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}
