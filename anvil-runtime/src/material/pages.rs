//! [`Pages`]: from the cache, where they are new; else from the web; else from the cache, however old they are.

use super::cache::{Cache, Kept};
use super::fetch::{Fetched, Fetcher};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync;
use url::Url;

/// A page is not asked for again this soon: one heal makes several attempts, and several tools may name one page.
const RECENT: SignedDuration = SignedDuration::from_mins(5);

/// One that could not be had is asked for again after this time.
const AFTER_FAILURE: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Pages {
    cache: Cache,
    fetcher: Fetcher,
    /// When each page last could not be had. Whoever asks for one holds its lock, and others wait for the answer.
    failed: Mutex<HashMap<Url, Arc<sync::Mutex<Option<Instant>>>>>,
}

/// What there is of a page.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Had {
    Current(String),
    /// As it was then. It could not be asked for again.
    Old(String, Timestamp),
    Nothing,
}

/// What became of asking for a page.
#[derive(Debug)]
pub(super) struct Report {
    pub(super) took: Duration,
    pub(super) outcome: Result<Answer, String>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// `fetched`, or `unchanged`.
    pub(super) status: &'static str,
    /// How long the page's text is.
    pub(super) bytes: usize,
}

impl Pages {
    pub(super) fn new(folder: PathBuf, fetcher: Fetcher) -> Self {
        Self {
            cache: Cache::at(folder),
            fetcher,
            failed: Mutex::default(),
        }
    }

    /// The page, and what became of asking for it if it was asked for.
    pub(super) async fn page(&self, url: &Url) -> (Had, Option<Report>) {
        let failed = self.failed(url);
        let mut failed = failed.lock().await;
        let kept = self.find(url).await;
        if let Some(kept) = kept.as_ref().filter(|kept| is_recent(kept.fetched)) {
            return (Had::Current(kept.text.clone()), None);
        }
        if failed.is_some_and(|failed| failed.elapsed() < AFTER_FAILURE) {
            return (old(kept), None);
        }
        let started = Instant::now();
        let known = kept.as_ref().map(|kept| &kept.validators);
        let fetched = self.fetcher.fetch(url, known).await;
        let (page, status) = match (fetched, kept) {
            (Ok(Fetched::Page { text, validators }), _) => ((text, validators), "fetched"),
            (Ok(Fetched::Unchanged), Some(kept)) => ((kept.text, kept.validators), "unchanged"),
            (fetched, kept) => {
                *failed = Some(Instant::now());
                let report = Report {
                    took: started.elapsed(),
                    outcome: Err(fetched.err().unwrap_or_default()),
                };
                return (old(kept), Some(report));
            }
        };
        *failed = None;
        let (text, validators) = page;
        let kept = Kept {
            text: text.clone(),
            validators,
            fetched: Timestamp::now(),
        };
        // Where it cannot be kept, it is fetched the next time.
        let _ = self.keep(url, kept).await;
        let report = Report {
            took: started.elapsed(),
            outcome: Ok(Answer {
                status,
                bytes: text.len(),
            }),
        };
        (Had::Current(text), Some(report))
    }

    fn failed(&self, url: &Url) -> Arc<sync::Mutex<Option<Instant>>> {
        let mut failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.entry(url.clone()).or_default().clone()
    }

    async fn find(&self, url: &Url) -> Option<Kept> {
        let (cache, url) = (self.cache.clone(), url.clone());
        let find = move || cache.find(&url);
        tokio::task::spawn_blocking(find).await.ok().flatten()
    }

    async fn keep(&self, url: &Url, page: Kept) -> io::Result<()> {
        let (cache, url) = (self.cache.clone(), url.clone());
        let keep = move || cache.keep(&url, &page);
        tokio::task::spawn_blocking(keep).await?
    }
}

/// Whether it was fetched a moment ago. What seems to come from the future was not: the clock was set.
fn is_recent(fetched: Timestamp) -> bool {
    let age = Timestamp::now().duration_since(fetched);
    !age.is_negative() && age < RECENT
}

fn old(kept: Option<Kept>) -> Had {
    kept.map_or(Had::Nothing, |kept| Had::Old(kept.text, kept.fetched))
}
