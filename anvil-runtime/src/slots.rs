//! All slots of one `Anvil`.

use crate::declaration::{Declaration, Origin};
use crate::error::{Error, ErrorKind};
use crate::slot::Slot;
use crate::spec::ToolSpec;
use arc_swap::ArcSwap;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Finds a declaration's slot by its index, without a lock; adds it the first time.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    by_index: ArcSwap<Vec<Option<Arc<Slot>>>>,
    /// Changed first, under its lock; the index follows.
    by_name: Mutex<BTreeMap<String, Arc<Slot>>>,
}

impl Slots {
    pub(crate) fn get(&self, declaration: &'static Declaration) -> Option<Arc<Slot>> {
        let slots = self.by_index.load();
        slots.get(declaration.index()).cloned().flatten()
    }

    pub(crate) fn add(&self, declaration: &'static Declaration) -> Result<Arc<Slot>, Error> {
        let index = declaration.index();
        let mut by_name = self.by_name();
        let slot = add(&mut by_name, declaration)?;

        let mut slots = self.by_index.load().to_vec();
        slots.resize(slots.len().max(index + 1), None);
        slots[index] = Some(slot.clone());
        self.by_index.store(Arc::new(slots));
        Ok(slot)
    }

    /// The slot for a tool that is known as data only.
    pub(crate) fn declare(&self, spec: ToolSpec, origin: Origin) -> Result<Arc<Slot>, Error> {
        let mut by_name = self.by_name();
        if let Some(slot) = declared(&by_name, &spec, origin) {
            return Ok(slot);
        }
        add(&mut by_name, Declaration::leak(spec, origin))
    }

    /// The slot of a tool that is declared already, in these words.
    pub(crate) fn declared(&self, spec: &ToolSpec, origin: Origin) -> Option<Arc<Slot>> {
        declared(&self.by_name(), spec, origin)
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<Slot>> {
        self.by_name().get(name).cloned()
    }

    pub(crate) fn all(&self) -> Vec<Arc<Slot>> {
        self.by_name().values().cloned().collect()
    }

    fn by_name(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Slot>>> {
        self.by_name.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is known from the store adds nothing to what is declared; what is declared adds to what is known from the
/// store, where types are names only.
fn declared(
    by_name: &BTreeMap<String, Arc<Slot>>,
    spec: &ToolSpec,
    origin: Origin,
) -> Option<Arc<Slot>> {
    let slot = by_name.get(&spec.name)?;
    let known = slot.declaration;
    let same = known.origin() != Origin::Store && known.spec() == spec;
    (origin == Origin::Store || same).then(|| slot.clone())
}

/// The slot of `declaration`, which takes the place of one that gives way to it. Calls that are running finish on
/// the former.
fn add(
    by_name: &mut BTreeMap<String, Arc<Slot>>,
    declaration: &'static Declaration,
) -> Result<Arc<Slot>, Error> {
    let name = &declaration.spec().name;
    let former = by_name.get(name);
    if let Some(known) = former {
        if std::ptr::eq(known.declaration, declaration) {
            return Ok(known.clone());
        }
        let gives_way = matches!(
            (known.declaration.origin(), declaration.origin()),
            (Origin::Store, _) | (Origin::RunTime, Origin::RunTime)
        );
        if !gives_way {
            return Err(two_of_one_name(name, known.declaration, declaration));
        }
    }
    let slot = Arc::new(match former {
        Some(former) => Slot::succeeding(former, declaration),
        None => Slot::new(declaration),
    });
    by_name.insert(name.clone(), slot.clone());
    Ok(slot)
}

fn two_of_one_name(name: &str, first: &Declaration, second: &Declaration) -> Error {
    let message = format!(
        "two tools are called `{name}`: one is {}, the other {}",
        first.origin(),
        second.origin()
    );
    Error::new(ErrorKind::Configuration, message)
        .with_help("give one of them another name: `#[anvil::tool(name = \"…\")]`")
}
