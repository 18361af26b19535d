//! Bodies that are a fault to run. Faults 20 and 22.

use crate::fault::heals_within;
use std::time::Duration;

pub(crate) fn loop_for_ever() -> Vec<String> {
    vec![heals_within("loops", Duration::from_secs(2))]
}
