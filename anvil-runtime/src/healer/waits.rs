//! Who waits for whom, where contracts call other tools.
//!
//! An example that calls another tool waits until that one is there. Where that one's examples call the first, each would
//! wait for the other for ever.

use crate::contract;
use crate::error::{Error, ErrorKind};
use crate::slot::Slot;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Each: the tool whose contract is asked, and the one that it waits for.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<Vec<(usize, usize)>>);

/// The tools whose contract is asked here wait for another one until this is dropped.
#[derive(Debug)]
pub(super) struct Waiting<'w> {
    waits: &'w Waits,
    added: Vec<(usize, usize)>,
}

impl Waits {
    /// Notes that what runs on this thread waits for `slot`.
    ///
    /// # Errors
    /// When that one, on its way, waits for a tool whose contract is asked here.
    pub(super) fn begin(&self, slot: &Slot) -> Result<Waiting<'_>, Error> {
        let awaited = slot.declaration.index();
        let asked = contract::asked();
        let added: Vec<_> = asked.iter().map(|one| (*one, awaited)).collect();
        if !added.is_empty() {
            let mut waits = self.lock();
            if asked.iter().any(|one| leads(&waits, awaited, *one)) {
                let error = for_each_other(slot.name());
                contract::circle(&error);
                return Err(error);
            }
            waits.extend(&added);
        }
        Ok(Waiting { waits: self, added })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(usize, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.added.is_empty() {
            return; // as nearly always
        }
        let mut waits = self.waits.lock();
        for one in &self.added {
            let place = waits.iter().position(|known| known == one);
            place.map(|place| waits.swap_remove(place));
        }
    }
}

/// Whether `from` waits for `to`, or for one that does. There are no circles in `waits`.
fn leads(waits: &[(usize, usize)], from: usize, to: usize) -> bool {
    from == to
        || waits
            .iter()
            .any(|(one, awaited)| *one == from && leads(waits, *awaited, to))
}

fn for_each_other(name: &str) -> Error {
    let message = format!(
        "`{name}` is not there before the tool whose contract calls it here, which its own contract calls"
    );
    Error::new(ErrorKind::Configuration, message)
        .with_help("of tools whose contracts call each other, leave the calls to one")
}
