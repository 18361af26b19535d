//! The user's types that one tool names, as source for its bodies.
//!
//! Each is written once, however often and by whichever way it is named. Generic ones are written for the types that
//! they are used with: `Page<Line>` is `PageOfLine` there.

use crate::schema;
use crate::types::traits::{self, NAMES, Traits, Written};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value;
use std::fmt::Write;
use std::mem;

/// Collects definitions, and the schemas of what is taken, while a declaration is put together.
#[derive(Debug)]
pub struct Types {
    definitions: Vec<Definition>,
    schemas: SchemaGenerator,
    /// Whether a definition is being written: what stands there is owned.
    pub(super) in_definition: bool,
}

/// What the derive macro says of a type.
#[derive(Debug)]
pub struct UserType<'a> {
    /// Where it is declared: two types of one name may even share their path.
    pub place: &'static str,
    /// Its path, with what it is used with.
    pub type_name: &'static str,
    /// Its name in the user's source.
    pub name: &'static str,
    /// What it is used with, where it is generic.
    pub arguments: &'a [Argument],
    /// Its doc comments.
    pub docs: &'a [&'a str],
    /// From its attributes to its end.
    pub item: &'a [Part<'a>],
}

/// What stands in the place of a generic parameter.
#[derive(Debug)]
pub enum Argument {
    /// A type.
    Type(fn(&mut Types) -> Written),
    /// A constant, as it is displayed.
    Const(String),
}

/// A piece of a definition.
#[derive(Debug)]
pub enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// The type's own name.
    Name,
    /// The type of a field.
    Type(fn(&mut Types) -> Written),
    /// A doc comment, so many spaces from the margin.
    Doc(usize, &'a str),
}

#[derive(Debug)]
struct Definition {
    key: String,
    name: String,
    docs: String,
    item: String,
    traits: Traits,
    /// Whether it stands for errors, somewhere.
    is_error: bool,
}

/// Names that have a meaning in bodies already, or in their glue, among them all that definitions themselves are written
/// with.
const TAKEN: [&str; 38] = [
    "Option",
    "Some",
    "None",
    "Result",
    "Ok",
    "Err",
    "Box",
    "Vec",
    "String",
    "ToolError",
    "Context",
    "From",
    "Into",
    "bool",
    "char",
    "str",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "f32",
    "f64",
    "anvil",
    "serde",
    "serde_json",
    "std",
    "types",
    "call",
    "body",
    "answer",
];

impl Default for Types {
    fn default() -> Self {
        Self {
            definitions: Vec::new(),
            schemas: schema::of_what_is_taken(),
            in_definition: false,
        }
    }
}

impl Types {
    /// Writes the definition down, unless it is there already. Its name stands before its fields are looked at: they
    /// may name it again.
    #[must_use]
    pub fn define(&mut self, ty: &UserType<'_>) -> Written {
        let outer = mem::replace(&mut self.in_definition, true);
        let number = self.number(ty);
        self.in_definition = outer;
        Written {
            text: self.definitions[number].name.clone(),
            traits: Traits::of(number),
        }
    }

    fn number(&mut self, ty: &UserType<'_>) -> usize {
        let arguments: Vec<String> = ty
            .arguments
            .iter()
            .map(|argument| match argument {
                Argument::Type(rust) => rust(self).text,
                Argument::Const(value) => value.clone(),
            })
            .collect();
        let key = format!("{} {} {arguments:?}", ty.place, ty.type_name);
        let known = self.definitions.iter().position(|known| known.key == key);
        known.unwrap_or_else(|| self.add(key, ty, &arguments))
    }

    fn add(&mut self, key: String, ty: &UserType<'_>, arguments: &[String]) -> usize {
        let number = self.definitions.len();
        let name = self.free_name(name_with(ty.name, arguments));
        self.definitions.push(Definition {
            key,
            name: name.clone(),
            docs: ty.docs.iter().map(|doc| comment(0, doc)).collect(),
            item: String::new(),
            traits: Traits::ALL,
            is_error: false,
        });
        let mut item = String::new();
        let mut traits = Traits::ALL;
        for part in ty.item {
            match part {
                Part::Text(text) => item.push_str(text),
                Part::Name => item.push_str(&name),
                Part::Type(rust) => {
                    let written = rust(self);
                    item.push_str(&written.text);
                    traits = traits.and(&written.traits);
                }
                Part::Doc(indent, text) => item.push_str(&comment(*indent, text)),
            }
        }
        let definition = &mut self.definitions[number];
        (definition.item, definition.traits) = (item, traits);
        number
    }

    /// `error` stands for errors: `?` has to work with it.
    pub(crate) fn is_error(&mut self, error: &Written) {
        let defined = self
            .definitions
            .iter_mut()
            .find(|defined| defined.name == error.text);
        if let Some(defined) = defined {
            defined.is_error = true;
        }
    }

    /// The schema of `T` where it is taken. Definitions that it refers to come with it.
    pub(crate) fn schema<T: JsonSchema>(&mut self) -> Value {
        schema::taken::<T>(&mut self.schemas)
    }

    /// All definitions, as items of a module of their own.
    pub(crate) fn source(&self) -> String {
        let traits: Vec<&Traits> = self
            .definitions
            .iter()
            .map(|defined| &defined.traits)
            .collect();
        let items = self.definitions.iter().zip(traits::settled(&traits));
        let items: Vec<String> = items.map(|(defined, has)| defined.source(has)).collect();
        items.join("\n")
    }

    fn free_name(&self, wanted: String) -> String {
        let is_free = |name: &str| {
            !TAKEN.contains(&name) && self.definitions.iter().all(|defined| defined.name != name)
        };
        if is_free(&wanted) {
            return wanted;
        }
        let wanted = wanted.trim_start_matches("r#");
        let mut numbered = (2..).map(|number| format!("{wanted}{number}"));
        numbered.find(|name| is_free(name)).unwrap_or_default()
    }
}

impl Definition {
    fn source(&self, has: u8) -> String {
        let Self {
            name, docs, item, ..
        } = self;
        let traits = NAMES.iter().filter(|(one, _)| has & one != 0);
        let traits: String = traits.map(|(_, name)| format!("{name}, ")).collect();
        let derives =
            format!("Debug, Clone, PartialEq, {traits}serde::Serialize, serde::Deserialize");
        let mut source = format!("{docs}#[derive({derives})]\n{item}");
        if self.is_error {
            let _ = write!(
                source,
                "\n/// `?` on a `ToolError`, or on any standard error, says that the function itself failed.\n\
                 impl<X> From<X> for {name}\nwhere\n    ::anvil::ToolError: From<X>,\n{{\n    \
                     #[track_caller]\n    \
                     fn from(error: X) -> Self {{\n        \
                         ::anvil::guest::raise(error.into())\n    \
                     }}\n\
                 }}\n"
            );
        }
        source
    }
}

/// `text` as a doc comment. A line break in it cannot end the comment.
fn comment(indent: usize, text: &str) -> String {
    let lines = text.split(['\n', '\r']);
    lines
        .map(|line| format!("{:indent$}///{line}\n", ""))
        .collect()
}

/// `Page` with `Line` is `PageOfLine`.
fn name_with(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return name.to_owned();
    }
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| in_words(argument))
        .collect();
    format!(
        "{}Of{}",
        name.trim_start_matches("r#"),
        arguments.join("And")
    )
}

/// A type as part of a name: `std::collections::BTreeSet<u8>` is `BTreeSetU8`.
fn in_words(rust: &str) -> String {
    let paths = rust.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
    let words: String = paths
        .filter_map(|path| path.rsplit(':').next())
        .map(|word| {
            let mut letters = word.chars();
            let first = letters.next().map(|first| first.to_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        })
        .collect();
    match words.is_empty() {
        true => "Unit".to_owned(),
        false => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ToolType;
    use expect_test::{Expect, expect};
    use serde::{Deserialize, Serialize};
    use std::collections::{BTreeMap, HashMap};

    /// The definitions that a tool has which names `T`.
    fn check<T: ToolType>(named: &str, expected: Expect) {
        let mut types = Types::default();
        assert_eq!(T::rust(&mut types).text, named);
        expected.assert_eq(&types.source());
    }

    /// A line of an order.
    #[derive(Debug, PartialEq, Serialize, Deserialize, ToolType)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, expecting = "a line")]
    struct Line {
        /// "Stock keeping unit", as in `*/`
        sku_code: String,
        #[serde(default = "one", rename(serialize = "n", deserialize = "count"))]
        quantity: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        price: Option<f64>,
        #[serde(skip)]
        seen: bool,
    }

    fn one() -> u32 {
        1
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, ToolType)]
    #[serde(tag = "is")]
    enum Node<T> {
        Leaf {
            value: T,
        },
        Branch(Branch<T>),
        #[anvil(heal)]
        Broken,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize, ToolType)]
    struct Branch<T>(Box<Node<T>>, HashMap<u8, Node<T>>);

    #[derive(Debug, PartialEq, Serialize, Deserialize, ToolType)]
    #[serde(tag = "type")]
    struct Vec2<A, const N: usize> {
        r#fn: A,
        other: Other,
    }

    mod elsewhere {
        use super::*;

        #[derive(Debug, PartialEq, Serialize, Deserialize, ToolType)]
        pub(super) struct Line;
    }

    type Other = (Line, elsewhere::Line);

    #[test]
    fn a_body_gets_what_gives_a_value_its_form_with_directions_swapped() {
        check::<Option<Line>>(
            "Option<Line>",
            expect![[r#"
            /// A line of an order.
            #[derive(Debug, Clone, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct Line {
                /// "Stock keeping unit", as in `*/`
                pub sku_code: String,
                #[serde(rename(deserialize = "n", serialize = "count"))]
                pub quantity: u32,
                #[serde(default)]
                pub price: Option<f64>,
            }
        "#]],
        );
    }

    #[test]
    fn what_a_type_derives_follows_from_what_it_is_made_of_whichever_way_it_leads_back() {
        check::<Node<i64>>(
            "NodeOfI64",
            expect![[r##"
            #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            #[serde(tag = "is")]
            pub enum NodeOfI64 {
                Leaf {
                    value: i64,
                },
                Branch(BranchOfI64),
                /// To answer this is to fail: the function itself is wrong then, and is mended.
                Broken,
            }

            #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
            pub struct BranchOfI64(pub Box<NodeOfI64>, pub std::collections::HashMap<u8, NodeOfI64>);
        "##]],
        );
    }

    #[test]
    fn two_types_of_one_name_have_two_and_generic_ones_are_named_with_what_they_hold() {
        check::<Vec2<BTreeMap<&str, ()>, 3>>(
            "Vec2OfBTreeMapStringAnd3",
            expect![[r##"
            #[derive(Debug, Clone, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
            #[serde(tag = "type", rename = "Vec2")]
            pub struct Vec2OfBTreeMapStringAnd3 {
                pub r#fn: std::collections::BTreeMap<String, ()>,
                pub other: (Line, Line2,),
            }

            /// A line of an order.
            #[derive(Debug, Clone, PartialEq, PartialOrd, serde::Serialize, serde::Deserialize)]
            #[serde(rename_all = "camelCase", deny_unknown_fields)]
            pub struct Line {
                /// "Stock keeping unit", as in `*/`
                pub sku_code: String,
                #[serde(rename(deserialize = "n", serialize = "count"))]
                pub quantity: u32,
                #[serde(default)]
                pub price: Option<f64>,
            }

            #[derive(Debug, Clone, PartialEq, Copy, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
            pub struct Line2;
        "##]],
        );
    }

    #[test]
    fn each_error_type_takes_what_a_question_mark_hands_it_once() {
        let mut types = Types::default();
        let error = Line::rust(&mut types);
        let _ = Vec::<Line>::rust(&mut types);
        let text = String::rust(&mut types);
        types.is_error(&error);
        types.is_error(&text);
        let source = types.source();
        assert_eq!(source.matches("pub struct Line").count(), 1);
        assert_eq!(source.matches("impl<X> From<X> for Line").count(), 1);
        assert_eq!(source.matches("impl").count(), 1);
    }
}
