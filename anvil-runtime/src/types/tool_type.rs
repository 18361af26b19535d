//! The types that cross.

use crate::types::traits::{ALL, COPY, EQ, PARTIAL_ORD};
use crate::types::{Types, Written};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::time::Duration;

/// A type that a tool can take or answer.
///
/// Implemented for what serde and the boundary can carry without loss: scalars, `char`, text, vectors,
/// arrays, tuples, options, maps, sets, [`Duration`] and [`serde_json::Value`]. Types of your own derive it:
/// [`#[derive(anvil::ToolType)]`](derive@crate::ToolType).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot cross to a tool's body",
    label = "not a type that a tool can take or answer",
    note = "scalars, `char`, `String`, `&str`, `Vec`, `Option`, arrays, tuples, maps, sets, `Duration`, `serde_json::Value` and what derives `anvil::ToolType` can"
)]
pub trait ToolType: Serialize + JsonSchema {
    /// Whether a value can be encoded as nothing at all, so that `Some` of it looks like `None`.
    #[doc(hidden)]
    const NULLABLE: bool = false;

    /// Computed to have a type refused that loses something on the way. It asks the types that are written between
    /// `<` and `>`, never the fields of a user's type, which may lead back to where they came from: the derived code
    /// asks those.
    #[doc(hidden)]
    const CROSSES: () = ();

    /// Whether an argument of the type may be left out where arguments have names.
    #[doc(hidden)]
    const OPTIONAL: bool = false;

    /// Whether its `Default` is the same in the host and in a body.
    #[doc(hidden)]
    const DEFAULT_IS_SHARED: bool = false;

    /// The type as the body's source writes it.
    #[doc(hidden)]
    fn rust(types: &mut Types) -> Written;

    /// Whether it says, as an error, that the tool failed.
    #[doc(hidden)]
    fn heals(&self) -> bool {
        false
    }
}

macro_rules! plain {
    ($($ty:ty => $rust:literal, $traits:expr;)*) => {$(
        impl ToolType for $ty {
            const DEFAULT_IS_SHARED: bool = true;

            fn rust(_: &mut Types) -> Written {
                Written::new($rust).keeping($traits)
            }
        }
    )*};
}

plain! {
    bool => "bool", ALL;
    char => "char", ALL;
    i8 => "i8", ALL;
    i16 => "i16", ALL;
    i32 => "i32", ALL;
    i64 => "i64", ALL;
    i128 => "i128", ALL;
    isize => "isize", ALL;
    u8 => "u8", ALL;
    u16 => "u16", ALL;
    u32 => "u32", ALL;
    u64 => "u64", ALL;
    u128 => "u128", ALL;
    usize => "usize", ALL;
    f32 => "f32", COPY | PARTIAL_ORD;
    f64 => "f64", COPY | PARTIAL_ORD;
    String => "String", ALL & !COPY;
    Duration => "std::time::Duration", ALL;
}

impl ToolType for &str {
    const DEFAULT_IS_SHARED: bool = true;

    /// A definition has no lifetimes: what a generic one is used with is owned there.
    fn rust(types: &mut Types) -> Written {
        match types.in_definition {
            true => String::rust(types),
            false => Written::new("&str"),
        }
    }
}

impl ToolType for Value {
    const NULLABLE: bool = true;
    const DEFAULT_IS_SHARED: bool = true;

    fn rust(_: &mut Types) -> Written {
        Written::new("serde_json::Value").keeping(EQ)
    }
}

impl ToolType for () {
    const NULLABLE: bool = true;
    const DEFAULT_IS_SHARED: bool = true;

    fn rust(_: &mut Types) -> Written {
        Written::new("()")
    }
}

impl<T: ToolType> ToolType for PhantomData<T> {
    const NULLABLE: bool = true;
    const DEFAULT_IS_SHARED: bool = true;

    fn rust(types: &mut Types) -> Written {
        let inner = T::rust(types).text;
        Written::new(format!("std::marker::PhantomData<{inner}>"))
    }
}

impl<T: ToolType> ToolType for Option<T> {
    const NULLABLE: bool = true;
    const CROSSES: () = {
        assert!(
            !T::NULLABLE,
            "`None` and `Some` of nothing look the same on the way to the body: use one `Option`"
        );
        each([T::CROSSES]);
    };
    const OPTIONAL: bool = true;
    const DEFAULT_IS_SHARED: bool = true;

    fn rust(types: &mut Types) -> Written {
        made_of("Option", &[T::rust(types)])
    }
}

impl<T: ToolType> ToolType for Box<T> {
    const NULLABLE: bool = T::NULLABLE;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = T::OPTIONAL;
    const DEFAULT_IS_SHARED: bool = T::DEFAULT_IS_SHARED;

    fn rust(types: &mut Types) -> Written {
        made_of("Box", &[T::rust(types)]).keeping(ALL & !COPY)
    }

    fn heals(&self) -> bool {
        (**self).heals()
    }
}

impl<T: ToolType, const N: usize> ToolType for [T; N]
where
    [T; N]: Serialize + JsonSchema,
{
    const CROSSES: () = T::CROSSES;
    const DEFAULT_IS_SHARED: bool = T::DEFAULT_IS_SHARED;

    fn rust(types: &mut Types) -> Written {
        let item = T::rust(types);
        Written::made_of(format!("[{}; {N}]", item.text), &[item])
    }
}

/// `ty<…>`.
fn made_of(ty: &str, parameters: &[Written]) -> Written {
    let texts: Vec<&str> = parameters
        .iter()
        .map(|parameter| &*parameter.text)
        .collect();
    Written::made_of(format!("{ty}<{}>", texts.join(", ")), parameters)
}

/// Asks all parts.
pub(crate) const fn each<const N: usize>(_parts: [(); N]) {}

macro_rules! generic {
    ($($ty:ty, $rust:literal, [$($parameter:ident),*], $traits:expr;)*) => {$(
        impl<$($parameter: ToolType),*> ToolType for $ty
        where
            Self: Serialize + JsonSchema,
        {
            const CROSSES: () = each([$($parameter::CROSSES),*]);
            const DEFAULT_IS_SHARED: bool = true;

            fn rust(types: &mut Types) -> Written {
                let parameters = [$($parameter::rust(types)),*];
                made_of($rust, &parameters).keeping($traits)
            }
        }
    )*};
}

generic! {
    Vec<T>, "Vec", [T], ALL & !COPY;
    VecDeque<T>, "std::collections::VecDeque", [T], ALL & !COPY;
    BTreeSet<T>, "std::collections::BTreeSet", [T], ALL & !COPY;
    HashSet<T>, "std::collections::HashSet", [T], EQ;
    BTreeMap<K, V>, "std::collections::BTreeMap", [K, V], ALL & !COPY;
    HashMap<K, V>, "std::collections::HashMap", [K, V], EQ;
}

macro_rules! tuple {
    ($($part:ident)*) => {
        impl<$($part: ToolType),*> ToolType for ($($part,)*) {
            const CROSSES: () = each([$($part::CROSSES),*]);
            const DEFAULT_IS_SHARED: bool = $($part::DEFAULT_IS_SHARED)&&*;

            fn rust(types: &mut Types) -> Written {
                let parts = [$($part::rust(types)),*];
                // A tuple of one needs its comma.
                let texts: Vec<String> = parts.iter().map(|part| format!("{},", part.text)).collect();
                Written::made_of(format!("({})", texts.join(" ")), &parts)
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
    use crate::types::ToolArgument;

    /// How a parameter of type `T` is declared, decoded and passed.
    fn argument<T: ToolArgument<P>, P>() -> (String, String, bool) {
        let types = &mut Types::default();
        (T::declared(types), T::decoded(types), T::BY_REFERENCE)
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
            <Prices as ToolType>::rust(&mut Types::default()).text,
            "std::collections::BTreeMap<String, Vec<(u32,)>>"
        );
    }
}
