//! Amounts as people write them, in settings and in `tool.json`: durations such as `10s`, sizes such as `512MB`.

use jiff::fmt::friendly::{SpanParser, SpanPrinter};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// A number of bytes. It is written as a whole number and one unit: `512MB`, `1GiB`. `kB`, `MB`, `GB` and `TB` are
/// powers of 1,000, `KiB`, `MiB`, `GiB` and `TiB` of 1,024, and `B` is the byte.
///
/// [`Display`](fmt::Display) shows it as it may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ByteSize(u64);

/// Of two units that a number is a multiple of, the one further down says it shorter.
const UNITS: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("KiB", 1 << 10),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("TB", 1_000_000_000_000),
    ("TiB", 1 << 40),
];

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn new(bytes: u64) -> Self {
        Self(bytes)
    }

    /// How many bytes it is.
    #[must_use]
    pub const fn bytes(self) -> u64 {
        self.0
    }

    /// The macro has a reader of its own for declarations, because it can point at what is wrong.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let (_, bytes) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        Some(Self(number.parse::<u64>().ok()?.checked_mul(bytes)?))
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, unit): &&(&str, u64)| self.0 != 0 && self.0.is_multiple_of(*unit);
        let (unit, bytes) = UNITS.iter().rev().find(fits).unwrap_or(&UNITS[0]);
        f.pad(&format!("{}{unit}", self.0 / bytes))
    }
}

impl TryFrom<String> for ByteSize {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::from_text(&text).ok_or_else(|| format!("{text:?} is no size such as \"512MB\""))
    }
}

impl From<ByteSize> for String {
    fn from(size: ByteSize) -> Self {
        size.to_string()
    }
}

/// The duration that is written as `text`, in one unit or in several.
pub(crate) fn duration_from_text(text: &str) -> Option<Duration> {
    SpanParser::new().parse_unsigned_duration(text).ok()
}

/// The duration as it may be written.
pub(crate) fn duration_to_text(duration: &Duration) -> String {
    SpanPrinter::new().unsigned_duration_to_string(duration)
}

/// For serde: a duration, or none, as text.
pub(crate) mod duration_text {
    use super::{duration_from_text, duration_to_text};
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::time::Duration;

    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let text = duration.as_ref().map(duration_to_text);
        text.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else {
            return Ok(None);
        };
        let wrong = || D::Error::custom(format!("{text:?} is no duration such as \"10s\""));
        duration_from_text(&text).map(Some).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_a_whole_number_and_one_unit() {
        for (text, bytes) in [
            ("512MB", Some(512_000_000)),
            ("1GiB", Some(1_073_741_824)),
            ("4GB", Some(4_000_000_000)),
            ("3kB", Some(3_000)),
            ("3KiB", Some(3_072)),
            ("2MiB", Some(2_097_152)),
            ("1TB", Some(1_000_000_000_000)),
            ("1TiB", Some(1_099_511_627_776)),
            ("0B", Some(0)),
            ("18446744073709551615B", Some(u64::MAX)),
            ("18446744073709551616B", None),
            ("18446744073709551615kB", None),
            ("512", None),
            ("MB", None),
            ("", None),
            ("-1MB", None),
            ("+1MB", None),
            ("1.5GB", None),
            ("512 MB", None),
            ("512mb", None),
            ("512M", None),
            ("1GB 2MB", None),
            ("é", None),
            ("٣MB", None),
        ] {
            assert_eq!(
                ByteSize::from_text(text).map(ByteSize::bytes),
                bytes,
                "{text}"
            );
        }
    }

    #[test]
    fn a_size_is_shown_as_it_may_be_written() {
        for text in [
            "512MB", "1GiB", "10MiB", "3kB", "3KiB", "1234B", "0B", "1TiB",
        ] {
            assert_eq!(ByteSize::from_text(text).unwrap().to_string(), text);
        }
        assert_eq!(ByteSize::new(1_000_000_000).to_string(), "1GB");
        assert_eq!(ByteSize::new(u64::MAX).to_string(), "18446744073709551615B");
    }

    #[test]
    fn a_duration_is_written_so_that_it_can_be_read() {
        for duration in [
            Duration::ZERO,
            Duration::from_nanos(1),
            Duration::new(5_400, 250_000_000),
            Duration::MAX,
        ] {
            let text = duration_to_text(&duration);
            assert_eq!(duration_from_text(&text), Some(duration), "{text}");
        }
    }
}
