//! Asking the model until there is a body that proves itself.

use crate::budget::HealSpending;
use crate::engine::Engine;
use crate::error::ErrorKind;
use crate::healer::ask::{Answer, Question, ask};
use crate::healer::prompt::Task;
use crate::healer::trial::{can_be_stood, prove};
use crate::healer::turned_back::turned_back;
use crate::material;
use crate::model::{ModelReply, Usage};
use crate::pipeline::{Drafted, Halt, Proven, Rejection, Trial};
use crate::slot::Slot;
use crate::spec::ToolSpec;
use crate::store::Lock;
use crate::version::Version;
use std::sync::Arc;
use std::time::Instant;

/// How often a candidate is sent back. Most repairs that succeed at all do so in the
/// first two rounds.
const REPAIRS: usize = 3;

/// What an attempt is for.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) slot: &'a Slot,
    pub(super) lock: &'a Lock,
    pub(super) number: u32,
    /// The version that the body is to replace; nothing where there is none.
    pub(super) replaces: Option<Version>,
    /// Whether it is the last that the tool may make.
    pub(super) last: bool,
    /// What the body has to show.
    pub(super) trial: Arc<Trial>,
    /// What was spent so far, on attempts before it, too.
    pub(super) spending: &'a HealSpending,
}

impl Attempt<'_> {
    pub(super) fn spec(&self) -> &'static ToolSpec {
        self.slot.declaration.spec()
    }

    /// Whether a body that was turned back for `rejection` may be repaired. One that is to heal a call and builds has
    /// had its chance when it does not stand its trial: that was the attempt.
    fn repairs(&self, rejection: &Rejection) -> bool {
        self.trial.failed.is_none() || !rejection.step.is_trial()
    }
}

/// A body that proved itself, and who wrote it.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) proven: Proven,
    pub(super) model: String,
    /// What all requests of the attempt used.
    pub(super) usage: Usage,
}

/// One attempt: a request, and repairs where the answer is not good enough. An answer that repeats the last
/// one, or its errors, leads nowhere: the next request starts afresh, without them.
pub(super) async fn candidate(
    engine: &Arc<Engine>,
    attempt: &Attempt<'_>,
    task: &Task<'_>,
) -> Result<Candidate, Halt> {
    let spec = attempt.spec();
    // Before anybody is asked in vain.
    can_be_stood(attempt.slot, &attempt.trial).map_err(Halt::Unasked)?;
    engine.model(&spec.name)?;
    engine.build_ahead(spec);
    let material = material::gather(engine, spec).await;
    let material = material.map_err(Halt::Unasked)?;
    let mut last: Option<Rejection> = None;
    let mut usage = Usage::default();
    for round in 0..=REPAIRS {
        let started = Instant::now();
        let last_request =
            attempt.last || round == REPAIRS && matches!(task, Task::Generate { .. });
        let question = Question {
            spec,
            material: &material,
            task,
            rejected: last.as_ref(),
            last: last_request,
        };
        let asked = match ask(engine, &question, attempt.spending).await {
            Ok(asked) => asked,
            // Nobody answers any more, or is asked, but somebody did: that was an attempt.
            Err(Halt::Broken(error))
                if round > 0 && matches!(error.kind(), ErrorKind::Model | ErrorKind::Budget) =>
            {
                return Err(error.of_kind(ErrorKind::Rejected).into());
            }
            Err(halt) => return Err(halt),
        };
        usage += asked.usage;
        let refused = matches!(asked.answer, Answer::Refused(_));
        let rejection = match asked.answer {
            Answer::Said(reply) => match make(engine, attempt, &reply).await {
                Ok(proven) => {
                    return Ok(Candidate {
                        proven,
                        model: reply.model,
                        usage,
                    });
                }
                Err(halt @ (Halt::Broken(_) | Halt::Unasked(_))) => return Err(halt),
                Err(Halt::Rejected(rejection)) => Rejection {
                    words: engine.redactor().redact(&rejection.words).into_owned(),
                    ..rejection
                },
            },
            Answer::Unusable(rejection) | Answer::Refused(rejection) => rejection,
        };
        turned_back(engine, attempt, &rejection, started.elapsed());
        if round == REPAIRS || refused || !attempt.repairs(&rejection) {
            return Err(Halt::Rejected(rejection));
        }
        let repeated = last.as_ref().is_some_and(|last| {
            let same_body = !rejection.body.is_empty() && last.body == rejection.body;
            same_body || last.words == rejection.words
        });
        last = (!repeated).then_some(rejection);
    }
    unreachable!("the last round returns")
}

/// Takes what the model said all the way to a body that proved itself.
async fn make(
    engine: &Arc<Engine>,
    attempt: &Attempt<'_>,
    reply: &ModelReply,
) -> Result<Proven, Halt> {
    let spec = attempt.spec();
    let drafted = Drafted::from_reply(reply, spec).map_err(Halt::Rejected)?;
    let drafted = drafted
        .without_keys(engine.redactor())
        .map_err(Halt::Rejected)?;
    let checked = drafted
        .check(spec, &engine.gate(spec))
        .map_err(Halt::Rejected)?;
    let built = checked.build(engine, spec).await?;
    prove(engine, attempt.slot, built, &attempt.trial).await
}
