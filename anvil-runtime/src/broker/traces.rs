//! [`Traces`]: what an answer tells of secrets.

use super::StandIns;
use super::fill::{Values, encoded, escaped};
use super::spans::{Span, occurrences, rewritten};
use crate::privacy::{SHORTEST, forms};
use secrecy::{ExposeSecret, SecretString};
use std::borrow::Cow;
use std::ops::Range;
use url::form_urlencoded;

/// The secrets of a tool in the forms in which a service may send them back.
///
/// What is shaped like a secret and is none of these stays: it may be what was asked for.
pub(super) struct Traces {
    all: Vec<Trace>,
}

struct Trace {
    /// The secret's name.
    name: String,
    form: SecretString,
    /// Whether it is so short that it counts only where it stands alone.
    is_short: bool,
}

impl Traces {
    pub(super) fn of(values: &Values) -> Self {
        let mut traces = Self { all: Vec::new() };
        for (name, value) in values {
            let value = value.expose_secret();
            if value.trim().is_empty() {
                continue;
            }
            let is_short = value.chars().count() < SHORTEST;
            let written = forms(value).into_iter().map(Cow::into_owned);
            for form in written.chain(elsewhere(value)) {
                traces.note(name, form.into(), is_short);
            }
        }
        traces
    }

    /// Adds a form of a secret.
    pub(super) fn add(&mut self, name: &str, form: SecretString) {
        self.note(name, form, false);
    }

    fn note(&mut self, name: &str, form: SecretString, is_short: bool) {
        let same = |trace: &Trace| {
            trace.name == name && trace.form.expose_secret() == form.expose_secret()
        };
        // Most values are written alike everywhere.
        if self.all.iter().any(same) {
            return;
        }
        self.all.push(Trace {
            name: name.to_owned(),
            form,
            is_short,
        });
    }

    /// A part of a URL with what stands for the secrets in place of them, however they are percent-encoded.
    pub(super) fn stood_for(&self, part: &str, stand_ins: &StandIns) -> String {
        let mut part = part.to_owned();
        for plus in [b'+', b' '] {
            let (decoded, starts) = decoded(&part, plus);
            let mut spans: Vec<Span<'_>> = Vec::new();
            for trace in &self.all {
                let stand_in = stand_ins.of(&trace.name).unwrap_or_default();
                let found = trace.occurrences(&decoded);
                let found = found.map(|range| starts[range.start]..starts[range.end]);
                spans.extend(found.map(|range| (range, stand_in.as_bytes())));
            }
            part = String::from_utf8_lossy(&rewritten(part.as_bytes(), spans)).into_owned();
        }
        part
    }

    /// The bytes with the secrets' names in place of them.
    pub(super) fn named(&self, bytes: &[u8]) -> Vec<u8> {
        let markers = self
            .all
            .iter()
            .map(|trace| format!("[secret {}]", trace.name));
        let markers: Vec<String> = markers.collect();
        let mut spans: Vec<Span<'_>> = Vec::new();
        for (trace, marker) in self.all.iter().zip(&markers) {
            let found = trace.occurrences(bytes);
            spans.extend(found.map(|range| (range, marker.as_bytes())));
        }
        rewritten(bytes, spans)
    }
}

impl Trace {
    fn occurrences(&self, bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
        occurrences(bytes, self.form.expose_secret().as_bytes())
            .filter(|range| !self.is_short || stands_alone(bytes, range))
    }
}

/// What the part of a URL says, where a `+` is what `plus` is, and where in it each byte of that begins.
fn decoded(part: &str, plus: u8) -> (Vec<u8>, Vec<usize>) {
    let (mut decoded, mut starts) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(&byte) = part.as_bytes().get(at) {
        starts.push(at);
        let digits = part.get(at + 1..at + 3).filter(|_| byte == b'%');
        let encoded = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(match byte {
            b'+' => plus,
            byte => encoded.unwrap_or(byte),
        });
        at += if encoded.is_some() { 3 } else { 1 };
    }
    starts.push(at);
    (decoded, starts)
}

/// The value as URLs, forms and some writers of JSON have it.
fn elsewhere(value: &str) -> [String; 4] {
    let percent = encoded(value);
    let form: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let lower = in_lower_case(&percent);
    let slashes = escaped(value).replace('/', "\\/");
    [percent, form, lower, slashes]
}

/// What is percent-encoded with the digits in lower case.
fn in_lower_case(percent: &str) -> String {
    let mut parts = percent.split('%');
    let mut lower = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at(2);
        lower.push('%');
        lower.push_str(&digits.to_ascii_lowercase());
        lower.push_str(rest);
    }
    lower
}

/// Whether what stands there is not part of a longer word or number, as
/// [`privacy`](crate::privacy) has it for text.
fn stands_alone(bytes: &[u8], range: &Range<usize>) -> bool {
    let belongs = |byte: &u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    let before = &bytes[..range.start];
    let escapes: [&[u8]; 3] = [br"\n", br"\r", br"\t"];
    let starts = !before.last().is_some_and(belongs)
        || escapes.iter().any(|escape| before.ends_with(escape));
    starts && !bytes.get(range.end).is_some_and(belongs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Grant;

    fn values(values: &[(&str, &str)]) -> Values {
        let values = values.iter();
        values
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect()
    }

    #[track_caller]
    fn check(traces: &Traces, text: &str, expected: &str) {
        let named = traces.named(text.as_bytes());
        assert_eq!(String::from_utf8(named).unwrap(), expected, "{text}");
    }

    #[test]
    fn a_secret_is_named_however_it_comes_back() {
        let mut traces = Traces::of(&values(&[("KEY", "a/b \"ü\" 1"), ("OTHER", "plain-1")]));
        traces.add("KEY", "dXNlcjphL2I=".to_owned().into());
        for (text, expected) in [
            ("<a/b \"ü\" 1>", "<[secret KEY]>"),
            (r#"{"key":"a/b \"ü\" 1"}"#, r#"{"key":"[secret KEY]"}"#),
            (r#"{"key":"a\/b \"ü\" 1"}"#, r#"{"key":"[secret KEY]"}"#),
            ("?k=a%2Fb%20%22%C3%BC%22%201", "?k=[secret KEY]"),
            ("?k=a%2fb%20%22%c3%bc%22%201", "?k=[secret KEY]"),
            ("k=a%2Fb+%22%C3%BC%22+1", "k=[secret KEY]"),
            ("Basic dXNlcjphL2I=", "Basic [secret KEY]"),
            ("xplain-1x", "x[secret OTHER]x"),
            ("plain-2", "plain-2"),
        ] {
            check(&traces, text, expected);
        }
        let bytes = traces.named(b"\xffplain-1\xff");
        assert_eq!(bytes, b"\xff[secret OTHER]\xff");
    }

    #[test]
    fn a_short_secret_is_named_where_it_stands_alone() {
        let traces = Traces::of(&values(&[("PIN", "0417"), ("EMPTY", ""), ("BLANK", " ")]));
        check(
            &traces,
            r#"{"pin":"0417","at":"\n0417","no":104170, "é0417": 1}"#,
            r#"{"pin":"[secret PIN]","at":"\n[secret PIN]","no":104170, "é0417": 1}"#,
        );
    }

    #[test]
    fn the_longer_of_two_secrets_is_named() {
        let traces = Traces::of(&values(&[("INNER", "secret"), ("OUTER", "secret-outer")]));
        check(
            &traces,
            "secret-outer, secret",
            "[secret OUTER], [secret INNER]",
        );
    }

    #[test]
    fn what_stands_for_a_secret_can_take_its_place_again() {
        let secrets = [("KEY".to_owned(), Vec::new())];
        let grant = Grant::new("tool", &[], &secrets.into()).unwrap();
        let stand_ins = StandIns::mint(&grant).unwrap();
        let traces = Traces::of(&values(&[("KEY", "a/v=l e")]));
        for form in ["a/v=l e", "a%2Fv%3dl%20e", "a/%76=l%20e", "a%2Fv%3Dl+e"] {
            let text = traces.stood_for(&format!("%C3k=%{form}%2"), &stand_ins);
            assert_eq!(stand_ins.named(&text), "%C3k=%[secret KEY]%2", "{form}");
        }
    }
}
