//! Whether two answers are equal, where their type can tell.
//!
//! A trait bound would ask it of every type that a pure tool answers. So the macro asks for the method `equal` of a
//! reference to a [`Pair`], and the compiler finds the first of two, as in dtolnay's autoref-based specialization.

use anvil_core::codec;
use serde::de::DeserializeOwned;

/// Two answers of one type.
#[derive(Debug)]
pub struct Pair<T>(T, T);

/// Found where `T` can be compared.
pub trait Comparable {
    /// Whether both are equal.
    fn equal(&self) -> bool;
}

impl<T: PartialEq> Comparable for Pair<T> {
    fn equal(&self) -> bool {
        self.0 == self.1
    }
}

/// Found otherwise.
pub trait Incomparable {
    /// That it cannot be told.
    fn equal(&self) -> bool;
}

impl<T> Incomparable for &Pair<T> {
    fn equal(&self) -> bool {
        false
    }
}

/// Both answers, if they are of the type.
#[must_use]
pub fn pair<T: DeserializeOwned>(one: &[u8], other: &[u8]) -> Option<Pair<T>> {
    Some(Pair(codec::decode(one).ok()?, codec::decode(other).ok()?))
}
