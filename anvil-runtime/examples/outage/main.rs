//! A service under steady load, whose upstream changes under its feet: `cargo run --example outage`.
//!
//! The service asks a price list over HTTP, through a tool. Keys make the price list demand bearer tokens, move its path
//! or change the shape of its answers, and make the model hand in a body that crashes, never returns, or sends the secret
//! elsewhere. Every time the next calls fail, the tool is healed while its callers wait, and no caller sees a failure.
//!
//! `--script`, or no terminal, plays all of it and checks that. No key, no network: the price list is a thread, and the
//! model (in `model.rs`) reads what a model would be sent, and answers with what follows from that.

mod load;
mod model;
mod screen;
mod upstream;

use anvil::{Anvil, EventFilter, EventKind};
use load::Load;
use model::{Model, Trick};
use screen::Screen;
use std::error::Error;
use std::io::{self, IsTerminal};
use std::thread;
use std::time::{Duration, Instant};
use upstream::{Change, Upstream};

#[anvil::tool(
    intent = "The price of the article `sku` in cents, from the price list at `base`",
    hosts("127.0.0.1:*", "localhost:*"),
    secrets(PRICES_KEY = "127.0.0.1:*"),
    ensures(|cents| *cents == u64::from(sku) * 100),
    timeout = "2s"
)]
fn price(base: &str, sku: u32) -> anvil::Result<u64>;

const KEYS: &str = "\
b  demand bearer tokens, or the key in its header again     c  the same, and the model's first body crashes
p  move the path                                            l  the same, and it never returns
s  change the shape of the answers                          x  the same, and it sends the secret elsewhere
q  quit                                                     (each with Enter)";

/// What a key does.
#[derive(Debug, Clone, Copy)]
enum Key {
    Change(Change),
    Trick(Trick),
}

/// All of it, and what has to be said of each candidate that is turned back on the way.
const SCRIPT: [(Key, &str); 7] = [
    (Key::Change(Change::Authentication), ""),
    (Key::Change(Change::Path), ""),
    (Key::Change(Change::Shape), ""),
    (Key::Trick(Trick::Crash), "crashed"),
    (Key::Trick(Trick::Loop), "passed its deadline"),
    (Key::Trick(Trick::Leak), "PRICES_KEY would go to `localhost"),
    (Key::Change(Change::Path), ""),
];

fn main() -> Result<(), Box<dyn Error>> {
    let scripted = std::env::args().any(|argument| argument == "--script");
    let upstream = Upstream::start()?;
    let model = Model::default();
    let folder = tempfile::tempdir()?;
    let anvil = Anvil::builder()
        .tools_dir(folder.path())
        .model(model.clone())
        .secret("PRICES_KEY", upstream::KEY)
        .max_heal_attempts(5)
        .heal_window(Duration::from_secs(5))
        .build()?;
    anvil.install();

    println!(
        "The tool is written and built. (The first time, what all bodies share is built, too.)"
    );
    price(upstream.base(), 1)?;
    let load = Load::start(upstream.base());
    let screen = Screen::start(&anvil, &load);
    let outcome = match scripted || !io::stdin().is_terminal() {
        true => play(&anvil, &upstream, &model),
        false => listen(&upstream, &model),
    };
    let (calls, failures) = load.stop();
    screen.stop();
    screen::history(&anvil)?;
    outcome?;
    println!("\n{calls} calls, {failures} failures");
    match failures {
        0 => Ok(()),
        _ => Err("a caller saw a failure".into()),
    }
}

impl Key {
    fn press(self, upstream: &Upstream, model: &Model) {
        match self {
            Self::Change(change) => upstream.change(change),
            Self::Trick(trick) => {
                model.play(trick);
                upstream.change(Change::Authentication); // or nobody would ask the model
            }
        }
    }
}

/// Does what somebody at the terminal wants.
fn listen(upstream: &Upstream, model: &Model) -> Result<(), Box<dyn Error>> {
    println!("{KEYS}\n");
    for line in io::stdin().lines() {
        let key = match line?.trim() {
            "b" => Key::Change(Change::Authentication),
            "p" => Key::Change(Change::Path),
            "s" => Key::Change(Change::Shape),
            "c" => Key::Trick(Trick::Crash),
            "l" => Key::Trick(Trick::Loop),
            "x" => Key::Trick(Trick::Leak),
            "q" => break,
            _ => {
                println!("{KEYS}\n");
                continue;
            }
        };
        key.press(upstream, model);
    }
    Ok(())
}

/// Plays the script: each change has to be healed, and each trick turned back with the words that it deserves.
fn play(anvil: &Anvil, upstream: &Upstream, model: &Model) -> Result<(), Box<dyn Error>> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let count = |kind| anvil.logger().history(EventFilter::new().kind(kind)).len();
    for (key, expected) in SCRIPT {
        thread::sleep(Duration::from_secs(1)); // so that there is something to see
        let heals = count(EventKind::ToolHealed);
        let refused = count(EventKind::CandidateRejected);
        let start = Instant::now();
        key.press(upstream, model);
        while count(EventKind::ToolHealed) == heals {
            if start.elapsed() > PATIENCE {
                return Err(format!("{key:?} was not healed within {PATIENCE:?}").into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let rejections = anvil
            .logger()
            .history(EventFilter::new().kind(EventKind::CandidateRejected));
        let told = rejections.len() > refused
            && rejections[0]
                .error
                .as_ref()
                .is_some_and(|error| error.contains(expected));
        if told == expected.is_empty() {
            return Err(format!("{key:?}: {expected:?} is not what {rejections:?} say").into());
        }
    }
    thread::sleep(Duration::from_secs(1));
    Ok(())
}
