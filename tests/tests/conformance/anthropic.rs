//! The Messages API.

use crate::check::{ANTHROPIC, check};
use expect_test::expect;

#[test]
fn an_answer_is_a_body_and_its_cache_is_counted() {
    check(
        ANTHROPIC,
        &["answer"],
        expect![[r#"
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
}

#[test]
fn thinking_comes_before_the_text_and_several_texts_are_one() {
    check(
        ANTHROPIC,
        &["thinking_first"],
        expect![[r#"
        POST /v1/messages -> thinking_first (200)
        log: anthropic claude-opus-5-5, 3170 in, 4096 out, 1480 put into the cache, 4000 thought
        caller: 42"#]],
    );
}

#[test]
fn an_answer_that_was_cut_off_is_turned_back_and_asked_for_anew() {
    check(
        ANTHROPIC,
        &["cut_off", "answer"],
        expect![[r#"
            POST /v1/messages -> cut_off (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 210 in, 32000 out, cut_off: the model's answer was cut off after 32000 tokens, thinking included
            log: turned back: the model's answer was cut off after 32000 tokens, thinking included
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["context_full", "answer"],
        expect![[r#"
            POST /v1/messages -> context_full (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 210 in, 7 out, cut_off: the model's answer was cut off after 7 tokens, thinking included
            log: turned back: the model's answer was cut off after 7 tokens, thinking included
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn a_refusal_ends_the_attempt() {
    check(
        ANTHROPIC,
        &["refusal"],
        expect![[r#"
            POST /v1/messages -> refusal (200)
            log: anthropic claude-opus-5-5, 210 in, 3 out, refusal: the model refused to answer
            log: turned back: the model refused to answer
            caller: the model wrote no usable body for `double`: the model refused to answer
              help: say more in the intent, or use a stronger model"#]],
    );
}

#[test]
fn an_answer_without_text_is_turned_back_and_asked_for_anew() {
    check(
        ANTHROPIC,
        &["empty", "answer"],
        expect![[r#"
            POST /v1/messages -> empty (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 210 in, 2 out, empty: the model's answer is empty
            log: turned back: the model's answer is empty
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["only_thinking", "answer"],
        expect![[r#"
            POST /v1/messages -> only_thinking (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached, empty: the model's answer is empty
            log: turned back: the model's answer is empty
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn of_two_fences_the_one_with_the_function_counts_and_without_it_none_does() {
    check(
        ANTHROPIC,
        &["two_fences"],
        expect![[r#"
        POST /v1/messages -> two_fences (200)
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["no_fence_defines_it", "answer"],
        expect![[r#"
            POST /v1/messages -> no_fence_defines_it (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            log: turned back: the answer holds 2 blocks of code, and none of them defines `fn double`
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["prose", "answer"],
        expect![[r#"
            POST /v1/messages -> prose (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            log: turned back: the answer holds no Rust code, it begins: "I have thought about it, and it cannot be done."
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn a_request_that_is_wrong_is_not_made_again() {
    check(
        ANTHROPIC,
        &["invalid_request"],
        expect![[r#"
        POST /v1/messages -> invalid_request (400)
        log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 400 invalid_request_error: max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5 (request req_011)
        caller: the model gave no body for `double`: Anthropic answered 400 invalid_request_error: max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens for claude-opus-5-5 (request req_011)"#]],
    );
    check(
        ANTHROPIC,
        &["not_found"],
        expect![[r#"
        POST /v1/messages -> not_found (404)
        log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 404 not_found_error: model: claude-opus-5-5 (request req_011)
        caller: the model gave no body for `double`: Anthropic answered 404 not_found_error: model: claude-opus-5-5 (request req_011)
          help: see that Anthropic has a model called `claude-opus-5-5` (ANVIL_MODEL names another), and is what is asked at `http://provider/` (ANTHROPIC_BASE_URL)"#]],
    );
    check(
        ANTHROPIC,
        &["too_large"],
        expect![[r#"
        POST /v1/messages -> too_large (413)
        log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 413 request_too_large: Request exceeds the maximum size (request req_011)
        caller: the model gave no body for `double`: Anthropic answered 413 request_too_large: Request exceeds the maximum size (request req_011)"#]],
    );
}

#[test]
fn a_key_that_is_wrong_is_told_at_once_by_its_variable() {
    check(
        ANTHROPIC,
        &["authentication"],
        expect![[r#"
        POST /v1/messages -> authentication (401)
        log: anthropic claude-opus-5-5, 0 in, 0 out, credential: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: invalid x-api-key) (request req_011)
        caller: the model gave no body for `double`: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: invalid x-api-key) (request req_011)
          help: see that ANTHROPIC_API_KEY holds a key of Anthropic's that may use `claude-opus-5-5`"#]],
    );
    check(
        ANTHROPIC,
        &["permission"],
        expect![[r#"
        POST /v1/messages -> permission (403)
        log: anthropic claude-opus-5-5, 0 in, 0 out, credential: Anthropic does not take the key in ANTHROPIC_API_KEY (403 permission_error: Your API key does not have permission to use the specified resource.) (request req_011)
        caller: the model gave no body for `double`: Anthropic does not take the key in ANTHROPIC_API_KEY (403 permission_error: Your API key does not have permission to use the specified resource.) (request req_011)
          help: see that ANTHROPIC_API_KEY holds a key of Anthropic's that may use `claude-opus-5-5`"#]],
    );
}

#[test]
fn what_has_to_be_paid_is_told_at_once_by_the_keys_variable() {
    check(
        ANTHROPIC,
        &["billing"],
        expect![[r#"
            POST /v1/messages -> billing (402)
            log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (402 billing_error: There is an issue with your billing or payment information.) (request req_011)
            caller: the model gave no body for `double`: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (402 billing_error: There is an issue with your billing or payment information.) (request req_011)
              help: see to the credit and the spending limit of the account that ANTHROPIC_API_KEY belongs to"#]],
    );
    check(
        ANTHROPIC,
        &["credit_too_low"],
        expect![[r#"
            POST /v1/messages -> credit_too_low (400)
            log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (400 invalid_request_error: Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.) (request req_011)
            caller: the model gave no body for `double`: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (400 invalid_request_error: Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.) (request req_011)
              help: see to the credit and the spending limit of the account that ANTHROPIC_API_KEY belongs to"#]],
    );
    check(
        ANTHROPIC,
        &["usage_limit"],
        expect![[r#"
        POST /v1/messages -> usage_limit (400)
        log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (400 invalid_request_error: You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.) (request req_011)
        caller: the model gave no body for `double`: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (400 invalid_request_error: You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.) (request req_011)
          help: see to the credit and the spending limit of the account that ANTHROPIC_API_KEY belongs to"#]],
    );
    check(
        ANTHROPIC,
        &["spend_limit"],
        expect![[r#"
            POST /v1/messages -> spend_limit (429)
            log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (429 enforced_spend_limit_reached: You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier. You will regain access on 2026-12-01 at 00:00 UTC.) (request req_011)
            caller: the model gave no body for `double`: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (429 enforced_spend_limit_reached: You have reached your API usage limits: your organization has crossed its monthly API usage threshold, set based on your organization's API tier. You will regain access on 2026-12-01 at 00:00 UTC.) (request req_011)
              help: see to the credit and the spending limit of the account that ANTHROPIC_API_KEY belongs to"#]],
    );
}

#[test]
fn a_limit_of_requests_is_waited_for_as_it_says_in_each_of_its_three_forms() {
    check(
        ANTHROPIC,
        &["rate_limit", "answer"],
        expect![[r#"
        POST /v1/messages -> rate_limit (429)
        POST /v1/messages -> answer (200)
        log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011)
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["rate_limit_in_seconds", "answer"],
        expect![[r#"
            POST /v1/messages -> rate_limit_in_seconds (429)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["rate_limit_until_a_date", "answer"],
        expect![[r#"
            POST /v1/messages -> rate_limit_until_a_date (429)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn neither_keys_nor_money_come_by_asking_again_whatever_the_provider_says() {
    check(
        ANTHROPIC,
        &["authentication_but_again"],
        expect![[r#"
        POST /v1/messages -> authentication_but_again (401)
        log: anthropic claude-opus-5-5, 0 in, 0 out, credential: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: invalid x-api-key) (request req_011)
        caller: the model gave no body for `double`: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: invalid x-api-key) (request req_011)
          help: see that ANTHROPIC_API_KEY holds a key of Anthropic's that may use `claude-opus-5-5`"#]],
    );
    check(
        ANTHROPIC,
        &["billing_but_again"],
        expect![[r#"
        POST /v1/messages -> billing_but_again (402)
        log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (402 billing_error: There is an issue with your billing or payment information.) (request req_011)
        caller: the model gave no body for `double`: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (402 billing_error: There is an issue with your billing or payment information.) (request req_011)
          help: see to the credit and the spending limit of the account that ANTHROPIC_API_KEY belongs to"#]],
    );
}

#[test]
fn a_limit_that_lasts_too_long_is_told_and_not_waited_for() {
    check(
        ANTHROPIC,
        &["rate_limit_for_ever"],
        expect![[r#"
        POST /v1/messages -> rate_limit_for_ever (429)
        log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011); it asks to be left alone for 10000000000000000000s
        caller: the model gave no body for `double`: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011); it asks to be left alone for 10000000000000000000s
          help: try again later; with `models::Fallback` another provider is asked while Anthropic is away"#]],
    );
    check(
        ANTHROPIC,
        &["rate_limit_for_an_hour"],
        expect![[r#"
            POST /v1/messages -> rate_limit_for_an_hour (429)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011); it asks to be left alone for 3600s
            caller: the model gave no body for `double`: Anthropic answered 429 rate_limit_error: This request would exceed your rate limit of 50 requests per minute. (request req_011); it asks to be left alone for 3600s
              help: try again later; with `models::Fallback` another provider is asked while Anthropic is away"#]],
    );
}

#[test]
fn a_provider_that_is_broken_slow_or_overloaded_is_asked_again() {
    check(
        ANTHROPIC,
        &["api_error", "timeout", "overloaded", "answer"],
        expect![[r#"
            POST /v1/messages -> api_error (500)
            POST /v1/messages -> timeout (504)
            POST /v1/messages -> overloaded (529)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 500 api_error: Internal server error (request req_011)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 504 timeout_error: Request timed out (request req_011)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn the_provider_has_the_last_word_on_asking_again() {
    check(
        ANTHROPIC,
        &["api_error_not_again"],
        expect![[r#"
            POST /v1/messages -> api_error_not_again (500)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 500 api_error: Internal server error (request req_011)
            caller: the model gave no body for `double`: Anthropic answered 500 api_error: Internal server error (request req_011)
              help: try again later; with `models::Fallback` another provider is asked while Anthropic is away"#]],
    );
    check(
        ANTHROPIC,
        &["invalid_but_again", "answer"],
        expect![[r#"
            POST /v1/messages -> invalid_but_again (400)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 400 invalid_request_error: a passing trouble (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn an_error_inside_of_a_200_is_an_error() {
    check(
        ANTHROPIC,
        &["overloaded_in_a_200", "answer"],
        expect![[r#"
            POST /v1/messages -> overloaded_in_a_200 (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 200 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["overloaded_in_events", "answer"],
        expect![[r#"
            POST /v1/messages -> overloaded_in_events (200)
            POST /v1/messages -> answer (200)
            log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 200 overloaded_error: Overloaded (request req_011)
            log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
            caller: 42"#]],
    );
}

#[test]
fn nothing_that_a_provider_says_is_told_at_length_or_with_what_a_terminal_would_obey() {
    check(
        ANTHROPIC,
        &["odd_error"],
        expect![[r#"
        POST /v1/messages -> odd_error (400)
        log: anthropic claude-opus-5-5, 0 in, 0 out, request: Anthropic answered 400: a[2Jb (request [secret ANTHROPIC_API_KEY])
        caller: the model gave no body for `double`: Anthropic answered 400: a[2Jb (request [secret ANTHROPIC_API_KEY])"#]],
    );
    check(
        ANTHROPIC,
        &["odd_content"],
        expect![[r#"
            POST /v1/messages -> odd_content (200)
            log: anthropic claude-opus-5-5, an estimate, unreadable: Anthropic answered what is none of its answers (invalid type: string "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq… (294 bytes in all)): {"content":"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\u001b[2J"} (request req_011)
            caller: the model gave no body for `double`: Anthropic answered what is none of its answers (invalid type: string "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq… (294 bytes in all)): {"content":"qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq\u001b[2J"} (request req_011)
              help: see that it is Anthropic that answers at `http://provider/` (ANTHROPIC_BASE_URL)"#]],
    );
}

#[test]
fn a_key_that_is_quoted_is_not_told() {
    check(
        ANTHROPIC,
        &["odd_names"],
        expect![[r#"
        POST /v1/messages -> odd_names (200)
        log: anthropic [2J[secret ANTHROPIC_API_KEY], 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
    check(
        ANTHROPIC,
        &["echoes_the_key"],
        expect![[r#"
        POST /v1/messages -> echoes_the_key (401)
        log: anthropic claude-opus-5-5, 0 in, 0 out, credential: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: no such key: [secret ANTHROPIC_API_KEY]) (request req_011)
        caller: the model gave no body for `double`: Anthropic does not take the key in ANTHROPIC_API_KEY (401 authentication_error: no such key: [secret ANTHROPIC_API_KEY]) (request req_011)
          help: see that ANTHROPIC_API_KEY holds a key of Anthropic's that may use `claude-opus-5-5`"#]],
    );
}
