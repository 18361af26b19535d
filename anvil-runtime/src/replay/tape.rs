//! [`Tape`]: exchanges, given out as they were recorded.

use super::differences::differences;
use super::exchange::{Exchange, Request};
use super::file;
use crate::error::Result;
use crate::text::shortened;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What was recorded, each exchange to be used once.
#[derive(Debug)]
pub(crate) struct Tape {
    path: PathBuf,
    exchanges: Mutex<Vec<Recorded>>,
}

#[derive(Debug)]
struct Recorded {
    exchange: Exchange,
    used: bool,
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
            used: false,
        });
        Ok(Self {
            exchanges: Mutex::new(exchanges.collect()),
            path,
        })
    }

    /// The first exchange for this request that was not used, which it is now.
    pub(crate) fn take(&self, asked: &Request) -> Result<Exchange, NotRecorded> {
        let mut exchanges = self.exchanges();
        let mut fit = exchanges.iter_mut().filter(|one| one.fits(asked));
        match fit.next() {
            Some(recorded) => {
                recorded.used = true;
                Ok(recorded.exchange.clone())
            }
            None => Err(NotRecorded(format!(
                "{}: record it again with `HttpReplay::record({:?})`",
                self.why_not(asked, &exchanges),
                self.path
            ))),
        }
    }

    /// The exchange that [`take`](Self::take) would use.
    pub(crate) fn peek(&self, asked: &Request) -> Option<Exchange> {
        let exchanges = self.exchanges();
        let mut fit = exchanges.iter().filter(|one| one.fits(asked));
        fit.next().map(|one| one.exchange.clone())
    }

    /// The requests that were not asked for.
    pub(super) fn unused(&self) -> Vec<String> {
        let exchanges = self.exchanges();
        let unused = exchanges.iter().filter(|one| !one.used);
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

impl Recorded {
    fn fits(&self, asked: &Request) -> bool {
        !self.used && self.exchange.request == *asked
    }
}

/// The recorded request that differs in the fewest parts, and of several, one that is still to be asked for, and then the
/// one that reads most alike.
fn closest<'r>(asked: &Request, exchanges: &'r [Recorded]) -> Option<&'r Request> {
    let line = told(asked);
    let recorded = exchanges.iter().min_by_key(|one| {
        let request = &one.exchange.request;
        (
            differences(asked, request).len(),
            one.used,
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
            let reply = Ok(HttpAnswer {
                status,
                url: String::new(),
                headers: Vec::new(),
                body: Vec::new(),
            });
            Recorded {
                exchange: Exchange::new(request(url), &reply, true, &str::to_owned),
                used: false,
            }
        });
        Tape {
            path: "tests/shop.json".into(),
            exchanges: Mutex::new(recorded.collect()),
        }
    }

    fn status(exchange: &Exchange) -> u16 {
        exchange.reply().unwrap().status
    }

    fn why_not(tape: &Tape, url: &str) -> String {
        tape.take(&request(url)).unwrap_err().0
    }

    #[test]
    fn equal_requests_are_answered_in_the_order_in_which_they_were_recorded_each_once() {
        let tape = tape(&["http://shop/a", "http://shop/b", "http://shop/a"]);
        let a = request("http://shop/a");
        assert_eq!(status(&tape.peek(&a).unwrap()), 1);
        assert_eq!(status(&tape.take(&a).unwrap()), 1);
        assert_eq!(tape.unused(), ["GET http://shop/b", "GET http://shop/a"]);
        assert_eq!(status(&tape.take(&a).unwrap()), 3);
        assert!(tape.peek(&a).is_none());
        assert_eq!(
            why_not(&tape, "http://shop/a"),
            "GET http://shop/a is 2 times in tests/shop.json, and is asked for once more: record it again with \
             `HttpReplay::record(\"tests/shop.json\")`"
        );
        assert_eq!(tape.unused(), ["GET http://shop/b"]);
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
