//! What models may cost: tokens and money for each heal, each tool and each day.
//!
//! Whoever asks a model reserves first what the request may take at most, which [`limits`] allow or refuse, and settles
//! afterwards what it took, all that was asked in vain included. Both are noted in the day's [`ledger`], which all
//! processes of one store share; what was reserved and never settled, because a process was killed meanwhile, counts in
//! full. Where the ledger cannot be read or written, nobody is asked. [`Budget`] is that, and the table of [`prices`].
//!
//! A limit is kept to the token as far as a request is known before it is made: what it reads is estimated from its
//! length, what it writes is as long as the model says an answer may be. It is exceeded by an answer where the model does
//! not say, and by the requests that a model makes again by itself; both count once they are there.

mod usd;

mod prices;

mod spent;

mod limits;

mod line;

mod ledger;

mod account;

pub use prices::Price;
pub use usd::Usd;

pub(crate) use account::{Budget, Tried, at_most, today, used_by};
pub(crate) use ledger::folder_below;
pub(crate) use prices::{Prices, prices_in, usd_in};
pub(crate) use spent::HealSpending;
