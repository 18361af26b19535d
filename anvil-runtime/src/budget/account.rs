//! [`Budget`]: the limits, the ledger and the prices put together.

use super::ledger::{Ledger, Reservation};
use super::limits::{Limit, check, has_usd, limits};
use super::line::Used;
use super::prices::{Price, Prices, price_of};
use super::spent::{Amount, HealSpending};
use super::usd::Usd;
use crate::config::Config;
use crate::error::Error;
use crate::model::{ModelRequest, Usage, estimated_tokens};
use crate::telemetry;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// What the tools of one store may cost.
#[derive(Debug)]
pub(crate) struct Budget {
    limits: Vec<Limit>,
    ledger: Ledger,
    /// Those of the user's.
    prices: Prices,
    /// Whether it was said that a limit of money does not see everything.
    told: AtomicBool,
}

/// What is reserved for one request, and all that the model makes of it.
#[derive(Debug)]
pub(crate) struct Reserved {
    reservation: Reservation,
    /// The dearest of the models that may answer.
    price: Option<Price>,
}

/// A request that was made, and what it used.
#[derive(Debug, Clone)]
pub(crate) struct Tried {
    /// Nothing where nobody said which it was.
    pub(crate) model: Option<String>,
    pub(crate) usage: Usage,
}

/// As the day of the ledger counts: in UTC.
pub(crate) fn today() -> Date {
    Offset::UTC.to_datetime(Timestamp::now()).date()
}

/// What a request may use at most; without what it writes, where that is not known.
pub(crate) fn at_most(request: &ModelRequest, max_output_tokens: Option<u64>) -> Usage {
    Usage::new(request.estimated_tokens(), max_output_tokens.unwrap_or(0)).estimated()
}

/// What a request used whose answer, `text`, does not say it.
pub(crate) fn used_by(at_most: Usage, text: &str) -> Usage {
    Usage::new(at_most.input_tokens, estimated_tokens(text)).estimated()
}

impl Budget {
    /// With its ledgers in `folder`.
    pub(crate) fn new(config: &Config, folder: PathBuf) -> Self {
        Self {
            limits: limits(config),
            ledger: Ledger::new(folder),
            prices: config.prices.clone(),
            told: AtomicBool::new(false),
        }
    }

    /// What so much of a model costs, if its price is known.
    pub(crate) fn usd(&self, model: Option<&str>, usage: &Usage) -> Option<Usd> {
        let price = price_of(&self.prices, model?)?;
        Some(price.of(usage))
    }

    /// Reserves what a request on account of `tool` may use, of whichever of the `models`. Blocks.
    ///
    /// # Errors
    /// When that is more than is left, or nobody can tell what is left.
    pub(crate) fn reserve(
        &self,
        today: Date,
        tool: &str,
        models: &[String],
        at_most: Usage,
        heal: &HealSpending,
    ) -> Result<Reserved, Error> {
        let prices = models.iter().map(|model| price_of(&self.prices, model));
        let price = prices.flatten().max_by_key(|price| price.of(&at_most));
        let usd = price.map(|price| price.of(&at_most));
        let next = Amount::new(at_most.total_tokens(), usd);
        let heal = heal.spent().clone();
        let reservation = self.ledger.reserve(today, tool, next, |day| {
            check(&self.limits, tool, &heal, day, next)
        })?;
        Ok(Reserved { reservation, price })
    }

    /// Notes what the request used, and all those before it. Blocks.
    ///
    /// # Errors
    /// When it cannot be noted on disk: then what was reserved stays reserved.
    pub(crate) fn settle(
        &self,
        reserved: &Reserved,
        heal: &HealSpending,
        tried: &[Tried],
    ) -> Result<(), Error> {
        let tried = tried.iter().filter(|tried| tried.usage.total_tokens() > 0);
        let used: Vec<Used> = tried
            .map(|Tried { model, usage }| {
                let usd = match model {
                    Some(model) => self.usd(Some(model), usage),
                    None => reserved.price.map(|price| price.of(usage)),
                };
                Used {
                    model: model
                        .clone()
                        .unwrap_or_else(|| "an unknown model".to_owned()),
                    amount: Amount::new(usage.total_tokens(), usd),
                }
            })
            .collect();
        for Used { model, amount } in &used {
            let tool = reserved.reservation.tool();
            heal.spent().add(tool, Some(model), *amount);
            if amount.unpriced > 0
                && has_usd(&self.limits)
                && !self.told.swap(true, Ordering::Relaxed)
            {
                telemetry::no_price(model);
            }
        }
        self.ledger.settle(&reserved.reservation, &used)
    }
}
