//! A declaration as it was written, and as it is once it was checked.

use proc_macro2::Span;
use syn::{
    Attribute, Block, Expr, ExprClosure, Ident, LitBool, LitInt, LitStr, Path, Signature, Token,
    Type, Visibility,
};

/// What was written: `#[anvil::tool(ARGUMENTS)] ITEM`.
pub(crate) struct Declared {
    pub(crate) arguments: Arguments,
    pub(crate) item: Item,
}

/// The attribute's arguments.
pub(crate) struct Arguments {
    pub(crate) intent: LitStr,
    pub(crate) name: Option<LitStr>,
    pub(crate) docs: Vec<Reference>,
    pub(crate) examples: Vec<Expr>,
    pub(crate) requires: Option<ExprClosure>,
    pub(crate) ensures: Option<ExprClosure>,
    pub(crate) pure: Option<Ident>,
    pub(crate) hosts: Vec<LitStr>,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) crates: Vec<Crate>,
    pub(crate) handle: Option<Ident>,
    pub(crate) heal: Option<LitBool>,
    pub(crate) heal_on_err: Option<Ident>,
    pub(crate) max_heal_attempts: Option<LitInt>,
    pub(crate) share_args: Option<LitBool>,
    pub(crate) approval: Option<LitStr>,
    pub(crate) timeout: Option<LitStr>,
    pub(crate) memory: Option<LitStr>,
    pub(crate) isolation: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

/// `"url"`, or `path = "file"`.
pub(crate) struct Reference {
    /// The word before the `=`, where there is one.
    pub(crate) word: Option<Ident>,
    pub(crate) text: LitStr,
}

/// `NAME = "host"`.
pub(crate) struct Secret {
    pub(crate) name: Ident,
    pub(crate) host: LitStr,
}

/// `name = "version"`, where a name that is no identifier is a string literal.
pub(crate) struct Crate {
    pub(crate) name: LitStr,
    pub(crate) version: LitStr,
}

/// A function that may lack its body.
pub(crate) struct Item {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) signature: Signature,
    pub(crate) body: Option<Block>,
}

/// A declaration that a tool can be made of.
pub(crate) struct Tool {
    pub(crate) arguments: Arguments,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    /// The `fn` that was written, so that lints look at the user's function and not at the macro's.
    pub(crate) fn_token: Token![fn],
    pub(crate) asynchronous: bool,
    pub(crate) ident: Ident,
    /// The tool's own name: `name = "…"`, else the function's.
    pub(crate) name: String,
    pub(crate) parameters: Vec<Parameter>,
    /// What stands behind `->`; `()` where nothing does.
    pub(crate) output: Type,
    /// The first version, where the declaration brings it.
    pub(crate) body: Option<Body>,
    pub(crate) contract: Contract,
    pub(crate) limits: Limits,
    /// The variant of `Approval`, where one was named.
    pub(crate) approval: Option<&'static str>,
}

/// A body in a declaration.
pub(crate) struct Body {
    pub(crate) signature: Signature,
    pub(crate) block: Block,
}

/// What is known of right answers, as expressions of the user's crate.
#[derive(Default)]
pub(crate) struct Contract {
    pub(crate) examples: Vec<Example>,
    pub(crate) requires: Option<Condition>,
    pub(crate) ensures: Option<Condition>,
}

/// An expression that calls the tool.
pub(crate) struct Example {
    pub(crate) whole: Expr,
    /// What has to come out and what calls the tool, where the expression compares the two.
    pub(crate) comparison: Option<Comparison>,
}

pub(crate) struct Comparison {
    pub(crate) got: Expr,
    pub(crate) expected: Expr,
}

/// A closure that says whether something is as it should be. The arguments are in scope under their own names.
pub(crate) struct Condition {
    pub(crate) whole: ExprClosure,
    /// What it calls the answer, if it is about one.
    pub(crate) answer: Option<Ident>,
}

/// Where the tool runs and what it may use there, as far as it was said.
#[derive(Default)]
pub(crate) struct Limits {
    /// The variant of `Isolation`.
    pub(crate) level: Option<&'static str>,
    /// How long one call may take, in milliseconds.
    pub(crate) timeout_ms: Option<u64>,
    /// How many bytes its process may use.
    pub(crate) memory: Option<u64>,
}

pub(crate) struct Parameter {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) docs: String,
    /// Whether it is marked `#[anvil(private)]`.
    pub(crate) private: bool,
}

impl Parameter {
    /// What is written to, where it is lent for that.
    pub(crate) fn mutable(&self) -> Option<&Type> {
        match &self.ty {
            Type::Reference(reference) if reference.mutability.is_some() => Some(&reference.elem),
            _ => None,
        }
    }
}

impl Tool {
    /// The companion's name.
    pub(crate) fn handle(&self) -> &Ident {
        self.arguments.handle.as_ref().unwrap_or(&self.ident)
    }

    /// The path to Anvil in the user's crate.
    pub(crate) fn krate(&self) -> Path {
        self.arguments.krate.clone().unwrap_or_else(|| {
            let anvil = Ident::new("anvil", Span::call_site());
            syn::parse_quote!(::#anvil)
        })
    }
}

/// The text of the doc comments among `attributes`, one line each, without the space that follows `///`.
pub(crate) fn docs(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes.iter().filter_map(doc_line).collect();
    lines.join("\n").trim().to_owned()
}

fn doc_line(attribute: &Attribute) -> Option<String> {
    let syn::Meta::NameValue(doc) = &attribute.meta else {
        return None;
    };
    match &doc.value {
        syn::Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) if doc.path.is_ident("doc") => {
            let text = text.value();
            Some(text.strip_prefix(' ').unwrap_or(&text).to_owned())
        }
        _ => None,
    }
}
