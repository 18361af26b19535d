//! Services that are asked by https.

use super::body::{Body, get};
use super::service::{Service, elsewhere, ok};
use anvil_core::failure::ToolErrorKind::{Denied, Unavailable};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::sync::Arc;

/// A service with a certificate for 127.0.0.1, and that.
fn service(answer: impl Into<Vec<u8>>) -> (Service, CertificateDer<'static>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = cert.der().clone();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let answer = answer.into();
    let service = Service::behind(
        move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            Box::new(StreamOwned::new(connection, stream))
        },
        move |_, _, stream| stream.write_all(&answer).unwrap(),
    );
    (service, certificate)
}

fn url(service: &Service, host: &str) -> String {
    format!("https://{host}:{}/", service.port())
}

#[test]
fn a_service_that_is_trusted_is_asked() {
    let (service, certificate) = service(ok("in private"));
    let body = Body::new(&["127.0.0.1:*"], &[]).trusting(certificate);
    let answer = body.answer(&get(url(&service, "127.0.0.1")));
    assert_eq!(answer.body, b"in private");
}

#[test]
fn a_service_that_nobody_vouches_for_is_not_asked() {
    let (service, certificate) = service(ok(""));
    let hosts = ["127.0.0.1:*", "localhost:*"];
    let trusting = Body::new(&hosts, &[]).trusting(certificate);
    for (body, host, words) in [
        (Body::new(&hosts, &[]), "127.0.0.1", "UnknownIssuer"),
        (
            trusting,
            "localhost",
            "certificate not valid for name \"localhost\"",
        ),
    ] {
        let url = url(&service, host);
        let exchanged = body.exchange(&get(&url));
        let refusal = exchanged.reply.unwrap_err();
        assert_eq!(refusal.kind, Unavailable);
        let line = format!("GET {url}: no TLS with `{host}`: invalid peer certificate: {words}");
        assert!(refusal.message.starts_with(&line), "{refusal:?}");
        assert_eq!((exchanged.tries, exchanged.sent), (1, false));
    }
    assert_eq!(service.lines().len(), 0);
}

#[test]
fn a_redirect_does_not_lead_out_of_tls() {
    let open = Service::saying(ok(""));
    let (service, certificate) = service(elsewhere("302 Found", &open.url("/b")));
    let body = Body::new(&["127.0.0.1:*"], &[]).trusting(certificate);
    let url = url(&service, "127.0.0.1");
    let message = body.refused(&get(&url), Denied);
    assert_eq!(
        message,
        format!("GET {url} was redirected: it would go on by http, to `127.0.0.1`")
    );
    assert_eq!(open.lines().len(), 0);
}
