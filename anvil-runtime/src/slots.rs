//! All slots of one `Anvil`.

use crate::declaration::Declaration;
use crate::error::{Error, ErrorKind};
use crate::slot::Slot;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Finds a declaration's slot by its index, without a lock; adds it the first time.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    by_index: ArcSwap<Vec<Option<Arc<Slot>>>>,
    /// Changed first, under its lock; the index follows.
    by_name: Mutex<BTreeMap<String, Arc<Slot>>>,
}

impl Slots {
    pub(crate) fn get_or_add(&self, declaration: &'static Declaration) -> Result<Arc<Slot>, Error> {
        let index = declaration.index();
        if let Some(Some(slot)) = self.by_index.load().get(index) {
            return Ok(slot.clone());
        }
        let mut by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        let name = &declaration.spec().name;
        let slot = match by_name.get(name) {
            Some(slot) if std::ptr::eq(slot.declaration, declaration) => return Ok(slot.clone()),
            Some(slot) => return Err(two_of_one_name(name, slot.declaration, declaration)),
            None => Arc::new(Slot::new(declaration)),
        };
        by_name.insert(name.clone(), slot.clone());

        let mut slots = self.by_index.load().to_vec();
        slots.resize(slots.len().max(index + 1), None);
        slots[index] = Some(slot.clone());
        self.by_index.store(Arc::new(slots));
        Ok(slot)
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<Slot>> {
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        by_name.get(name).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        let by_name = self.by_name.lock().unwrap_or_else(PoisonError::into_inner);
        by_name.values().cloned().collect()
    }
}

fn two_of_one_name(name: &str, first: &Declaration, second: &Declaration) -> Error {
    let message = format!(
        "two tools are called `{name}`: one is declared at {}, the other at {}",
        first.place(),
        second.place()
    );
    Error::new(ErrorKind::Configuration, message)
        .with_help("give one of them another name: `#[anvil::tool(name = \"…\")]`")
}
