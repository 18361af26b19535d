//! The Responses API, of OpenAI and of xAI.

use crate::check::{OPENAI, XAI, check};
use expect_test::expect;

#[test]
fn an_answer_is_a_body() {
    check(
        OPENAI,
        &["answer"],
        expect![[r#"
        POST /v1/responses -> answer (200)
        log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
        caller: 42"#]],
    );
    check(
        OPENAI,
        &["reasoning_first"],
        expect![[r#"
        POST /v1/responses -> reasoning_first (200)
        log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
        caller: 42"#]],
    );
}

#[test]
fn a_refusal_ends_the_attempt() {
    check(
        OPENAI,
        &["refusal"],
        expect![[r#"
            POST /v1/responses -> refusal (200)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought, refusal: the model refused to answer: I can't help with that.
            log: turned back: the model refused to answer: I can't help with that.
            caller: the model wrote no usable body for `double`: the model refused to answer: I can't help with that.
              help: say more in the intent, or use a stronger model"#]],
    );
    check(
        OPENAI,
        &["filtered"],
        expect![[r#"
            POST /v1/responses -> filtered (200)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought, refusal: the model refused to answer: its filter stopped the answer
            log: turned back: the model refused to answer: its filter stopped the answer
            caller: the model wrote no usable body for `double`: the model refused to answer: its filter stopped the answer
              help: say more in the intent, or use a stronger model"#]],
    );
}

#[test]
fn an_answer_that_is_cut_off_or_empty_is_asked_for_anew() {
    check(
        OPENAI,
        &["cut_off", "answer"],
        expect![[r#"
            POST /v1/responses -> cut_off (200)
            POST /v1/responses -> answer (200)
            log: openai gpt-6.2-sol, 1700 in, 32000 out, cut_off: the model's answer was cut off after 32000 tokens, thinking included
            log: turned back: the model's answer was cut off after 32000 tokens, thinking included
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
            caller: 42"#]],
    );
    check(
        OPENAI,
        &["empty", "answer"],
        expect![[r#"
            POST /v1/responses -> empty (200)
            POST /v1/responses -> answer (200)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought, empty: the model's answer is empty
            log: turned back: the model's answer is empty
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
            caller: 42"#]],
    );
}

#[test]
fn a_response_that_failed_in_a_200_is_asked_for_again() {
    check(
        OPENAI,
        &["failed_in_a_200", "answer"],
        expect![[r#"
            POST /v1/responses -> failed_in_a_200 (200)
            POST /v1/responses -> answer (200)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought, unavailable: OpenAI answered 200 server_error: The server had an error.
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
            caller: 42"#]],
    );
}

#[test]
fn a_masked_key_is_not_told() {
    check(
        OPENAI,
        &["invalid_key"],
        expect![[r#"
        POST /v1/responses -> invalid_key (401)
        log: openai gpt-6.2-sol, 0 in, 0 out, credential: OpenAI does not take the key in OPENAI_API_KEY (401 invalid_api_key: Incorrect API key provided: [redacted] You can find your API key at https://platform.openai.com/account/api-keys.) (request req_22)
        caller: the model gave no body for `double`: OpenAI does not take the key in OPENAI_API_KEY (401 invalid_api_key: Incorrect API key provided: [redacted] You can find your API key at https://platform.openai.com/account/api-keys.) (request req_22)
          help: see that OPENAI_API_KEY holds a key of OpenAI's that may use `gpt-6.2-sol`"#]],
    );
}

#[test]
fn too_many_requests_are_made_later_and_what_is_used_up_is_not() {
    check(
        OPENAI,
        &["rate_limit", "slow_down", "answer"],
        expect![[r#"
            POST /v1/responses -> rate_limit (429)
            POST /v1/responses -> slow_down (429)
            POST /v1/responses -> answer (200)
            log: openai gpt-6.2-sol, 0 in, 0 out, unavailable: OpenAI answered 429 rate_limit_exceeded: Rate limit reached for gpt-6.2-sol (request req_22)
            log: openai gpt-6.2-sol, 0 in, 0 out, unavailable: OpenAI answered 429 slow_down: Slow down (request req_22)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
            caller: 42"#]],
    );
    check(
        OPENAI,
        &["insufficient_quota"],
        expect![[r#"
            POST /v1/responses -> insufficient_quota (429)
            log: openai gpt-6.2-sol, 0 in, 0 out, billing: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 insufficient_quota: You exceeded your current quota, please check your plan and billing details.) (request req_22)
            caller: the model gave no body for `double`: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 insufficient_quota: You exceeded your current quota, please check your plan and billing details.) (request req_22)
              help: see to the credit and the spending limit of the account that OPENAI_API_KEY belongs to"#]],
    );
    check(
        OPENAI,
        &["credit_exhausted"],
        expect![[r#"
            POST /v1/responses -> credit_exhausted (429)
            log: openai gpt-6.2-sol, 0 in, 0 out, billing: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 credit_balance_exhausted: Your credit balance is used up.) (request req_22)
            caller: the model gave no body for `double`: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 credit_balance_exhausted: Your credit balance is used up.) (request req_22)
              help: see to the credit and the spending limit of the account that OPENAI_API_KEY belongs to"#]],
    );
    check(
        OPENAI,
        &["limit_exceeded"],
        expect![[r#"
            POST /v1/responses -> limit_exceeded (429)
            log: openai gpt-6.2-sol, 0 in, 0 out, billing: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 monthly_spend_limit_exceeded: You have reached your monthly limit.) (request req_22)
            caller: the model gave no body for `double`: the account behind OPENAI_API_KEY has nothing left to spend at OpenAI (429 monthly_spend_limit_exceeded: You have reached your monthly limit.) (request req_22)
              help: see to the credit and the spending limit of the account that OPENAI_API_KEY belongs to"#]],
    );
}

#[test]
fn what_passes_is_asked_again() {
    check(
        OPENAI,
        &["overloaded", "conflict", "request_timeout", "answer"],
        expect![[r#"
            POST /v1/responses -> overloaded (503)
            POST /v1/responses -> conflict (409)
            POST /v1/responses -> request_timeout (408)
            POST /v1/responses -> answer (200)
            log: openai gpt-6.2-sol, 0 in, 0 out, unavailable: OpenAI answered 503 server_is_overloaded: The server is overloaded. (request req_22)
            log: openai gpt-6.2-sol, 0 in, 0 out, unavailable: OpenAI answered 409 server_error: Conflict (request req_22)
            log: openai gpt-6.2-sol, 0 in, 0 out, unavailable: OpenAI answered 408 server_error: Timeout (request req_22)
            log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
            caller: 42"#]],
    );
}

#[test]
fn a_model_that_does_not_exist_is_told_with_the_variable_that_names_another() {
    check(
        OPENAI,
        &["no_such_model"],
        expect![[r#"
        POST /v1/responses -> no_such_model (404)
        log: openai gpt-6.2-sol, 0 in, 0 out, request: OpenAI answered 404 model_not_found: The model `gpt-6.2-sol` does not exist or you do not have access to it. (request req_22)
        caller: the model gave no body for `double`: OpenAI answered 404 model_not_found: The model `gpt-6.2-sol` does not exist or you do not have access to it. (request req_22)
          help: see that OpenAI has a model called `gpt-6.2-sol` (ANVIL_MODEL names another), and is what is asked at `http://provider/v1` (OPENAI_BASE_URL)"#]],
    );
}

#[test]
fn xai_answers_with_the_model_that_an_old_name_stands_for() {
    check(
        XAI,
        &["answer"],
        expect![[r#"
        POST /v1/responses -> answer (200)
        log: xai grok-4.7-0921, 1700 in, 420 out, 320 thought
        caller: 42"#]],
    );
}

#[test]
fn a_wrong_key_is_a_400_with_a_text_at_xai() {
    check(
        XAI,
        &["wrong_key"],
        expect![[r#"
        POST /v1/responses -> wrong_key (400)
        log: xai grok-4.7, 0 in, 0 out, credential: xAI does not take the key in XAI_API_KEY (400: Incorrect API key provided: [redacted] You can obtain an API key from https://console.x.ai.)
        caller: the model gave no body for `double`: xAI does not take the key in XAI_API_KEY (400: Incorrect API key provided: [redacted] You can obtain an API key from https://console.x.ai.)
          help: see that XAI_API_KEY holds a key of xAI's that may use `grok-4.7`"#]],
    );
    check(
        XAI,
        &["error_as_text"],
        expect![[r#"
        POST /v1/responses -> error_as_text (400)
        log: xai grok-4.7, 0 in, 0 out, request: xAI answered 400: Argument not supported: store
        caller: the model gave no body for `double`: xAI answered 400: Argument not supported: store"#]],
    );
}
