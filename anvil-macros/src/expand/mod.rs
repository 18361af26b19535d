//! The function that callers call, and its companion.
//!
//! ```text
//! pub fn slugify(title: &str) -> anvil::Result<String> { call(slugify::tool(), &(title,)) }
//! pub enum slugify {}
//! impl slugify { pub fn tool() … pub fn spec() … pub fn run_safe(title: &str) … }
//! ```
//!
//! The companion is an enum and not a module, because a module inside a function cannot see the types that
//! are declared beside it. It shares the function's name; types and functions do not get in each other's way.

mod body;
mod contract;
mod written;

use crate::model::{Arguments, Limits, Parameter, Reference, Tool, docs};
use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

pub(crate) fn tool(tool: &Tool) -> TokenStream {
    let krate = tool.krate();
    let function = function(tool, &krate);
    let companion = companion(tool, &krate);
    quote! {
        #function
        #companion
    }
}

fn function(tool: &Tool, krate: &Path) -> TokenStream {
    let Tool {
        visibility,
        fn_token,
        ident,
        output,
        ..
    } = tool;
    let attributes = body::attributes_of_the_function(tool);
    let returned = returned(tool, krate);
    let handle = tool.handle();
    let inputs = inputs(tool);
    let arguments = encoded(tool, krate);
    let (output, call) = if tool.asynchronous {
        let future = quote!(
            impl ::core::future::Future<Output = #output> + ::core::marker::Send + use<>
        );
        (
            future,
            quote_spanned!(output.span()=> call_async::<#returned>),
        )
    } else {
        (
            quote!(#output),
            quote_spanned!(output.span()=> call::<#returned>),
        )
    };
    let called = quote!(#krate::__private::#call(<#handle>::tool(), #arguments));
    let called = written::after(tool, &called);
    // What the user allows is said of the body.
    let allowed = tool.body.iter().map(|_| {
        quote! {
            #[allow(
                clippy::too_many_arguments,
                clippy::fn_params_excessive_bools,
                reason = "it is as large as what was declared"
            )]
        }
    });
    quote! {
        #(#attributes)*
        #(#allowed)*
        #[track_caller]
        #visibility #fn_token #ident(#inputs) -> #output {
            #called
        }
    }
}

fn companion(tool: &Tool, krate: &Path) -> TokenStream {
    let Tool {
        visibility,
        ident,
        name,
        output,
        ..
    } = tool;
    let handle = tool.handle();
    let conditions: Vec<_> = tool
        .attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("cfg"))
        .collect();
    let title = format!(
        "Companion of the tool [`{ident}`]({ident}()): what was declared, and a call that reports instead of raising."
    );
    let intent = &tool.arguments.intent;
    let function = ident.to_string();
    let tool_docs = docs(&tool.attributes);
    let parameters = tool.parameters.iter().map(|parameter| {
        let Parameter { ty, docs, .. } = parameter;
        let name = parameter.ident.to_string();
        let private = parameter.private.then(|| quote!(.private()));
        quote_spanned!(ty.span()=> .parameter::<#ty, _>(_types, #name, #docs)#private)
    });
    let named = tool.parameters.iter().map(|parameter| {
        let Parameter { ident, ty, .. } = parameter;
        let key = ident.unraw().to_string();
        let decoded = decoded(parameter, krate);
        quote_spanned!(ty.span()=> #krate::__private::argument::<#decoded>(object, #key)?)
    });
    let crosses = tool.parameters.iter().map(|Parameter { ty, .. }| {
        quote_spanned!(ty.span()=> const _: () = <#ty as #krate::ToolArgument<_>>::CROSSES;)
    });
    let (plain, returned) = (plain(tool, krate), returned(tool, krate));
    let declaration = quote_spanned!(output.span()=> #krate::Declaration::new::<#returned>);
    let answer_crosses =
        quote_spanned!(output.span()=> const _: () = <#returned as #krate::ToolReturn>::CROSSES;);
    let answer =
        quote_spanned!(output.span()=> #krate::ToolResult<<#plain as #krate::ToolReturn>::Answer>);
    let heal = tool.arguments.heal.iter();
    let max_heal_attempts = tool.arguments.max_heal_attempts.iter();
    let share_args = tool.arguments.share_args.iter();
    let words = contract::words(tool);
    let contract = contract::functions(tool, krate);
    let body = body::function(tool, krate);
    let body_words = body::words(tool);
    let given = contract::given(tool);
    let native = body::given(tool);
    let approval = tool.approval.map(|one| Ident::new(one, Span::call_site()));
    let approval = approval.iter();
    let material = material(tool);
    let capabilities = capabilities(tool);
    let limits = limits(tool, krate);
    let inputs = inputs(tool);
    let arguments = encoded(tool, krate);
    let (result, run_safe) = if tool.asynchronous {
        let future = quote!(
            impl ::core::future::Future<Output = #answer> + ::core::marker::Send + use<>
        );
        (
            future,
            quote_spanned!(output.span()=> run_safe_async::<#returned>),
        )
    } else {
        (
            quote!(#answer),
            quote_spanned!(output.span()=> run_safe::<#returned>),
        )
    };
    let run_safe = quote! {
        #krate::__private::#run_safe(
            Self::tool(),
            #krate::__private::encode_safely(|| #arguments),
        )
    };
    let run_safe = written::after_safely(tool, &run_safe, krate);
    quote! {
        #(#conditions)*
        #[doc = #title]
        #[allow(non_camel_case_types, dead_code, clippy::exhaustive_enums, reason = "it is named after the function")]
        #[derive(::core::fmt::Debug)]
        #visibility enum #handle {}

        #(#conditions)*
        #[allow(dead_code, clippy::too_many_arguments, reason = "it is as large as what was declared")]
        impl #handle {
            /// The declaration itself, as `Builder::tools` takes it.
            #visibility fn tool() -> &'static #krate::Declaration {
                #(#crosses)*
                #answer_crosses
                fn describe(_types: &mut #krate::__private::Types) -> #krate::ToolSpec {
                    #krate::__private::describe(#name, #function, #intent, #tool_docs)
                        #(#parameters)*
                        #(.heal(#heal))*
                        #(.max_heal_attempts(#max_heal_attempts))*
                        #(.share_args(#share_args))*
                        #body_words
                        #words
                        #material
                        #capabilities
                        #(.approval(#krate::Approval::#approval))*
                        #limits
                }
                fn arguments(
                    _: &#krate::ToolSpec,
                    object: &#krate::__private::Object,
                ) -> ::core::result::Result<#krate::__private::Encoded, #krate::__private::Mistake> {
                    #krate::__private::encoded(&(#(#named,)*))
                }
                static TOOL: #krate::Declaration = #declaration(
                    #krate::Place { file: ::core::file!(), line: ::core::line!() },
                    describe,
                    arguments,
                )
                #native
                #given;
                &TOOL
            }

            #body
            #contract

            /// What was declared, as data.
            #visibility fn spec() -> &'static #krate::ToolSpec {
                Self::tool().spec()
            }

            /// Calls the tool, healing it as a plain call does; tells what came of it instead of raising.
            #visibility fn run_safe(#inputs) -> #result {
                #run_safe
            }
        }
    }
}

/// The calls that set where the tool runs and what it may use there.
fn limits(tool: &Tool, krate: &Path) -> TokenStream {
    let Limits {
        level,
        timeout_ms,
        memory,
    } = &tool.limits;
    let level = level.map(|level| Ident::new(level, Span::call_site()));
    let (level, timeout_ms, memory) = (level.iter(), timeout_ms.iter(), memory.iter());
    quote! {
        #(.isolation(#krate::Isolation::#level))*
        #(.timeout(::core::time::Duration::from_millis(#timeout_ms)))*
        #(.memory(#memory))*
    }
}

/// What the model is to read beside the declaration.
fn material(tool: &Tool) -> TokenStream {
    let references = tool.arguments.docs.iter();
    references
        .map(|Reference { word, text }| match word {
            None => quote!(.docs_url(#text)),
            Some(_) => quote!(.docs_file(#text)),
        })
        .collect()
}

/// What the tool's bodies may have beyond arguments and the standard library.
fn capabilities(tool: &Tool) -> TokenStream {
    let Arguments {
        hosts,
        secrets,
        crates,
        ..
    } = &tool.arguments;
    let names = secrets.iter().map(|secret| secret.name.to_string());
    let bound = secrets.iter().map(|secret| &secret.host);
    let depended_on = crates.iter().map(|one| &one.name);
    let versions = crates.iter().map(|one| &one.version);
    quote! {
        #(.host(#hosts))*
        #(.secret(#names, #bound))*
        #(.dependency(#depended_on, #versions))*
    }
}

/// The type that says what becomes of failures, and what comes with answers.
fn returned(tool: &Tool, krate: &Path) -> TokenStream {
    let plain = plain(tool, krate);
    match written::types(tool) {
        None => plain,
        Some(types) => quote!(#krate::__private::Writes<#plain, #types>),
    }
}

/// The type that says what becomes of failures.
fn plain(tool: &Tool, krate: &Path) -> TokenStream {
    let output = &tool.output;
    match tool.arguments.heal_on_err {
        None => quote!(#output),
        Some(_) => quote_spanned!(output.span()=> #krate::__private::HealOnErr<#output>),
    }
}

fn inputs(tool: &Tool) -> TokenStream {
    let inputs = tool
        .parameters
        .iter()
        .map(|Parameter { ident, ty, .. }| quote!(#ident: #ty));
    quote!(#(#inputs),*)
}

/// The arguments as one tuple, encoded; nothing at all is `()`.
fn encoded(tool: &Tool, krate: &Path) -> TokenStream {
    let lent = tool.parameters.iter().map(|parameter| {
        let ident = &parameter.ident;
        // Not moved: what comes back is written to it.
        match parameter.mutable() {
            Some(_) => quote!(&*#ident),
            None => quote!(#ident),
        }
    });
    quote!(#krate::__private::encode(&(#(#lent,)*)))
}

/// The type that holds a decoded argument.
fn decoded(Parameter { ty, .. }: &Parameter, krate: &Path) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::ToolArgument<_>>::Decoded)
}

/// The arguments under their own names and types. `decode` is one of the functions that take them out of bytes.
/// Those that can be written to are lent as `mutable` says.
fn bindings(
    tool: &Tool,
    encoded: &Ident,
    decode: &TokenStream,
    mutable: written::Lent<'_>,
    krate: &Path,
) -> TokenStream {
    let owners: Vec<Ident> = written::owners(tool);
    let patterns = tool.parameters.iter().zip(&owners);
    let patterns = patterns.map(|(parameter, owner)| match (&mutable, parameter.mutable()) {
        (written::Lent::ToBeWritten, Some(_)) => quote!(mut #owner),
        _ => quote!(#owner),
    });
    let types = tool
        .parameters
        .iter()
        .map(|parameter| decoded(parameter, krate));
    let named = tool.parameters.iter().zip(&owners);
    let named = named.map(|(parameter, owner)| {
        let Parameter { ident, ty, .. } = parameter;
        match ty {
            Type::Reference(_) if let Some(written) = parameter.mutable() => {
                mutable.binding(ident, written, owner)
            }
            // What is lent is decoded as what can own it; only text is lent by the bytes themselves.
            Type::Reference(reference) if !is_str(&reference.elem) => {
                quote!(let #ident: #ty = &#owner;)
            }
            _ => quote!(let #ident: #ty = #owner;),
        }
    });
    let after = match (&mutable, written::tuple(tool)) {
        (written::Lent::After(came), Some(owners)) => Some(quote!(let #owners = #came;)),
        _ => None,
    };
    quote! {
        let (#(#patterns,)*): (#(#types,)*) = #krate::__private::#decode(#encoded)?;
        #after
        #(#named)*
    }
}

/// A variable that the user's expressions cannot see.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

fn is_str(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident("str"))
}
