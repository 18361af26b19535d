//! A body that is a fault to run, and takes a limit of its own. Fault 20.

use crate::fault::heals_within;
use std::time::Duration;

pub(crate) fn loop_for_ever() -> Vec<String> {
    vec![heals_within("loops", Duration::from_secs(2))]
}
