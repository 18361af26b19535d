//! Requires: a loaded dylib. Produces: one that stood its trial.
//!
//! All of a trial runs within the tool's own limits, in the process where the candidate is to run later, each call
//! once. The answer to the failing call that passes here is the one that its caller gets.

use crate::backtrace;
use crate::cargo::Dylib;
use crate::contract::{self, Candidate, Flaw};
use crate::declaration::Declaration;
use crate::engine::Engine;
use crate::isolation::{Answer, NoAnswer, Runner};
use crate::pipeline::{Built, Live, Step};
use crate::recordings::{Recorded, Recordings};
use crate::session::{Past, Reach, Session};
use anvil_core::failure::{Cause, Failure, ToolErrorKind};
use std::cell::RefCell;
use std::sync::Arc;

/// A body that may go live.
#[derive(Debug)]
#[must_use]
pub(crate) struct Proven {
    pub(super) body: String,
    pub(super) dylib: Dylib,
    pub(super) runner: Runner,
    /// What it answered to the failing call.
    pub(crate) answer: Option<Arc<[u8]>>,
    /// The request that it could not be tried without, and that nobody has approved.
    pub(crate) unproven: Option<String>,
    /// What it answered, as the next version will have to.
    pub(super) recordings: Recordings,
}

/// What a body has to show.
#[derive(Debug, Default)]
pub(crate) struct Trial {
    /// Whether it has to keep the declaration's examples.
    pub(crate) examples: bool,
    /// The call that its predecessor failed, and that it has to answer.
    pub(crate) failed: Option<Arc<FailedCall>>,
    /// Calls that it has to answer as its predecessor did.
    pub(crate) recorded: Vec<Recorded>,
    /// Whether a person has yet to approve it: then it makes no request.
    pub(crate) unapproved: bool,
}

/// A call that a live version failed.
#[derive(Debug)]
pub(crate) struct FailedCall {
    pub(crate) live: Arc<Live>,
    pub(crate) failure: Failure,
    pub(crate) arguments: Arc<[u8]>,
    /// What it has exchanged.
    pub(crate) past: Arc<Past>,
}

/// A body that is not good enough.
#[derive(Debug)]
pub(crate) struct Unproven {
    pub(crate) body: String,
    pub(crate) finding: Finding,
}

/// What is wrong with a body.
#[derive(Debug)]
pub(crate) struct Finding {
    pub(crate) step: Step,
    /// The example in its own words, where it is one.
    pub(crate) example: Option<String>,
    /// The arguments of the call, where it is one.
    pub(crate) arguments: Arc<[u8]>,
    pub(crate) flaw: Flaw,
}

impl Trial {
    /// Whether there is anything to show.
    pub(crate) fn is_nothing(&self) -> bool {
        !self.examples && self.failed.is_none() && self.recorded.is_empty()
    }
}

impl Built {
    /// A body that has nothing to show: it did so before.
    pub(crate) fn prove_nothing(self, recordings: Recordings) -> Proven {
        Proven {
            body: self.body,
            dylib: self.dylib,
            runner: self.runner,
            answer: None,
            unproven: None,
            recordings,
        }
    }

    /// Has it stand the trial. Blocks for as long as the body takes. What it answered begins its recordings, as far as
    /// that may be kept.
    pub(crate) fn prove(
        self,
        engine: &Arc<Engine>,
        declaration: &'static Declaration,
        trial: &Trial,
        recordings: Recordings,
    ) -> Result<Proven, Box<Unproven>> {
        let mut proven = self.prove_nothing(recordings);
        let stand = Stand {
            engine,
            declaration,
            trial,
        };
        match stand.show(&mut proven) {
            Ok(mut answered) => {
                answered.retain(|call| engine.may_be_kept(&call.arguments, &call.answer));
                if !answered.is_empty() {
                    proven.recordings.begin(answered);
                }
                Ok(proven)
            }
            Err(finding) => Err(Box::new(Unproven {
                body: proven.body,
                finding: *finding,
            })),
        }
    }
}

/// Where a body has to show it.
struct Stand<'a> {
    engine: &'a Arc<Engine>,
    declaration: &'static Declaration,
    trial: &'a Trial,
}

/// Why a body has no answer to show.
enum Unshown {
    /// It could not be asked without a request that nobody has approved.
    Unapproved(String),
    Failed(NoAnswer),
}

impl Stand<'_> {
    /// Returns what it answered to calls of the tool's. Where a person has yet to approve it and it cannot go on without
    /// a request, it is left at that.
    fn show(&self, proven: &mut Proven) -> Result<Vec<Recorded>, Box<Finding>> {
        let mut answered = Vec::new();
        proven.unproven = self.show_all(proven, &mut answered)?;
        Ok(answered)
    }

    /// Returns the request that it could not go on without.
    fn show_all(
        &self,
        proven: &mut Proven,
        answered: &mut Vec<Recorded>,
    ) -> Result<Option<String>, Box<Finding>> {
        if self.trial.examples
            && let Some(request) = self.keep_examples(proven)?
        {
            return Ok(Some(request));
        }
        let mut healed = None;
        if let Some(failed) = &self.trial.failed {
            match self.accepted(
                proven,
                failed.arguments.clone(),
                self.reach(Reach::Everything),
                &failed.past,
            ) {
                Ok(answer) => {
                    proven.answer = Some(Arc::from(&*answer));
                    healed = Some(Recorded {
                        arguments: failed.arguments.to_vec(),
                        answer: answer.to_vec(),
                        healed: true,
                    });
                }
                Err(Unshown::Unapproved(request)) => return Ok(Some(request)),
                Err(Unshown::Failed(why)) => {
                    return Err(Box::new(Finding {
                        step: Step::Prove,
                        example: None,
                        arguments: failed.arguments.clone(),
                        flaw: Flaw::NoAnswer(why),
                    }));
                }
            }
        }
        for recorded in &self.trial.recorded {
            match self.answer_as_before(proven, recorded)? {
                Ok(recorded) => answered.push(recorded),
                Err(request) => return Ok(Some(request)),
            }
        }
        answered.extend(healed);
        Ok(None)
    }

    fn keep_examples(&self, proven: &Proven) -> Result<Option<String>, Box<Finding>> {
        let unapproved = RefCell::new(None);
        let run = |arguments: &[u8]| {
            let outcome = self.run(
                proven,
                arguments.into(),
                self.reach(Reach::Reading),
                &Arc::default(),
            );
            outcome.map_err(|why| match why {
                Unshown::Failed(why) => why,
                Unshown::Unapproved(request) => {
                    unapproved.replace(Some(request.clone()));
                    NoAnswer::Failed(Failure::outside(
                        Cause::Returned(ToolErrorKind::Denied),
                        request,
                    ))
                }
            })
        };
        let words = &self.declaration.spec().contract.examples;
        for (example, words) in self.declaration.checks().examples.iter().zip(words) {
            let candidate = Candidate::new(self.declaration, &run);
            let kept = contract::examine(*example, &candidate);
            // Whatever the example made of that.
            if let Some(request) = unapproved.take() {
                return Ok(Some(request));
            }
            kept.map_err(|flaw| Finding {
                step: Step::Example,
                example: Some(words.clone()),
                arguments: Arc::default(),
                flaw,
            })?;
        }
        Ok(None)
    }

    /// A changed answer is a flaw, unless the former one was none: the contract may say more than it did. Returns what
    /// is to be recorded, or the request that it could not go on without.
    fn answer_as_before(
        &self,
        proven: &Proven,
        recorded: &Recorded,
    ) -> Result<Result<Recorded, String>, Box<Finding>> {
        let declaration = self.declaration;
        let Recorded {
            arguments, answer, ..
        } = recorded;
        let finding = |flaw| Finding {
            step: Step::Recorded,
            example: None,
            arguments: arguments.as_slice().into(),
            flaw,
        };
        let now = self.accepted(
            proven,
            arguments.as_slice().into(),
            self.reach(Reach::Reading),
            &Arc::default(),
        );
        let now = match now {
            Ok(now) => now,
            Err(Unshown::Unapproved(request)) => return Ok(Err(request)),
            Err(Unshown::Failed(why)) => return Err(Box::new(finding(Flaw::NoAnswer(why)))),
        };
        if declaration.checks().same(answer, &now) {
            return Ok(Ok(recorded.clone()));
        }
        // What is not accepted any more need not be answered again.
        if declaration.accepts(arguments, answer).is_err() {
            return Ok(Ok(Recorded {
                answer: now.to_vec(),
                ..recorded.clone()
            }));
        }
        let words = match (
            declaration.answer(arguments, answer),
            declaration.answer(arguments, &now),
        ) {
            (Ok(before), Ok(now)) => {
                format!("expected {before}, as the version before answered, got {now}")
            }
            _ => "expected what the version before answered, got another answer, and JSON has no form for them".to_owned(),
        };
        Err(Box::new(finding(Flaw::Unmet(words))))
    }

    /// An answer that is one.
    fn accepted(
        &self,
        proven: &Proven,
        arguments: Arc<[u8]>,
        reach: Reach,
        past: &Arc<Past>,
    ) -> Result<Answer, Unshown> {
        let answer = self.run(proven, arguments.clone(), reach, past)?;
        let accepted = self.declaration.accepts(&arguments, &answer);
        accepted
            .map(|()| answer)
            .map_err(|failure| Unshown::Failed(NoAnswer::Failed(failure)))
    }

    fn run(
        &self,
        proven: &Proven,
        arguments: Arc<[u8]>,
        reach: Reach,
        past: &Arc<Past>,
    ) -> Result<Answer, Unshown> {
        let session = Session::trial(
            self.engine.clone(),
            self.declaration,
            arguments,
            reach,
            past.clone(),
        );
        let outcome = proven
            .runner
            .call(session.arguments(), &session, session.cancel());
        let outcome =
            outcome.map_err(|why| backtrace::no_answer_in_the_bodys_terms(&proven.dylib, why));
        let outcome = session.settle(outcome);
        if let Some(request) = session.unapproved() {
            return Err(Unshown::Unapproved(request));
        }
        outcome.map_err(|why| {
            Unshown::Failed(match why {
                NoAnswer::Failed(failure) => NoAnswer::Failed(self.declaration.blame(
                    session.arguments(),
                    failure,
                    session.witness(),
                )),
                why => why,
            })
        })
    }

    /// How far a body may reach, given how far it may once a person has approved it.
    fn reach(&self, approved: Reach) -> Reach {
        match self.trial.unapproved {
            true => Reach::Nothing,
            false => approved,
        }
    }
}
