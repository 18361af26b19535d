//! What a tool cannot have, and what to write instead. All mistakes of a declaration are told at once.

mod capabilities;
mod contract;
mod docs;

use crate::limits;
use crate::model::{Arguments, Body, Declared, Item, Limits, Parameter, Tool, docs};
use quote::ToTokens;
use syn::{
    Attribute, Error, FnArg, GenericArgument, GenericParam, Ident, LitStr, Pat, PathArguments,
    Result, ReturnType, Safety, Type, TypeReference,
};

/// Arguments travel as one tuple, and serde knows tuples up to this length.
const MOST_PARAMETERS: usize = 16;

/// Checks a declaration and takes it apart.
pub(crate) fn tool(Declared { arguments, item }: Declared) -> Result<Tool> {
    let mut mistakes = Mistakes::default();
    let name = check_name(&arguments, &item.signature.ident, &mut mistakes);
    check_numbers(&arguments, &mut mistakes);
    let limits = check_limits(&arguments, &mut mistakes);
    let approval = check_approval(&arguments, &mut mistakes);
    docs::check(&arguments, &mut mistakes);
    capabilities::check(&arguments, &mut mistakes);
    capabilities::check_crates(&arguments, &mut mistakes);
    check_item(&item, &mut mistakes);
    let parameters = check_parameters(&item, &mut mistakes);
    capabilities::check_parameters(&arguments, &parameters, &mut mistakes);
    let errors_cross = arguments.heal_on_err.is_none();
    let output = check_output(&item.signature.output, errors_cross, &mut mistakes);
    let contract = contract::check(
        &arguments,
        &item.signature.ident,
        &parameters,
        &mut mistakes,
    );
    mistakes.into_result()?;
    let signature = item.signature.clone();
    let body = item.body.map(|block| Body { signature, block });
    Ok(Tool {
        arguments,
        attributes: item.attributes,
        visibility: item.visibility,
        fn_token: item.signature.fn_token,
        asynchronous: item.signature.asyncness.is_some(),
        ident: item.signature.ident,
        name,
        parameters,
        output,
        body,
        contract,
        limits,
        approval,
    })
}

/// All that is wrong, to be told at once.
#[derive(Default)]
pub(crate) struct Mistakes(Option<Error>);

impl Mistakes {
    pub(crate) fn add(&mut self, at: impl ToTokens, message: &str) {
        let error = Error::new_spanned(at, message);
        match &mut self.0 {
            Some(errors) => errors.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn into_result(self) -> Result<()> {
        self.0.map_or(Ok(()), Err)
    }
}

/// A tool's name becomes a folder, a package and a symbol.
fn check_name(arguments: &Arguments, ident: &Ident, mistakes: &mut Mistakes) -> String {
    let (name, at) = match &arguments.name {
        Some(name) => (name.value(), name.to_token_stream()),
        None => {
            let ident_text = ident.to_string();
            let name = ident_text.strip_prefix("r#").unwrap_or(&ident_text);
            (name.to_owned(), ident.to_token_stream())
        }
    };
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.len() <= 64
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if !plain {
        mistakes.add(
            at,
            "a tool's name becomes a folder and a package: give it one of lower-case letters, digits and `_`, \
             up to 64, starting with a letter: `name = \"…\"`",
        );
    } else if is_device(&name) {
        mistakes.add(
            at,
            "Windows reserves this name for a device: give the tool another one with `name = \"…\"`",
        );
    }
    if arguments.intent.value().trim().is_empty() {
        mistakes.add(
            &arguments.intent,
            "say in a sentence what the tool should do",
        );
    }
    name
}

/// Whether Windows reserves `name` for a device: no folder there can have it.
fn is_device(name: &str) -> bool {
    let number = name
        .strip_prefix("com")
        .or_else(|| name.strip_prefix("lpt"));
    ["con", "prn", "aux", "nul"].contains(&name)
        || number.is_some_and(|number| matches!(number.as_bytes(), [b'1'..=b'9']))
}

fn check_numbers(arguments: &Arguments, mistakes: &mut Mistakes) {
    if let Some(number) = &arguments.max_heal_attempts
        && number.base10_parse::<u32>().is_err()
    {
        mistakes.add(number, "the number of heal attempts is a `u32`");
    }
}

fn check_approval(arguments: &Arguments, mistakes: &mut Mistakes) -> Option<&'static str> {
    let written = arguments.approval.as_ref()?;
    let approval = limits::approval(&written.value());
    if approval.is_none() {
        mistakes.add(written, &format!("write {}", limits::APPROVALS));
    }
    approval
}

fn check_limits(arguments: &Arguments, mistakes: &mut Mistakes) -> Limits {
    let Arguments {
        timeout,
        memory,
        isolation,
        ..
    } = arguments;
    let mut limits = Limits::default();
    if let Some(written) = isolation {
        limits.level = limits::level(&written.value());
        if limits.level.is_none() {
            mistakes.add(written, &format!("write {}", limits::LEVELS));
        }
    }
    limits.timeout_ms = amount(timeout, limits::timeout, mistakes);
    limits.memory = amount(memory, limits::memory, mistakes);
    if limits.level == Some("InProcess") {
        for (written, message) in [(timeout, NO_TIMEOUT), (memory, NO_MEMORY)] {
            if let Some(written) = written {
                mistakes.add(written, message);
            }
        }
    }
    limits
}

/// What was written, as `read` understands it.
fn amount(
    written: &Option<LitStr>,
    read: fn(&str) -> limits::Amount,
    mistakes: &mut Mistakes,
) -> Option<u64> {
    let written = written.as_ref()?;
    let amount = read(&written.value());
    amount
        .map_err(|mistake| mistakes.add(written, mistake))
        .ok()
}

const NO_TIMEOUT: &str = "a call in the host's own process cannot be stopped: leave out `timeout`, or `isolation = \"in_process\"`";

const NO_MEMORY: &str = "what runs in the host's own process shares its memory: leave out `memory`, or `isolation = \"in_process\"`";

fn check_item(item: &Item, mistakes: &mut Mistakes) {
    let signature = &item.signature;
    if let Some(token) = &signature.constness {
        mistakes.add(
            token,
            "a tool is built and loaded while the process runs: leave out `const`",
        );
    }
    match &signature.safety {
        Safety::Default => {}
        Safety::Unsafe(token) => mistakes.add(
            token,
            "a tool's body may not use `unsafe`, and calling it is safe: leave it out",
        ),
        Safety::Safe(token) => mistakes.add(token, "leave out `safe`"),
    }
    if let Some(abi) = &signature.abi {
        mistakes.add(
            abi,
            "a tool is an ordinary Rust function: leave out `extern`",
        );
    }
    if let Some(variadic) = &signature.variadic {
        mistakes.add(variadic, "take a slice instead: `rest: &[T]`");
    }
    for parameter in &signature.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) => mistakes.add(
                lifetime,
                "arguments are lent for the call and answers are owned: leave out the lifetime",
            ),
            GenericParam::Type(_) | GenericParam::Const(_) => mistakes.add(
                parameter,
                "a tool cannot be generic, because its body is built apart from this crate: name the type",
            ),
        }
    }
    if let Some(clause) = &signature.generics.where_clause {
        mistakes.add(
            clause,
            "a tool is not generic: leave out the `where` clause",
        );
    }
}

fn check_parameters(item: &Item, mistakes: &mut Mistakes) -> Vec<Parameter> {
    let inputs = &item.signature.inputs;
    if let Some(last) = inputs.iter().nth(MOST_PARAMETERS) {
        mistakes.add(
            last,
            "a tool takes at most 16 parameters: put some of them together in a tuple",
        );
    }
    inputs
        .iter()
        .filter_map(|input| check_parameter(input, item, mistakes))
        .collect()
}

fn check_parameter(input: &FnArg, item: &Item, mistakes: &mut Mistakes) -> Option<Parameter> {
    let typed = match input {
        FnArg::Typed(typed) => typed,
        FnArg::Receiver(receiver) => {
            mistakes.add(
                receiver,
                "a tool is a free function: pass what it needs as an argument",
            );
            return None;
        }
    };
    let private = check_attributes(&typed.attrs, mistakes);
    match &*typed.ty {
        Type::Reference(reference) => {
            check_lifetime(reference, mistakes);
            if let (Some(token), Some(_)) = (&reference.mutability, &item.signature.asyncness) {
                mistakes.add(
                    token,
                    "the future of an `async` tool borrows nothing: take the value and return the new one",
                );
            }
            check_type(&reference.elem, mistakes);
        }
        ty => check_type(ty, mistakes),
    }
    match &*typed.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none() => {
            if let Some(token) = &pat.mutability
                && item.body.is_none()
            {
                mistakes.add(
                    token,
                    "this changes nothing for the caller: leave out `mut`",
                );
            }
            Some(Parameter {
                ident: pat.ident.clone(),
                ty: (*typed.ty).clone(),
                docs: docs(&typed.attrs),
                private,
            })
        }
        pat => {
            mistakes.add(
                pat,
                "give the parameter a name: it tells the model what the value is",
            );
            None
        }
    }
}

/// Whether the parameter is marked `#[anvil(private)]`.
fn check_attributes(attributes: &[Attribute], mistakes: &mut Mistakes) -> bool {
    let mut private = false;
    for attribute in attributes {
        if attribute.path().is_ident("anvil") {
            match attribute.parse_args::<Ident>() {
                Ok(word) if word == "private" => private = true,
                _ => mistakes.add(
                    attribute,
                    "write `#[anvil(private)]`: there is nothing else",
                ),
            }
        } else if !attribute.path().is_ident("doc") {
            mistakes.add(
                attribute,
                "a parameter of a tool takes doc comments and `#[anvil(private)]` only",
            );
        }
    }
    private
}

/// `errors_cross`: whether the error of a `Result` has to be a type that can.
fn check_output(output: &ReturnType, errors_cross: bool, mistakes: &mut Mistakes) -> Type {
    match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => {
            match &**ty {
                Type::Reference(reference) => mistakes.add(reference, OWNED_ANSWER),
                ty if errors_cross => check_answer(ty, mistakes),
                ty => {
                    // Of `Result<T, E>`, which may have any name.
                    if let Some(answer) = parts(ty).first() {
                        check_answer(answer, mistakes);
                    }
                }
            }
            (**ty).clone()
        }
    }
}

const OWNED_ANSWER: &str =
    "an answer comes out of another library and is owned: return `String`, `Vec<T>` or `T`";

fn check_answer(ty: &Type, mistakes: &mut Mistakes) {
    match ty {
        Type::Reference(reference) => mistakes.add(reference, OWNED_ANSWER),
        ty => {
            check_shape(ty, mistakes);
            for part in parts(ty) {
                check_answer(part, mistakes);
            }
        }
    }
}

/// A type inside an argument: of references only `&str` can be decoded there.
fn check_type(ty: &Type, mistakes: &mut Mistakes) {
    if let Type::Reference(reference) = ty {
        check_reference(reference, mistakes);
        let is_str = matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"));
        if !is_str && reference.mutability.is_none() {
            mistakes.add(
                reference,
                "inside another type only `&str` can be borrowed: take `Vec<T>` or `T`",
            );
        }
        return;
    }
    check_shape(ty, mistakes);
    for part in parts(ty) {
        check_type(part, mistakes);
    }
}

fn check_reference(reference: &TypeReference, mistakes: &mut Mistakes) {
    if let Some(token) = &reference.mutability {
        mistakes.add(
            token,
            "only an argument as a whole can be written to: `&mut Vec<T>`, `&mut T`",
        );
    }
    check_lifetime(reference, mistakes);
}

fn check_lifetime(reference: &TypeReference, mistakes: &mut Mistakes) {
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|name| name.ident != "_") {
        mistakes.add(
            lifetime,
            "arguments are lent for the call: leave out the lifetime",
        );
    }
}

/// The kinds of type that can never cross to a body, whatever they are made of.
pub(crate) fn check_shape(ty: &Type, mistakes: &mut Mistakes) {
    let instead = match ty {
        Type::ImplTrait(_) => "name the type: the body is built apart from this crate",
        Type::TraitObject(_) => {
            "a trait object cannot cross to or from the body: name the data that it stands for; only the error of a `Result` may be one, behind `heal_on_err`"
        }
        Type::FnPtr(_) => "code cannot cross to the body: take the data that it works on",
        Type::Ptr(_) => "an address means nothing to the body: pass the value",
        Type::Infer(_) => "name the type: the body is built apart from this crate",
        Type::Macro(_) => "write the type out: the macro cannot look into another macro",
        Type::Never(_) => "a tool answers: name the type of the answer",
        _ => "",
    };
    if !instead.is_empty() {
        mistakes.add(ty, instead);
    }
    if let Some(inner) = option_inside(ty)
        && option_inside(inner).is_some()
    {
        mistakes.add(
            ty,
            "`None` and `Some(None)` look the same on the way to the body: use one `Option`",
        );
    }
}

/// `T`, if `ty` is spelt `Option<T>`.
fn option_inside(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Path(path) if path.path.segments.last()?.ident == "Option" => {
            parts(ty).into_iter().next()
        }
        _ => None,
    }
}

/// The types that `ty` is made of.
pub(crate) fn parts(ty: &Type) -> Vec<&Type> {
    match ty {
        Type::Array(array) => vec![&array.elem],
        Type::Slice(slice) => vec![&slice.elem],
        Type::Paren(paren) => vec![&paren.elem],
        Type::Group(group) => vec![&group.elem],
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        Type::Path(path) => path
            .path
            .segments
            .iter()
            .filter_map(|segment| match &segment.arguments {
                PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
                _ => None,
            })
            .flatten()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
