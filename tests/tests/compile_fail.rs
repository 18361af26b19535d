//! Declarations that are refused: at the token that is wrong, with what to write instead. Most of the words
//! are ours; those about traits are rustc's as well, and change with it.

#[test]
fn a_declaration_that_cannot_be_a_tool_is_refused_in_words_that_help() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}
