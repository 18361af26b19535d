//! Which types cross to a body, and how they are written there.
//!
//! What a type is follows from these traits, never from how a signature spells it: the macro only names
//! the types, so aliases and re-exports work.

use crate::schema;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

/// A type that a tool can take or answer.
///
/// Implemented for what serde and the boundary can carry without loss: scalars, `char`, text, vectors,
/// arrays, tuples, options, maps, sets, [`Duration`] and [`serde_json::Value`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross to a tool's body",
    label = "not a type that a tool can take or answer",
    note = "scalars, `char`, `String`, `&str`, `Vec`, `Option`, arrays, tuples, maps, sets, `Duration` and `serde_json::Value` can; types of your own cannot yet"
)]
pub trait ToolType: Serialize + JsonSchema {
    /// Whether a value can be encoded as nothing at all, so that `Some` of it looks like `None`.
    #[doc(hidden)]
    const NULLABLE: bool = false;

    /// Whether an argument of the type may be left out where arguments have names.
    #[doc(hidden)]
    const OPTIONAL: bool = false;

    /// The type as the body's source writes it.
    #[doc(hidden)]
    fn rust() -> String;
}

/// A type that can stand as a parameter: any [`ToolType`], or `&` of one, or a slice.
///
/// `Passing` tells the three apart where the compiler looks for an implementation; users never name it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a tool",
    label = "not a type that can cross to a tool's body",
    note = "scalars, `char`, `String`, `&str`, `&[T]`, `Vec`, `Option`, arrays, tuples, maps, sets, `Duration` and `serde_json::Value` can; types of your own cannot yet"
)]
pub trait ToolArgument<Passing>: Serialize {
    /// What holds the value where it was made of JSON.
    #[doc(hidden)]
    type Decoded;

    /// How the declared function names the type.
    #[doc(hidden)]
    fn declared() -> String;

    /// The type that the guest decodes.
    #[doc(hidden)]
    fn decoded() -> String;

    /// The JSON Schema of its values.
    #[doc(hidden)]
    fn schema() -> Value;

    /// Whether the guest passes a reference to what it decoded.
    #[doc(hidden)]
    const BY_REFERENCE: bool;

    /// [`ToolType::NULLABLE`] of the value. The macro names it, so that it is computed, and a type that
    /// loses something on the way is refused, as the declaration is compiled.
    #[doc(hidden)]
    const NULLABLE: bool;

    /// [`ToolType::OPTIONAL`] of the value.
    #[doc(hidden)]
    const OPTIONAL: bool;
}

/// [`ToolArgument`] of a `T`.
#[derive(Debug)]
#[doc(hidden)]
pub enum ByValue {}

/// [`ToolArgument`] of a `&T`.
#[derive(Debug)]
#[doc(hidden)]
pub enum ByReference {}

/// [`ToolArgument`] of a `&[T]`.
#[derive(Debug)]
#[doc(hidden)]
pub enum BySlice {}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByValue> for T {
    type Decoded = T;
    const BY_REFERENCE: bool = false;
    const NULLABLE: bool = T::NULLABLE;
    const OPTIONAL: bool = T::OPTIONAL;

    fn declared() -> String {
        T::rust()
    }

    fn decoded() -> String {
        T::rust()
    }

    fn schema() -> Value {
        schema::taken::<T>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByReference> for &T {
    type Decoded = T;
    const BY_REFERENCE: bool = true;
    const NULLABLE: bool = T::NULLABLE;
    const OPTIONAL: bool = T::OPTIONAL;

    fn declared() -> String {
        format!("&{}", T::rust())
    }

    fn decoded() -> String {
        T::rust()
    }

    fn schema() -> Value {
        schema::taken::<T>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<BySlice> for &[T] {
    type Decoded = Vec<T>;
    const BY_REFERENCE: bool = true;
    const NULLABLE: bool = T::NULLABLE;
    const OPTIONAL: bool = false;

    fn declared() -> String {
        format!("&[{}]", T::rust())
    }

    fn decoded() -> String {
        format!("Vec<{}>", T::rust())
    }

    fn schema() -> Value {
        schema::taken::<Vec<T>>()
    }
}

macro_rules! plain {
    ($($ty:ty => $rust:literal),* $(,)?) => {$(
        impl ToolType for $ty {
            fn rust() -> String {
                $rust.to_owned()
            }
        }
    )*};
}

plain! {
    bool => "bool", char => "char",
    i8 => "i8", i16 => "i16", i32 => "i32", i64 => "i64", i128 => "i128", isize => "isize",
    u8 => "u8", u16 => "u16", u32 => "u32", u64 => "u64", u128 => "u128", usize => "usize",
    f32 => "f32", f64 => "f64",
    String => "String", &str => "&str",
    Duration => "std::time::Duration",
}

impl ToolType for Value {
    const NULLABLE: bool = true;

    fn rust() -> String {
        "serde_json::Value".to_owned()
    }
}

impl ToolType for () {
    const NULLABLE: bool = true;

    fn rust() -> String {
        "()".to_owned()
    }
}

impl<T: ToolType> ToolType for Option<T> {
    const NULLABLE: bool = {
        assert!(
            !T::NULLABLE,
            "`None` and `Some` of nothing look the same on the way to the body: use one `Option`"
        );
        true
    };
    const OPTIONAL: bool = true;

    fn rust() -> String {
        format!("Option<{}>", T::rust())
    }
}

impl<T: ToolType> ToolType for Box<T> {
    const NULLABLE: bool = T::NULLABLE;
    const OPTIONAL: bool = T::OPTIONAL;

    fn rust() -> String {
        format!("Box<{}>", T::rust())
    }
}

impl<T: ToolType, const N: usize> ToolType for [T; N]
where
    [T; N]: Serialize + JsonSchema,
{
    const NULLABLE: bool = never([T::NULLABLE]);

    fn rust() -> String {
        format!("[{}; {N}]", T::rust())
    }
}

/// A type of several parts is never encoded as nothing; asking the parts has them refused where they must.
pub(crate) const fn never<const N: usize>(_parts: [bool; N]) -> bool {
    false
}

macro_rules! generic {
    ($($ty:ty, $rust:literal, [$($parameter:ident),*];)*) => {$(
        impl<$($parameter: ToolType),*> ToolType for $ty
        where
            Self: Serialize + JsonSchema,
        {
            const NULLABLE: bool = never([$($parameter::NULLABLE),*]);

            fn rust() -> String {
                let parameters = [$($parameter::rust()),*];
                format!(concat!($rust, "<{}>"), parameters.join(", "))
            }
        }
    )*};
}

generic! {
    Vec<T>, "Vec", [T];
    VecDeque<T>, "std::collections::VecDeque", [T];
    BTreeSet<T>, "std::collections::BTreeSet", [T];
    HashSet<T>, "std::collections::HashSet", [T];
    BTreeMap<K, V>, "std::collections::BTreeMap", [K, V];
    HashMap<K, V>, "std::collections::HashMap", [K, V];
}

macro_rules! tuple {
    ($($part:ident)*) => {
        impl<$($part: ToolType),*> ToolType for ($($part,)*) {
            const NULLABLE: bool = never([$($part::NULLABLE),*]);

            fn rust() -> String {
                // A tuple of one needs its comma.
                format!("({})", [$($part::rust() + ","),*].join(" "))
            }
        }
    };
}

tuple!(A);
tuple!(A B);
tuple!(A B C);
tuple!(A B C D);
tuple!(A B C D E);
tuple!(A B C D E F);
tuple!(A B C D E F G);
tuple!(A B C D E F G H);
tuple!(A B C D E F G H I);
tuple!(A B C D E F G H I J);
tuple!(A B C D E F G H I J K);
tuple!(A B C D E F G H I J K L);

#[cfg(test)]
mod tests {
    use super::*;

    /// How a parameter of type `T` is declared, decoded and passed.
    fn argument<T: ToolArgument<P>, P>() -> (String, String, bool) {
        (T::declared(), T::decoded(), T::BY_REFERENCE)
    }

    #[test]
    fn a_parameter_is_written_as_it_was_declared_and_decoded_as_what_can_own_it() {
        let cases = [
            (argument::<usize, _>(), "usize", "usize", false),
            (argument::<&str, _>(), "&str", "&str", false),
            (argument::<&String, _>(), "&String", "String", true),
            (argument::<&[i64], _>(), "&[i64]", "Vec<i64>", true),
            (argument::<&[&str], _>(), "&[&str]", "Vec<&str>", true),
            (argument::<&[u8; 4], _>(), "&[u8; 4]", "[u8; 4]", true),
            (
                argument::<Option<&str>, _>(),
                "Option<&str>",
                "Option<&str>",
                false,
            ),
            (
                argument::<&[(char, f64)], _>(),
                "&[(char, f64,)]",
                "Vec<(char, f64,)>",
                true,
            ),
        ];
        for ((declared, decoded, by_reference), wanted, owner, reference) in cases {
            assert_eq!((declared.as_str(), decoded.as_str()), (wanted, owner));
            assert_eq!(by_reference, reference, "{wanted}");
        }
    }

    #[test]
    fn an_alias_is_seen_through() {
        type Prices = BTreeMap<String, Vec<(u32,)>>;
        assert_eq!(
            <Prices as ToolType>::rust(),
            "std::collections::BTreeMap<String, Vec<(u32,)>>"
        );
    }
}
