//! All of it, one key after the other, with nobody at the keyboard.

use crate::keys::Key;
use crate::model::Model;
use crate::upstream::Upstream;
use anvil::{Anvil, Event, EventKind, Subscription};
use std::error::Error;
use std::time::{Duration, Instant};

/// Each key, and what is said of the candidate that is turned back for it, if one has to be.
const SCRIPT: [(char, Option<&str>); 7] = [
    ('b', None),
    ('p', None),
    ('s', None),
    ('c', Some("crashed")),
    ('l', Some("passed its deadline")),
    ('x', Some("PRICES_KEY would go to `localhost")),
    ('p', None),
];
/// So many calls are answered before each key, and after the last, so that there is something to see.
const CALLS: usize = 200;
/// No step takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each key has to be healed, and each candidate that was no good turned back with the words that it deserves.
pub(crate) fn play(
    anvil: &Anvil,
    upstream: &Upstream,
    model: &Model,
) -> Result<(), Box<dyn Error>> {
    let mut events = anvil.logger().subscribe();
    for (letter, expected) in SCRIPT {
        answered(&mut events)?;
        let key = Key::of(letter).ok_or_else(|| format!("there is no key {letter}"))?;
        key.press(upstream, model);
        let refusals = healed(&mut events)?;
        let as_expected = match expected {
            Some(words) => refusals.iter().any(|refusal| refusal.contains(words)),
            None => refusals.is_empty(),
        };
        if !as_expected {
            return Err(format!("{letter}: refused were {refusals:?}, not {expected:?}").into());
        }
    }
    answered(&mut events)
}

/// Waits until calls are answered.
fn answered(events: &mut Subscription) -> Result<(), Box<dyn Error>> {
    let until = Instant::now() + PATIENCE;
    let mut calls = 0;
    while calls < CALLS {
        calls += usize::from(next(events, until)?.kind == EventKind::ToolExecuted);
    }
    Ok(())
}

/// Waits until the tool is healed. Returns why candidates were turned back meanwhile.
fn healed(events: &mut Subscription) -> Result<Vec<String>, Box<dyn Error>> {
    let until = Instant::now() + PATIENCE;
    let mut refusals = Vec::new();
    loop {
        let event = next(events, until)?;
        match event.kind {
            EventKind::ToolHealed => return Ok(refusals),
            EventKind::CandidateRejected | EventKind::BuildFailed => refusals.extend(event.error),
            _ => {}
        }
    }
}

fn next(events: &mut Subscription, until: Instant) -> Result<Event, Box<dyn Error>> {
    let left = until.saturating_duration_since(Instant::now());
    let event = events.next_timeout(left);
    event.ok_or_else(|| format!("what the script waits for did not happen in {PATIENCE:?}").into())
}
