//! The lines of a ledger, and what they add up to.

use super::spent::{Amount, Spent};
use super::usd::Usd;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashMap;

/// A line. There is no money in it where the price was not known.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line<'l> {
    /// What a request may use, as long as it is not settled.
    Reserved {
        #[serde(borrow)]
        id: Cow<'l, str>,
        #[serde(borrow)]
        tool: Cow<'l, str>,
        tokens: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        nanodollars: Option<u64>,
    },
    /// What it used.
    Settled {
        #[serde(borrow)]
        id: Cow<'l, str>,
        #[serde(borrow)]
        tool: Cow<'l, str>,
        #[serde(borrow)]
        used: Vec<Use<'l>>,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Use<'l> {
    #[serde(borrow)]
    model: Cow<'l, str>,
    tokens: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nanodollars: Option<u64>,
}

/// What was used of one model.
#[derive(Debug, Clone)]
pub(super) struct Used {
    pub(super) model: String,
    pub(super) amount: Amount,
}

impl<'l> Line<'l> {
    pub(super) fn reserved(id: &'l str, tool: &'l str, amount: Amount) -> Self {
        Self::Reserved {
            id: id.into(),
            tool: tool.into(),
            tokens: amount.tokens,
            nanodollars: nanodollars(amount),
        }
    }

    pub(super) fn settled(id: &'l str, tool: &'l str, used: &'l [Used]) -> Self {
        let used = used.iter().map(|Used { model, amount }| Use {
            model: model.into(),
            tokens: amount.tokens,
            nanodollars: nanodollars(*amount),
        });
        Self::Settled {
            id: id.into(),
            tool: tool.into(),
            used: used.collect(),
        }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec(self).expect("text and numbers always serialize");
        bytes.push(b'\n');
        bytes
    }
}

fn nanodollars(amount: Amount) -> Option<u64> {
    (amount.unpriced == 0).then(|| amount.usd.as_nanos())
}

fn amount(tokens: u64, nanodollars: Option<u64>) -> Amount {
    Amount::new(tokens, nanodollars.map(Usd::from_nanos))
}

/// What all lines add up to; else the number of the first that is not understood, and why not.
pub(super) fn spent_in(bytes: &[u8]) -> Result<Spent, (usize, serde_json::Error)> {
    let mut spent = Spent::default();
    let mut reserved = HashMap::new();
    let lines = bytes.split(|byte| *byte == b'\n');
    for (number, line) in (1..).zip(lines).filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice(line).map_err(|error| (number, error))? {
            Line::Reserved {
                id,
                tool,
                tokens,
                nanodollars,
            } => {
                reserved.insert(id, (tool, amount(tokens, nanodollars)));
            }
            Line::Settled { id, tool, used } => {
                reserved.remove(&id);
                for one in used {
                    let amount = amount(one.tokens, one.nanodollars);
                    spent.add(&tool, Some(&one.model), amount);
                }
            }
        }
    }
    for (tool, amount) in reserved.into_values() {
        spent.add(&tool, None, amount);
    }
    Ok(spent)
}
