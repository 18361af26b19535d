//! What an answer says that is an error, in whichever of the forms that are in use.

use crate::text::{one_line, shortened};
use serde_json::Value;

/// More of an error's words is not told, in bytes.
const LONGEST: usize = 500;

/// An error, as a provider says it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Said {
    /// Its `type`, or the word that Google calls `status`.
    pub(super) kind: Option<String>,
    /// Its `code`, where that is a word; with Anthropic, what its `details` call so.
    pub(super) code: Option<String>,
    /// Its words.
    pub(super) message: String,
    /// What it calls the request, where it says so in the answer itself.
    pub(super) request_id: Option<String>,
}

/// What is said in an answer that is known to be an error. Where it is none of the known forms, its text is the message.
pub(super) fn said(body: &[u8]) -> Said {
    let text = String::from_utf8_lossy(body);
    let found = serde_json::from_str(&text)
        .ok()
        .and_then(|value| in_json(&value));
    found.or_else(|| in_events(&text)).unwrap_or_else(|| Said {
        message: told(plain(&text)),
        ..Said::default()
    })
}

/// The error in an answer that came as if it were none: `{"error": …}`, or events of which one is an error.
pub(super) fn hidden(body: &[u8]) -> Option<Said> {
    let text = String::from_utf8_lossy(body);
    match serde_json::from_str::<Value>(&text) {
        Ok(value) => is_error(&value).then(|| in_json(&value)).flatten(),
        Err(_) => in_events(&text),
    }
}

/// Words as they are told.
fn told(words: &str) -> String {
    shortened(&without_masked_keys(&one_line(words)), LONGEST)
}

fn in_json(value: &Value) -> Option<Said> {
    // Google puts its errors into a list.
    let value = value.get(0).unwrap_or(value);
    let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    let word = |value: Option<&Value>| value.and_then(Value::as_str).map(told);
    let error = value.get("error");
    let (inner, message) = match error {
        Some(Value::String(words)) => (value, words.clone()),
        Some(error @ Value::Object(_)) => (error, text(error.get("message")).unwrap_or_default()),
        _ => {
            let message = text(value.get("message")).or_else(|| match value.get("detail")? {
                Value::String(words) => Some(words.clone()),
                detail => Some(detail.to_string()),
            });
            (value, message?)
        }
    };
    Some(Said {
        kind: word(inner.get("type")).or_else(|| word(inner.get("status"))),
        code: word(inner.get("code")).or_else(|| word(inner.pointer("/details/error_code"))),
        message: told(&message),
        request_id: text(value.get("request_id")).filter(|id| is_id(id)),
    })
}

/// Whether something can be what a provider calls a request.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The error among server-sent events: the data of an `event: error`, or data that says that it is one.
fn in_events(text: &str) -> Option<Said> {
    let data = text.lines().filter_map(|line| line.strip_prefix("data:"));
    let values = data.filter_map(|data| serde_json::from_str::<Value>(data.trim()).ok());
    let mut errors = values.filter(is_error);
    errors.find_map(|value| in_json(&value))
}

/// Whether it says that it is an error. Some have a place for one that they leave empty.
fn is_error(value: &Value) -> bool {
    let is_said = |error: &Value| match error {
        Value::Null | Value::Bool(false) => false,
        Value::String(words) => !words.is_empty(),
        Value::Object(error) => !error.is_empty(),
        _ => true,
    };
    value.get("error").is_some_and(is_said)
        || value.get("type").and_then(Value::as_str) == Some("error")
}

/// The words of a page that a proxy or a gateway answers with.
fn plain(text: &str) -> &str {
    let trimmed = text.trim();
    match trimmed.starts_with('<') {
        true => title(trimmed).unwrap_or("a page of HTML"),
        false => trimmed,
    }
}

fn title(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("<title>")?;
    let (title, _) = rest.split_once("</title>")?;
    Some(title.trim()).filter(|title| !title.is_empty())
}

/// Providers quote a key that they do not know with stars in its middle: what is left of it is nobody's business either.
fn without_masked_keys(words: &str) -> String {
    let words = words.split(' ').map(|word| match word.contains("**") {
        true => "[redacted]",
        false => word,
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(body: &str, kind: Option<&str>, code: Option<&str>, message: &str) {
        let said = said(body.as_bytes());
        let found = (
            said.kind.as_deref(),
            said.code.as_deref(),
            said.message.as_str(),
        );
        assert_eq!(found, (kind, code, message), "{body}");
    }

    #[test]
    fn each_form_of_error_is_understood() {
        check(
            r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#,
            Some("overloaded_error"),
            None,
            "Overloaded",
        );
        check(
            r#"{"error":{"message":"Quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}}"#,
            Some("insufficient_quota"),
            Some("insufficient_quota"),
            "Quota",
        );
        check(
            r#"{"code":"Client specified an invalid argument","error":"Incorrect API key provided: xa***ey."}"#,
            None,
            Some("Client specified an invalid argument"),
            "Incorrect API key provided: [redacted]",
        );
        check(
            r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#,
            Some("INVALID_ARGUMENT"),
            None,
            "API key not valid.",
        );
        check(
            r#"{"object":"error","message":"no such model","type":"NotFoundError","code":404}"#,
            Some("NotFoundError"),
            None,
            "no such model",
        );
        check(
            r#"{"error":"model not found"}"#,
            None,
            None,
            "model not found",
        );
        check(r#"{"detail":"Not Found"}"#, None, None, "Not Found");
        check(
            "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"oh\"}}\n\n",
            Some("api_error"),
            None,
            "oh",
        );
        check(
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"No","details":{"error_code":"used_up"}}}"#,
            Some("rate_limit_error"),
            Some("used_up"),
            "No",
        );
        check("upstream\n  is away", None, None, "upstream is away");
        check(
            "<html><title>502 Bad Gateway</title></html>",
            None,
            None,
            "502 Bad Gateway",
        );
        check("<p>", None, None, "a page of HTML");
        check("", None, None, "");
        check("[]", None, None, "[]");
    }

    #[test]
    fn an_error_is_found_in_what_came_as_an_answer() {
        let found = |body: &str| hidden(body.as_bytes()).map(|said| said.message);
        assert_eq!(
            found(r#"{"error":{"message":"busy"}}"#).as_deref(),
            Some("busy")
        );
        assert_eq!(
            found(r#"{"type":"error","message":"busy"}"#).as_deref(),
            Some("busy")
        );
        let events = "event: message_start\ndata: {\"type\":\"message_start\"}\n\n\
                      event: error\ndata: {\"type\":\"error\",\"error\":{\"message\":\"busy\"}}\n";
        assert_eq!(found(events).as_deref(), Some("busy"));
        for empty in ["null", "false", "\"\"", "{}"] {
            assert_eq!(found(&format!(r#"{{"error":{empty},"output":[]}}"#)), None);
        }
        assert_eq!(found(r#"{"choices":[]}"#), None);
        assert_eq!(found("plain"), None);
    }

    #[test]
    fn long_words_are_told_by_their_beginning() {
        let long = "x".repeat(10_000);
        assert!(said(long.as_bytes()).message.len() < LONGEST + 40);
        let all = json!({
            "error": { "message": &long, "type": &long, "code": &long },
            "request_id": &long,
        });
        let said = said(all.to_string().as_bytes());
        for words in [Some(said.message), said.kind, said.code] {
            assert!(words.unwrap().len() < LONGEST + 40);
        }
        assert_eq!(said.request_id, None);
    }

    #[test]
    fn what_a_terminal_would_obey_is_not_told() {
        let body =
            r#"{"error":{"message":"a\u001b[2J","code":"b\u001b[2J"},"request_id":"c\u001b[2J"}"#;
        check(body, None, Some("b[2J"), "a[2J");
        assert_eq!(said(body.as_bytes()).request_id, None);
    }
}
