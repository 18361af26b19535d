//! Expressions as they were written, for people and models to read.

use proc_macro2::{Delimiter, LineColumn, TokenStream, TokenTree};
use quote::ToTokens;

/// The text of `tokens` in one line: with spaces where there were any. `stringify!` puts them where it likes.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    let mut end = None;
    write(tokens.to_token_stream(), &mut text, &mut end);
    text
}

/// What `tokens` say, however they are laid out: without spaces, lines and comments that say nothing, and without the
/// commas that rustfmt puts at the end of lists.
pub(crate) fn said(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    say(tokens.to_token_stream(), &mut text);
    text
}

fn say(tokens: TokenStream, text: &mut String) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                text.push_str(open);
                say(group.stream(), text);
                text.push_str(close);
            }
            TokenTree::Punct(comma) if comma.as_char() == ',' && tokens.peek().is_none() => {
                continue;
            }
            token => text.push_str(&token.to_string()),
        }
        text.push(' ');
    }
}

fn delimiters(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        // Where another macro put something in one piece.
        Delimiter::None => ("", ""),
    }
}

/// Appends `tokens`; the last thing that was written ended at `end`.
fn write(tokens: TokenStream, text: &mut String, end: &mut Option<LineColumn>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = delimiters(group.delimiter());
                // syn knows where the whole ends, and no more where its delimiters do.
                let (start, behind) = (group.span().start(), group.span().end());
                push(open, start, beside(start, open.len()), text, end);
                write(group.stream(), text, end);
                let last = LineColumn {
                    column: behind.column.saturating_sub(close.len()),
                    ..behind
                };
                push(close, last, behind, text, end);
            }
            token => {
                let span = token.span();
                push(&token.to_string(), span.start(), span.end(), text, end);
            }
        }
    }
}

fn beside(place: LineColumn, columns: usize) -> LineColumn {
    LineColumn {
        column: place.column + columns,
        ..place
    }
}

fn push(
    token: &str,
    start: LineColumn,
    new_end: LineColumn,
    text: &mut String,
    end: &mut Option<LineColumn>,
) {
    if end.replace(new_end).is_some_and(|end| end != start) && !token.is_empty() {
        text.push(' ');
    }
    text.push_str(token);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_does_not_depend_on_how_it_is_laid_out() {
        let said = |source: &str| super::said(&source.parse::<TokenStream>().unwrap());
        assert_eq!(
            said("{ f(a, b) } // why"),
            said("{\n    f(\n        a,\n        b,\n    )\n}")
        );
        assert_ne!(said("(a,)"), said("(a, b)"));
        assert_ne!(said("a + b"), said("a - b"));
        assert_ne!(said("\"a b\""), said("\"a  b\""));
    }

    #[test]
    fn an_expression_is_told_as_it_was_written() {
        for source in [
            r#"seconds("1h 30m")? == 5400"#,
            "|out, max| out.chars().count() <= max",
            "matches!(halve(-2), Ok(half) if half < 0)",
            "xs.iter().all(|x: &u8| *x..=9 == [0; 3][..])",
            "{ let a = 'x'; a }",
        ] {
            let tokens: TokenStream = source.parse().unwrap();
            assert_eq!(written(&tokens), source);
        }
        let tokens: TokenStream = "a\n    .b( /* why */ c )".parse().unwrap();
        assert_eq!(written(&tokens), "a .b( c )");
    }
}
