//! Files, by Landlock.

use super::Missing;
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
    make_bitflags,
};
use std::path::{Path, PathBuf};

/// What every kernel with Landlock has, and all that is relied upon.
const NEEDED: ABI = ABI::V1;
/// Where the kernel has more, more is taken away.
const BEST: ABI = ABI::V6;

/// A build makes files, folders and links. A device leads out, and whoever opens a pipe that lies in a file's place
/// waits for ever.
const NOT_MADE: BitFlags<AccessFs> =
    make_bitflags!(AccessFs::{MakeBlock | MakeChar | MakeFifo | MakeSock});

/// Takes all files away.
pub(super) fn allow_none() -> Result<(), Missing> {
    restrict(Ok)
}

/// Takes all files away but these. What is not there is passed over.
pub(super) fn allow(readable: &[PathBuf], writable: &[PathBuf]) -> Result<(), Missing> {
    restrict(|mut rules| {
        for (paths, access) in [
            (readable, AccessFs::from_read(BEST)),
            (writable, AccessFs::from_all(BEST) & !NOT_MADE),
        ] {
            for path in paths {
                let Some((path, is_folder)) = open(path) else {
                    continue;
                };
                let access = match is_folder {
                    true => access,
                    false => access & AccessFs::from_file(BEST),
                };
                rules = rules.add_rule(PathBeneath::new(path, access))?;
            }
        }
        Ok(rules)
    })
}

fn open(path: &Path) -> Option<(PathFd, bool)> {
    let is_folder = path.metadata().ok()?.is_dir();
    let path = PathFd::new(path).ok()?;
    Some((path, is_folder))
}

fn restrict(
    allow: impl FnOnce(RulesetCreated) -> Result<RulesetCreated, RulesetError>,
) -> Result<(), Missing> {
    let restricted = || {
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(AccessFs::from_all(NEEDED))?
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(BEST))?
            .handle_access(AccessNet::from_all(BEST))?
            .scope(Scope::from_all(BEST))?
            .create()
            .and_then(allow)?
            .restrict_self()?;
        Ok::<_, RulesetError>(status.ruleset)
    };
    match restricted() {
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => Ok(()),
        _ => Err(missing()),
    }
}

fn missing() -> Missing {
    Missing(
        "Landlock is not to be had: it takes Linux 5.13 or newer, with `landlock` among the LSMs that are switched on \
         at boot, and a container that does not forbid it"
            .to_owned(),
    )
}
