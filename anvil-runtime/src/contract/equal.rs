//! Whether two answers are the same.
//!
//! Equal bytes are. So are values that are told alike, but for the order of maps, which says nothing, and NaN, which is
//! not even equal to itself. And so are answers that are equal, where their type can tell, as a set can: a trait bound
//! would ask it of every type that a pure tool answers, so the macro asks for the method `equal` of a reference to a
//! [`Pair`], and the compiler finds the first of two, as in dtolnay's autoref-based specialization.

use anvil_core::codec;
use rmpv::Value;
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

/// Whether two encoded values are alike: maps in any order, and all NaNs.
pub(super) fn alike(one: &[u8], other: &[u8]) -> bool {
    let decoded = |mut bytes: &[u8]| rmpv::decode::read_value(&mut bytes).ok();
    match (decoded(one), decoded(other)) {
        (Some(one), Some(other)) => values_alike(&one, &other),
        _ => false,
    }
}

fn values_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| values_alike(one, other))
        }
        (Value::Map(one), Value::Map(other)) => {
            let find = |key: &Value| other.iter().find(|(other, _)| values_alike(key, other));
            one.len() == other.len()
                && one.iter().all(|(key, value)| {
                    find(key).is_some_and(|(_, other)| values_alike(value, other))
                })
        }
        _ if is_nan(one) => is_nan(other),
        _ => one == other,
    }
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::F32(_) | Value::F64(_)) && value.as_f64().is_some_and(f64::is_nan)
}

/// Both answers, if they are of the type.
#[must_use]
pub fn pair<T: DeserializeOwned>(one: &[u8], other: &[u8]) -> Option<Pair<T>> {
    Some(Pair(codec::decode(one).ok()?, codec::decode(other).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    #[test]
    fn maps_are_alike_in_any_order_and_so_are_all_nans() {
        let map = |from: u32| -> Vec<u8> {
            let entries = (0..20).map(|key| ((key + from) % 20, [f64::from(key % 20) * 0.0, 1.0]));
            codec::encode(&entries.collect::<HashMap<u32, [f64; 2]>>()).unwrap()
        };
        assert!(alike(&map(0), &map(7)));
        let float = |float: f64| codec::encode(&[float]).unwrap();
        assert!(alike(&float(f64::NAN), &float(-f64::NAN)));
        assert!(alike(&float(0.0), &float(-0.0)));
        assert!(!alike(&float(f64::NAN), &float(1.0)));
        assert!(!alike(
            &map(0),
            &codec::encode(&HashMap::from([(0, [0.0, 1.0])])).unwrap()
        ));
        assert!(!alike(
            &codec::encode("1").unwrap(),
            &codec::encode(&1).unwrap()
        ));
        assert!(!alike(b"", b"\xc1"));
    }
}
