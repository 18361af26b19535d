//! How money and prices are written in settings, and how they are shown.

use super::value::{Value, Written};
use crate::budget::{Price, Prices, Usd, prices_in, usd_in};
use toml::de::DeTable;

impl Value for Usd {
    fn read(written: &Written<'_>) -> Option<Self> {
        match written {
            Written::Text(text) => Self::from_text(text.to_str()?),
            Written::Toml { value, .. } => usd_in(value),
        }
    }

    fn allowed(_: &Written<'_>) -> String {
        "a number of dollars such as 5 or 0.50".to_owned()
    }

    fn show(&self) -> String {
        self.to_text()
    }
}

impl Value for Prices {
    fn read(written: &Written<'_>) -> Option<Self> {
        match written {
            Written::Text(text) => {
                let table = DeTable::parse(text.to_str()?).ok()?;
                prices_in(table.get_ref()).ok()
            }
            Written::Toml { value, .. } => prices_in(value.as_table()?).ok(),
        }
    }

    fn allowed(_: &Written<'_>) -> String {
        "prices in TOML, in dollars for a million tokens, such as my-model = { input = 3, output = 15 }"
            .to_owned()
    }

    fn show(&self) -> String {
        let one = |(model, price): (&String, &Price)| {
            let [input, output, read, write] = [
                price.input,
                price.output,
                price.cache_read,
                price.cache_write,
            ]
            .map(Usd::to_text);
            format!(
                "{model:?} = {{ input = {input}, output = {output}, cache_read = {read}, cache_write = {write} }}"
            )
        };
        match self.is_empty() {
            true => "none".to_owned(),
            false => self.iter().map(one).collect::<Vec<_>>().join(", "),
        }
    }
}
