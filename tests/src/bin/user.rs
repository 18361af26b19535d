//! A user's program, as the tests start it: calls [`top_n`](top_n()) as its script says and reports.

use anvil::testing::MockModel;
use anvil::{Anvil, Policy};
use anvil_tests::tool::{Failed, Report, Script, top_n};
use std::error::Error;
use std::time::{Duration, Instant};

fn main() -> Result<(), Box<dyn Error>> {
    let script = std::env::args().nth(1).ok_or("the script is missing")?;
    let script: Script = serde_json::from_str(&script)?;

    let model = MockModel::new();
    model.delay(Duration::from_millis(script.thinks_ms));
    if let Some(replies) = &script.replies {
        let model = replies
            .iter()
            .fold(model.clone(), |model, reply| model.reply("top_n", reply));
        let mut builder = Anvil::builder().model(model);
        if let Some(tools_dir) = script.tools_dir {
            builder = builder.tools_dir(tools_dir);
        }
        if script.unchecked {
            builder = builder.policy(Policy::unchecked());
        }
        if let Some((path, max_bytes)) = script.log {
            builder = builder
                .log_file(path)
                .log_max_bytes(max_bytes)
                .log_files_kept(u32::MAX);
        }
        builder.build()?.install();
    }
    let call = |n: &usize| {
        let start = Instant::now();
        let answer = top_n(&[5, 6, 7], *n).map_err(|error| Failed {
            line: error.to_string(),
            whole: format!("{error:?}"),
        });
        (answer, start.elapsed())
    };
    let (calls, took) = script.calls.iter().map(call).unzip();
    let report = Report {
        calls,
        took,
        requests: model.requests().len(),
    };
    println!("{}", serde_json::to_string(&report)?);
    std::thread::sleep(Duration::from_millis(script.lingers_ms));
    Ok(())
}
