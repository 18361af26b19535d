//! What was spent, on what.

use super::usd::Usd;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Tokens, and what they cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Amount {
    pub(super) tokens: u64,
    /// Of those tokens whose price is known.
    pub(super) usd: Usd,
    /// So many of the tokens have no known price.
    pub(super) unpriced: u64,
}

impl Amount {
    pub(super) fn new(tokens: u64, usd: Option<Usd>) -> Self {
        Self {
            tokens,
            usd: usd.unwrap_or_default(),
            unpriced: if usd.is_some() { 0 } else { tokens },
        }
    }

    fn add(&mut self, other: Self) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.usd = self.usd.saturating_add(other.usd);
        self.unpriced = self.unpriced.saturating_add(other.unpriced);
    }
}

/// Amounts by what they were spent on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Spent(BTreeMap<Item, Amount>);

/// What something is spent on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    pub(super) tool: String,
    /// Nothing where it is only reserved: the request is under way, or nobody knows what became of it.
    pub(super) model: Option<String>,
}

impl Spent {
    pub(super) fn add(&mut self, tool: &str, model: Option<&str>, amount: Amount) {
        let item = Item {
            tool: tool.to_owned(),
            model: model.map(str::to_owned),
        };
        self.0.entry(item).or_default().add(amount);
    }

    pub(super) fn total(&self) -> Amount {
        let mut total = Amount::default();
        self.0.values().for_each(|amount| total.add(*amount));
        total
    }

    /// What was spent on one tool.
    pub(super) fn on(&self, tool: &str) -> Self {
        let items = self.0.iter().filter(|(item, _)| item.tool == tool);
        Self(
            items
                .map(|(item, amount)| (item.clone(), *amount))
                .collect(),
        )
    }

    pub(super) fn items(&self) -> impl Iterator<Item = (&Item, &Amount)> {
        self.0.iter()
    }
}

/// What one heal, or the writing of a first body, has spent so far, with all its attempts and repairs.
#[derive(Debug, Default)]
pub(crate) struct HealSpending(Mutex<Spent>);

impl HealSpending {
    pub(super) fn spent(&self) -> MutexGuard<'_, Spent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
