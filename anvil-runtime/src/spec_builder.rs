//! Tools that are declared at run time: from typed inputs, or from a JSON Schema.

use crate::error::{Error, ErrorKind, Result};
use crate::schema::{self, Check, shallow};
use crate::spec::{NAME_RULE, Parameter, ReturnKind, Returns, ToolSpec, is_tool_name};
use crate::types::ToolType;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Declares a tool at run time; [`ToolSpec::builder`] makes one. What it answers is any JSON.
///
/// ```
/// use anvil::{Input, ToolSpec};
///
/// let spec = ToolSpec::builder("find_words")
///     .intent("The words of the text that contain the pattern, in order")
///     .input::<String>("text")
///     .with_input(Input::new::<String>("pattern").description("plain text, no wildcards"))
///     .with_input(Input::new::<u32>("limit").default(10))
///     .build()?;
/// assert_eq!(spec.input_schema()["required"], serde_json::json!(["text", "pattern"]));
/// # Ok::<(), anvil::Error>(())
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ToolSpecBuilder {
    spec: ToolSpec,
    inputs: Vec<Input>,
}

/// One input of a tool that is declared at run time.
#[derive(Debug, Clone)]
#[must_use]
pub struct Input(Parameter);

impl Input {
    /// An input of type `T` under `name`. One of type `Option<_>` may be left out; any other has to be given.
    pub fn new<T: ToolType>(name: impl Into<String>) -> Self {
        Self(Parameter {
            name: String::new(), // follows from the key
            key: name.into(),
            docs: String::new(),
            ty: T::rust(),
            decoded: T::rust(),
            by_reference: false,
            schema: schema::taken::<T>(),
            optional: T::OPTIONAL,
            default: None,
            private: false,
        })
    }

    /// What it means: the model and the schema say it.
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.0.docs = text.into();
        self
    }

    /// What it is where it is left out.
    pub fn default(mut self, value: impl Into<Value>) -> Self {
        self.0.default = Some(value.into());
        self.0.optional = true;
        self
    }

    /// Keeps its values out of prompts, events and recordings.
    pub fn private(mut self) -> Self {
        self.0.private = true;
        self
    }
}

impl ToolSpecBuilder {
    pub(crate) fn new(name: String) -> Self {
        let function = function(&name);
        let mut spec = ToolSpec::new(&name, &function, "", "");
        spec.returns = Returns {
            kind: ReturnKind::Fallible,
            ty: "serde_json::Value".to_owned(),
            schema: schema::answered::<Value>(),
        };
        let inputs = Vec::new();
        Self { spec, inputs }
    }

    /// What the tool should do, in prose. Required.
    pub fn intent(mut self, intent: impl Into<String>) -> Self {
        self.spec.intent = intent.into();
        self
    }

    /// What else the model should know.
    pub fn docs(mut self, docs: impl Into<String>) -> Self {
        self.spec.docs = docs.into();
        self
    }

    /// Takes an input of type `T`, which has to be given unless `T` is an `Option`.
    pub fn input<T: ToolType>(self, name: impl Into<String>) -> Self {
        self.with_input(Input::new::<T>(name))
    }

    /// Takes an input that has more to it than a name and a type.
    pub fn with_input(mut self, input: Input) -> Self {
        self.inputs.push(input);
        self
    }

    /// Takes what this JSON Schema says: that of an object, with a property for each input. It is handed out as it
    /// is. It replaces inputs that were named before.
    pub fn input_schema(mut self, schema: Value) -> Self {
        self.spec.input = Some(schema);
        self
    }

    /// `false`: failures are returned and never healed.
    pub fn heal(mut self, heal: bool) -> Self {
        self.spec.heal = heal;
        self
    }

    /// How many heal attempts the tool gets, instead of [`Builder::max_heal_attempts`](crate::Builder).
    pub fn max_heal_attempts(mut self, attempts: u32) -> Self {
        self.spec.max_heal_attempts = Some(attempts);
        self
    }

    /// `false`: its arguments are kept out of prompts, events and recordings.
    pub fn share_args(mut self, share: bool) -> Self {
        self.spec.share_args = share;
        self
    }

    /// The finished declaration.
    ///
    /// # Errors
    /// When the name cannot be a tool's, the intent is missing, a schema is none or not an object's, a default is
    /// not what its input takes, or two inputs have one name.
    pub fn build(self) -> Result<ToolSpec> {
        let Self { mut spec, inputs } = self;
        let name = spec.name.clone();
        let refuse = |what: String, help: &str| {
            let message = format!("a tool called `{name}` cannot be declared: {what}");
            Error::new(ErrorKind::Configuration, message).with_help(help)
        };
        if !is_tool_name(&name) || NEVER_RAW.contains(&&*name) {
            return Err(refuse(
                "its name becomes a folder, a package and a function".to_owned(),
                &format!("a name is of {NAME_RULE}"),
            ));
        }
        if spec.intent.trim().is_empty() {
            return Err(refuse(
                "it has no intent".to_owned(),
                "say in a sentence what it should do: `.intent(\"…\")`",
            ));
        }
        let inputs = match spec.input.take() {
            None => inputs,
            Some(schema) => {
                let schema = shallow(schema).map_err(|what| {
                    refuse(format!("its input schema: {what}"), "give a flatter schema")
                })?;
                let inputs = properties(&schema)
                    .map_err(|what| refuse(what, "give the schema of an object"))?;
                spec.input = Some(schema);
                inputs
            }
        };
        let mut names = BTreeMap::new();
        for Input(mut parameter) in inputs {
            parameter.default = match parameter.default.map(shallow).transpose() {
                Ok(default) => default,
                Err(what) => {
                    let what = format!("the default of {:?}: {what}", parameter.key);
                    return Err(refuse(what, "give a flatter default"));
                }
            };
            parameter.name = identifier(&parameter.key);
            if let Some(other) = names.insert(parameter.name.clone(), parameter.key.clone()) {
                let what = format!(
                    "its inputs {other:?} and {:?} would both be `{}` in the body",
                    parameter.key, parameter.name
                );
                return Err(refuse(what, "give one of them another name"));
            }
            check_default(&parameter)
                .map_err(|what| refuse(what, "give a default that the input takes"))?;
            spec.parameters.push(parameter);
        }
        if let Err(what) = Check::new(&schema::input(&spec)) {
            let what = format!("its input schema is none: {what}");
            return Err(refuse(what, "see the JSON Schema specification, 2020-12"));
        }
        Ok(spec)
    }
}

fn check_default(parameter: &Parameter) -> Result<(), String> {
    let Some(default) = &parameter.default else {
        return Ok(());
    };
    // A schema that is none is told later, of the whole.
    let Ok(check) = Check::new(&parameter.schema) else {
        return Ok(());
    };
    check
        .check(default, &[])
        .map_err(|mistake| format!("the default of {:?}: {mistake}", parameter.key))
}

/// The inputs that an object's schema speaks of, in alphabetical order: what order they were written in, a JSON
/// object does not tell.
fn properties(schema: &Value) -> Result<Vec<Input>, String> {
    let object = schema.as_object().filter(|object| {
        let ty = object.get("type");
        ty.is_none_or(|ty| ty == "object")
    });
    let Some(object) = object else {
        return Err("its input schema is not that of an object".to_owned());
    };
    let properties: BTreeMap<&String, &Value> = match object.get("properties") {
        None => BTreeMap::new(),
        Some(Value::Object(properties)) => properties.iter().collect(),
        Some(_) => return Err("the `properties` of its input schema are no object".to_owned()),
    };
    let required: Vec<&str> = object
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let inputs = properties.into_iter().map(|(key, schema)| {
        let default = schema.get("default").cloned();
        let given = required.contains(&key.as_str());
        let ty = match given || default.is_some() {
            true => rust_type(schema),
            false => optional(rust_type(schema)),
        };
        Input(Parameter {
            name: String::new(),
            key: key.clone(),
            docs: told(schema),
            ty: ty.clone(),
            decoded: ty,
            by_reference: false,
            schema: schema.clone(),
            optional: !given,
            default,
            private: false,
        })
    });
    Ok(inputs.collect())
}

/// What the model reads of an input: the description, and the schema where it says more than a type does.
fn told(schema: &Value) -> String {
    let description = schema.get("description").and_then(Value::as_str);
    let mut said: Vec<String> = description.map(str::to_owned).into_iter().collect();
    let more: BTreeMap<&String, &Value> = schema
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !["type", "description", "default", "title"].contains(&key.as_str()))
        .collect();
    if !more.is_empty() {
        said.push(format!("JSON Schema: {}", sorted(&json!(more))));
    }
    said.join("; ")
}

/// `value` with its fields in alphabetical order, whatever features serde_json was built with: what the model is
/// told is part of the digest that bodies are kept under.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields = fields.into_iter();
            fields
                .map(|(key, value)| (key.clone(), sorted(value)))
                .collect::<Map<_, _>>()
                .into()
        }
        other => other.clone(),
    }
}

/// The Rust type that holds what `schema` lets through; any JSON where it is not a simple one.
fn rust_type(schema: &Value) -> String {
    const ANY: &str = "serde_json::Value";
    let simple = |ty: &str| match ty {
        "string" => "String".to_owned(),
        "integer" => "i64".to_owned(),
        "number" => "f64".to_owned(),
        "boolean" => "bool".to_owned(),
        "array" => match schema.get("items") {
            Some(items) => format!("Vec<{}>", rust_type(items)),
            None => format!("Vec<{ANY}>"),
        },
        _ => ANY.to_owned(),
    };
    match schema.get("type") {
        Some(Value::String(ty)) => simple(ty),
        Some(Value::Array(types)) => match types.as_slice() {
            [Value::String(ty), Value::String(null)] | [Value::String(null), Value::String(ty)]
                if null == "null" =>
            {
                optional(simple(ty))
            }
            _ => ANY.to_owned(),
        },
        _ => ANY.to_owned(),
    }
}

/// Of any JSON and of what is optional already, nothing is a value like any other.
fn optional(ty: String) -> String {
    match ty.as_str() {
        "serde_json::Value" => ty,
        ty if ty.starts_with("Option<") => ty.to_owned(),
        ty => format!("Option<{ty}>"),
    }
}

/// The words that no identifier can be; most of them can with `r#`.
const KEYWORDS: [&str; 52] = [
    "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
    "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return",
    "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe",
    "unsized", "use", "virtual", "where", "while", "yield", "abstract", "Self",
];

const NEVER_RAW: [&str; 4] = ["crate", "self", "super", "Self"];

/// The function that the body of a tool called `name` defines.
fn function(name: &str) -> String {
    match KEYWORDS.contains(&name) {
        true => format!("r#{name}"),
        false => name.to_owned(),
    }
}

/// The parameter's name for an input called `key`, which may be anything.
fn identifier(key: &str) -> String {
    let mut name: String = key
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        name.insert_str(0, "a_");
    }
    if KEYWORDS.contains(&&*name) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn declared(schema: Value) -> Result<ToolSpec> {
        ToolSpec::builder("find")
            .intent("Find it")
            .input_schema(schema)
            .build()
    }

    #[test]
    fn a_json_schema_becomes_a_signature() {
        let spec = declared(json!({
            "type": "object",
            "properties": {
                "query": { "type": "string", "description": "what to look for" },
                "page-size": { "type": "integer", "default": 10, "maximum": 50 },
                "type": { "enum": ["a", "b"] },
                "tags": { "type": "array", "items": { "type": "string" } },
                "2nd": { "type": ["number", "null"] },
                "filter": { "type": "object" },
            },
            "required": ["query", "type"],
        }))
        .unwrap();
        expect![
            "pub fn find(a_2nd: Option<f64>, filter: serde_json::Value, page_size: i64, query: String, \
             tags: Option<Vec<String>>, type_: serde_json::Value) -> Result<serde_json::Value, ToolError>"
        ]
        .assert_eq(&spec.signature());
        let said: Vec<&str> = spec.parameters.iter().map(|one| &*one.docs).collect();
        assert_eq!(
            said,
            [
                "",
                "",
                r#"JSON Schema: {"maximum":50}"#,
                "what to look for",
                r#"JSON Schema: {"items":{"type":"string"}}"#,
                r#"JSON Schema: {"enum":["a","b"]}"#,
            ]
        );
    }

    #[test]
    fn a_tool_may_be_called_as_the_language_calls_something() {
        let spec = ToolSpec::builder("move").intent("Move it").build().unwrap();
        assert!(spec.signature().starts_with("pub fn r#move()"));
    }

    #[test]
    fn what_cannot_be_a_tool_is_refused_with_what_to_write() {
        let named = |name: &str| ToolSpec::builder(name).intent("Do it");
        for (refused, words) in [
            (named("../x").build(), "becomes a folder"),
            (named("self").build(), "becomes a folder"),
            (ToolSpec::builder("x").build(), "no intent"),
            (
                named("x").input::<u8>("a-b").input::<u8>("a b").build(),
                r#"inputs "a-b" and "a b" would both be `a_b`"#,
            ),
            (
                named("x")
                    .with_input(Input::new::<u8>("n").default(300))
                    .build(),
                r#"the default of "n": 300 is greater than the maximum of 255"#,
            ),
            (declared(json!([])), "not that of an object"),
            (
                declared(json!({ "type": "array" })),
                "not that of an object",
            ),
            (
                declared(json!({ "properties": { "x": { "type": "text" } } })),
                "its input schema is none",
            ),
        ] {
            let error = refused.unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.help().is_some());
        }
    }

    #[test]
    fn the_order_of_a_schemas_fields_does_not_matter_to_the_body() {
        let digest = |schema: &str| {
            declared(serde_json::from_str(schema).unwrap())
                .unwrap()
                .digest()
        };
        assert_eq!(
            digest(r#"{ "properties": { "a": { "minimum": 1, "maximum": 2 }, "b": {} } }"#),
            digest(r#"{ "properties": { "b": {}, "a": { "maximum": 2, "minimum": 1 } } }"#)
        );
    }

    #[test]
    fn what_is_too_deep_is_refused_and_not_followed() {
        let deep = || (0..100_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let object = |key: &str, value| Value::from_iter([(key.to_owned(), value)]);
        let schema = object("properties", object("a", deep()));
        let input = Input::new::<Value>("a").default(deep());
        for spec in [
            ToolSpec::builder("a").intent("Do").input_schema(schema),
            ToolSpec::builder("a").intent("Do").with_input(input),
        ] {
            let error = spec.build().unwrap_err().to_string();
            assert!(error.contains("nested deeper than"), "{error}");
        }
    }
}
