//! The contract as functions of the user's crate. No body can reach them: bodies are built apart from it.

use super::written::{self, Lent};
use super::{bindings, encoded, local, returned};
use crate::model::{Comparison, Condition, Contract, Example, Parameter, Tool};
use crate::source::written;
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path};

/// The calls that put the contract's words into the spec.
pub(super) fn words(tool: &Tool) -> TokenStream {
    let contract = &tool.contract;
    let examples = contract.examples.iter();
    let examples = examples.map(|example| written(&example.whole));
    let requires = contract.requires.iter();
    let requires = requires.map(|condition| written(&condition.whole));
    let ensures = contract.ensures.iter();
    let ensures = ensures.map(|condition| written(&condition.whole));
    let pure = tool.arguments.pure.iter().map(|_| quote!(.pure()));
    quote! {
        #(.example(#examples))*
        #(.requires(#requires))*
        #(.ensures(#ensures))*
        #(#pure)*
    }
}

/// The functions of the companion that say whether the contract is kept.
pub(super) fn functions(tool: &Tool, krate: &Path) -> TokenStream {
    let Contract {
        examples,
        requires,
        ensures,
    } = &tool.contract;
    let examples = examples.iter().zip(0..);
    let examples = examples.map(|(example, number)| {
        let name = example_name(number);
        self::example(tool, example, &name, krate)
    });
    let requires = requires
        .iter()
        .map(|condition| self::requires(tool, condition, krate));
    let ensures = ensures
        .iter()
        .map(|condition| self::ensures(tool, condition, krate));
    let equal = tool.arguments.pure.iter().map(|_| equal(tool, krate));
    quote! {
        #(#examples)*
        #(#requires)*
        #(#ensures)*
        #(#equal)*
    }
}

/// The calls that hand those functions to the declaration.
pub(super) fn given(tool: &Tool) -> TokenStream {
    let handle = tool.handle();
    let examples = (0..tool.contract.examples.len()).map(example_name);
    let requires = tool.contract.requires.iter();
    let requires = requires.map(|_| quote!(.requires(<#handle>::__requires)));
    let ensures = tool.contract.ensures.iter();
    let ensures = ensures.map(|_| quote!(.ensures(<#handle>::__ensures)));
    let equal = tool.arguments.pure.iter();
    let equal = equal.map(|_| quote!(.equal(<#handle>::__equal)));
    quote! {
        .examples(&[#(<#handle>::#examples),*])
        #(#requires)*
        #(#ensures)*
        #(#equal)*
    }
}

fn example_name(number: usize) -> Ident {
    format_ident!("__example_{number}")
}

/// Inside, the tool's name is the candidate's.
fn example(tool: &Tool, example: &Example, name: &Ident, krate: &Path) -> TokenStream {
    let Tool {
        ident,
        parameters,
        output,
        ..
    } = tool;
    let candidate = local("candidate");
    let returned = returned(tool, krate);
    let inputs = parameters
        .iter()
        .map(|Parameter { ident, ty, .. }| quote!(#ident: #ty));
    let arguments = encoded(tool, krate);
    let called = quote_spanned!(output.span()=> #candidate.call::<#returned>(#arguments));
    let called = match tool.asynchronous {
        true => quote!(::core::future::ready(#called)),
        false => called,
    };
    let verdict = match &example.comparison {
        Some(Comparison { got, expected }) => {
            let (left, right) = (local("got"), local("expected"));
            quote_spanned! {example.whole.span()=>
                match (&(#got), &(#expected)) {
                    (#left, #right) => #candidate.compared(*#left == *#right, #left, #right),
                }
            }
        }
        None => {
            let whole = &example.whole;
            quote_spanned!(whole.span()=> #candidate.held(#whole))
        }
    };
    let called = written::after(tool, &called);
    let body = quote! {
        let #ident = |#(#inputs),*| { #called };
        #verdict
    };
    let body = match tool.asynchronous {
        true => quote!(#krate::__private::verdict(async { #body })),
        false => body,
    };
    quote! {
        fn #name(#candidate: &#krate::__private::Candidate<'_>) -> #krate::__private::Verdict {
            #body
        }
    }
}

fn requires(tool: &Tool, condition: &Condition, krate: &Path) -> TokenStream {
    let encoded = local("encoded");
    let bindings = bindings(tool, &encoded, &quote!(decode), Lent::Before, krate);
    let holds = holds(condition);
    quote! {
        #[allow(unused_variables, reason = "a contract need not be about all arguments")]
        fn __requires(#encoded: &[u8]) -> #krate::__private::Holds {
            #bindings
            ::core::result::Result::Ok(#holds)
        }
    }
}

fn ensures(tool: &Tool, condition: &Condition, krate: &Path) -> TokenStream {
    let Tool { output, .. } = tool;
    let (encoded, any) = (local("encoded"), local("answer"));
    let (whole, came) = (local("whole"), local("written"));
    let after = Lent::After(&came);
    let bindings = bindings(tool, &encoded, &quote!(decode), after, krate);
    let came = written::types(tool).map(|_| quote!(let (_, #came) = #whole;));
    let answer = &condition.answer;
    let returned = returned(tool, krate);
    let returned = quote_spanned!(output.span()=> <#returned as #krate::ToolReturn>);
    let holds = holds(condition);
    quote! {
        #[allow(unused_variables, reason = "a contract need not be about all arguments")]
        fn __ensures(#encoded: &[u8], #any: &dyn ::core::any::Any) -> #krate::__private::Holds {
            let #whole = #any.downcast_ref();
            let ::core::option::Option::Some(#whole) = #whole else {
                return ::core::result::Result::Ok(false); // never: it is of this very type
            };
            let ::core::option::Option::Some(#answer) = #returned::output(#whole) else {
                return ::core::result::Result::Ok(true); // nothing is promised of errors
            };
            #came
            #bindings
            ::core::result::Result::Ok(#holds)
        }
    }
}

/// Whether two answers are equal, where their type can tell.
fn equal(tool: &Tool, krate: &Path) -> TokenStream {
    let output = &tool.output;
    let returned = returned(tool, krate);
    let answer = quote_spanned!(output.span()=> <#returned as #krate::ToolReturn>::Answer);
    quote! {
        fn __equal(one: &[u8], other: &[u8]) -> bool {
            #[allow(unused_imports, reason = "one of them is used")]
            use #krate::__private::{Comparable as _, Incomparable as _};
            let pair = #krate::__private::pair::<#answer>(one, other);
            pair.is_some_and(|pair| (&pair).equal())
        }
    }
}

/// What the closure says. It stays a closure, so that a `return` in it is its own.
fn holds(condition: &Condition) -> TokenStream {
    let body = &condition.whole.body;
    let holds = local("holds");
    quote_spanned! {body.span()=>
        {
            let #holds = || -> bool { #body };
            #holds()
        }
    }
}
