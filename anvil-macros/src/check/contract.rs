//! What a contract can say: expressions that call the tool, and closures over what goes in and comes out.

use super::Mistakes;
use crate::model::{Arguments, Comparison, Condition, Contract, Example, Parameter};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{BinOp, Expr, ExprBinary, ExprClosure, Ident, Pat};

pub(super) fn check(
    arguments: &Arguments,
    tool: &Ident,
    parameters: &[Parameter],
    mistakes: &mut Mistakes,
) -> Contract {
    let examples = arguments.examples.iter();
    let examples = examples.map(|written| example(written, tool, mistakes));
    Contract {
        examples: examples.collect(),
        requires: arguments.requires.as_ref().map(|written| {
            refuse_calls(written.body.to_token_stream(), tool, mistakes);
            let names = names(written, mistakes);
            check_names(&names, parameters, mistakes);
            Condition {
                whole: written.clone(),
                answer: None,
            }
        }),
        ensures: arguments.ensures.as_ref().and_then(|written| {
            refuse_calls(written.body.to_token_stream(), tool, mistakes);
            let names = names(written, mistakes);
            let Some((answer, names)) = names.split_first() else {
                mistakes.add(written, "give the answer a name: `|out| …`");
                return None;
            };
            check_names(names, parameters, mistakes);
            if parameters.iter().any(|known| known.ident == *answer) {
                let message = "this is an argument's name: give the answer another one";
                mistakes.add(answer, message);
            }
            Some(Condition {
                whole: written.clone(),
                answer: Some(answer.clone()),
            })
        }),
    }
}

fn example(written: &Expr, tool: &Ident, mistakes: &mut Mistakes) -> Example {
    if !mentions(written.to_token_stream(), tool) {
        let message = format!("an example calls the tool: `{tool}(…)? == …`");
        mistakes.add(written, &message);
    }
    Example {
        whole: written.clone(),
        comparison: comparison(written, tool),
    }
}

/// The two sides of `got == expected`, whichever way round they stand.
fn comparison(written: &Expr, tool: &Ident) -> Option<Comparison> {
    let Expr::Binary(ExprBinary {
        left,
        op: BinOp::Eq(_),
        right,
        ..
    }) = written
    else {
        return None;
    };
    let turned = !mentions(left.to_token_stream(), tool);
    let (got, expected) = if turned { (right, left) } else { (left, right) };
    Some(Comparison {
        got: Expr::clone(got),
        expected: Expr::clone(expected),
    })
}

/// Whether `name` stands anywhere in `tokens`, macros' arguments included.
fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

/// A condition is asked about each call, and would be about the one that it makes. What calls the tool out of sight is
/// found as it runs.
fn refuse_calls(tokens: TokenStream, tool: &Ident, mistakes: &mut Mistakes) {
    let mut tokens = tokens.into_iter().peekable();
    let mut is_another = false; // a method or a field, or something in a module
    while let Some(token) = tokens.next() {
        match &token {
            TokenTree::Ident(ident) if ident == tool && !is_another && calls(tokens.peek()) => {
                mistakes.add(
                    ident,
                    "a condition cannot call the tool: it would be asked again for that call; write an example",
                );
            }
            TokenTree::Group(group) => refuse_calls(group.stream(), tool, mistakes),
            _ => {}
        }
        is_another =
            matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), '.' | ':'));
    }
}

/// Whether what stands behind a name makes it a call.
fn calls(next: Option<&TokenTree>) -> bool {
    matches!(next, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

/// The names of a closure's parameters. Their types are known.
fn names(closure: &ExprClosure, mistakes: &mut Mistakes) -> Vec<Ident> {
    let names = closure.inputs.iter().filter_map(|input| match input {
        Pat::Ident(plain) if plain.by_ref.is_none() && plain.subpat.is_none() => {
            Some(plain.ident.clone())
        }
        pattern => {
            mistakes.add(pattern, "write its name alone: what it is, is known");
            None
        }
    });
    names.collect()
}

fn check_names(names: &[Ident], parameters: &[Parameter], mistakes: &mut Mistakes) {
    for name in names {
        if !parameters.iter().any(|known| known.ident == *name) {
            let message = format!("the tool has no argument `{name}`");
            mistakes.add(name, &message);
        }
    }
}
