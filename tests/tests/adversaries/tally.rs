//! How many bad fixes were offered, and how many were accepted.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

static OFFERED: AtomicUsize = AtomicUsize::new(0);
static ACCEPTED: AtomicUsize = AtomicUsize::new(0);

/// So many are offered now.
pub(crate) fn offer(fixes: usize) {
    OFFERED.fetch_add(fixes, Relaxed);
}

/// The tool has so many versions, and should have `wanted`: any more are bad fixes.
pub(crate) fn look(versions: usize, wanted: usize) {
    ACCEPTED.fetch_add(versions.saturating_sub(wanted), Relaxed);
}

pub(crate) fn accepted() -> usize {
    ACCEPTED.load(Relaxed)
}

/// All of it in one line.
pub(crate) fn words() -> String {
    let offered = OFFERED.load(Relaxed);
    format!("accepted bad fixes: {} of {offered}", accepted())
}
