//! Having a body prove itself, and telling why it did not.

use crate::contract::Flaw;
use crate::engine::Engine;
use crate::error::{Error, ErrorKind};
use crate::handle::Anvil;
use crate::pipeline::{Built, Finding, Halt, Proven, Rejection, Step, Trial};
use crate::progress::doing;
use crate::slot::Slot;
use crate::spec::ToolSpec;
use std::sync::Arc;

/// Has a body stand its trial, where that may block.
pub(super) async fn prove(
    engine: &Arc<Engine>,
    slot: &Slot,
    built: Built,
    trial: &Arc<Trial>,
) -> Result<Proven, Halt> {
    let declaration = slot.declaration;
    let recordings = engine.recordings(declaration.spec(), built.body());
    if trial.is_nothing() {
        return Ok(built.prove_nothing(recordings));
    }
    can_be_stood(slot, trial)?;
    let _doing = doing(engine, declaration.spec(), "verifying");
    let (anvil, trial) = (Anvil::of(engine.clone()), trial.clone());
    let proven = engine
        .background()
        .run_blocking(move || {
            // Examples may call other tools.
            let _entered = anvil.enter();
            built.prove(anvil.engine(), declaration, &trial, recordings)
        })
        .await
        .map_err(Error::from)?;
    proven.map_err(|unproven| {
        let step = unproven.finding.step;
        match told(engine, declaration.spec(), unproven.finding) {
            Ok(words) => Halt::Rejected(Rejection {
                step,
                body: unproven.body,
                words,
            }),
            Err(error) => error.into(),
        }
    })
}

/// Whether the trial endangers nobody but the candidate.
///
/// # Errors
/// When the examples of this tool cannot be tried in this program.
pub(super) fn can_be_stood(slot: &Slot, trial: &Trial) -> Result<(), Error> {
    if !trial.examples || slot.declaration.examples_are_safe() {
        return Ok(());
    }
    let message = format!(
        "the examples of `{}` cannot be tried: it has no room for a candidate's failure, and this program is built \
         with `panic = \"abort\"`",
        slot.name()
    );
    Err(Error::new(ErrorKind::Configuration, message)
        .with_help("declare it to return `anvil::Result<T>`"))
}

/// What is wrong with a body, as it may be shown.
///
/// # Errors
/// When that is not about the body.
fn told(engine: &Engine, spec: &ToolSpec, finding: Finding) -> Result<String, Error> {
    let words = match finding.flaw {
        Flaw::Circle(error) => return Err(error),
        Flaw::Unmet(words) => words,
        Flaw::NoAnswer(why) => {
            let failure = Error::from_no_answer(&spec.name, why)?;
            engine.scrub(spec, &finding.arguments, failure).to_string()
        }
    };
    let about = match (finding.step, finding.example) {
        (_, Some(example)) => format!("`{example}`: "),
        (Step::Recorded, None) => {
            let arguments = engine.readable(spec, &finding.arguments);
            format!("`{}`: ", arguments.join(", "))
        }
        _ => String::new(),
    };
    Ok(engine.redactor().redact(&(about + &words)).into_owned())
}
