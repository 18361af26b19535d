//! A program that names no model asks whoever the environment, `.env` and `anvil.toml` name, the way that they name.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil_tests::provider::Provider;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

const ANTHROPIC_KEY: &str = "sk-ant-the-key-of-a-test";

/// The program, with nothing of this machine's environment that could name a model or the way to one.
fn program() -> (Command, TempDir) {
    at(Path::new(env!("CARGO_BIN_EXE_from_env")))
}

fn at(path: &Path) -> (Command, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(path);
    for (name, _) in std::env::vars() {
        let names_a_way = name.to_ascii_lowercase().ends_with("_proxy");
        if names_a_way || name.starts_with("ANVIL_") || name.starts_with("SSL_CERT_") {
            command.env_remove(&name);
        }
    }
    for provider in ["ANTHROPIC", "OPENAI", "XAI", "GEMINI"] {
        for what in ["API_KEY", "AUTH_TOKEN", "BASE_URL"] {
            command.env_remove(format!("{provider}_{what}"));
        }
    }
    command
        .env_remove("CARGO_MANIFEST_DIR")
        .env("ANVIL_TOOLS_DIR", folder.path().join("tools"))
        .env("ANVIL_LOG_FILE", folder.path().join("anvil.log"));
    (command, folder)
}

/// All that the program tells, in its output and in its log, none of which may be a key.
fn told((mut command, folder): (Command, TempDir)) -> String {
    let output = command.output().unwrap();
    let log = fs::read_to_string(folder.path().join("anvil.log")).unwrap_or_default();
    let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    let told = format!("{}{}{log}", told[0], told[1]);
    assert!(!told.contains("the-key-of-a-test"), "{told}");
    told
}

fn check(program: (Command, TempDir), expected: &str) {
    let told = told(program);
    assert!(told.contains(expected), "{told}");
}

#[test]
fn a_key_is_all_that_it_takes() {
    let provider = Provider::start("anthropic", &["answer"]);
    let (mut command, folder) = program();
    command
        .env("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
        .env("ANTHROPIC_BASE_URL", &provider.base);
    check((command, folder), "it answers 42\n");
    assert_eq!(provider.transcript(), "POST /v1/messages -> answer (200)");
}

#[test]
fn the_key_and_the_settings_may_stand_in_the_env_file() {
    let workspace = tempfile::tempdir().unwrap();
    let target = workspace.path().join("target");
    fs::create_dir_all(target.join("debug")).unwrap();
    fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
    fs::write(workspace.path().join("Cargo.lock"), "").unwrap();
    let path = target.join("debug/from_env");
    fs::copy(env!("CARGO_BIN_EXE_from_env"), &path).unwrap();

    // It answers with an error, so that nothing has to be built in this workspace.
    let provider = Provider::start("gemini", &["wrong_key"]);
    let dotenv = format!(
        "GEMINI_API_KEY='the-key-of-a-test'\nANVIL_BASE_URL={}/v1beta/openai\nANVIL_PROVIDER=gemini\n",
        provider.base
    );
    fs::write(workspace.path().join(".env"), dotenv).unwrap();
    check(at(&path), "Gemini does not take the key in GEMINI_API_KEY");
    assert_eq!(
        provider.transcript(),
        "POST /v1beta/openai/chat/completions -> wrong_key (400)"
    );

    let (mut command, folder) = at(&path);
    command
        .env("ANVIL_MODEL", "another")
        .env("ANVIL_OFFLINE", "1");
    let told = told((command, folder));
    assert!(
        told.contains("Anvil is offline and asks no model"),
        "{told}"
    );
    assert!(told.contains("environment (ANVIL_PROVIDER)"), "{told}");
}

#[test]
fn a_server_of_ones_own_takes_an_address_and_the_name_of_a_model() {
    let provider = Provider::start("chat", &["answer"]);
    let (mut command, folder) = program();
    command
        .env("ANVIL_BASE_URL", format!("{}/v1", provider.base))
        .env("ANVIL_MODEL", "qwen3-coder");
    check((command, folder), "it answers 42\n");
    assert_eq!(
        provider.transcript(),
        "POST /v1/chat/completions -> answer (200)"
    );
}

#[test]
fn without_a_key_the_error_says_which_there_could_be() {
    check(
        program(),
        "it fails: `double` needs a new body, but the key of no model is set\n  help: set one of ANTHROPIC_API_KEY, \
         OPENAI_API_KEY, XAI_API_KEY, GEMINI_API_KEY in the environment or in `.env`",
    );
    let (mut command, folder) = program();
    command.env("ANVIL_PROVIDER", "xai");
    check((command, folder), "but XAI_API_KEY is not set\n");
    let (mut command, folder) = program();
    command.env("ANVIL_PROVIDER", "mistral");
    check(
        (command, folder),
        "ANVIL_PROVIDER is `mistral`, but takes anthropic, openai, xai, gemini, ollama, vllm, llama_cpp or chat_completions",
    );
}

#[test]
fn a_key_that_no_header_can_hold_is_told_and_not_sent() {
    let provider = Provider::start("anthropic", &["answer"]);
    let (mut command, folder) = program();
    command
        .env("ANTHROPIC_API_KEY", "sk-ant-the-key-of-a-test\nANOTHER=1")
        .env("ANTHROPIC_BASE_URL", &provider.base);
    check(
        (command, folder),
        "ANTHROPIC_API_KEY holds characters that no key has",
    );
    assert_eq!(provider.transcript(), "");
}

#[test]
fn the_proxy_that_the_environment_names_is_asked() {
    let proxy = Provider::start("anthropic", &["answer"]);
    let (mut command, folder) = program();
    command
        .env("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
        .env("ANTHROPIC_BASE_URL", "http://anthropic.invalid")
        .env("HTTP_PROXY", &proxy.base);
    check((command, folder), "it answers 42\n");
    assert_eq!(
        proxy.transcript(),
        "POST http://anthropic.invalid/v1/messages -> answer (200)"
    );
}

#[test]
fn a_server_on_this_machine_is_asked_without_a_proxy() {
    let server = Provider::start("chat", &["answer"]);
    let (mut command, folder) = program();
    command
        .env("ANVIL_BASE_URL", format!("{}/v1", server.base))
        .env("ANVIL_MODEL", "qwen3-coder")
        .env("HTTP_PROXY", "http://127.0.0.1:1");
    check((command, folder), "it answers 42\n");
    assert_eq!(
        server.transcript(),
        "POST /v1/chat/completions -> answer (200)"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn an_authority_of_ones_own_is_trusted_where_the_environment_names_it() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let provider = Provider::behind("https", "anthropic", &["answer"], move |stream| {
        let connection = ServerConnection::new(config.clone()).unwrap();
        Box::new(StreamOwned::new(connection, stream))
    });
    let program = |authority: Option<&str>| {
        let (mut command, folder) = program();
        command
            .env("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
            .env("ANTHROPIC_BASE_URL", &provider.base);
        if let Some(authority) = authority {
            let path = folder.path().join("authority.pem");
            fs::write(&path, authority).unwrap();
            command.env("SSL_CERT_FILE", path);
        }
        (command, folder)
    };
    check(program(Some(&cert.pem())), "it answers 42\n");
    let refused = told(program(None));
    assert!(
        refused.contains(
            "Anthropic gave no answer: no TLS with `127.0.0.1`: invalid peer certificate"
        ),
        "{refused}"
    );
    assert!(
        refused.contains("SSL_CERT_FILE names an authority of your own"),
        "{refused}"
    );
    assert_eq!(provider.transcript(), "POST /v1/messages -> answer (200)");
}
