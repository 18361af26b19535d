//! The one codec of the boundary: MessagePack, self-describing, the same in-process and to a worker.
//!
//! It must hold whatever serde types a signature can name: NaN and infinities, maps with keys of any
//! type, enums in each of serde's representations. JSON loses the first two, postcard cannot decode the
//! last. Of the two binary formats that hold all three, MessagePack was measured against CBOR on a
//! struct of five fields (`cargo bench -p anvil-tests --bench codec`): it decodes in a third of the time.
//!
//! Structs are maps from field names to values, so that serde's `default`, `flatten` and internally
//! tagged enums work. Both directions call themselves human-readable: serde buffers the content of tagged
//! enums in a form that always says it is, and types such as `IpAddr` would otherwise be written in one
//! form and read in the other.
//!
//! One thing cannot be told apart: `None`, `()` and `Some(())` are all `nil`. Signatures in which that
//! matters are refused before they get here.

use serde::{Deserialize, Serialize};
use std::hint;
use std::io;
use std::ptr;

/// Why bytes could not be made from a value, or a value from bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecError(String);

impl std::fmt::Display for CodecError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CodecError {}

impl serde::ser::Error for CodecError {
    fn custom<T: std::fmt::Display>(message: T) -> Self {
        Self(message.to_string())
    }
}

/// How deep values may be nested: the limit of serde_json as well, for it has to fit the stack of any thread.
const DEEPEST: usize = 128;

/// Encodes `value`.
///
/// # Errors
/// When the value's own `Serialize` refuses, it has a sequence or map of unknown length, or it is nested so deep
/// that the stack may not last. Some of what is encoded is too deep to be decoded.
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CodecError> {
    let mut bytes = Vec::new();
    let mut serializer = rmp_serde::Serializer::new(StackGuard::new(&mut bytes))
        .with_struct_map()
        .with_human_readable();
    let outcome = value.serialize(&mut serializer);
    match outcome {
        Ok(()) => Ok(bytes),
        Err(_) if serializer.get_ref().is_full => Err(CodecError(TOO_DEEP.to_owned())),
        Err(error) => Err(CodecError(error.to_string())),
    }
}

/// How much stack an encoding may take: a quarter of what Rust gives a thread. 128 levels of JSON take about half of
/// that without optimization.
const STACK: usize = 512 * 1024;

/// Collects what is written, which every level of a value adds to unless all of it encodes to a single leaf, for as
/// long as the stack is not too deep.
struct StackGuard<'bytes> {
    bytes: &'bytes mut Vec<u8>,
    /// Where on the stack it began.
    top: usize,
    is_full: bool,
}

const TOO_DEEP: &str = "it is nested too deep";

impl<'bytes> StackGuard<'bytes> {
    fn new(bytes: &'bytes mut Vec<u8>) -> Self {
        let top = stack_position();
        Self {
            bytes,
            top,
            is_full: false,
        }
    }
}

impl io::Write for StackGuard<'_> {
    fn write(&mut self, written: &[u8]) -> io::Result<usize> {
        if stack_position().abs_diff(self.top) > STACK {
            self.is_full = true;
            return Err(io::Error::other(TOO_DEEP));
        }
        self.bytes.write(written)
    }

    fn write_all(&mut self, written: &[u8]) -> io::Result<()> {
        self.write(written).map(drop)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stack_position() -> usize {
    let here = 0_u8;
    ptr::from_ref(hint::black_box(&here)).addr()
}

/// Decodes a `T`, which may borrow strings from `bytes`.
///
/// # Errors
/// When `bytes` are not one whole `T`: another type, cut off, with something after the end, or nested
/// deeper than 128.
pub fn decode<'bytes, T: Deserialize<'bytes>>(bytes: &'bytes [u8]) -> Result<T, CodecError> {
    let mut deserializer = rmp_serde::Deserializer::from_read_ref(bytes).with_human_readable();
    deserializer.set_max_depth(DEEPEST);
    let value = T::deserialize(&mut deserializer).map_err(|error| CodecError(error.to_string()))?;
    // Only at the end of the input is there no marker to read.
    match <()>::deserialize(&mut deserializer) {
        Err(rmp_serde::decode::Error::InvalidMarkerRead(_)) => Ok(value),
        _ => Err(CodecError(
            "there are bytes left after the value".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IgnoredAny;
    use std::collections::{BTreeMap, HashMap};
    use std::fmt::Debug;
    use std::net::IpAddr;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum InternallyTagged {
        Empty,
        Full {
            total: f64,
            by_number: BTreeMap<u32, u8>,
            address: IpAddr,
        },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Untagged {
        Number(i64),
        Text(String),
        Record { letter: char },
    }

    fn comes_back<T>(value: T)
    where
        T: Serialize + for<'de> Deserialize<'de> + PartialEq + Debug,
    {
        let bytes = encode(&value).unwrap();
        assert_eq!(decode::<T>(&bytes).unwrap(), value);
    }

    #[test]
    fn extreme_numbers_come_back() {
        comes_back((u64::MAX, i64::MIN, u128::MAX, i128::MIN));
        comes_back((f64::INFINITY, f32::MIN_POSITIVE, -0.0));
        let nan = encode(&f64::NAN).unwrap();
        assert!(decode::<f64>(&nan).unwrap().is_nan());
    }

    #[test]
    fn maps_keep_keys_that_are_not_text() {
        comes_back(BTreeMap::from([(true, 1), (false, 0)]));
        comes_back(HashMap::from([((1_i8, 'c'), "x".to_owned())]));
    }

    #[test]
    fn every_representation_of_an_enum_comes_back() {
        comes_back(vec![Ok::<u8, String>(1), Err("no".to_owned())]);
        comes_back(vec![
            Untagged::Number(-1),
            Untagged::Text("one".to_owned()),
            Untagged::Record { letter: '\u{e9}' },
        ]);
        comes_back(vec![
            InternallyTagged::Empty,
            InternallyTagged::Full {
                total: 0.5,
                by_number: BTreeMap::from([(3, 4)]),
                address: IpAddr::from([127, 0, 0, 1]),
            },
        ]);
    }

    #[test]
    fn text_is_borrowed_from_the_bytes() {
        let bytes = encode(&("one", vec!["two"])).unwrap();
        let (one, rest): (&str, Vec<&str>) = decode(&bytes).unwrap();
        assert_eq!((one, rest), ("one", vec!["two"]));
        assert!(bytes.as_ptr_range().contains(&one.as_ptr()));
    }

    #[test]
    fn bytes_that_are_not_one_whole_value_are_refused() {
        let bytes = encode(&"anvil").unwrap();
        assert!(decode::<String>(&bytes[..bytes.len() - 1]).is_err());
        assert!(decode::<u8>(&bytes).is_err());
        assert!(decode::<String>(&[]).is_err());
        for rest in [&[0][..], &[0xc0], &[0xc1], &[0xd9], &[0x92, 1]] {
            let longer = [bytes.as_slice(), rest].concat();
            let error = decode::<String>(&longer).unwrap_err();
            assert!(error.to_string().contains("left"), "{rest:?}: {error}");
        }
    }

    #[test]
    fn nesting_without_end_is_refused_and_not_followed() {
        let bytes = vec![0x91; 100_000]; // an array that holds an array that holds …
        assert!(decode::<IgnoredAny>(&bytes).is_err());
    }

    #[test]
    fn a_value_that_would_exhaust_the_stack_is_not_encoded() {
        #[derive(Serialize)]
        struct Deep {
            next: Option<Box<Deep>>,
        }
        let deep = (0..100_000).fold(Deep { next: None }, |inner, _| Deep {
            next: Some(Box::new(inner)),
        });
        let error = encode(&deep).unwrap_err();
        assert!(error.to_string().contains("too deep"), "{error}");
        std::mem::forget(deep); // to drop it would exhaust it
    }
}
