//! Requires: a source file. Produces: one that keeps the policy, and defines the declared function for others to
//! call.
//!
//! Everything else that can be wrong with the source, its grammar and its types first of all, the compiler
//! says better, and a build that fails costs no more than a check.

use crate::pipeline::{Drafted, Rejection, Step};
use crate::policy::{self, Gate, LONGEST, Rule, Violation};
use crate::spec::ToolSpec;
use proc_macro2::{TokenStream, TokenTree};

/// A body that is worth a build.
#[derive(Debug)]
#[must_use]
pub(crate) struct Checked {
    pub(super) body: String,
    /// Whether the compiler is to let `unsafe` pass.
    pub(super) unsafe_code: bool,
}

impl Drafted {
    pub(crate) fn check(self, spec: &ToolSpec, gate: &Gate) -> Result<Checked, Rejection> {
        if self.body.len() > LONGEST && gate.refuses(Rule::Length) {
            return Err(Rejection {
                step: step(Rule::Length),
                body: String::new(), // nobody is to read it
                words: Violation::too_long(&self.body).to_string(),
            });
        }
        let mistake = mistake(&self.body, spec, gate);
        // The lexer keeps every text that it has seen on this thread, to tell its lines. Nobody asks any more.
        proc_macro2::extra::invalidate_current_thread_spans();
        match mistake {
            None => Ok(Checked {
                body: self.body,
                unsafe_code: !gate.refuses(Rule::Unsafe),
            }),
            Some((step, words)) => Err(Rejection {
                step,
                body: self.body,
                words,
            }),
        }
    }
}

fn step(rule: Rule) -> Step {
    Step::Gate { rule: rule.name() }
}

fn mistake(body: &str, spec: &ToolSpec, gate: &Gate) -> Option<(Step, String)> {
    let tokens = body.parse::<TokenStream>().ok();
    let violations = policy::violations(gate, body, tokens.clone());
    if let Some(first) = violations.first() {
        let told: Vec<String> = violations.iter().map(ToString::to_string).collect();
        return Some((step(first.rule), told.join("\n")));
    }
    let words = undefined(tokens?, spec)?;
    Some((Step::Check, words))
}

/// What is wrong with how the declared function is defined.
fn undefined(tokens: TokenStream, spec: &ToolSpec) -> Option<String> {
    let signature = spec.signature();
    match declared_at_top_level(tokens, &spec.function) {
        None => Some(format!(
            "the file does not define the declared function at its top level: `{signature}`"
        )),
        Some(Visibility::Restricted) => Some(format!(
            "`{}` has to be `pub`: `{signature}`",
            spec.function
        )),
        Some(Visibility::Public) => None,
    }
}

enum Visibility {
    Public,
    Restricted,
}

/// The visibility of `fn function` among the file's own items. Groups are passed over and not entered: text
/// from a model can be nested deeper than any parser's stack, and this thread is the user's process.
fn declared_at_top_level(tokens: TokenStream, function: &str) -> Option<Visibility> {
    // Words that may stand between `pub` and `fn`.
    const QUALIFIERS: [&str; 4] = ["const", "async", "unsafe", "extern"];
    let mut visibility = Visibility::Restricted;
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(word) if word == "pub" => {
                visibility = match tokens.peek() {
                    Some(TokenTree::Group(_)) => Visibility::Restricted, // `pub(crate)`
                    _ => Visibility::Public,
                };
            }
            TokenTree::Ident(word) if word == "fn" => match tokens.next() {
                Some(TokenTree::Ident(name)) if name == function => return Some(visibility),
                _ => visibility = Visibility::Restricted,
            },
            TokenTree::Ident(word) if QUALIFIERS.iter().any(|known| word == known) => {}
            TokenTree::Literal(_) => {} // `extern "C"`
            _ => visibility = Visibility::Restricted,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    fn mistake_in(body: &str) -> Option<String> {
        let spec = ToolSpec::new("add", "add", "", "").taking::<u8, _>("a", "");
        Drafted::from_store(body.to_owned())
            .check(&spec, &Policy::default().gate("add"))
            .err()
            .map(|rejection| rejection.words)
    }

    #[test]
    fn a_file_with_the_function_passes_whatever_stands_around_it() {
        assert_eq!(
            mistake_in("//! Adds.\nuse std::fmt;\nfn help() {}\npub fn add(a: u8) {}"),
            None
        );
    }

    #[test]
    fn what_is_not_rust_is_left_to_the_compiler() {
        assert_eq!(mistake_in("pub fn add(a: u8) {"), None);
    }

    #[test]
    fn a_mistake_is_told_with_what_was_declared() {
        for (body, words) in [
            ("pub fn sum(a: u8) {}", "`pub fn add(a: u8) -> ()`"),
            ("mod inner { pub fn add(a: u8) {} }", "top level"),
            ("fn add(a: u8) {}", "has to be `pub`"),
            ("pub(crate) fn add(a: u8) {}", "has to be `pub`"),
            ("pub struct A;\nfn add(a: u8) {}", "has to be `pub`"),
        ] {
            let mistake = mistake_in(body).unwrap();
            assert!(mistake.contains(words), "{body:?}: {mistake}");
        }
    }

    #[test]
    fn a_body_that_is_too_long_for_anyone_is_not_looked_at() {
        let body = format!("pub fn add(a: u8) {{}} // {}", "x".repeat(LONGEST));
        let words = mistake_in(&body).unwrap();
        assert!(words.contains("at most 262,144 bytes"), "{words}");
    }

    #[test]
    fn nesting_without_end_does_not_exhaust_the_stack() {
        let deep = [
            format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000)),
            format!("{}true", "!".repeat(100_000)),
            format!("a{}", " ^ a".repeat(60_000)),
        ];
        for expression in deep {
            let body = format!("pub fn add(a: u8) {{ {expression} }}");
            assert_eq!(mistake_in(&body), None);
        }
    }
}
