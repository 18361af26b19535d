//! Declarations that are refused: at the token that is wrong, with what to write instead.

#[test]
fn a_declaration_that_cannot_be_a_tool_is_refused_in_words_that_help() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
