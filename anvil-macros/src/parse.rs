//! From tokens to the model. Nothing is judged here but the attribute's own grammar.

use crate::limits;
use crate::model::{Arguments, Crate, Item, Reference, Secret};
use proc_macro2::Span;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Ident, LitStr, Result, Token, ext::IdentExt, token};

const KNOWN: &str = "`intent`, `name`, `docs`, `examples`, `requires`, `ensures`, `pure`, `hosts`, `secrets`, `crates`, `handle`, `heal`, `heal_on_err`, \
     `max_heal_attempts`, `approval`, `share_args`, `timeout`, `memory`, `isolation`, `crate`";

const DOCS: &str = "`docs(\"https://api.example.com/reference\", path = \"openapi.yaml\")`";
const EXAMPLES: &str = "`examples(double(2)? == 4, double(i64::MAX).is_err())`";
const REQUIRES: &str = "`requires(|text| !text.is_empty())`";
const ENSURES: &str = "`ensures(|out| out.len() <= max)`";
const HOSTS: &str = "`hosts(\"api.example.com\", \"*.example.org\")`";
const SECRETS: &str = "`secrets(API_KEY = \"api.example.com\")`";

const CRATES: &str = "`crates(regex = \"1\", \"my-crate\" = \"0.3\")`";

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let mut intent = None;
        let mut name = None;
        let mut docs = None;
        let mut examples = None;
        let mut requires = None;
        let mut ensures = None;
        let mut pure = None;
        let mut hosts = None;
        let mut secrets = None;
        let mut crates = None;
        let mut handle = None;
        let mut heal = None;
        let mut heal_on_err = None;
        let mut max_heal_attempts = None;
        let mut approval = None;
        let mut share_args = None;
        let mut timeout = None;
        let mut memory = None;
        let mut isolation = None;
        let mut krate = None;

        while !input.is_empty() {
            let key = Ident::parse_any(input).map_err(|error| {
                Error::new(error.span(), format!("name what you give: {KNOWN}"))
            })?;
            match key.to_string().as_str() {
                "intent" => once(&mut intent, &key, "a string literal", input)?,
                "name" => once(&mut name, &key, "a string literal", input)?,
                "docs" => in_parentheses(&mut docs, &key, DOCS, input, |inside| {
                    let docs = Punctuated::<Reference, Token![,]>::parse_terminated(inside)?;
                    Ok(docs.into_iter().collect())
                })?,
                "examples" => in_parentheses(&mut examples, &key, EXAMPLES, input, |inside| {
                    let examples = Punctuated::<Expr, Token![,]>::parse_terminated(inside)?;
                    Ok(examples.into_iter().collect())
                })?,
                "requires" => {
                    in_parentheses(&mut requires, &key, REQUIRES, input, Parse::parse)?;
                }
                "ensures" => in_parentheses(&mut ensures, &key, ENSURES, input, Parse::parse)?,
                "heal_on_err" => alone(&mut heal_on_err, &key, input)?,
                "pure" => alone(&mut pure, &key, input)?,
                "hosts" => in_parentheses(&mut hosts, &key, HOSTS, input, |inside| {
                    let hosts = Punctuated::<LitStr, Token![,]>::parse_terminated(inside)?;
                    Ok(hosts.into_iter().collect())
                })?,
                "secrets" => in_parentheses(&mut secrets, &key, SECRETS, input, |inside| {
                    let secrets = Punctuated::<Secret, Token![,]>::parse_terminated(inside)?;
                    Ok(secrets.into_iter().collect())
                })?,
                "crates" => in_parentheses(&mut crates, &key, CRATES, input, |inside| {
                    let crates = Punctuated::<Crate, Token![,]>::parse_terminated(inside)?;
                    Ok(crates.into_iter().collect())
                })?,
                "handle" => once(&mut handle, &key, "a name", input)?,
                "heal" => once(&mut heal, &key, "`true` or `false`", input)?,
                "max_heal_attempts" => {
                    once(&mut max_heal_attempts, &key, "a whole number", input)?;
                }
                "approval" => once(&mut approval, &key, limits::APPROVALS, input)?,
                "share_args" => once(&mut share_args, &key, "`true` or `false`", input)?,
                "timeout" => once(&mut timeout, &key, "text such as `\"10s\"`", input)?,
                "memory" => once(&mut memory, &key, "text such as `\"512MB\"`", input)?,
                "isolation" => once(&mut isolation, &key, limits::LEVELS, input)?,
                "crate" => once(&mut krate, &key, "a path", input)?,
                other => {
                    let message = format!("a tool has no `{other}`; it takes {KNOWN}");
                    return Err(Error::new(key.span(), message));
                }
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let intent = intent.ok_or_else(|| {
            Error::new(
                Span::call_site(),
                "say what the tool should do: `#[anvil::tool(intent = \"…\")]`",
            )
        })?;
        Ok(Self {
            intent,
            name,
            docs: docs.unwrap_or_default(),
            examples: examples.unwrap_or_default(),
            requires,
            ensures,
            pure,
            hosts: hosts.unwrap_or_default(),
            secrets: secrets.unwrap_or_default(),
            crates: crates.unwrap_or_default(),
            handle,
            heal,
            heal_on_err,
            max_heal_attempts,
            approval,
            share_args,
            timeout,
            memory,
            isolation,
            krate,
        })
    }
}

impl Parse for Reference {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let word = match input.peek(LitStr) {
            true => None,
            false => {
                let word = Ident::parse_any(input)?;
                input.parse::<Token![=]>()?;
                Some(word)
            }
        };
        let text = input.parse()?;
        Ok(Self { word, text })
    }
}

impl Parse for Secret {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        let host = input.parse()?;
        Ok(Self { name, host })
    }
}

impl Parse for Crate {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name = match input.peek(LitStr) {
            true => input.parse()?,
            false => {
                let name = Ident::parse_any(input)?;
                LitStr::new(&name.to_string(), name.span())
            }
        };
        input.parse::<Token![=]>()?;
        let version = input.parse()?;
        Ok(Self { name, version })
    }
}

/// Parses `= value` behind `key`, which must not have been there before.
fn once<T: Parse>(
    slot: &mut Option<T>,
    key: &Ident,
    what: &str,
    input: ParseStream<'_>,
) -> Result<()> {
    let value = input.parse::<Token![=]>().and_then(|_| input.parse());
    let value = value
        .map_err(|error| Error::new(error.span(), format!("write `{key} = …` with {what}")))?;
    put(slot, key, value)
}

/// Takes `key` itself, which must not have been there before.
fn alone(slot: &mut Option<Ident>, key: &Ident, input: ParseStream<'_>) -> Result<()> {
    if !input.is_empty() && !input.peek(Token![,]) {
        return Err(input.error(format!("write `{key}` alone: it has no value")));
    }
    put(slot, key, key.clone())
}

/// Parses `(…)` behind `key`, which must not have been there before.
fn in_parentheses<T>(
    slot: &mut Option<T>,
    key: &Ident,
    what: &str,
    input: ParseStream<'_>,
    parse: fn(ParseStream<'_>) -> Result<T>,
) -> Result<()> {
    if !input.peek(token::Paren) {
        return Err(Error::new(
            key.span(),
            format!("write `{key}` as in {what}"),
        ));
    }
    let inside;
    syn::parenthesized!(inside in input);
    let value = parse(&inside).map_err(|error| {
        Error::new(error.span(), format!("{error}: write `{key}` as in {what}"))
    })?;
    inside.parse::<Option<Token![,]>>()?;
    if !inside.is_empty() {
        return Err(inside.error(format!("there is one thing in {what}")));
    }
    put(slot, key, value)
}

fn put<T>(slot: &mut Option<T>, key: &Ident, value: T) -> Result<()> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(Error::new(
            key.span(),
            format!("`{key}` is given twice; keep one"),
        )),
    }
}

impl Parse for Item {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility = input.parse()?;
        let signature = input.parse().map_err(|error: Error| {
            let message = "a tool is declared as a function, with a body or without: `fn name(argument: Type) -> anvil::Result<Answer>;`";
            Error::new(error.span(), message)
        })?;
        let body = if input.peek(token::Brace) {
            Some(input.parse()?)
        } else {
            input.parse::<Token![;]>()?;
            None
        };
        Ok(Self {
            attributes,
            visibility,
            signature,
            body,
        })
    }
}
