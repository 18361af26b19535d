//! What happens between Anvil and a provider.

use crate::check::{ANTHROPIC, CHAT, OPENAI, Terms, check, check_on, told};
use anvil_tests::provider::Provider;
use expect_test::expect;
use std::net::TcpListener;
use std::time::Duration;

#[test]
fn an_answer_that_is_cut_in_the_middle_is_asked_for_again_and_counted() {
    check(
        ANTHROPIC,
        &["cut", "answer"],
        expect![[r#"
        POST /v1/messages -> cut (Cut)
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, an estimate, unavailable: Anthropic gave no answer: the answer was cut in the middle: end of file before message length reached
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["half_said_to_be_all", "answer"],
        expect![[r#"
            POST /v1/messages -> half_said_to_be_all (HalfSaidToBeAll)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, an estimate, unavailable: the answer of Anthropic was cut in the middle (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn a_connection_that_ends_without_a_word_is_made_again() {
    check(
        ANTHROPIC,
        &["close", "answer"],
        expect![[r#"
        POST /v1/messages -> close (Close)
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, an estimate, unavailable: Anthropic gave no answer: connection closed before message completed
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
}

#[test]
fn an_answer_without_end_is_given_up() {
    check(
        CHAT,
        &["endless"],
        expect![[r#"
            POST /v1/chat/completions -> endless (Endless)
            log: chat_completions qwen3-coder, an estimate, unreadable: the server gave no answer: the answer is longer than the 8388608 bytes that are taken
            caller: the model gave no body for `double`: the server gave no answer: the answer is longer than the 8388608 bytes that are taken
              help: see that it is the server that answers at `http://provider/v1` (ANVIL_BASE_URL names another address)"#]],
    );
}

#[test]
fn times_without_end_are_times() {
    let patient = Terms {
        time_limit: Duration::MAX,
        retry_for: Duration::MAX,
    };
    check_on(
        patient,
        ANTHROPIC,
        &["overloaded", "answer"],
        expect![[r#"
        POST /v1/messages -> overloaded (529)
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
}

#[test]
fn a_provider_that_hangs_is_given_up_when_the_time_is_over() {
    let hasty = Terms {
        time_limit: Duration::from_secs(1),
        ..Terms::default()
    };
    check_on(
        hasty,
        ANTHROPIC,
        &["hang"],
        expect![[r#"
        POST /v1/messages -> hang (Hang)
        log: anthropic claude-opus-5-5, an estimate, unavailable: Anthropic gave no answer within 1s
        caller: the model gave no body for `double`: Anthropic gave no answer within 1s
          help: it may be given a longer `time_limit`, or a faster model asked"#]],
    );
    check_on(
        hasty,
        ANTHROPIC,
        &["drip"],
        expect![[r#"
        POST /v1/messages -> drip (Drip)
        log: anthropic claude-opus-5-5, an estimate, unavailable: Anthropic gave no answer within 1s
        caller: the model gave no body for `double`: Anthropic gave no answer within 1s
          help: it may be given a longer `time_limit`, or a faster model asked"#]],
    );
}

#[test]
fn a_provider_that_stays_overloaded_is_given_up_and_told_with_the_tries() {
    let hasty = Terms {
        retry_for: Duration::from_millis(500),
        ..Terms::default()
    };
    check_on(
        hasty,
        ANTHROPIC,
        &["overloaded"],
        expect![[r#"
            POST /v1/messages -> overloaded (529)
            POST /v1/messages -> overloaded (529)
            POST /v1/messages -> overloaded (529)
            POST /v1/messages -> overloaded (529)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011), after 4 tries in …
            caller: the model gave no body for `double`: Anthropic answered 529 overloaded_error: Overloaded (request req_011), after 4 tries in …
              help: try again later; with `models::Fallback` another provider is asked while Anthropic is away"#]],
    );
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    check(
        ANTHROPIC,
        &["redirect"],
        expect![[r#"
        POST /v1/messages -> redirect (307)
        log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 307, which leads to `https://elsewhere.example/v1/messages` and is not followed
        caller: the model gave no body for `double`: Anthropic answered 307, which leads to `https://elsewhere.example/v1/messages` and is not followed
          help: if it is right, set ANTHROPIC_BASE_URL to where it leads"#]],
    );
}

#[test]
fn pages_and_other_content_are_told_by_what_they_are() {
    check(
        ANTHROPIC,
        &["gateway_page", "answer"],
        expect![[r#"
        POST /v1/messages -> gateway_page (502)
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 502: 502 Bad Gateway
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["page_in_a_200"],
        expect![[r#"
        POST /v1/messages -> page_in_a_200 (200)
        log: anthropic claude-opus-5-5, an estimate, unreadable: Anthropic answered what is none of its answers (expected value at line 1 column 1): Log in to the network
        caller: the model gave no body for `double`: Anthropic answered what is none of its answers (expected value at line 1 column 1): Log in to the network
          help: see that it is Anthropic that answers at `http://provider/` (ANTHROPIC_BASE_URL)"#]],
    );
    check(
        ANTHROPIC,
        &["other_json"],
        expect![[r#"
        POST /v1/messages -> other_json (200)
        log: anthropic claude-opus-5-5, an estimate, unreadable: Anthropic answered what is none of its answers (missing field `content` at line 1 column 11): {"ok":true}
        caller: the model gave no body for `double`: Anthropic answered what is none of its answers (missing field `content` at line 1 column 11): {"ok":true}
          help: see that it is Anthropic that answers at `http://provider/` (ANTHROPIC_BASE_URL)"#]],
    );
}

#[test]
fn a_provider_that_is_not_there_is_told_with_its_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let terms = Terms {
        retry_for: Duration::ZERO,
        ..Terms::default()
    };
    let model = CHAT.model_on(&base, terms);
    let told = told(model).replace(&base, "http://provider");
    expect![[r#"
        log: chat_completions qwen3-coder, 0 in, 0 out, unavailable: the server gave no answer: connection refused
        caller: the model gave no body for `double`: the server gave no answer: connection refused
          help: see that it is to be reached at `http://provider/v1` (ANVIL_BASE_URL names another address; HTTPS_PROXY and NO_PROXY, the way)"#]].assert_eq(&told);
}

#[test]
fn a_connection_is_used_again() {
    let provider = Provider::start(OPENAI.name, &["cut_off", "empty", "overloaded", "answer"]);
    told(OPENAI.model(&provider.base));
    let requests = provider.transcript().lines().count();
    assert_eq!(requests, 4);
    // One that is not put back yet when the next request is made is not waited for.
    assert!(provider.connections() < requests);
}

#[test]
fn what_is_the_same_in_every_request_comes_first_and_does_not_change_by_a_byte() {
    let provider = Provider::start(ANTHROPIC.name, &["empty", "prose", "answer"]);
    told(ANTHROPIC.model(&provider.base));
    let bodies = provider.bodies();
    assert_eq!(bodies.len(), 3);
    for body in &bodies {
        assert_eq!(body["system"], bodies[0]["system"]);
        assert_eq!(
            body["messages"][0]["content"][0],
            bodies[0]["messages"][0]["content"][0]
        );
    }
    assert_ne!(bodies[1]["messages"], bodies[2]["messages"]);
}
