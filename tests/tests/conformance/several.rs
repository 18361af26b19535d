//! Several models as one.

use crate::check::{ANTHROPIC, CHAT, OPENAI, Terms, told};
use anvil::LanguageModel;
use anvil::models::{Escalation, Fallback};
use anvil_tests::provider::Provider;
use expect_test::{Expect, expect};
use std::sync::Arc;
use std::time::Duration;

const ONCE: Terms = Terms {
    time_limit: Duration::from_secs(60),
    retry_for: Duration::ZERO,
};

fn check(model: Arc<dyn LanguageModel>, providers: &[&Provider], expected: Expect) {
    let told = told(model);
    let sent: Vec<String> = providers.iter().map(|one| one.transcript()).collect();
    expected.assert_eq(&format!("{}\n{told}", sent.join("\n")));
}

#[test]
fn the_next_provider_is_asked_where_one_is_down_and_it_is_asked_last_for_a_while() {
    let anthropic = Provider::start("anthropic", &["overloaded"]);
    let openai = Provider::start("openai", &["answer"]);
    let first = ANTHROPIC.model_on(&anthropic.base, ONCE);
    let model = Arc::new(Fallback::new(first).then(OPENAI.model_on(&openai.base, ONCE)));
    check(
        model.clone(),
        &[&anthropic, &openai],
        expect![[r#"
        POST /v1/messages -> overloaded (529)
        POST /v1/responses -> answer (200)
        log: anthropic claude-opus-5-5, 0 in, 0 out, unavailable: Anthropic answered 529 overloaded_error: Overloaded (request req_011)
        log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
        caller: 42"#]],
    );
    check(
        model,
        &[&anthropic, &openai],
        expect![[r#"
        POST /v1/messages -> overloaded (529)
        POST /v1/responses -> answer (200)
        POST /v1/responses -> answer (200)
        log: openai gpt-6.2-sol, 1700 in, 420 out, 1408 cached, 320 thought
        caller: 42"#]],
    );
}

#[test]
fn where_nobody_answers_all_of_them_are_told() {
    let anthropic = Provider::start("anthropic", &["billing"]);
    let openai = Provider::start("openai", &["invalid_key"]);
    let first = ANTHROPIC.model_on(&anthropic.base, ONCE);
    let model = Fallback::new(first).then(OPENAI.model_on(&openai.base, ONCE));
    check(
        Arc::new(model),
        &[&anthropic, &openai],
        expect![[r#"
        POST /v1/messages -> billing (402)
        POST /v1/responses -> invalid_key (401)
        log: anthropic claude-opus-5-5, 0 in, 0 out, billing: the account behind ANTHROPIC_API_KEY has nothing left to spend at Anthropic (402 billing_error: There is an issue with your billing or payment information.) (request req_011)
        log: openai gpt-6.2-sol, 0 in, 0 out, credential: OpenAI does not take the key in OPENAI_API_KEY (401 invalid_api_key: Incorrect API key provided: [redacted] You can find your API key at https://platform.openai.com/account/api-keys.) (request req_22)
        caller: the model gave no body for `double`: OpenAI does not take the key in OPENAI_API_KEY (401 invalid_api_key: Incorrect API key provided: [redacted] You can find your API key at https://platform.openai.com/account/api-keys.) (request req_22)
          help: see that OPENAI_API_KEY holds a key of OpenAI's that may use `gpt-6.2-sol`"#]],
    );
}

#[test]
fn an_answer_is_an_answer_whatever_is_wrong_with_it() {
    let anthropic = Provider::start("anthropic", &["refusal"]);
    let first = ANTHROPIC.model_on(&anthropic.base, ONCE);
    let openai = Provider::start("openai", &["answer"]);
    let model = Fallback::new(first).then(OPENAI.model_on(&openai.base, ONCE));
    check(
        Arc::new(model),
        &[&anthropic],
        expect![[r#"
        POST /v1/messages -> refusal (200)
        log: anthropic claude-opus-5-5, 210 in, 3 out, refusal: the model refused to answer
        log: turned back: the model refused to answer
        caller: the model wrote no usable body for `double`: the model refused to answer
          help: say more in the intent, or use a stronger model"#]],
    );
    assert_eq!(openai.transcript(), "");
}

#[test]
fn the_cheap_model_is_asked_until_little_is_left_to_try() {
    let cheap = Provider::start("chat", &["empty"]);
    let strong = Provider::start("anthropic", &["answer"]);
    let model = Escalation::new(CHAT.model(&cheap.base), ANTHROPIC.model(&strong.base));
    check(
        Arc::new(model),
        &[&cheap, &strong],
        expect![[r#"
        POST /v1/chat/completions -> empty (200)
        POST /v1/chat/completions -> empty (200)
        POST /v1/chat/completions -> empty (200)
        POST /v1/messages -> answer (200)
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out, empty: the model's answer is empty
        log: turned back: the model's answer is empty
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out, empty: the model's answer is empty
        log: turned back: the model's answer is empty
        log: chat_completions qwen3-coder:30b, 1500 in, 90 out, empty: the model's answer is empty
        log: turned back: the model's answer is empty
        log: anthropic claude-opus-5-5, 1690 in, 96 out, 1480 cached
        caller: 42"#]],
    );
}
