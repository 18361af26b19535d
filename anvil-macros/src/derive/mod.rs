//! `#[derive(ToolType)]`, the same way as a declaration: `read` takes a type apart into its `model` and refuses what
//! cannot cross, `serde` does so with its attributes, `expand` says how the type is written in a body, and `schema` has
//! its JSON Schema made.

mod model;
mod read;
mod serde;

mod expand;
mod schema;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Result};

pub(crate) fn tool_type(input: DeriveInput) -> Result<TokenStream> {
    let ty = read::user_type(input)?;
    let tool_type = expand::tool_type(&ty);
    let schema = schema::json_schema(&ty);
    Ok(quote! {
        #tool_type
        #schema
    })
}
