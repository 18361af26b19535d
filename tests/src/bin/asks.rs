//! A program with a tool whose secret is set nowhere, and that may ask for it.

use anvil::testing::{MockModel, TestAnvil};
use anvil_tests::service::Service;

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

fn main() {
    let service = Service::start(|request| {
        let known = request.headers.contains("bearer open-sesame\r\n");
        match known {
            true => (200, "come in".to_owned()),
            false => (401, "who is there?".to_owned()),
        }
    });
    let _anvil = TestAnvil::configure(MockModel::new().reply("knock", KNOCKS), |builder| {
        builder.ask_for_secrets(true).self_healing(false)
    });
    for _ in 0..2 {
        match knock(&service.base) {
            Ok(said) => println!("it says {said}"),
            Err(error) => println!("it fails: {error:?}"),
        }
    }
}
