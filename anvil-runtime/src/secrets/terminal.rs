//! Asking a person at a terminal.

use super::dotenv::Dotenv;
use secrecy::SecretString;
use std::io::{self, BufRead, IsTerminal, Write};

/// Whether there is somebody to ask.
pub(super) fn is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks for a secret, without showing what is typed. Nothing where it is not given.
pub(super) fn ask(tool: &str, name: &str, hosts: &[String]) -> Option<SecretString> {
    let hosts = hosts.join(", ");
    let question =
        format!("`{tool}` needs the secret {name}, for {hosts} (empty: go on without): ");
    let typed = rpassword::prompt_password(question).ok()?;
    let typed = typed.trim();
    (!typed.is_empty()).then(|| typed.into())
}

/// Offers to keep a secret for the next time.
pub(super) fn offer_to_save(dotenv: &Dotenv, name: &str, value: &SecretString) {
    let path = dotenv.path().display();
    say(&format!(
        "Save it in {path}, which only you can read then? [y/N] "
    ));
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    if read.is_err() || !["y", "yes"].contains(&answer.trim().to_lowercase().as_str()) {
        return;
    }
    match dotenv.add(name, value) {
        Ok(()) => say(&format!("Saved. Keep {path} out of version control.\n")),
        Err(error) => say(&format!("It cannot be saved: {error}\n")),
    }
}

fn say(words: &str) {
    // Where nobody reads, nobody is asked.
    let _ = io::stderr().write_all(words.as_bytes());
}
