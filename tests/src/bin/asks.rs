//! A program with a tool whose secret is set nowhere, and that may ask for it; with an argument, while it verifies a body
//! of another one.

use anvil::testing::{MockModel, TestAnvil};
use anvil_tests::service::Service;
use std::sync::Barrier;
use std::{env, thread};

#[anvil::tool(
    intent = "What the service at `base` says to whoever has the key",
    secrets(DOOR_KEY = "127.0.0.1:*")
)]
fn knock(base: &str) -> anvil::Result<String>;

const KNOCKS: &str = r#"
pub fn knock(cx: &Context, base: &str) -> Result<String, ToolError> {
    cx.http().get(base).bearer_auth(cx.secret("DOOR_KEY")?).send()?.error_for_status()?.text()
}
"#;

/// Is verified for as long as the other is asked about.
#[anvil::tool(intent = "Nothing much", examples(takes_its_time(idle()?)))]
fn idle() -> anvil::Result<u8>;

const IDLES: &str = "pub fn idle() -> Result<u8, ToolError> { Ok(0) }";

static BEGUN: Barrier = Barrier::new(2);
static DONE: Barrier = Barrier::new(2);

fn takes_its_time(_: u8) -> bool {
    BEGUN.wait();
    DONE.wait();
    true
}

fn main() {
    let service = Service::start(|request| {
        let known = request.headers.contains("bearer open-sesame\r\n");
        match known {
            true => (200, "come in".to_owned()),
            false => (401, "who is there?".to_owned()),
        }
    });
    let model = MockModel::new().reply("knock", KNOCKS).reply("idle", IDLES);
    let anvil = TestAnvil::configure(model, |builder| {
        let builder = builder.ask_for_secrets(true).self_healing(false);
        builder.progress(true)
    });
    let idling = env::args().nth(1).map(|_| {
        let anvil = (*anvil).clone();
        let idling = thread::spawn(move || {
            let _entered = anvil.enter();
            idle()
        });
        BEGUN.wait();
        idling
    });
    for _ in 0..2 {
        match knock(&service.base) {
            Ok(said) => println!("it says {said}"),
            Err(error) => println!("it fails: {error:?}"),
        }
    }
    if let Some(idling) = idling {
        DONE.wait();
        let _ = idling.join();
    }
}
