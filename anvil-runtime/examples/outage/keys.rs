//! What somebody can do to the service, and the keys that do it.

use crate::model::{Model, Trick};
use crate::screen;
use crate::terminal::Unbuffered;
use crate::upstream::{Change, Upstream};
use std::io::{self, Read};

/// What a key does: it changes the price list and, so that the next heal goes wrong at first, tells the model to cheat.
#[derive(Debug)]
pub(crate) struct Key {
    letter: char,
    words: &'static str,
    change: Change,
    trick: Option<Trick>,
}

const KEYS: [Key; 6] = [
    Key {
        letter: 'b',
        words: "the price list demands a bearer token, or its header again",
        change: Change::Authentication,
        trick: None,
    },
    Key {
        letter: 'p',
        words: "the price list moves",
        change: Change::Path,
        trick: None,
    },
    Key {
        letter: 's',
        words: "the price list answers in another shape",
        change: Change::Shape,
        trick: None,
    },
    Key {
        letter: 'c',
        words: "as b, and the model's first body crashes",
        change: Change::Authentication,
        trick: Some(Trick::Crash),
    },
    Key {
        letter: 'l',
        words: "as b, and the model's first body never returns",
        change: Change::Authentication,
        trick: Some(Trick::Loop),
    },
    Key {
        letter: 'x',
        words: "as b, and the model's first body sends the secret elsewhere",
        change: Change::Authentication,
        trick: Some(Trick::Leak),
    },
];

impl Key {
    pub(crate) fn of(letter: char) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.letter == letter)
    }

    pub(crate) fn press(&self, upstream: &Upstream, model: &Model) {
        screen::print(&format!("{}: {}", self.letter, self.words));
        if let Some(trick) = self.trick {
            model.play(trick);
        }
        upstream.change(self.change); // or nobody would ask the model
    }
}

/// Does what somebody at the terminal wants, until they want no more.
pub(crate) fn listen(upstream: &Upstream, model: &Model) -> io::Result<()> {
    for Key { letter, words, .. } in &KEYS {
        screen::print(&format!("{letter}  {words}"));
    }
    screen::print("q  quit\n");
    let _unbuffered = Unbuffered::stdin()?;
    for byte in io::stdin().lock().bytes() {
        match char::from(byte?) {
            'q' | CTRL_C | CTRL_D => break,
            letter => {
                if let Some(key) = Key::of(letter) {
                    key.press(upstream, model);
                }
            }
        }
    }
    Ok(())
}

const CTRL_C: char = '\u{3}';
const CTRL_D: char = '\u{4}';
