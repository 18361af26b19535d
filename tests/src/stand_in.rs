//! A stand-in for a provider of models: it speaks Chat Completions, and its answers lie in a folder.

use crate::service::{Request, Service};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// Starts one. Its first answer about a function is `<function>.1.rs`; a request that shows that one is answered with
/// `<function>.2.rs`, and so on. What it has no answer to is refused with 400, which no client tries again.
///
/// # Panics
/// When there is no port to be had.
#[must_use]
pub fn start(folder: PathBuf) -> Service {
    Service::start(move |request| match answer(&folder, request) {
        Ok(answer) => (200, answer.to_string()),
        Err(why) => (400, json!({ "error": { "message": why } }).to_string()),
    })
}

fn answer(folder: &Path, request: &Request) -> Result<Value, String> {
    if !request.line.starts_with("POST ") || !request.line.ends_with("/chat/completions") {
        return Err(format!("nothing is known of {}", request.line));
    }
    let asked: Value = serde_json::from_str(&request.content).map_err(|error| error.to_string())?;
    let messages = asked["messages"].as_array().into_iter().flatten();
    let messages: Vec<&str> = messages.filter_map(|one| one["content"].as_str()).collect();
    let asked = messages.last().ok_or("there is no message")?;
    let body = body(folder, asked)?;
    let [read, written] = [messages.concat().len(), body.len()].map(|bytes| bytes / 4);
    Ok(json!({
        "id": "chatcmpl-0",
        "object": "chat.completion",
        "created": 0,
        "model": "stand-in-1",
        "choices": [{
            "index": 0,
            "message": { "role": "assistant", "content": format!("```rust\n{body}```") },
            "finish_reason": "stop",
        }],
        "usage": { "prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written },
    }))
}

/// The body that comes after those which are shown.
fn body(folder: &Path, asked: &str) -> Result<String, String> {
    let declared = asked
        .split_once("pub fn ")
        .and_then(|(_, rest)| rest.split_once('('));
    let (function, _) = declared.ok_or("there is no function in the message")?;
    let mut number = 1;
    loop {
        let path = folder.join(format!("{function}.{number}.rs"));
        let body = fs::read_to_string(&path);
        let body = body.map_err(|error| format!("{}: {error}", path.display()))?;
        if !asked.contains(body.trim_end()) {
            return Ok(body);
        }
        number += 1;
    }
}
