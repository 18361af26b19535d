//! The source gate: what a body must not reach for is seen before it is built, whoever wrote it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, ErrorKind, EventFilter, EventKind, Policy, ToolStatus};
use anvil_tests::bodies::RIGHT;
use anvil_tests::script::scripted;
use anvil_tests::tool::top_n;
use std::fs;

/// Right, but for a look at a file that it does not need.
fn reads_a_file() -> String {
    RIGHT.replace(
        "sorted.truncate(n);",
        "let _ = std::fs::read(\"/nowhere\");\n    sorted.truncate(n);",
    )
}

fn errors(anvil: &Anvil, kind: EventKind) -> Vec<String> {
    let events = anvil.logger().history(EventFilter::new().kind(kind));
    events
        .into_iter()
        .map(|event| event.error.unwrap())
        .collect()
}

#[test]
fn a_body_that_reads_a_file_is_turned_back_unbuilt_and_the_repaired_one_goes_live() {
    let model = scripted(&[&reads_a_file(), RIGHT]);
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);

    let info = anvil.tool_info("top_n").unwrap();
    assert_eq!(
        (info.version.to_string(), info.heal_attempts),
        ("1.0".to_owned(), 0)
    );
    let [error] = errors(&anvil, EventKind::CandidateRejected)
        .try_into()
        .unwrap();
    assert!(
        error.starts_with("line 4: `std::fs` is refused: a body opens no files; take"),
        "{error}"
    );
    let [_, repair] = model.requests().try_into().unwrap();
    assert!(repair.task.contains(&error), "{}", repair.task);
    assert!(errors(&anvil, EventKind::BuildFailed).is_empty());
}

#[test]
fn a_rule_is_lifted_for_one_tool_only_and_its_model_is_told() {
    #[anvil::tool(intent = "The n largest", name = "other", handle = Other)]
    fn top_n_too(xs: &[i64], n: usize) -> anvil::Result<Vec<i64>>;

    let body = reads_a_file();
    let model = scripted(&[&body])
        .reply("other", body.replace("top_n", "top_n_too"))
        .reply("other", RIGHT.replace("top_n", "top_n_too"));
    let policy = Policy::default().allow_for("top_n", "std::fs");
    let anvil = TestAnvil::configure(model.clone(), |builder| builder.policy(policy));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert!(errors(&anvil, EventKind::CandidateRejected).is_empty());
    assert_eq!(top_n_too(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(errors(&anvil, EventKind::CandidateRejected).len(), 1);

    let told: Vec<bool> = model
        .requests()
        .iter()
        .map(|request| request.declaration.ends_with("may also use: `std::fs`"))
        .collect();
    assert_eq!(told, [true, false, false]);
}

#[test]
fn a_stored_body_is_looked_at_again_each_time_it_is_loaded() {
    let policy = Policy::default().allow_for("top_n", "std::fs");
    let anvil = TestAnvil::configure(scripted(&[&reads_a_file()]), |builder| {
        builder.policy(policy)
    });
    top_n(&[1], 1).unwrap();

    let anvil = anvil.reopen(MockModel::new());
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Rejected);
    assert!(
        error
            .to_string()
            .contains("the stored body: line 4: `std::fs` is refused"),
        "{error}"
    );
    let help = error.help().unwrap();
    assert!(
        help.contains(".policy(Policy::default().allow_for(\"top_n\", \"std::fs\"))"),
        "{help}"
    );
    let rolled_back = anvil.rollback("top_n", "1.0".parse().unwrap());
    assert!(rolled_back.unwrap_err().to_string().contains("std::fs"));
}

#[test]
fn an_edit_that_breaks_the_policy_leaves_the_old_version_serving() {
    let anvil = TestAnvil::new(scripted(&[RIGHT]));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    fs::write(anvil.tools_dir().join("top_n/tool.rs"), reads_a_file()).unwrap();

    let error = anvil.reload("top_n").unwrap_err();
    assert!(
        error
            .to_string()
            .contains("edited by hand: line 4: `std::fs` is refused"),
        "{error}"
    );
    assert!(
        error
            .help()
            .unwrap()
            .contains("allow_for(\"top_n\", \"std::fs\")")
    );
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    assert_eq!(
        anvil.tool_info("top_n").unwrap().status,
        ToolStatus::Ejected
    );
    assert_eq!(errors(&anvil, EventKind::ReloadFailed).len(), 1);
}

#[test]
fn code_that_is_not_safe_is_compiled_where_the_policy_lets_it_through_and_nowhere_else() {
    let body = RIGHT.replace("xs.to_vec()", "unsafe { xs.get_unchecked(..) }.to_vec()");
    for policy in [
        Policy::unchecked(),
        Policy::default().allow_for("top_n", "unsafe"),
    ] {
        let _anvil = TestAnvil::configure(scripted(&[&body]), |builder| builder.policy(policy));
        assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    }
    let policy = Policy::default().allow_for("other", "unsafe");
    let anvil = TestAnvil::configure(scripted(&[&body, RIGHT]), |builder| builder.policy(policy));
    assert_eq!(top_n(&[1, 2], 1).unwrap(), [2]);
    let [error] = errors(&anvil, EventKind::CandidateRejected)
        .try_into()
        .unwrap();
    assert!(error.contains("`unsafe` is refused"), "{error}");
}
