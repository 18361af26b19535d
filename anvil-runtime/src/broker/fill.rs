//! Putting secrets where they are stood for, each before what it is part of is encoded.

use super::StandIns;
use super::outgoing::{Outgoing, no_header};
use super::refusal::unavailable;
use anvil_core::ask::{HttpAuth, HttpBody, Refusal};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Request};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use url::{Url, form_urlencoded};

/// What a secret is, by its name.
pub(super) type Values = BTreeMap<String, SecretString>;

/// What has a meaning of its own somewhere in a URL; a secret never means that.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request as it is sent.
pub(super) struct Filled {
    pub(super) request: Request,
    /// The user and the password in the form in which they are sent, and the name of the secret in them.
    pub(super) credentials: Option<(String, SecretString)>,
}

/// The request with `values` in it. It was judged, and there is a value for each secret that it carries.
pub(super) fn fill(
    outgoing: &Outgoing,
    stand_ins: &StandIns,
    values: &Values,
) -> Result<Filled, Refusal> {
    let filling = Filling { stand_ins, values };
    let mut headers = HeaderMap::new();
    for (name, value) in &outgoing.headers {
        headers.append(name, filling.header(name, value)?);
    }
    let mut credentials = None;
    if let Some(auth) = &outgoing.auth {
        let (value, secret) = filling.auth(auth)?;
        headers.insert(AUTHORIZATION, value);
        credentials = secret;
    }
    let body = filling.body(&outgoing.body);
    if let Some(content_type) = content_type(&outgoing.body) {
        headers
            .entry(CONTENT_TYPE)
            .or_insert(HeaderValue::from_static(content_type));
    }
    let mut request = Request::new(outgoing.method.clone(), filling.url(&outgoing.url));
    *request.headers_mut() = headers;
    *request.body_mut() = body.map(Body::from);
    Ok(Filled {
        request,
        credentials,
    })
}

struct Filling<'a> {
    stand_ins: &'a StandIns,
    values: &'a Values,
}

impl Filling<'_> {
    fn url(&self, url: &Url) -> Url {
        let mut filled = url.clone();
        filled.set_path(&self.text(url.path(), encoded));
        let query = url.query().map(|query| self.text(query, encoded));
        filled.set_query(query.as_deref());
        filled
    }

    fn header(&self, name: &HeaderName, value: &str) -> Result<HeaderValue, Refusal> {
        let secret = self.stand_ins.names_in(value.as_bytes()).next();
        let filled = self.text(value, str::to_owned);
        let mut filled = HeaderValue::from_bytes(filled.as_bytes()).map_err(|_| match secret {
            // Not the body's fault, and nothing that another body would do better.
            Some(secret) => unavailable(format!(
                "the secret {secret} cannot stand in the header `{name}`: it holds a line break or another control \
                 character; set it without"
            )),
            None => no_header(name),
        })?;
        filled.set_sensitive(secret.is_some());
        Ok(filled)
    }

    /// The header that says who asks, and the form that a secret has in it where that is not its own.
    fn auth(
        &self,
        auth: &HttpAuth,
    ) -> Result<(HeaderValue, Option<(String, SecretString)>), Refusal> {
        let (user, password) = match auth {
            HttpAuth::Bearer(token) => {
                let value = self.header(&AUTHORIZATION, &format!("Bearer {token}"))?;
                return Ok((value, None));
            }
            HttpAuth::Basic(user, password) => (user, password.as_deref().unwrap_or_default()),
        };
        let pair = format!("{user}:{password}");
        let secret = self.stand_ins.names_in(pair.as_bytes()).next();
        let pair = BASE64_STANDARD.encode(self.text(&pair, str::to_owned));
        let mut value = self.header(&AUTHORIZATION, &format!("Basic {pair}"))?;
        value.set_sensitive(true);
        Ok((value, secret.map(|name| (name.to_owned(), pair.into()))))
    }

    fn body(&self, body: &HttpBody) -> Option<Vec<u8>> {
        let plain = str::to_owned;
        match body {
            HttpBody::Empty => None,
            HttpBody::Json(json) => Some(self.text(json, escaped).into_bytes()),
            HttpBody::Bytes(bytes) => {
                let value = |name: &str| plain(self.value(name));
                Some(self.stand_ins.replaced_in_bytes(bytes, value))
            }
            HttpBody::Form(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(name, value)| (self.text(name, plain), self.text(value, plain)));
                let mut form = form_urlencoded::Serializer::new(String::new());
                Some(form.extend_pairs(pairs).finish().into_bytes())
            }
        }
    }

    /// The text with the values, each in the form that `form` gives it.
    fn text(&self, text: &str, form: fn(&str) -> String) -> String {
        self.stand_ins.replaced(text, |name| form(self.value(name)))
    }

    fn value(&self, name: &str) -> &str {
        let value = self.values.get(name);
        value.map_or("", |value| value.expose_secret())
    }
}

/// What is sent along, where its form says so.
fn content_type(body: &HttpBody) -> Option<&'static str> {
    match body {
        HttpBody::Empty | HttpBody::Bytes(_) => None,
        HttpBody::Json(_) => Some("application/json"),
        HttpBody::Form(_) => Some("application/x-www-form-urlencoded"),
    }
}

/// As a part of a URL.
pub(super) fn encoded(value: &str) -> String {
    utf8_percent_encode(value, RESERVED).to_string()
}

/// As the inside of JSON text.
pub(super) fn escaped(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Grant;
    use anvil_core::ask::HttpRequest;
    use anvil_core::failure::ToolErrorKind;

    /// A secret with all that has a meaning somewhere.
    const VALUE: &str = "k/\"?&=#%+ é";

    /// The request that `change` makes with what stands for a secret, filled with `value`.
    fn filled(value: &str, change: impl FnOnce(&mut HttpRequest, &str)) -> Result<Filled, Refusal> {
        let secrets = [("KEY".to_owned(), Vec::new())];
        let grant = Grant::new("tool", &[], &secrets.into()).unwrap();
        let stand_ins = StandIns::mint(&grant).unwrap();
        let mut request = HttpRequest {
            method: "POST".to_owned(),
            url: "http://example.com".to_owned(),
            ..HttpRequest::default()
        };
        change(&mut request, stand_ins.of("KEY").unwrap());
        let values = Values::from([("KEY".to_owned(), value.into())]);
        fill(&Outgoing::read(&request)?, &stand_ins, &values)
    }

    fn header(filled: &Filled, name: &str) -> String {
        let value = filled.request.headers().get(name).unwrap();
        String::from_utf8(value.as_bytes().to_vec()).unwrap()
    }

    fn body(body: impl FnOnce(&str) -> HttpBody) -> (String, Option<String>) {
        let filled = filled(VALUE, |request, key| request.body = body(key)).unwrap();
        let bytes = filled.request.body().unwrap().as_bytes().unwrap();
        let kind = filled.request.headers().contains_key("content-type");
        (
            String::from_utf8(bytes.to_vec()).unwrap(),
            kind.then(|| header(&filled, "content-type")),
        )
    }

    #[test]
    fn a_secret_in_a_url_means_nothing_but_itself() {
        let filled = filled(VALUE, |request, key| {
            request.url = format!("http://example.com/a/{key}/b?c={key}");
            request.query = vec![(key.to_owned(), key.to_owned())];
        });
        let encoded = "k%2F%22%3F%26%3D%23%25%2B%20%C3%A9";
        assert_eq!(
            filled.unwrap().request.url().as_str(),
            format!("http://example.com/a/{encoded}/b?c={encoded}&{encoded}={encoded}")
        );
    }

    #[test]
    fn a_secret_stands_in_headers_as_it_is() {
        let filled = filled(VALUE, |request, key| {
            request.headers = vec![("X-Key".to_owned(), format!("key {key}"))];
            request.auth = Some(HttpAuth::Bearer(key.to_owned()));
        });
        let filled = filled.unwrap();
        assert_eq!(header(&filled, "x-key"), format!("key {VALUE}"));
        assert_eq!(header(&filled, "authorization"), format!("Bearer {VALUE}"));
        let shown = format!("{:?}", filled.request.headers());
        assert!(!shown.contains("k/"), "{shown}");
    }

    #[test]
    fn a_user_and_a_password_are_encoded_with_the_secret_in_them() {
        let filled = filled("open sesame", |request, key| {
            request.auth = Some(HttpAuth::Basic("Aladdin".to_owned(), Some(key.to_owned())));
        });
        let filled = filled.unwrap();
        assert_eq!(
            header(&filled, "authorization"),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert_eq!(filled.credentials.unwrap().0, "KEY");
    }

    #[test]
    fn a_secret_is_escaped_as_the_body_that_it_stands_in() {
        let (json, kind) = body(|key| HttpBody::Json(format!("{{\"key\":\"{key}\"}}")));
        assert_eq!(json, serde_json::json!({ "key": VALUE }).to_string());
        assert_eq!(kind.as_deref(), Some("application/json"));

        let (form, kind) = body(|key| HttpBody::Form(vec![("key".to_owned(), key.to_owned())]));
        assert_eq!(form, "key=k%2F%22%3F%26%3D%23%25%2B+%C3%A9");
        assert_eq!(kind.as_deref(), Some("application/x-www-form-urlencoded"));

        let (bytes, kind) = body(|key| HttpBody::Bytes(format!("<{key}>").into()));
        assert_eq!(bytes, format!("<{VALUE}>"));
        assert_eq!(kind, None);
    }

    #[test]
    fn a_content_type_of_the_bodys_own_counts() {
        let filled = filled(VALUE, |request, _| {
            request.headers = vec![("content-type".to_owned(), "application/ld+json".to_owned())];
            request.body = HttpBody::Json("{}".to_owned());
        });
        assert_eq!(
            header(&filled.unwrap(), "content-type"),
            "application/ld+json"
        );
    }

    #[test]
    fn a_secret_that_ends_a_header_is_told_by_name_only() {
        let refusal = filled("secret\r\nHost: evil.com", |request, key| {
            request.headers = vec![("X-Key".to_owned(), key.to_owned())];
        });
        let refusal = refusal.err().unwrap();
        assert_eq!(refusal.kind, ToolErrorKind::Unavailable);
        assert_eq!(
            refusal.message,
            "the secret KEY cannot stand in the header `x-key`: it holds a line break or another control character; \
             set it without"
        );
        let refusal = filled("secret", |request, _| {
            request.auth = Some(HttpAuth::Bearer("a\nb".to_owned()));
        });
        assert_eq!(refusal.err().unwrap().kind, ToolErrorKind::Failed);
    }
}
