//! [`Price`], and the table of those that Anvil knows.

use super::usd::Usd;
use crate::model::Usage;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::de::{DeTable, DeValue};

/// What a model costs: US dollars for a million tokens of each sort. Thinking is output.
///
/// ```
/// use anvil::{Price, Usd};
///
/// let price = Price::new(Usd::from_dollars(3), Usd::from_dollars(15))
///     .with_cache(Usd::from_cents(30), Usd::from_cents(375));
/// # assert_eq!(price.cache_write, Usd::from_cents(375));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Price {
    /// For a million tokens that it reads.
    pub input: Usd,
    /// For a million tokens that it writes.
    pub output: Usd,
    /// For a million tokens that it reads and has in its cache.
    pub cache_read: Usd,
    /// For a million tokens that it reads and puts into its cache.
    pub cache_write: Usd,
}

impl Price {
    /// So much for a million tokens of input and of output, cached or not.
    #[must_use]
    pub const fn new(input: Usd, output: Usd) -> Self {
        Self {
            input,
            output,
            cache_read: input,
            cache_write: input,
        }
    }

    /// Says what a million tokens of input cost that come from the cache, and that are put there.
    #[must_use]
    pub const fn with_cache(self, cache_read: Usd, cache_write: Usd) -> Self {
        Self {
            cache_read,
            cache_write,
            ..self
        }
    }

    /// What `usage` costs, rounded up.
    pub(crate) fn of(&self, usage: &Usage) -> Usd {
        let cached = usage
            .cache_read_tokens
            .saturating_add(usage.cache_write_tokens);
        let sum: u128 = [
            (usage.input_tokens.saturating_sub(cached), self.input),
            (usage.output_tokens, self.output),
            (usage.cache_read_tokens, self.cache_read),
            (usage.cache_write_tokens, self.cache_write),
        ]
        .map(|(tokens, price)| u128::from(tokens) * u128::from(price.as_nanos()))
        .into_iter()
        .fold(0, u128::saturating_add);
        Usd::from_nanos(u64::try_from(sum.div_ceil(1_000_000)).unwrap_or(u64::MAX))
    }
}

/// Prices by the names of models.
pub(crate) type Prices = BTreeMap<String, Price>;

/// The price of `model`: the user's, or else Anvil's own. Nothing where there is none.
pub(super) fn price_of(own: &Prices, model: &str) -> Option<Price> {
    let own = own.iter().map(|(name, price)| (name.as_str(), *price));
    longest(own, model).or_else(|| longest(TABLE.iter().copied(), model))
}

/// The price of the longest name that `model` is a snapshot of.
fn longest<'n>(prices: impl Iterator<Item = (&'n str, Price)>, model: &str) -> Option<Price> {
    // Gemini lists its models so.
    let bare = model.strip_prefix("models/").unwrap_or(model);
    let is_it = |name: &str| is_snapshot(bare, name) || is_snapshot(model, name);
    prices
        .filter(|(name, _)| is_it(name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, price)| price)
}

/// Whether `model` is `name`, or a state of it: dated, numbered, the latest or a preview. What else begins alike is
/// another model, with a price of its own.
fn is_snapshot(model: &str, name: &str) -> bool {
    let Some(rest) = model.strip_prefix(name) else {
        return false;
    };
    let Some(state) = rest.strip_prefix(['-', '@', ':']) else {
        return rest.is_empty();
    };
    let digits = state.bytes().take_while(u8::is_ascii_digit).count();
    let is_date = digits >= 3 && state.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    is_date || matches!(state, "latest" | "preview")
}

/// In thousandths of a dollar, as most lists of prices are.
const fn mills(input: u64, output: u64, cache_read: u64, cache_write: u64) -> Price {
    const fn usd(mills: u64) -> Usd {
        Usd::from_nanos(mills * 1_000_000)
    }
    Price::new(usd(input), usd(output)).with_cache(usd(cache_read), usd(cache_write))
}

/// As of 26 November 2026, at the standard tier. Where a rise was announced, it is the price after it; where long
/// requests cost more (over 100,000 tokens of input with `claude-haiku-5-5`, over 200,000 with Grok, over 272,000 with GPT-6),
/// that of shorter ones, which Anvil's are.
const TABLE: &[(&str, Price)] = &[
    // The models' pages below platform.claude.com/docs/en/models; the cache is kept for five minutes.
    ("claude-fable-5-2", mills(8_000, 40_000, 200, 10_000)),
    ("claude-fable-5-1", mills(10_000, 50_000, 250, 12_500)),
    ("claude-opus-5-5", mills(4_000, 20_000, 200, 5_000)),
    ("claude-opus-5", mills(5_000, 25_000, 500, 6_250)),
    ("claude-sonnet-5-5", mills(2_000, 10_000, 100, 2_500)),
    ("claude-sonnet-5", mills(2_000, 10_000, 200, 2_500)),
    ("claude-haiku-5-5", mills(100, 500, 10, 125)),
    ("claude-haiku-4-5", mills(1_000, 5_000, 100, 1_250)),
    // The models' pages below developers.openai.com/api/docs/models; the cache is kept for thirty minutes.
    ("gpt-6.2-astra", mills(8_000, 40_000, 400, 10_000)),
    ("gpt-6.2-sol", mills(2_000, 10_000, 100, 2_500)),
    ("gpt-6.1-sol", mills(2_000, 10_000, 100, 2_500)),
    ("gpt-6.1-terra", mills(1_000, 5_000, 50, 1_250)),
    ("gpt-6-astra", mills(10_000, 50_000, 1_000, 12_500)),
    ("gpt-6-sol", mills(2_000, 10_000, 200, 2_500)),
    ("gpt-6-luna", mills(100, 500, 10, 125)),
    // docs.x.ai/developers/models; putting something into the cache has no price of its own.
    ("grok-4.7", mills(2_000, 6_000, 500, 2_000)),
    ("grok-4.6", mills(2_000, 6_000, 500, 2_000)),
    ("grok-4.5", mills(2_000, 6_000, 500, 2_000)),
    ("grok-4.3", mills(1_250, 2_500, 200, 1_250)),
    ("grok-build-0.1", mills(1_000, 2_000, 200, 1_000)),
    // ai.google.dev/gemini-api/docs/pricing; the same.
    ("gemini-4-carbon", mills(4_000, 20_000, 200, 4_000)),
    ("gemini-4-argon", mills(4_000, 20_000, 200, 4_000)),
    ("gemini-4-neon", mills(3_000, 15_000, 150, 3_000)),
    ("gemini-4-hydrogen", mills(1_500, 7_500, 75, 1_500)),
    ("gemini-3.8-flash", mills(1_500, 7_500, 150, 1_500)),
];

/// What an error about prices says, and where.
pub(crate) type Mistake = (Range<usize>, String);

/// The prices in a table of `anvil.toml`, or what is wrong with one, and where it stands.
pub(crate) fn prices_in(table: &DeTable<'_>) -> Result<Prices, Mistake> {
    let mut models: Vec<_> = table.iter().collect();
    models.sort_by_key(|(model, _)| model.span().start);
    let read = models.into_iter().map(|(model, price)| {
        let name: &str = model.get_ref();
        match price.get_ref() {
            DeValue::Table(price) => Ok((name.to_owned(), price_in(name, model.span(), price)?)),
            _ => Err((
                model.span(),
                format!("the price of `{name}` is a table: `{{ input = 3, output = 15 }}`"),
            )),
        }
    });
    read.collect()
}

fn price_in(model: &str, place: Range<usize>, table: &DeTable<'_>) -> Result<Price, Mistake> {
    let mut words: Vec<_> = table.iter().collect();
    words.sort_by_key(|(word, _)| word.span().start);
    let (mut input, mut output, mut cache_read, mut cache_write) = (None, None, None, None);
    for (word, value) in words {
        let part = match &**word.get_ref() {
            "input" => &mut input,
            "output" => &mut output,
            "cache_read" => &mut cache_read,
            "cache_write" => &mut cache_write,
            other => {
                let words = format!(
                    "the price of `{model}` has no `{other}`, but input, output, cache_read and cache_write"
                );
                return Err((word.span(), words));
            }
        };
        *part = Some(usd_in(value.get_ref()).ok_or_else(|| {
            let words = format!(
                "`{}` of `{model}` takes dollars for a million tokens, such as 2.5 or \"0.075\"",
                word.get_ref()
            );
            (word.span(), words)
        })?);
    }
    let (Some(input), Some(output)) = (input, output) else {
        return Err((
            place,
            format!("the price of `{model}` takes both input and output"),
        ));
    };
    let price = Price::new(input, output);
    Ok(price.with_cache(cache_read.unwrap_or(input), cache_write.unwrap_or(input)))
}

/// An amount of dollars as TOML has it: a number, or text.
pub(crate) fn usd_in(value: &DeValue<'_>) -> Option<Usd> {
    match value {
        DeValue::Integer(number) => Some(Usd::from_dollars(
            u64::from_str_radix(number.as_str(), number.radix()).ok()?,
        )),
        DeValue::Float(number) => Usd::from_text(number.as_str()),
        DeValue::String(text) => Usd::from_text(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(model: &str) -> Option<Usd> {
        price_of(&Prices::new(), model).map(|price| price.output)
    }

    #[test]
    fn every_model_that_is_asked_where_none_is_named_has_a_price() {
        for (provider, model) in crate::models::DEFAULT_MODELS {
            assert!(found(model).is_some(), "{model} of {provider}");
        }
    }

    #[test]
    fn a_model_is_known_by_its_name_and_by_those_of_its_states() {
        let dollars = |dollars| Some(Usd::from_dollars(dollars));
        for (model, output) in [
            ("claude-opus-5-5", dollars(20)),
            ("claude-opus-5", dollars(25)),
            ("claude-opus-5-20260724", dollars(25)),
            ("claude-opus-5-5@20260923", dollars(20)),
            ("gpt-6.2-sol-2026-11-17", dollars(10)),
            ("models/gemini-4-neon", dollars(15)),
            ("gemini-4-neon-001", dollars(15)),
            ("grok-4.7-latest", dollars(6)),
            // Other models, whose prices may be anything.
            ("claude-opus-5-9", None),
            ("claude-opus-50", None),
            ("gpt-6-luna-fast", None),
            ("grok-4.75", None),
            ("claude", None),
            ("mock", None),
            ("", None),
        ] {
            assert_eq!(found(model), output, "{model}");
        }
    }

    #[test]
    fn a_price_of_the_users_goes_before_and_the_longest_name_before_shorter_ones() {
        let price = |dollars| Price::new(Usd::default(), Usd::from_dollars(dollars));
        let own: Prices = [
            ("claude-opus-5-5", price(1)),
            ("mine", price(2)),
            ("mine-100", price(3)),
            ("models/mine", price(4)),
        ]
        .map(|(name, price)| (name.to_owned(), price))
        .into();
        for (model, dollars) in [
            ("claude-opus-5-5-20260923", 1),
            ("mine", 2),
            ("mine-200", 2),
            ("mine-100", 3),
            ("mine-100-200", 3),
            ("models/mine", 4),
            ("gpt-6.2-sol", 10),
        ] {
            let output = price_of(&own, model).unwrap().output;
            assert_eq!(output, Usd::from_dollars(dollars), "{model}");
        }
    }

    #[test]
    fn the_table_names_each_model_once_and_asks_no_more_for_what_is_cached() {
        for (at, (name, price)) in TABLE.iter().enumerate() {
            assert!(!TABLE[..at].iter().any(|(other, _)| other == name));
            assert!(price.cache_read < price.input && price.input < price.output);
            assert!(price.cache_write >= price.input, "{name}");
        }
    }

    #[test]
    fn what_is_cached_has_its_own_price_and_the_sum_is_rounded_up() {
        let price = mills(4_000, 20_000, 200, 5_000);
        let million = Usage::new(1_000_000, 1_000_000);
        assert_eq!(price.of(&million), Usd::from_dollars(24));
        let cached = Usage::new(1_000_000, 0).with_cache(400_000, 100_000);
        // 500,000 at $4, 400,000 at $0.20, 100,000 at $5
        assert_eq!(price.of(&cached), Usd::from_cents(200 + 8 + 50));
        let one = Price::new(Usd::from_nanos(1), Usd::default());
        assert_eq!(one.of(&Usage::new(1, 0)), Usd::from_nanos(1));
        // What no provider says: more in the cache than was read.
        let odd = Usage::new(0, 0).with_cache(1_000_000, 0);
        assert_eq!(price.of(&odd), Usd::from_cents(20));
        let much = Usage::new(u64::MAX, u64::MAX).with_cache(u64::MAX, u64::MAX);
        assert_eq!(price.of(&much), Usd::from_nanos(u64::MAX));
    }
}
