//! [`Usd`]: money.

use std::fmt;

/// An amount of US dollars, kept exactly to the billionth; some 18 billion dollars at most.
///
/// [`Display`](fmt::Display) shows it in cents, `$1.23`, and amounts below one to two digits, `$0.0042`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Usd(u64);

/// In billionths of a dollar.
const DOLLAR: u64 = 1_000_000_000;
const CENT: u64 = DOLLAR / 100;

impl Usd {
    /// So many dollars.
    #[must_use]
    pub const fn from_dollars(dollars: u64) -> Self {
        Self(dollars.saturating_mul(DOLLAR))
    }

    /// So many hundredths of a dollar.
    #[must_use]
    pub const fn from_cents(cents: u64) -> Self {
        Self(cents.saturating_mul(CENT))
    }

    /// So many billionths of a dollar.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// In billionths of a dollar.
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// In dollars, as near as a floating-point number comes.
    #[must_use]
    pub fn as_f64(self) -> f64 {
        self.0 as f64 / DOLLAR as f64
    }

    /// The amount nearest to so many dollars; nothing where that is no amount of money.
    pub(crate) fn from_f64(dollars: f64) -> Option<Self> {
        (dollars.is_finite() && dollars >= 0.0)
            .then(|| Self((dollars * DOLLAR as f64).round() as u64))
    }

    /// The amount that is written as a number of dollars, `5` or `0.075`.
    pub(crate) fn from_text(text: &str) -> Option<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (text, ""),
        };
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number(whole) || !is_number(fraction) || fraction.len() > 9 {
            return None;
        }
        let nanos: u64 = format!("{fraction:0<9}").parse().ok()?;
        let dollars = whole.parse::<u64>().ok()?.checked_mul(DOLLAR)?;
        dollars.checked_add(nanos).map(Self)
    }

    /// The number of dollars, as it may be written.
    pub(crate) fn to_text(self) -> String {
        let text = format!("{}.{:09}", self.0 / DOLLAR, self.0 % DOLLAR);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    }

    pub(crate) const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.checked_ilog10().map_or(0, |log| log + 1);
        let decimals = match self.0 {
            0 | CENT.. => 2,
            _ => (11 - digits).min(9),
        };
        let unit = 10_u64.pow(9 - decimals);
        let units = self.0 / unit + u64::from(self.0 % unit >= unit.div_ceil(2) && unit > 1);
        let per_dollar = 10_u64.pow(decimals);
        let (dollars, rest) = (units / per_dollar, units % per_dollar);
        f.pad(&format!(
            "${dollars}.{rest:0width$}",
            width = decimals as usize
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_a_number_of_dollars_without_a_sign() {
        for (text, nanos) in [
            ("5", Some(5 * DOLLAR)),
            ("5.00", Some(5 * DOLLAR)),
            ("0.075", Some(75_000_000)),
            ("0.000000001", Some(1)),
            ("0", Some(0)),
            ("18446744073.709551615", Some(u64::MAX)),
            ("18446744073.709551616", None),
            ("99999999999", None),
            ("0.0000000001", None),
            ("5.", None),
            (".5", None),
            ("", None),
            ("-1", None),
            ("+1", None),
            ("1e3", None),
            ("inf", None),
            ("$5", None),
            ("5 dollars", None),
            ("٣", None),
        ] {
            assert_eq!(Usd::from_text(text).map(Usd::as_nanos), nanos, "{text}");
        }
    }

    #[test]
    fn an_amount_is_written_so_that_it_can_be_read() {
        for (nanos, text) in [
            (0, "0"),
            (5 * DOLLAR, "5"),
            (100 * DOLLAR, "100"),
            (2_500_000_000, "2.5"),
            (75_000_000, "0.075"),
            (u64::MAX, "18446744073.709551615"),
        ] {
            assert_eq!(Usd(nanos).to_text(), text);
            assert_eq!(Usd::from_text(text), Some(Usd(nanos)));
        }
    }

    #[test]
    fn an_amount_is_shown_in_cents_and_a_small_one_to_two_digits() {
        for (nanos, shown) in [
            (0, "$0.00"),
            (DOLLAR, "$1.00"),
            (1_234_567_890, "$1.23"),
            (1_995_000_000, "$2.00"),
            (CENT, "$0.01"),
            (9_960_000, "$0.0100"),
            (4_200_000, "$0.0042"),
            (4_249_999, "$0.0042"),
            (42, "$0.000000042"),
            (1, "$0.000000001"),
            (u64::MAX, "$18446744073.71"),
        ] {
            assert_eq!(Usd(nanos).to_string(), shown);
        }
    }

    #[test]
    fn no_amount_is_made_of_what_is_none() {
        assert_eq!(Usd::from_f64(1.23), Some(Usd::from_cents(123)));
        assert_eq!(Usd::from_f64(0.0), Some(Usd::default()));
        for dollars in [-0.01, f64::NAN, f64::INFINITY] {
            assert_eq!(Usd::from_f64(dollars), None);
        }
    }
}
