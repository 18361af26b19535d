//! The walk over a body's tokens.
//!
//! It keeps its own stack: text from a model can be nested deeper than any thread's, and this one is the user's
//! process.

use crate::policy::frame::{Attribute, Frame, Place, plain};
use crate::policy::paths::{self, Root};
use crate::policy::rules::{Rule, Violation};
use crate::policy::{Gate, attributes, macros};
use crate::text::shortened;
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use std::collections::BTreeSet;

/// More than this many violations are not told: a body that has them is written anew and not mended.
const MOST: usize = 10;

/// More bytes of what was found are not told.
const LONGEST_FOUND: usize = 80;

/// What `gate` refuses in `body`: each thing once, in the order of the text. `tokens` are the body's; where there are
/// none to be had, the compiler says better what is wrong with it.
pub(crate) fn violations(gate: &Gate, body: &str, tokens: Option<TokenStream>) -> Vec<Violation> {
    if gate.is_open() {
        return Vec::new();
    }
    let tokens = tokens.unwrap_or_default();
    let mut scan = Scan {
        gate,
        own_macros: macros::defined(tokens.clone()),
        found: Vec::new(),
    };
    if is_shebang(body) {
        scan.refuse(Rule::InnerAttributes, "#!", 1);
    }
    let mut stack = vec![Frame::new(tokens, Place::default())];
    while let Some(frame) = stack.last_mut() {
        if scan.found.len() == MOST {
            break;
        }
        if frame.at == frame.tokens.len() {
            stack.pop();
        } else if let Some(inner) = scan.step(frame) {
            stack.push(inner);
        }
    }
    scan.found
}

/// Whether the compiler passes over the first line, in which we see tokens, or something that makes none of what
/// follows.
fn is_shebang(body: &str) -> bool {
    let body = body.strip_prefix('\u{feff}').unwrap_or(body);
    body.strip_prefix("#!")
        .is_some_and(|rest| !rest.trim_start().starts_with('['))
}

struct Scan<'g> {
    gate: &'g Gate,
    own_macros: BTreeSet<String>,
    found: Vec<Violation>,
}

impl Scan<'_> {
    fn refuse(&mut self, rule: Rule, found: impl Into<String>, line: usize) {
        let found = shortened(&found.into(), LONGEST_FOUND);
        let known = |one: &Violation| one.rule == rule && one.found == found;
        if self.gate.refuses(rule) && !self.found.iter().any(known) {
            self.found.push(Violation { rule, found, line });
        }
    }

    /// Looks at one token, and returns the frame of what is in it.
    fn step(&mut self, frame: &mut Frame) -> Option<Frame> {
        let at = frame.at;
        frame.at += 1;
        match &frame.tokens[at] {
            TokenTree::Group(group) => {
                let group = group.clone();
                self.inside(frame, at, &group)
            }
            TokenTree::Ident(word) => {
                let word = word.to_string();
                self.word(frame, at, &word);
                None
            }
            TokenTree::Punct(mark) => {
                match mark.as_char() {
                    ';' => frame.place.in_use = false,
                    '$' => self.variable(frame, at),
                    '#' => return self.attribute(frame, at),
                    '*' => self.glob(frame, at),
                    _ => {}
                }
                None
            }
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                self.literal(frame, at, &literal)
            }
        }
    }

    fn inside(&mut self, frame: &Frame, at: usize, group: &Group) -> Option<Frame> {
        let before = at.checked_sub(1);
        let stream = group.stream();
        let named = frame.word(before);
        let mut place = Place {
            under: None,
            ..frame.place
        };
        if frame.is_path(at.checked_sub(2)) {
            place.under = frame
                .word(at.checked_sub(3))
                .and_then(|root| Root::named(&root));
        } else if frame.begins(at) {
            place.under = frame.place.under; // `std::{{fs}}`
        }
        if frame.is_mark(before, '!') {
            let name = frame.word(at.checked_sub(2)).unwrap_or_default();
            place.in_macro |= self.own_macros.contains(&name);
        }
        if let Some(name) = &named {
            let defines = frame.is_mark(at.checked_sub(2), '!')
                && frame.word(at.checked_sub(3)).as_deref() == Some("macro_rules");
            place.in_macro |= defines;
            if place.in_attribute.is_some() && name == "serde" {
                place.in_attribute = Some(Attribute::Serde);
            }
            if name == "pub" && is_just_crate(&stream) {
                return None; // `pub(crate)`
            }
        }
        if group.delimiter() == Delimiter::Brace && !frame.is_path(at.checked_sub(2)) {
            // Braces in a `use` follow `::` or begin something.
            place.in_use &= frame.begins(at) || named.as_deref() == Some("use");
        }
        Some(Frame::new(stream, place))
    }

    fn word(&mut self, frame: &mut Frame, at: usize, raw: &str) {
        let next = Some(at + 1);
        let line = frame.line(at);
        let place = frame.place;
        match raw {
            "unsafe" => self.refuse(Rule::Unsafe, "unsafe", line),
            "extern" => self.refuse(Rule::Extern, "extern", line),
            "use" => frame.place.in_use = !frame.is_mark(next, '<'), // `impl Trait + use<'a>`
            "mod" => {
                let name = at + 1 + usize::from(frame.is_mark(next, '$'));
                if frame.is_mark(Some(name + 1), ';') {
                    let name = frame.word(Some(name)).unwrap_or_default();
                    self.refuse(Rule::ModuleFiles, format!("mod {name};"), line);
                }
            }
            "crate" => {
                let renamed = place.in_use && frame.word(next).as_deref() == Some("as");
                if frame.is_path(next) || renamed || place.in_macro {
                    self.refuse(Rule::Internals, "crate", line);
                }
            }
            _ => self.name(frame, at, raw.strip_prefix("r#").unwrap_or(raw)),
        }
    }

    /// A word that is no keyword.
    fn name(&mut self, frame: &Frame, at: usize, name: &str) {
        let line = frame.line(at);
        let place = frame.place;
        let next = Some(at + 1);
        let behind_path = frame.is_path(at.checked_sub(2));
        let member = frame.is_member(at);
        if let Some(rule) = macros::rule(name) {
            let called = frame.is_mark(next, '!') && frame.group(Some(at + 2)).is_some();
            // By itself `env` is the macro; behind a path it may be a module of the body's, unless a prelude is before it.
            let of_a_prelude = frame
                .word(at.checked_sub(3))
                .is_some_and(|module| macros::is_a_prelude(&module));
            let alone = name != "env" || (!behind_path && place.under.is_none()) || of_a_prelude;
            let brought_in = place.in_use && alone && !frame.is_path(next);
            let put_together = place.in_macro && frame.is_mark(next, '$');
            let mentioned = macros::is_nothing_else(name) && !member;
            if called || brought_in || put_together || mentioned {
                self.refuse(rule, format!("{name}!"), line);
            }
        }
        if let Some(root) = place.under.filter(|_| frame.begins_path(at)) {
            let renamed = frame.word(next).as_deref() == Some("as");
            match root.rule(name) {
                Some(Rule::HiddenPaths) if !renamed => {} // `std::{self}` is `std`
                Some(rule) => self.refuse(rule, format!("{}::{name}", root.name()), line),
                None => {}
            }
        }
        if name.starts_with("__") && (behind_path || place.in_use) {
            self.refuse(Rule::Internals, name, line);
        }
        if paths::reads_files(name) && (member || behind_path) {
            self.refuse(Rule::Files, name, line);
        }
        if place.in_attribute.is_some() && frame.begins(at) && attributes::reaches_out(name) {
            self.refuse(Rule::Attributes, format!("#[{name}]"), line);
        }
        if let Some(root) = Root::named(name).filter(|_| !member) {
            self.root(frame, at, root);
        }
    }

    fn root(&mut self, frame: &Frame, at: usize, root: Root) {
        let line = frame.line(at);
        let name = root.name();
        let next = Some(at + 1);
        if !frame.is_path(next) {
            let renamed = frame.place.in_use && frame.word(next).as_deref() == Some("as");
            if renamed || frame.place.in_macro {
                self.refuse(Rule::HiddenPaths, name, line);
            }
            return;
        }
        if root == Root::Glue {
            return self.refuse(Rule::Internals, "glue", line);
        }
        match frame.get(Some(at + 3)) {
            Some(TokenTree::Ident(tail)) => {
                let tail = plain(tail);
                if let Some(rule) = root.rule(&tail) {
                    self.refuse(rule, format!("{name}::{tail}"), line);
                }
            }
            Some(TokenTree::Group(_)) => {} // what is in it is told when it is entered
            Some(TokenTree::Punct(star)) if star.as_char() == '*' => {
                self.refuse(Rule::HiddenPaths, format!("{name}::*"), line);
            }
            _ => self.refuse(Rule::HiddenPaths, format!("{name}::…"), line), // `std::$name`
        }
    }

    /// `std::{*}`.
    fn glob(&mut self, frame: &Frame, at: usize) {
        if let Some(root) = frame.place.under.filter(|_| frame.begins(at)) {
            let found = format!("{}::*", root.name());
            self.refuse(Rule::HiddenPaths, found, frame.line(at));
        }
    }

    /// A `$`, which begins what a macro puts in: `$name`, `$name:kind`, `$( … ) , *`.
    fn variable(&mut self, frame: &mut Frame, at: usize) {
        let line = frame.line(at);
        let hidden = |scan: &mut Self, found: String| scan.refuse(Rule::HiddenPaths, found, line);
        let next = Some(at + 1);
        if frame.group(next).is_some() {
            if frame.is_path(Some(at + 2)) {
                hidden(self, "$( … )::".to_owned());
            }
            return;
        }
        let Some(name) = frame.word(next) else {
            return;
        };
        frame.at += 1; // the name means nothing by itself
        if name == "crate" {
            return hidden(self, "$crate".to_owned());
        }
        let defined = frame.word(at.checked_sub(2)).as_deref() == Some("macro_rules");
        if defined && frame.is_mark(at.checked_sub(1), '!') {
            hidden(self, format!("macro_rules! ${name}"));
        }
        if frame.is_code(at) {
            hidden(self, format!("= ${name}"));
        }
        if frame.place.under.is_some() && frame.begins(at) {
            hidden(self, format!("::{{${name}}}"));
        }
        if frame.is_mark(Some(at + 2), '!') && frame.group(Some(at + 3)).is_some() {
            hidden(self, format!("${name}!"));
        }
        if let Some(word) = frame.word(Some(at + 2)) {
            // `use $a $b fs`, where a `::` is handed over as well.
            let leads_on = frame.place.in_use || frame.is_path(Some(at + 3));
            if leads_on && paths::is_refused_somewhere(&word) {
                hidden(self, format!("${name} {word}"));
            }
        }
        if !frame.is_path(Some(at + 2)) {
            return;
        }
        let tail = Some(at + 4);
        match frame.get(tail) {
            Some(TokenTree::Ident(word)) => {
                let word = plain(word);
                let called = frame
                    .group(Some(at + 5))
                    .is_some_and(|group| group.delimiter() == Delimiter::Parenthesis);
                if paths::is_refused_somewhere(&word) && !called {
                    hidden(self, format!("${name}::{word}"));
                }
            }
            Some(TokenTree::Group(_)) => hidden(self, format!("${name}::{{ … }}")),
            Some(TokenTree::Punct(mark)) if matches!(mark.as_char(), '$' | '*') => {
                hidden(self, format!("${name}::{mark}"));
            }
            _ => {}
        }
    }

    /// A `#`, which begins an attribute.
    fn attribute(&mut self, frame: &mut Frame, at: usize) -> Option<Frame> {
        let inner = frame.is_mark(Some(at + 1), '!');
        let brackets = at + 1 + usize::from(inner);
        let group = frame
            .group(Some(brackets))
            .filter(|group| group.delimiter() == Delimiter::Bracket)?;
        let attribute = Frame::new(
            group.stream(),
            Place {
                in_attribute: Some(Attribute::Other),
                under: None,
                ..frame.place
            },
        );
        frame.at = brackets + 1;
        if attributes::is_doc(&attribute.tokens) {
            return None;
        }
        if inner {
            let name = attribute.word(Some(0)).unwrap_or_default();
            self.refuse(Rule::InnerAttributes, format!("#![{name}]"), frame.line(at));
        }
        Some(attribute)
    }

    /// Text that serde's macros take for code.
    fn literal(&mut self, frame: &Frame, at: usize, literal: &str) -> Option<Frame> {
        if !frame.is_code(at) {
            return None;
        }
        let line = frame.line(at);
        let Some(text) = attributes::text_of(literal) else {
            self.refuse(Rule::HiddenPaths, literal, line);
            return None;
        };
        let place = Place {
            line: Some(line),
            ..Place::default()
        };
        Some(Frame::new(text.parse().ok()?, place))
    }
}

fn is_just_crate(tokens: &TokenStream) -> bool {
    let mut tokens = tokens.clone().into_iter();
    matches!((tokens.next(), tokens.next()), (Some(TokenTree::Ident(word)), None) if word == "crate")
}
