//! [`Tape`]: exchanges, given out as they were recorded.

use super::differences::differences;
use super::exchange::{Exchange, Request};
use super::file;
use crate::error::Result;
use crate::text::shortened;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was recorded, each exchange to be given to one call.
#[derive(Debug)]
pub(crate) struct Tape {
    path: PathBuf,
    exchanges: Mutex<Vec<Recorded>>,
}

#[derive(Debug)]
struct Recorded {
    exchange: Exchange,
    given: Given,
}

/// To whom an exchange was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Given {
    Nobody,
    /// To runs of trials. A test may have more of those than the recording had, or fewer, so that it can be given again.
    Trials,
    /// To a call, which was what it was recorded for.
    ACall,
}

/// Why a call that asked for it cannot be answered: in words, with what to do.
#[derive(Debug)]
pub(crate) struct NotRecorded(pub(crate) String);

/// More of a request is not told, in bytes.
const LONGEST_LINE: usize = 300;

impl Tape {
    /// What is recorded in this file.
    ///
    /// # Errors
    /// When the file is no recording.
    pub(super) fn read(path: PathBuf) -> Result<Self> {
        let exchanges = file::read(&path)?.into_iter();
        let exchanges = exchanges.map(|exchange| Recorded {
            exchange,
            given: Given::Nobody,
        });
        Ok(Self {
            exchanges: Mutex::new(exchanges.collect()),
            path,
        })
    }

    /// The exchange for this request that comes next: the first one that nobody was given, else one that only trials were.
    /// It is not given again.
    pub(crate) fn take(&self, asked: &Request) -> Result<Exchange, NotRecorded> {
        let mut exchanges = self.exchanges();
        match give(&mut exchanges, asked, Given::ACall) {
            Some(exchange) => Ok(exchange),
            None => Err(NotRecorded(format!(
                "{}: record it again with `HttpReplay::record({:?})`",
                self.why_not(asked, &exchanges),
                self.path
            ))),
        }
    }

    /// The exchange that [`take`](Self::take) would give, for the run of a trial.
    pub(crate) fn lend(&self, asked: &Request) -> Option<Exchange> {
        give(&mut self.exchanges(), asked, Given::Trials)
    }

    /// The requests that were not asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        let exchanges = self.exchanges();
        let unused = exchanges.iter().filter(|one| one.given == Given::Nobody);
        unused.map(|one| one.exchange.request.line()).collect()
    }

    fn why_not(&self, asked: &Request, exchanges: &[Recorded]) -> String {
        let (line, path) = (told(asked), self.path.display());
        let same = exchanges
            .iter()
            .filter(|one| one.exchange.request == *asked)
            .count();
        if same > 0 {
            let times = match same {
                1 => "once".to_owned(),
                _ => format!("{same} times"),
            };
            return format!("{line} is {times} in {path}, and is asked for once more");
        }
        match closest(asked, exchanges) {
            Some(closest) => format!(
                "{line} is not in {path}, where {} comes closest: {}",
                told(closest),
                differences(asked, closest).join("; ")
            ),
            None => format!("{line} is not in {path}"),
        }
    }

    fn exchanges(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn give(exchanges: &mut [Recorded], asked: &Request, to: Given) -> Option<Exchange> {
    let fits = |one: &&mut Recorded| one.given != Given::ACall && one.exchange.request == *asked;
    // Of several that were given to as few, the first.
    let next = exchanges
        .iter_mut()
        .filter(fits)
        .min_by_key(|one| one.given)?;
    next.given = to;
    Some(next.exchange.clone())
}

/// The recorded request that differs in the fewest parts, and of several, one that is still to be asked for, and then the
/// one that reads most alike.
fn closest<'r>(asked: &Request, exchanges: &'r [Recorded]) -> Option<&'r Request> {
    let line = told(asked);
    let recorded = exchanges.iter().min_by_key(|one| {
        let request = &one.exchange.request;
        (
            differences(asked, request).len(),
            one.given,
            strsim::levenshtein(&line, &told(request)),
        )
    });
    recorded.map(|one| &one.exchange.request)
}

fn told(request: &Request) -> String {
    shortened(&request.line(), LONGEST_LINE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Exchanged;
    use anvil_core::ask::{HttpAnswer, HttpRequest};

    fn request(url: &str) -> Request {
        let request = HttpRequest {
            method: "GET".to_owned(),
            url: url.to_owned(),
            ..HttpRequest::default()
        };
        Request::new(&request, &str::to_owned)
    }

    /// A tape with a request for each of these, answered with its number as the status.
    fn tape(urls: &[&str]) -> Tape {
        let recorded = (1..).zip(urls).map(|(status, url)| {
            let exchanged = Exchanged {
                line: String::new(),
                tries: 1,
                sent: true,
                done: false,
                reply: Ok(HttpAnswer {
                    status,
                    url: String::new(),
                    headers: Vec::new(),
                    body: Vec::new(),
                }),
            };
            Recorded {
                exchange: Exchange::new(request(url), &exchanged, &str::to_owned),
                given: Given::Nobody,
            }
        });
        Tape {
            path: "tests/shop.json".into(),
            exchanges: Mutex::new(recorded.collect()),
        }
    }

    fn status(exchange: &Exchange) -> u16 {
        exchange.exchanged().reply.unwrap().status
    }

    fn why_not(tape: &Tape, url: &str) -> String {
        tape.take(&request(url)).unwrap_err().0
    }

    #[test]
    fn equal_requests_are_answered_in_the_order_in_which_they_were_recorded_each_once() {
        let tape = tape(&["http://shop/a", "http://shop/b", "http://shop/a"]);
        let a = request("http://shop/a");
        assert_eq!(status(&tape.take(&a).unwrap()), 1);
        assert_eq!(tape.unused(), ["GET http://shop/b", "GET http://shop/a"]);
        assert_eq!(status(&tape.take(&a).unwrap()), 3);
        assert!(tape.lend(&a).is_none());
        assert_eq!(
            why_not(&tape, "http://shop/a"),
            "GET http://shop/a is 2 times in tests/shop.json, and is asked for once more: record it again with \
             `HttpReplay::record(\"tests/shop.json\")`"
        );
        assert_eq!(tape.unused(), ["GET http://shop/b"]);
    }

    #[test]
    fn what_trials_were_given_is_left_to_calls_where_nothing_else_is() {
        let tape = tape(&["http://shop/a", "http://shop/a"]);
        let a = request("http://shop/a");
        assert_eq!(status(&tape.lend(&a).unwrap()), 1);
        assert_eq!(tape.unused(), ["GET http://shop/a"]);
        assert_eq!(status(&tape.take(&a).unwrap()), 2, "as it was recorded");
        assert!(tape.unused().is_empty());
        for _ in 0..2 {
            assert_eq!(status(&tape.lend(&a).unwrap()), 1);
        }
        assert_eq!(status(&tape.take(&a).unwrap()), 1);
        assert!(tape.lend(&a).is_none());
        tape.take(&a).unwrap_err();
    }

    #[test]
    fn a_request_that_was_not_recorded_is_told_with_the_closest_one_that_was() {
        let tape = tape(&[
            "http://shop/titles?q=ax",
            "http://shop/orders?q=b",
            "http://shop/titles?q=ab",
        ]);
        assert_eq!(
            why_not(&tape, "http://shop/titles?q=abc"),
            "GET http://shop/titles?q=abc is not in tests/shop.json, where GET http://shop/titles?q=ab comes closest: \
             the query is `q=abc`, and was `q=ab`: record it again with `HttpReplay::record(\"tests/shop.json\")`"
        );
        tape.take(&request("http://shop/titles?q=ab")).unwrap();
        let words = why_not(&tape, "http://shop/titles?q=abc");
        assert!(
            words.contains("where GET http://shop/titles?q=ax comes closest"),
            "{words}"
        );
    }
}
