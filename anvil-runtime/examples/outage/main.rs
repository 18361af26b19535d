//! A service under steady load, whose upstream changes under its feet: `cargo run --example outage`.
//!
//! The service asks a price list over HTTP, through a tool. Keys make the price list demand bearer tokens, move its path
//! or change the shape of its answers, and make the model hand in a body that crashes, never returns, or sends the secret
//! elsewhere. Every time the next calls fail, the tool is healed while its callers wait, and no caller sees a failure.
//!
//! `--script`, or no terminal, plays all of it and checks that. No key, no network: the price list is a thread, and the
//! model (in `model.rs`) reads what a model would be sent, and answers with what follows from that.

mod history;
mod keys;
mod load;
mod model;
mod screen;
mod script;
mod terminal;
mod upstream;

use anvil::Anvil;
use load::Load;
use model::Model;
use screen::Screen;
use std::error::Error;
use std::io::{self, IsTerminal};
use std::time::Duration;
use upstream::Upstream;

#[anvil::tool(
    intent = "The price of the article `sku` in cents, from the price list at `base`",
    hosts("127.0.0.1:*", "localhost:*"),
    secrets(PRICES_KEY = "127.0.0.1:*"),
    ensures(|cents| *cents == u64::from(sku) * 100),
    timeout = "2s"
)]
fn price(base: &str, sku: u32) -> anvil::Result<u64>;

fn main() -> Result<(), Box<dyn Error>> {
    let scripted = std::env::args().any(|argument| argument == "--script");
    let upstream = Upstream::start()?;
    let model = Model::default();
    let folder = tempfile::tempdir()?;
    let anvil = Anvil::builder()
        .tools_dir(folder.path())
        .model(model.clone())
        .secret("PRICES_KEY", upstream::KEY)
        // However fast keys are pressed: no hundred attempts are made in a second.
        .max_heal_attempts(100)
        .heal_window(Duration::from_secs(1))
        // The screen is drawn by this program.
        .progress(false)
        .build()?;
    anvil.install();

    println!(
        "The tool is written and built. (The first time, what all bodies share is built, too.)"
    );
    price(upstream.base(), 1)?;
    let load = Load::start(upstream.base());
    let screen = Screen::start(&anvil, &load);
    let outcome = match scripted || !io::stdin().is_terminal() {
        true => script::play(&anvil, &upstream, &model),
        false => keys::listen(&upstream, &model).map_err(Into::into),
    };
    let (calls, failures) = load.stop();
    screen.stop();
    history::print(&anvil)?;
    outcome?;
    println!("\n{calls} calls, {failures} failures");
    match failures {
        0 => Ok(()),
        _ => Err("a caller saw a failure".into()),
    }
}
