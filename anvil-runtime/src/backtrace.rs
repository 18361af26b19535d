//! Addresses of a guest's stack, turned into functions and lines of the body.

use crate::cargo::Dylib;
use crate::isolation::NoAnswer;
use addr2line::{Loader, demangle_auto};
use anvil_core::failure::{Failure, Frames, Location};
use std::ffi::OsStr;
use std::fmt;
use std::path::Path;

/// A function of the body on the stack of a failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Frame {
    /// The function's path within the body.
    pub function: String,
    /// The line of `tool.rs`, counted from 1; 0 where it is not known.
    pub line: u32,
    /// The column, counted from 1; 0 where it is not known.
    pub column: u32,
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.function),
            line => write!(f, "{} (tool.rs:{line})", self.function),
        }
    }
}

/// The frames in the body's own source, innermost first. Reads the dylib's line tables, which takes
/// milliseconds: for prompts and reports, not for the way of a call. Empty where they say nothing.
pub(crate) fn resolve(dylib: &Dylib, frames: &Frames) -> Vec<Frame> {
    let Ok(loader) = Loader::new(dylib.path()) else {
        return Vec::new();
    };
    let mut resolved = Vec::new();
    for address in &frames.0 {
        // An address on the stack is that of the instruction after the call.
        let call = address.saturating_sub(1);
        let Ok(mut frames) = loader.find_frames(call) else {
            continue;
        };
        while let Ok(Some(frame)) = frames.next() {
            let location = frame.location.as_ref();
            let in_body = location
                .and_then(|location| location.file)
                .is_some_and(is_the_body);
            if !in_body {
                continue;
            }
            // Line tables name the functions that were inlined; the others are in the symbol table.
            let inlined = frame
                .function
                .as_ref()
                .and_then(|name| name.demangle().ok());
            let symbol = || Some(demangle_auto(loader.find_symbol(call)?.into(), None));
            let name = inlined.or_else(symbol);
            resolved.push(Frame {
                function: name.map_or_else(|| "?".to_owned(), |name| own_name(&name)),
                line: location.and_then(|location| location.line).unwrap_or(0),
                column: location.and_then(|location| location.column).unwrap_or(0),
            });
        }
    }
    resolved
}

/// The failure, told at a place in the body: a panic in a function of the standard library's that the body
/// called says where in the standard library, which helps nobody. Reads the dylib only then.
fn in_the_bodys_terms(dylib: &Dylib, mut failure: Failure) -> Failure {
    let elsewhere = failure
        .location
        .as_ref()
        .is_some_and(|location| !is_the_body(&location.file));
    if elsewhere {
        let frames = resolve(dylib, &failure.frames);
        let innermost = frames.into_iter().find(|frame| frame.line > 0);
        failure.location = innermost.map(|frame| Location {
            file: "tool.rs".to_owned(),
            line: frame.line,
            column: frame.column,
        });
    }
    failure
}

/// The same for a call that has no answer.
pub(crate) fn no_answer_in_the_bodys_terms(dylib: &Dylib, why: NoAnswer) -> NoAnswer {
    match why {
        NoAnswer::Failed(failure) => NoAnswer::Failed(in_the_bodys_terms(dylib, failure)),
        why => why,
    }
}

fn is_the_body(file: &str) -> bool {
    Path::new(file).file_name() == Some(OsStr::new("tool.rs"))
}

/// `top_n_1f::tool::part::h0123…` without the generated package's name, the module and the hash.
fn own_name(path: &str) -> String {
    let path = path.split_once("::tool::").map_or(path, |(_, rest)| rest);
    match path.rsplit_once("::h") {
        Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit()) => {
            name.to_owned()
        }
        _ => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_called_what_the_body_calls_it() {
        for path in [
            "top_n_0a1b::tool::part",
            "top_n_0a1b::tool::part::h0123456789abcdef",
        ] {
            assert_eq!(own_name(path), "part");
        }
        assert_eq!(own_name("x::tool::part::{{closure}}"), "part::{{closure}}");
    }
}
