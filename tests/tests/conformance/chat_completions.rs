//! Chat Completions, of servers of one's own and of Google.

use crate::check::{CHAT, GEMINI, check};
use expect_test::expect;

#[test]
fn an_answer_is_a_body() {
    check(
        CHAT,
        &["answer"],
        expect![[r#"
        POST /v1/chat/completions -> answer (200)
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out
        caller: 42"#]],
    );
    check(
        CHAT,
        &["reasoning_beside"],
        expect![[r#"
        POST /v1/chat/completions -> reasoning_beside (200)
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out
        caller: 42"#]],
    );
    check(
        CHAT,
        &["parts"],
        expect![[r#"
        POST /v1/chat/completions -> parts (200)
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out
        caller: 42"#]],
    );
}

#[test]
fn what_a_server_does_not_count_is_estimated() {
    check(
        CHAT,
        &["without_usage"],
        expect![[r#"
        POST /v1/chat/completions -> without_usage (200)
        log: chat_completions qwen3-coder:30b, an estimate
        caller: 42"#]],
    );
}

#[test]
fn no_answer_is_turned_back_for_the_way_that_its_tokens_are_counted() {
    check(
        CHAT,
        &["odd_usage"],
        expect![[r#"
        POST /v1/chat/completions -> odd_usage (200)
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out
        caller: 42"#]],
    );
    check(
        CHAT,
        &["unreadable_usage"],
        expect![[r#"
        POST /v1/chat/completions -> unreadable_usage (200)
        log: chat_completions qwen3-coder:30b, an estimate
        caller: 42"#]],
    );
}

#[test]
fn an_answer_that_is_cut_off_or_empty_is_asked_for_anew() {
    check(
        CHAT,
        &["cut_off", "answer"],
        expect![[r#"
            POST /v1/chat/completions -> cut_off (200)
            POST /v1/chat/completions -> answer (200)
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out, cut_off: the model's answer was cut off after 90 tokens, thinking included
            log: turned back: the model's answer was cut off after 90 tokens, thinking included
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out
            caller: 42"#]],
    );
    check(
        CHAT,
        &["empty", "answer"],
        expect![[r#"
            POST /v1/chat/completions -> empty (200)
            POST /v1/chat/completions -> answer (200)
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out, empty: the model's answer is empty
            log: turned back: the model's answer is empty
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out
            caller: 42"#]],
    );
    check(
        CHAT,
        &["no_choices", "answer"],
        expect![[r#"
            POST /v1/chat/completions -> no_choices (200)
            POST /v1/chat/completions -> answer (200)
            log: chat_completions qwen3-coder, an estimate, empty: the model's answer is empty
            log: turned back: the model's answer is empty
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out
            caller: 42"#]],
    );
}

#[test]
fn a_refusal_ends_the_attempt() {
    check(
        CHAT,
        &["filtered"],
        expect![[r#"
            POST /v1/chat/completions -> filtered (200)
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out, refusal: the model refused to answer: its filter stopped the answer
            log: turned back: the model refused to answer: its filter stopped the answer
            caller: the model wrote no usable body for `double`: the model refused to answer: its filter stopped the answer
              help: say more in the intent, or use a stronger model"#]],
    );
    check(
        CHAT,
        &["refusal"],
        expect![[r#"
            POST /v1/chat/completions -> refusal (200)
            log: chat_completions qwen3-coder:30b, 1500 in, 90 out, refusal: the model refused to answer: No.
            log: turned back: the model refused to answer: No.
            caller: the model wrote no usable body for `double`: the model refused to answer: No.
              help: say more in the intent, or use a stronger model"#]],
    );
}

#[test]
fn a_server_that_still_loads_its_model_is_waited_for() {
    check(
        CHAT,
        &["loading", "loading", "answer"],
        expect![[r#"
        POST /v1/chat/completions -> loading (503)
        POST /v1/chat/completions -> loading (503)
        POST /v1/chat/completions -> answer (200)
        log: chat_completions qwen3-coder, 0 in, 0 out, unavailable: the server answered 503 unavailable_error: Loading model
        log: chat_completions qwen3-coder, 0 in, 0 out, unavailable: the server answered 503 unavailable_error: Loading model
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out
        caller: 42"#]],
    );
}

#[test]
fn an_error_may_be_a_text_or_stand_alone() {
    check(
        CHAT,
        &["model_not_found"],
        expect![[r#"
        POST /v1/chat/completions -> model_not_found (404)
        log: chat_completions qwen3-coder, 0 in, 0 out, request: the server answered 404: model "qwen3-coder" not found, try pulling it first
        caller: the model gave no body for `double`: the server answered 404: model "qwen3-coder" not found, try pulling it first
          help: see that the server has a model called `qwen3-coder` (ANVIL_MODEL names another), and is what is asked at `http://provider/v1` (ANVIL_BASE_URL)"#]],
    );
    check(
        CHAT,
        &["flat_error"],
        expect![[r#"
        POST /v1/chat/completions -> flat_error (400)
        log: chat_completions qwen3-coder, 0 in, 0 out, request: the server answered 400 BadRequestError: This model's maximum context length is 4096 tokens.
        caller: the model gave no body for `double`: the server answered 400 BadRequestError: This model's maximum context length is 4096 tokens."#]],
    );
}

#[test]
fn a_server_that_wants_a_key_is_told_with_its_variable() {
    check(
        CHAT,
        &["wants_a_key"],
        expect![[r#"
        POST /v1/chat/completions -> wants_a_key (401)
        log: chat_completions qwen3-coder, 0 in, 0 out, credential: the server wants a key, and ANVIL_API_KEY is not set (401: Unauthorized)
        caller: the model gave no body for `double`: the server wants a key, and ANVIL_API_KEY is not set (401: Unauthorized)
          help: set ANVIL_API_KEY in the environment or in `.env`"#]],
    );
}

#[test]
fn what_gemini_thinks_is_counted() {
    check(
        GEMINI,
        &["answer"],
        expect![[r#"
        POST /v1beta/openai/chat/completions -> answer (200)
        log: gemini gemini-4-hydrogen, 1500 in, 1290 out
        caller: 42"#]],
    );
}

#[test]
fn geminis_errors_have_a_number_for_a_code_and_stand_in_a_list() {
    check(
        GEMINI,
        &["wrong_key"],
        expect![[r#"
        POST /v1beta/openai/chat/completions -> wrong_key (400)
        log: gemini gemini-4-hydrogen, 0 in, 0 out, credential: Gemini does not take the key in GEMINI_API_KEY (400 INVALID_ARGUMENT: API key not valid. Please pass a valid API key.)
        caller: the model gave no body for `double`: Gemini does not take the key in GEMINI_API_KEY (400 INVALID_ARGUMENT: API key not valid. Please pass a valid API key.)
          help: see that GEMINI_API_KEY holds a key of Gemini's that may use `gemini-4-hydrogen`"#]],
    );
    check(
        GEMINI,
        &["exhausted", "unavailable", "answer"],
        expect![[r#"
            POST /v1beta/openai/chat/completions -> exhausted (429)
            POST /v1beta/openai/chat/completions -> unavailable (503)
            POST /v1beta/openai/chat/completions -> answer (200)
            log: gemini gemini-4-hydrogen, 0 in, 0 out, unavailable: Gemini answered 429 RESOURCE_EXHAUSTED: Resource has been exhausted.
            log: gemini gemini-4-hydrogen, 0 in, 0 out, unavailable: Gemini answered 503 UNAVAILABLE: The model is overloaded.
            log: gemini gemini-4-hydrogen, 1500 in, 1290 out
            caller: 42"#]],
    );
}
