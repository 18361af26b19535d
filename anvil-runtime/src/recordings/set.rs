//! The set of one version.

use super::Recorded;
use super::file::{File, Folder};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// So many calls are kept that were simply answered, and as many that were healed.
const MOST: usize = 64;

/// Once the calls that were simply answered have as many bytes, there is no room for more of them.
const MOST_BYTES: usize = 1 << 20;

/// A call with more bytes in arguments and answer is not kept: it would make the next heal slow.
const LARGEST: usize = 64 << 10;

/// What a version answered; nothing where nothing is to be recorded.
#[derive(Default)]
pub(crate) struct Recordings(Option<Kept>);

struct Kept {
    file: File,
    /// Whether there is no room any more: most calls look no further.
    is_full: AtomicBool,
    calls: Mutex<Vec<Recorded>>,
}

impl Recordings {
    /// Those of a tool's version, which is all that `of` says, as far as they were made before.
    pub(crate) fn open(folder: &Folder, tool: &str, of: &str) -> Self {
        let file = folder.file(tool, of);
        let mut calls = Vec::new();
        for call in file.read() {
            add(&mut calls, call);
        }
        Self(Some(Kept {
            file,
            is_full: AtomicBool::new(!has_room(&calls, false)),
            calls: Mutex::new(calls),
        }))
    }

    /// All calls, those first that were healed.
    pub(crate) fn all(&self) -> Vec<Recorded> {
        let Some(kept) = &self.0 else {
            return Vec::new();
        };
        let mut calls = kept.calls().clone();
        calls.sort_by_key(|call| !call.healed);
        calls
    }

    /// A call was answered. It is kept if there is room, and `may_be_kept` says so, which takes its time.
    pub(crate) fn record(
        &self,
        arguments: &[u8],
        answer: &[u8],
        may_be_kept: impl FnOnce() -> bool,
    ) {
        let Some(kept) = &self.0 else {
            return;
        };
        if kept.is_full.load(Ordering::Relaxed) || arguments.len() + answer.len() > LARGEST {
            return;
        }
        // No call waits for another one's writing: what is answered meanwhile may be kept another time.
        let mut calls = match kept.calls.try_lock() {
            Ok(calls) => calls,
            Err(TryLockError::Poisoned(calls)) => calls.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if knows(&calls, arguments) || !may_be_kept() {
            return;
        }
        let call = Recorded {
            arguments: arguments.to_vec(),
            answer: answer.to_vec(),
            healed: false,
        };
        if add(&mut calls, call) {
            // Where it cannot be written, this process knows it still.
            let _ = calls.last().map(|call| kept.file.append(call));
        }
        let is_full = !has_room(&calls, false);
        kept.is_full.store(is_full, Ordering::Relaxed);
    }

    /// Begins the set of a version that was just proven, with what it answered as it was.
    pub(crate) fn begin(&self, proven: Vec<Recorded>) {
        let Some(kept) = &self.0 else {
            return;
        };
        let mut calls = kept.calls();
        calls.clear();
        for call in proven {
            if call.healed && !has_room(&calls, true) {
                // The oldest gives way: what fails now is more likely to fail again.
                let oldest = calls.iter().position(|call| call.healed);
                oldest.map(|oldest| calls.remove(oldest));
            }
            add(&mut calls, call);
        }
        let _ = kept.file.write(&calls);
        let is_full = !has_room(&calls, false);
        kept.is_full.store(is_full, Ordering::Relaxed);
    }
}

impl Kept {
    fn calls(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the call was added: it is new, there is room, and it is not too large.
fn add(calls: &mut Vec<Recorded>, call: Recorded) -> bool {
    let fits = size(&call) <= LARGEST;
    let added = fits && has_room(calls, call.healed) && !knows(calls, &call.arguments);
    if added {
        calls.push(call);
    }
    added
}

fn has_room(calls: &[Recorded], healed: bool) -> bool {
    let alike = || calls.iter().filter(|call| call.healed == healed);
    let bytes: usize = alike().map(size).sum();
    alike().count() < MOST && (healed || bytes < MOST_BYTES)
}

fn size(call: &Recorded) -> usize {
    call.arguments.len() + call.answer.len()
}

fn knows(calls: &[Recorded], arguments: &[u8]) -> bool {
    calls.iter().any(|call| call.arguments == arguments)
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.as_ref().map(|kept| kept.calls().len());
        f.debug_tuple("Recordings").field(&count).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(number: u32, healed: bool) -> Recorded {
        Recorded {
            arguments: number.to_le_bytes().to_vec(),
            answer: vec![0],
            healed,
        }
    }

    fn recordings(folder: &tempfile::TempDir) -> Recordings {
        Recordings::open(&Folder::new(folder.path().to_owned()), "tool", "fn a() {}")
    }

    fn record(recordings: &Recordings, number: u32) {
        let Recorded {
            arguments, answer, ..
        } = call(number, false);
        recordings.record(&arguments, &answer, || true);
    }

    #[test]
    fn the_first_calls_are_kept_once_each_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let first = recordings(&folder);
        for number in 0..200 {
            record(&first, number / 2);
        }
        assert_eq!(first.all().len(), MOST);
        assert_eq!(recordings(&folder).all(), first.all());
        let other_body =
            Recordings::open(&Folder::new(folder.path().to_owned()), "tool", "fn b() {}");
        assert!(other_body.all().is_empty());
    }

    #[test]
    fn what_must_not_be_kept_or_is_too_large_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = recordings(&folder);
        recordings.record(&[1], &[1], || false);
        recordings.record(&[2; LARGEST], &[1], || unreachable!("it is not searched"));
        assert!(recordings.all().is_empty());
        Recordings::default().record(&[1], &[1], || unreachable!("nothing is recorded"));
    }

    #[test]
    fn large_calls_leave_less_room() {
        let folder = tempfile::tempdir().unwrap();
        let recordings = recordings(&folder);
        for number in 0..MOST {
            recordings.record(&vec![number as u8; LARGEST - 1], &[0], || true);
        }
        assert_eq!(recordings.all().len(), MOST_BYTES / LARGEST);
    }

    #[test]
    fn a_healed_call_has_room_of_its_own_and_the_oldest_gives_way() {
        let folder = tempfile::tempdir().unwrap();
        let next = recordings(&folder);
        let answered = (0..100).map(|number| call(number, false));
        let healed = (1_000..1_100).map(|number| call(number, true));
        next.begin(answered.chain(healed).collect());
        let all = next.all();
        assert_eq!(all.len(), 2 * MOST);
        assert_eq!(all[0], call(1_100 - MOST as u32, true), "healed ones first");
        assert_eq!(recordings(&folder).all(), all);
    }

    #[test]
    fn a_line_that_was_cut_off_is_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        record(&recordings(&folder), 1);
        let file = Folder::new(folder.path().to_owned()).file("tool", "fn a() {}");
        let whole = std::fs::read_to_string(file.path()).unwrap();
        std::fs::write(file.path(), format!("{whole}{}", &whole[..20])).unwrap();
        assert_eq!(recordings(&folder).all(), [call(1, false)]);
        record(&recordings(&folder), 2);
        assert_eq!(
            recordings(&folder).all().len(),
            2,
            "what follows is whole again"
        );
    }
}
