//! How a parameter names the type that crosses.

use crate::types::{ToolType, Types};
use serde::Serialize;
use serde_json::Value;

/// A type that can stand as a parameter: any [`ToolType`], `&` or `&mut` of one, or of a slice.
///
/// `Passing` tells them apart where the compiler looks for an implementation; users never name it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a tool",
    label = "not a type that can cross to a tool's body",
    note = "scalars, `char`, `String`, `&str`, `&[T]`, `Vec`, `Option`, arrays, tuples, maps, sets, `Duration`, `serde_json::Value` and what derives `anvil::ToolType` can"
)]
pub trait ToolArgument<Passing>: Serialize {
    /// What holds the value where it was made of JSON.
    #[doc(hidden)]
    type Decoded;

    /// How the declared function names the type.
    #[doc(hidden)]
    fn declared(types: &mut Types) -> String;

    /// The type that the guest decodes.
    #[doc(hidden)]
    fn decoded(types: &mut Types) -> String;

    /// The JSON Schema of its values.
    #[doc(hidden)]
    fn schema(types: &mut Types) -> Value;

    /// Whether the guest passes a reference to what it decoded.
    #[doc(hidden)]
    const BY_REFERENCE: bool;

    /// Whether the guest passes one that can be written to, and sends back what was.
    #[doc(hidden)]
    const MUTABLE: bool = false;

    /// [`ToolType::CROSSES`] of the value. The macro names it, so that it is computed, and a type that
    /// loses something on the way is refused, as the declaration is compiled.
    #[doc(hidden)]
    const CROSSES: ();

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

/// [`ToolArgument`] of a `&mut T`.
#[derive(Debug)]
#[doc(hidden)]
pub enum ByMutableReference {}

/// [`ToolArgument`] of a `&mut [T]`.
#[derive(Debug)]
#[doc(hidden)]
pub enum ByMutableSlice {}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByValue> for T {
    type Decoded = T;
    const BY_REFERENCE: bool = false;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = T::OPTIONAL;

    fn declared(types: &mut Types) -> String {
        T::rust(types).text
    }

    fn decoded(types: &mut Types) -> String {
        T::rust(types).text
    }

    fn schema(types: &mut Types) -> Value {
        types.schema::<T>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByReference> for &T {
    type Decoded = T;
    const BY_REFERENCE: bool = true;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = T::OPTIONAL;

    fn declared(types: &mut Types) -> String {
        format!("&{}", T::rust(types).text)
    }

    fn decoded(types: &mut Types) -> String {
        T::rust(types).text
    }

    fn schema(types: &mut Types) -> Value {
        types.schema::<T>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<BySlice> for &[T] {
    type Decoded = Vec<T>;
    const BY_REFERENCE: bool = true;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = false;

    fn declared(types: &mut Types) -> String {
        format!("&[{}]", T::rust(types).text)
    }

    fn decoded(types: &mut Types) -> String {
        format!("Vec<{}>", T::rust(types).text)
    }

    fn schema(types: &mut Types) -> Value {
        types.schema::<Vec<T>>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByMutableReference> for &mut T {
    type Decoded = T;
    const BY_REFERENCE: bool = true;
    const MUTABLE: bool = true;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = T::OPTIONAL;

    fn declared(types: &mut Types) -> String {
        format!("&mut {}", T::rust(types).text)
    }

    fn decoded(types: &mut Types) -> String {
        T::rust(types).text
    }

    fn schema(types: &mut Types) -> Value {
        types.schema::<T>()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ToolType> ToolArgument<ByMutableSlice> for &mut [T] {
    type Decoded = Vec<T>;
    const BY_REFERENCE: bool = true;
    const MUTABLE: bool = true;
    const CROSSES: () = T::CROSSES;
    const OPTIONAL: bool = false;

    fn declared(types: &mut Types) -> String {
        format!("&mut [{}]", T::rust(types).text)
    }

    fn decoded(types: &mut Types) -> String {
        format!("Vec<{}>", T::rust(types).text)
    }

    fn schema(types: &mut Types) -> Value {
        types.schema::<Vec<T>>()
    }
}
