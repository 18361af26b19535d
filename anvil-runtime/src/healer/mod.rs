//! Making bodies: the first one for a tool, and a better one after a failure.
//!
//! A tool has at most one body in the making, whoever needs it; [`work`] sees to that in this process, the
//! store's lock across processes. The work belongs to the runtime: callers wait for it, but dropping one ends
//! nothing. What is done is told by functions that read from top to bottom: [`prepare`](prepare::prepare) and
//! [`heal`](heal::heal), which get their bodies from [`candidate`], those of [`by_hand`], and those of [`review`], where
//! a person has to approve what was made. All have them proven in [`trial`] and put them into service through
//! [`service`]. What to decide and what to say are pure functions, in
//! [`verdict`](mod@verdict) and [`prompt`].

mod verdict;

mod waits;
mod work;

pub(crate) mod by_hand;
mod generate;
mod heal;
mod prepare;
pub(crate) mod review;

mod ask;
mod candidate;
mod model_asked;
mod turned_back;

mod service;
mod trial;

mod prompt;

pub(crate) use heal::{Healed, heal};
pub(crate) use prepare::prepare;
pub(crate) use service::current;
pub(crate) use waits::Waits;
