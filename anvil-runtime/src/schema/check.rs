//! Whether arguments are what a schema wants, and in which words they are not.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::Value;

/// Checks JSON arguments against a tool's input schema.
#[derive(Debug)]
pub(crate) struct Check(Validator);

impl Check {
    /// # Errors
    /// With what is wrong with the schema.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        match jsonschema::draft202012::new(schema) {
            Ok(validator) => Ok(Self(validator)),
            Err(error) => Err(told(&error, &[])),
        }
    }

    /// # Errors
    /// With all that is wrong with `arguments`, each with the field that it is about. Of what `withheld` fields hold
    /// nothing is quoted.
    pub(crate) fn check(&self, arguments: &Value, withheld: &[&str]) -> Result<(), String> {
        let mistakes: Vec<String> = self
            .0
            .iter_errors(arguments)
            .map(|error| told(&error, withheld))
            .collect();
        match mistakes.len().checked_sub(MOST_MISTAKES) {
            _ if mistakes.is_empty() => Ok(()),
            None | Some(0) => Err(mistakes.join("; ")),
            Some(more) => Err(format!(
                "{}; and {more} more",
                mistakes[..MOST_MISTAKES].join("; ")
            )),
        }
    }
}

/// As many are told; then it is clear enough that the arguments are meant for something else.
const MOST_MISTAKES: usize = 8;

/// One mistake, with the field: "`x`: "eight" is not of type "integer"".
fn told(error: &ValidationError<'_>, withheld: &[&str]) -> String {
    if let Some(nearer) = of_what_was_meant(error) {
        return told(nearer, withheld);
    }
    let names: Vec<String> = error
        .instance_path()
        .into_iter()
        .map(|name| name.to_string())
        .collect();
    let field = names.join(".");
    let first = names.first().map(String::as_str).unwrap_or_default();
    match error.kind() {
        ValidationErrorKind::Required { property } if names.is_empty() => {
            format!("`{}` is missing", property.as_str().unwrap_or_default())
        }
        ValidationErrorKind::AdditionalProperties { unexpected } if names.is_empty() => {
            let names: Vec<String> = unexpected.iter().map(|name| format!("`{name}`")).collect();
            shortened(&format!("there is no {}", names.join(", ")))
        }
        _ if names.is_empty() && withheld.is_empty() => shortened(&error.to_string()),
        _ if names.is_empty() => error.masked_with("the value").to_string(),
        // Below it stand keys of maps, which are part of the value.
        _ if withheld.contains(&first) => {
            format!("`{first}`: {}", error.masked_with("the value"))
        }
        _ => format!("`{field}`: {}", shortened(&error.to_string())),
    }
}

/// Where there are alternatives, as for an `Option` or an enum, and the value has the form of one of them: what is wrong
/// with it as that.
fn of_what_was_meant<'e>(error: &'e ValidationError<'_>) -> Option<&'e ValidationError<'static>> {
    let (ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context }) =
        error.kind()
    else {
        return None;
    };
    let depth = |error: &ValidationError<'_>| error.instance_path().into_iter().count();
    let is_another_form = |part: &ValidationError<'static>| match part.kind() {
        ValidationErrorKind::Constant { .. } => true,
        ValidationErrorKind::Type { .. }
        | ValidationErrorKind::Enum { .. }
        | ValidationErrorKind::Required { .. }
        | ValidationErrorKind::AdditionalProperties { .. } => depth(part) == depth(error),
        _ => false,
    };
    let mut meant = context
        .iter()
        .filter(|mistakes| !mistakes.iter().any(is_another_form));
    match (meant.next(), meant.next()) {
        (Some(mistakes), None) => mistakes.first(),
        _ => None,
    }
}

/// A mistake quotes the value that it is about, which can be long.
fn shortened(text: &str) -> String {
    const LONGEST: usize = 300;
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let half = LONGEST / 2;
    let beginning = &text[..text.floor_char_boundary(half)];
    let end = &text[text.ceil_char_boundary(text.len() - half)..];
    format!("{beginning} … {end}")
}
