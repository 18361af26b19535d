//! Which traits a type has in a body, where it is made of what serde and the standard library offer.
//!
//! A derive macro cannot see the list of derives that it stands in, so what a user's type derives there follows from
//! what it is made of. Types may be made of themselves: what holds is the most that contradicts nothing.

use std::collections::BTreeSet;

/// A type as the body's source writes it.
#[derive(Debug, Clone)]
pub struct Written {
    pub(crate) text: String,
    pub(super) traits: Traits,
}

impl Written {
    /// What has all traits there are.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            traits: Traits::ALL,
        }
    }

    /// Without those that are not in `kept`.
    pub(crate) fn keeping(self, kept: u8) -> Self {
        Self {
            traits: self.traits.keeping(kept),
            ..self
        }
    }

    /// `text`, made of `parts`.
    pub(crate) fn made_of(text: String, parts: &[Self]) -> Self {
        let traits = parts.iter().map(|part| &part.traits);
        Self {
            text,
            traits: traits.fold(Traits::ALL, Traits::and),
        }
    }
}

/// Those of `Copy`, `Eq`, `Hash`, `PartialOrd` and `Ord` that a type has: of `own` each that all the definitions in
/// `on` have, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Traits {
    own: u8,
    on: BTreeSet<usize>,
}

pub(crate) const COPY: u8 = 1;
pub(crate) const EQ: u8 = 1 << 1;
pub(crate) const HASH: u8 = 1 << 2;
pub(crate) const PARTIAL_ORD: u8 = 1 << 3;
pub(crate) const ORD: u8 = 1 << 4;
pub(crate) const ALL: u8 = COPY | EQ | HASH | PARTIAL_ORD | ORD;

/// In the order in which they are derived.
pub(super) const NAMES: [(u8, &str); 5] = [
    (COPY, "Copy"),
    (EQ, "Eq"),
    (HASH, "Hash"),
    (PARTIAL_ORD, "PartialOrd"),
    (ORD, "Ord"),
];

impl Traits {
    pub(super) const ALL: Self = Self {
        own: ALL,
        on: BTreeSet::new(),
    };

    /// Those of the definition with this number.
    pub(super) fn of(definition: usize) -> Self {
        Self {
            own: ALL,
            on: BTreeSet::from([definition]),
        }
    }

    pub(super) fn and(mut self, other: &Self) -> Self {
        self.own &= other.own;
        self.on.extend(&other.on);
        self
    }

    fn keeping(mut self, kept: u8) -> Self {
        self.own &= kept;
        self
    }
}

/// What each of the definitions has.
pub(super) fn settled(definitions: &[&Traits]) -> Vec<u8> {
    let mut settled = vec![ALL; definitions.len()];
    loop {
        let next: Vec<u8> = definitions
            .iter()
            .map(|traits| {
                traits
                    .on
                    .iter()
                    .fold(traits.own, |has, on| has & settled[*on])
            })
            .collect();
        if next == settled {
            return settled;
        }
        settled = next;
    }
}
