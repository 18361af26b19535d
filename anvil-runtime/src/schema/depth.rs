//! Values that are nested without an end are looked at, and dropped, without following them down.

use serde_json::Value;

/// JSON that is nested deeper is refused unread: more is beyond the codec, and beyond the stack of a thread.
const DEEPEST: usize = 120;

/// `value`, if it is not so deep that looking at it, or only dropping it, would exhaust the stack.
///
/// # Errors
/// Says so.
pub(crate) fn shallow(value: Value) -> Result<Value, String> {
    if !deeper_than(&value, DEEPEST) {
        return Ok(value);
    }
    dismantle(value);
    Err(format!("nested deeper than {DEEPEST}"))
}

/// Looks without recursion, so that no value exhausts the stack.
fn deeper_than(value: &Value, limit: usize) -> bool {
    let mut open = vec![(value, 0)];
    while let Some((value, depth)) = open.pop() {
        if depth > limit {
            return true;
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    false
}

/// Drops a value piece by piece: its own destructor follows it down.
fn dismantle(value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}
