//! What `timeout`, `memory`, `isolation` and `approval` are written with.
//!
//! The runtime reads the same words, and more of them, where they come as settings. It could be asked to read
//! these too, in a constant; but then a mistake is told by the compiler, as one of evaluation, and not with the others.

/// The words for the levels of isolation, for an error to end with.
pub(crate) const LEVELS: &str = "`\"sandboxed\"`, `\"worker\"` or `\"in_process\"`";

/// The words for whether a person has to approve, for an error to end with.
pub(crate) const APPROVALS: &str = "`\"none\"` or `\"review\"`";

/// An amount, or what to write instead.
pub(crate) type Amount = Result<u64, &'static str>;

/// As the runtime has it for what is declared at run time.
const LEAST_MEMORY: u64 = 16_000_000;

const TIMES: [(&str, u64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("min", 60_000),
    ("h", 3_600_000),
];

const SIZES: [(&str, u64); 9] = [
    ("B", 1),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
];

/// Milliseconds.
pub(crate) fn timeout(text: &str) -> Amount {
    match amount(text, &TIMES) {
        Some(0) => Err("this is no time to do anything in: write at least `\"1ms\"`"),
        Some(milliseconds) => Ok(milliseconds),
        None => Err(
            "write how long a call may take as a whole number and one of \
             `ms`, `s`, `m`, `h`, such as `\"10s\"`",
        ),
    }
}

/// Bytes.
pub(crate) fn memory(text: &str) -> Amount {
    match amount(text, &SIZES) {
        Some(..LEAST_MEMORY) => {
            Err("this is too little to run anything in: write at least `\"16MB\"`")
        }
        Some(bytes) => Ok(bytes),
        None => Err(
            "write how much memory the tool may use as a whole number and one of \
             `MB`, `GB`, `MiB`, `GiB`, such as `\"512MB\"`",
        ),
    }
}

/// A variant of the runtime's `Isolation`.
pub(crate) fn level(word: &str) -> Option<&'static str> {
    match word {
        "sandboxed" => Some("Sandboxed"),
        "worker" => Some("Worker"),
        "in_process" => Some("InProcess"),
        _ => None,
    }
}

/// A variant of the runtime's `Approval`.
pub(crate) fn approval(word: &str) -> Option<&'static str> {
    match word {
        "none" => Some("None"),
        "review" => Some("Review"),
        _ => None,
    }
}

/// A whole number and one of `units`, with nothing between or around them.
fn amount(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_whole_number_and_one_unit() {
        for (text, milliseconds) in [
            ("10s", Some(10_000)),
            ("250ms", Some(250)),
            ("2m", Some(120_000)),
            ("2min", Some(120_000)),
            ("1h", Some(3_600_000)),
            ("0s", None),
            ("10", None),
            ("s", None),
            ("", None),
            ("-1s", None),
            ("+1s", None),
            ("1.5s", None),
            ("10 s", None),
            ("10S", None),
            ("1h 30m", None),
            ("1d", None),
            ("18446744073709551615s", None),
            ("99999999999999999999ms", None),
        ] {
            assert_eq!(timeout(text).ok(), milliseconds, "{text}");
        }
    }

    #[test]
    fn a_size_is_a_whole_number_and_one_unit() {
        for (text, bytes) in [
            ("512MB", Some(512_000_000)),
            ("16MB", Some(16_000_000)),
            ("16000000B", Some(16_000_000)),
            ("1GiB", Some(1 << 30)),
            ("1TB", Some(1_000_000_000_000)),
            ("15MB", None),
            ("0GB", None),
            ("512", None),
            ("512M", None),
            ("512mb", None),
            ("1.5GB", None),
            ("512 MB", None),
            ("18446744073709551615MB", None),
        ] {
            assert_eq!(memory(text).ok(), bytes, "{text}");
        }
    }
}
