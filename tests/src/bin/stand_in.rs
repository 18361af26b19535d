//! A stand-in for a provider, to record cassettes where there is none: `stand_in <folder>` prints its base URL and
//! answers with what lies in the folder until it is ended.

use anvil_tests::stand_in;
use std::env;
use std::thread;

fn main() {
    let Some(folder) = env::args_os().nth(1) else {
        eprintln!("usage: stand_in <folder of <function>.<number>.rs>");
        std::process::exit(2);
    };
    let service = stand_in::start(folder.into());
    println!("{}/v1", service.base);
    loop {
        thread::park();
    }
}
