//! The kinds of values that settings have: how they are written, and how they are shown.

use crate::amount::{ByteSize, duration_from_text, duration_to_text};
use crate::approval::Approval;
use crate::http::shown;
use crate::isolation::Isolation;
use crate::models::Provider;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::de::DeValue;
use url::Url;

/// A value as a source has it.
#[derive(Debug)]
pub(crate) enum Written<'a> {
    /// In the environment.
    Text(&'a OsStr),
    /// In a file that lies in `folder`.
    Toml {
        value: &'a DeValue<'a>,
        folder: &'a Path,
    },
}

impl Written<'_> {
    fn as_str(&self) -> Option<&str> {
        match self {
            Self::Text(text) => text.to_str(),
            Self::Toml { value, .. } => value.as_str(),
        }
    }
}

/// A kind of value.
pub(crate) trait Value: Sized {
    /// The value, or nothing if it is not of this kind.
    fn read(written: &Written<'_>) -> Option<Self>;

    /// What [`read`](Self::read) takes, to end a sentence with.
    fn allowed(written: &Written<'_>) -> String;

    fn show(&self) -> String;
}

impl Value for PathBuf {
    fn read(written: &Written<'_>) -> Option<Self> {
        let path = match written {
            Written::Text(text) => Self::from(text),
            Written::Toml { value, folder } => {
                folder.join(value.as_str().filter(|p| !p.is_empty())?)
            }
        };
        Some(path)
    }

    fn allowed(_: &Written<'_>) -> String {
        "a path in quotes".to_owned()
    }

    fn show(&self) -> String {
        self.display().to_string()
    }
}

impl Value for bool {
    fn read(written: &Written<'_>) -> Option<Self> {
        match written {
            Written::Text(text) => match text.to_str()? {
                "1" | "true" => Some(true),
                "0" | "false" => Some(false),
                _ => None,
            },
            Written::Toml { value, .. } => value.as_bool(),
        }
    }

    fn allowed(written: &Written<'_>) -> String {
        let allowed = match written {
            Written::Text(_) => "1, true, 0 or false",
            Written::Toml { .. } => "true or false",
        };
        allowed.to_owned()
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {$(
        impl Value for $number {
            fn read(written: &Written<'_>) -> Option<Self> {
                match written {
                    Written::Text(text) => text.to_str()?.parse().ok(),
                    Written::Toml { value, .. } => {
                        let number = value.as_integer()?;
                        Self::from_str_radix(number.as_str(), number.radix()).ok()
                    }
                }
            }

            fn allowed(_: &Written<'_>) -> String {
                format!("a whole number from 0 to {}", Self::MAX)
            }

            fn show(&self) -> String {
                self.to_string()
            }
        }
    )+};
}

whole_numbers!(u32, u64, usize);

impl Value for Duration {
    fn read(written: &Written<'_>) -> Option<Self> {
        duration_from_text(written.as_str()?)
    }

    fn allowed(written: &Written<'_>) -> String {
        let examples = match written {
            Written::Text(_) => "10s, 500ms or 2h",
            Written::Toml { .. } => "\"10s\", \"500ms\" or \"2h\"",
        };
        format!("a duration such as {examples}")
    }

    fn show(&self) -> String {
        duration_to_text(self)
    }
}

impl Value for ByteSize {
    fn read(written: &Written<'_>) -> Option<Self> {
        Self::from_text(written.as_str()?)
    }

    fn allowed(written: &Written<'_>) -> String {
        let examples = match written {
            Written::Text(_) => "512MB or 1GiB",
            Written::Toml { .. } => "\"512MB\" or \"1GiB\"",
        };
        format!("a size such as {examples}")
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Isolation {
    fn read(written: &Written<'_>) -> Option<Self> {
        Self::from_word(written.as_str()?)
    }

    fn allowed(written: &Written<'_>) -> String {
        let [first, second, third] = Self::ALL.map(Self::word);
        match written {
            Written::Text(_) => format!("{first}, {second} or {third}"),
            Written::Toml { .. } => format!("\"{first}\", \"{second}\" or \"{third}\""),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Approval {
    fn read(written: &Written<'_>) -> Option<Self> {
        Self::from_word(written.as_str()?)
    }

    fn allowed(written: &Written<'_>) -> String {
        let [first, second] = Self::ALL.map(Self::word);
        match written {
            Written::Text(_) => format!("{first} or {second}"),
            Written::Toml { .. } => format!("\"{first}\" or \"{second}\""),
        }
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for Provider {
    fn read(written: &Written<'_>) -> Option<Self> {
        Self::from_word(written.as_str()?)
    }

    fn allowed(written: &Written<'_>) -> String {
        let words = Self::ALL.map(|provider| match written {
            Written::Text(_) => provider.word().to_owned(),
            Written::Toml { .. } => format!("{:?}", provider.word()),
        });
        let [most @ .., last] = &words;
        format!("{} or {last}", most.join(", "))
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

impl Value for String {
    fn read(written: &Written<'_>) -> Option<Self> {
        let text = written.as_str()?.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn allowed(written: &Written<'_>) -> String {
        match written {
            Written::Text(_) => "a name".to_owned(),
            Written::Toml { .. } => "a name in quotes".to_owned(),
        }
    }

    fn show(&self) -> String {
        self.clone()
    }
}

impl Value for Url {
    fn read(written: &Written<'_>) -> Option<Self> {
        let url = Self::parse(written.as_str()?.trim()).ok()?;
        (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
    }

    fn allowed(_: &Written<'_>) -> String {
        "a URL such as http://localhost:11434/v1".to_owned()
    }

    fn show(&self) -> String {
        shown(self)
    }
}

/// A value, or nothing where a setting may be nothing.
pub(crate) trait Shown {
    fn shown(&self) -> String;
}

impl<T: Value> Shown for T {
    fn shown(&self) -> String {
        Value::show(self)
    }
}

impl<T: Value> Shown for Option<T> {
    fn shown(&self) -> String {
        self.as_ref().map_or_else(|| "none".to_owned(), Value::show)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_a_number_and_a_unit_or_several() {
        let seconds = Duration::from_secs;
        for (text, expected) in [
            ("10s", Some(seconds(10))),
            ("500ms", Some(Duration::from_millis(500))),
            ("2h", Some(seconds(7_200))),
            ("1h 30m", Some(seconds(5_400))),
            ("1h30m", Some(seconds(5_400))),
            ("2 minutes", Some(seconds(120))),
            ("0s", Some(Duration::ZERO)),
            ("10", None),
            ("-10s", None),
            ("10s ago", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999h", None),
        ] {
            assert_eq!(
                Duration::read(&Written::Text(OsStr::new(text))),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn a_duration_is_shown_as_it_may_be_written() {
        for text in ["10s", "500ms", "2h", "1h 30m", "0s"] {
            let duration = Duration::read(&Written::Text(OsStr::new(text))).unwrap();
            assert_eq!(Value::show(&duration), text);
        }
    }

    #[test]
    fn numbers_end_where_their_type_does() {
        let read = |text: &str| u32::read(&Written::Text(OsStr::new(text)));
        assert_eq!(read("4294967295"), Some(u32::MAX));
        for text in ["4294967296", "-1", "1.5", "two", " 2"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
