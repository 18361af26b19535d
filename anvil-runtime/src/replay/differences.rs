//! How what is asked for differs from what was recorded.

use super::content::Content;
use super::exchange::{Auth, Request};
use super::header::Header;
use crate::text::shortened;
use serde_json::Value;
use std::collections::BTreeSet;

/// More of what differs is not told, in bytes.
const LONGEST_TOLD: usize = 200;

/// The parts in which a request differs from a recorded one, in words.
pub(super) fn differences(asked: &Request, recorded: &Request) -> Vec<String> {
    let mut differences = Vec::new();
    let mut compare = |what: &str, is: Option<String>, was: Option<String>| {
        if is != was {
            let [is, was] = [is, was].map(|one| one.unwrap_or_else(|| "nothing".to_owned()));
            differences.push(format!("{what} is {is}, and was {was}"));
        }
    };
    let quoted = |text: &str| Some(format!("`{}`", shortened(text, LONGEST_TOLD)));
    compare(
        "the method",
        quoted(&asked.method),
        quoted(&recorded.method),
    );
    let [(to, query), (to_before, query_before)] = [asked, recorded].map(|one| cut(&one.url));
    compare("the URL", quoted(to), quoted(to_before));
    compare(
        "the query",
        query.and_then(quoted),
        query_before.and_then(quoted),
    );
    let names: BTreeSet<&str> = [&asked.headers, &recorded.headers]
        .into_iter()
        .flatten()
        .map(|header| header.name.as_str())
        .collect();
    for name in names {
        let [is, was] = [asked, recorded].map(|one| values(&one.headers, name));
        compare(
            &format!("the header {name}"),
            is.as_deref().and_then(quoted),
            was.as_deref().and_then(quoted),
        );
    }
    let [is, was] = [asked, recorded].map(|one| one.auth.as_ref().map(who));
    compare(
        "who asks",
        is.as_deref().and_then(quoted),
        was.as_deref().and_then(quoted),
    );
    let (what, is, was) = contents(asked.content.as_ref(), recorded.content.as_ref());
    compare(&what, is, was);
    differences
}

/// A URL and its query.
fn cut(url: &str) -> (&str, Option<&str>) {
    match url.split_once('?') {
        Some((to, query)) => (to, Some(query)),
        None => (url, None),
    }
}

/// What all headers of this name say.
fn values(headers: &[Header], name: &str) -> Option<String> {
    let named = headers.iter().filter(|header| header.name == name);
    let values: Vec<&str> = named.map(|header| header.value.as_str()).collect();
    (!values.is_empty()).then(|| values.join(", "))
}

fn who(auth: &Auth) -> String {
    match auth {
        Auth::Bearer(token) => format!("Bearer {token}"),
        Auth::Basic { user, password } => {
            format!("{user}:{}", password.as_deref().unwrap_or_default())
        }
    }
}

/// Where two contents differ, and what is and was there: nothing where they do not.
fn contents(
    is: Option<&Content>,
    was: Option<&Content>,
) -> (String, Option<String>, Option<String>) {
    if is == was {
        return (String::new(), None, None);
    }
    if let (Some(Content::Json(is)), Some(Content::Json(was))) = (is, was)
        && let (Some(is), Some(was)) = (is.value(), was.value())
        && let Some((place, is, was)) = apart(Some(&is), Some(&was), String::new())
    {
        let told = |value: &Value| format!("`{}`", shortened(&value.to_string(), LONGEST_TOLD));
        let what = match place.as_str() {
            "" => "the JSON".to_owned(),
            place => format!("the JSON's `{place}`"),
        };
        return (what, is.map(told), was.map(told));
    }
    (
        "the content".to_owned(),
        is.map(Content::told),
        was.map(Content::told),
    )
}

/// The first place where two values differ, as a JSON pointer, and what is and was there.
fn apart<'v>(
    is: Option<&'v Value>,
    was: Option<&'v Value>,
    place: String,
) -> Option<(String, Option<&'v Value>, Option<&'v Value>)> {
    match (is, was) {
        (Some(Value::Object(is)), Some(Value::Object(was))) => {
            let mut names = is.keys().chain(was.keys());
            names.find_map(|name| apart(is.get(name), was.get(name), format!("{place}/{name}")))
        }
        (Some(Value::Array(is)), Some(Value::Array(was))) => (0..is.len().max(was.len()))
            .find_map(|at| apart(is.get(at), was.get(at), format!("{place}/{at}"))),
        (is, was) => (is != was).then_some((place, is, was)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anvil_core::ask::{HttpAuth, HttpBody, HttpRequest};

    fn base() -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            url: "http://shop/orders".to_owned(),
            headers: vec![("accept".to_owned(), "a".to_owned())],
            body: HttpBody::Json(r#"{"lines":[{"sku":"x"}]}"#.to_owned()),
            ..HttpRequest::default()
        }
    }

    /// What differs once `change` was made.
    fn differ(change: impl FnOnce(&mut HttpRequest)) -> Vec<String> {
        let request = |request: &HttpRequest| Request::new(request, &str::to_owned);
        let mut changed = base();
        change(&mut changed);
        differences(&request(&changed), &request(&base()))
    }

    #[test]
    fn every_part_that_differs_is_told_with_what_it_was() {
        assert_eq!(differ(|_| {}), [""; 0]);
        let json = |text: &str| HttpBody::Json(text.to_owned());
        let check = |change: fn(&mut HttpRequest), words: &[&str]| {
            assert_eq!(differ(change), words);
        };
        check(
            |one| one.method = "PUT".to_owned(),
            &["the method is `PUT`, and was `POST`"],
        );
        check(
            |one| one.url = "http://shop/order?page=2".to_owned(),
            &[
                "the URL is `http://shop/order`, and was `http://shop/orders`",
                "the query is `page=2`, and was nothing",
            ],
        );
        check(
            |one| one.headers[0] = ("x-own".to_owned(), "b".to_owned()),
            &[
                "the header accept is nothing, and was `a`",
                "the header x-own is `b`, and was nothing",
            ],
        );
        check(
            |one| one.auth = Some(HttpAuth::Bearer("[secret KEY]".to_owned())),
            &["who asks is `Bearer [secret KEY]`, and was nothing"],
        );
        check(
            |one| one.body = HttpBody::Bytes(b"x".into()),
            &["the content is text `x`, and was JSON `{\"lines\":[{\"sku\":\"x\"}]}`"],
        );
        for (body, words) in [
            (
                r#"{"lines":[{"sku":"y"}]}"#,
                "the JSON's `/lines/0/sku` is `\"y\"`, and was `\"x\"`",
            ),
            (
                r#"{"lines":[{"sku":"x"},1]}"#,
                "the JSON's `/lines/1` is `1`, and was nothing",
            ),
            (
                "[]",
                "the JSON is `[]`, and was `{\"lines\":[{\"sku\":\"x\"}]}`",
            ),
        ] {
            assert_eq!(differ(|one| one.body = json(body)), [words]);
        }
    }
}
