//! Requires: a source file. Produces: one that defines the declared function for others to call.
//!
//! Everything else that can be wrong with the source, its grammar and its types first of all, the compiler
//! says better, and a build that fails costs no more than a check.

use crate::pipeline::{Drafted, Rejection, Step};
use crate::spec::ToolSpec;
use syn::{Item, Visibility};

/// A body that is worth a build.
#[derive(Debug)]
#[must_use]
pub(crate) struct Checked {
    pub(super) body: String,
}

impl Drafted {
    pub(crate) fn check(self, spec: &ToolSpec) -> Result<Checked, Rejection> {
        match mistake(&self.body, spec) {
            None => Ok(Checked { body: self.body }),
            Some(words) => Err(Rejection {
                step: Step::Check,
                body: self.body,
                words,
            }),
        }
    }
}

fn mistake(body: &str, spec: &ToolSpec) -> Option<String> {
    let Ok(file) = syn::parse_file(body) else {
        return None;
    };
    let function = file.items.iter().find_map(|item| match item {
        Item::Fn(function) if function.sig.ident == spec.function => Some(function),
        _ => None,
    });
    match function {
        None => Some(format!(
            "the file does not define the declared function at its top level: `{}`",
            spec.signature()
        )),
        Some(function) if !matches!(function.vis, Visibility::Public(_)) => Some(format!(
            "`{}` has to be `pub`: `{}`",
            spec.function,
            spec.signature()
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mistake_in(body: &str) -> Option<String> {
        let spec = ToolSpec::new("add", "add", "", "").parameter::<u8, _>("a", "");
        Drafted::from_store(body.to_owned())
            .check(&spec)
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
        ] {
            let mistake = mistake_in(body).unwrap();
            assert!(mistake.contains(words), "{body:?}: {mistake}");
        }
    }
}
