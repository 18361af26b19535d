//! Requires: a loaded dylib. Produces: one that stood its trial.
//!
//! All of a trial runs within the tool's own limits, in the process where the candidate is to run later, each call
//! once. The answer to the failing call that passes here is the one that its caller gets.

use crate::backtrace;
use crate::cargo::Dylib;
use crate::contract::{self, Candidate, Flaw};
use crate::declaration::Declaration;
use crate::isolation::{Answer, Cancel, NoAnswer, Runner};
use crate::pipeline::{Built, Live, Step};
use crate::recordings::{Recorded, Recordings};
use anvil_core::failure::Failure;
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
}

/// A call that a live version failed.
#[derive(Debug)]
pub(crate) struct FailedCall {
    pub(crate) live: Arc<Live>,
    pub(crate) failure: Failure,
    pub(crate) arguments: Arc<[u8]>,
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
            recordings,
        }
    }

    /// Has it stand the trial. Blocks for as long as the body takes. What it answered begins its recordings, as far as
    /// that `may_be_kept`.
    pub(crate) fn prove(
        self,
        declaration: &'static Declaration,
        trial: &Trial,
        recordings: Recordings,
        may_be_kept: impl Fn(&[u8], &[u8]) -> bool,
    ) -> Result<Proven, Box<Unproven>> {
        let mut proven = self.prove_nothing(recordings);
        match proven.stand(declaration, trial) {
            Ok(mut answered) => {
                answered.retain(|call| may_be_kept(&call.arguments, &call.answer));
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

impl Proven {
    /// Returns what it answered to calls of the tool's.
    fn stand(
        &mut self,
        declaration: &'static Declaration,
        trial: &Trial,
    ) -> Result<Vec<Recorded>, Box<Finding>> {
        if trial.examples {
            self.keep_examples(declaration)?;
        }
        let healed = match &trial.failed {
            None => None,
            Some(failed) => {
                let answer = self.answer(declaration, failed)?;
                self.answer = Some(answer.clone());
                Some(Recorded {
                    arguments: failed.arguments.to_vec(),
                    answer: answer.to_vec(),
                    healed: true,
                })
            }
        };
        let answered = trial.recorded.iter();
        let answered = answered.map(|recorded| self.answer_as_before(declaration, recorded));
        let mut answered = answered.collect::<Result<Vec<_>, _>>()?;
        answered.extend(healed);
        Ok(answered)
    }

    fn keep_examples(&self, declaration: &'static Declaration) -> Result<(), Box<Finding>> {
        let run = |arguments: &[u8]| self.run(arguments);
        let words = &declaration.spec().contract.examples;
        for (example, words) in declaration.checks().examples.iter().zip(words) {
            let candidate = Candidate::new(declaration, &run);
            contract::examine(*example, &candidate).map_err(|flaw| Finding {
                step: Step::Example,
                example: Some(words.clone()),
                arguments: Arc::default(),
                flaw,
            })?;
        }
        Ok(())
    }

    fn answer(
        &self,
        declaration: &Declaration,
        failed: &FailedCall,
    ) -> Result<Arc<[u8]>, Box<Finding>> {
        let answer = self.accepted(declaration, &failed.arguments);
        let answer = answer.map_err(|why| Finding {
            step: Step::Prove,
            example: None,
            arguments: failed.arguments.clone(),
            flaw: Flaw::NoAnswer(why),
        })?;
        Ok(Arc::from(&*answer))
    }

    /// A changed answer is a flaw, unless the former one was none: the contract may say more than it did.
    fn answer_as_before(
        &self,
        declaration: &Declaration,
        recorded: &Recorded,
    ) -> Result<Recorded, Box<Finding>> {
        let Recorded {
            arguments, answer, ..
        } = recorded;
        let finding = |flaw| Finding {
            step: Step::Recorded,
            example: None,
            arguments: arguments.as_slice().into(),
            flaw,
        };
        let now = match self.accepted(declaration, arguments) {
            Ok(now) => now,
            Err(why) => return Err(Box::new(finding(Flaw::NoAnswer(why)))),
        };
        if declaration.checks().same(answer, &now) {
            return Ok(recorded.clone());
        }
        // What is not accepted any more need not be answered again.
        if declaration.accepts(arguments, answer).is_err() {
            return Ok(Recorded {
                answer: now.to_vec(),
                ..recorded.clone()
            });
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
    fn accepted(&self, declaration: &Declaration, arguments: &[u8]) -> Result<Answer, NoAnswer> {
        let answer = match self.run(arguments) {
            Ok(answer) => answer,
            Err(NoAnswer::Failed(failure)) => {
                return Err(NoAnswer::Failed(
                    declaration.blame(arguments, failure, false),
                ));
            }
            Err(why) => return Err(why),
        };
        let accepted = declaration.accepts(arguments, &answer);
        accepted.map(|()| answer).map_err(NoAnswer::Failed)
    }

    fn run(&self, arguments: &[u8]) -> Result<Answer, NoAnswer> {
        self.runner
            .call(arguments, &Cancel::never())
            .map_err(|why| backtrace::no_answer_in_the_bodys_terms(&self.dylib, why))
    }
}
