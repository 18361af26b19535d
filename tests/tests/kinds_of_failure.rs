//! What healing is for, and what it is not for: the reasons why tools fail.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Error, EventFilter, EventKind};

#[anvil::tool(intent = "The temperature in `report`, in degrees Celsius")]
fn temperature(report: &str) -> anvil::Result<f64>;

fn body(code: &str) -> String {
    format!("pub fn temperature(report: &str) -> Result<f64, ToolError> {{\n    {code}\n}}\n")
}

/// Reads `{"temperature": 21.5}`.
const READS_THE_OLD_FORMAT: &str = "let report: serde_json::Value = serde_json::from_str(report)?;
    report[\"temperature\"].as_f64().ok_or_else(|| ToolError::new(format!(\"no temperature in {report}\")))";

/// Reads that and `{"main": {"temp": 294.65}}`.
const READS_BOTH_FORMATS: &str = "let report: serde_json::Value = serde_json::from_str(report)?;
    if let Some(celsius) = report[\"temperature\"].as_f64() { return Ok(celsius); }
    let kelvin = report[\"main\"][\"temp\"].as_f64();
    kelvin.map(|kelvin| kelvin - 273.15).ok_or_else(|| ToolError::new(format!(\"no temperature in {report}\")))";

/// A service that wants to be asked in another way: `report` stands for what it said.
const TALKS_TO_A_SERVICE: &str = "match report.parse::<u16>() {
        Ok(status) => Err(ToolError::http(status, \"see the changelog\")),
        Err(_) => Ok(report.len() as f64),
    }";

#[test]
fn a_changed_response_format_is_healed() {
    let model = MockModel::new()
        .reply("temperature", body(READS_THE_OLD_FORMAT))
        .reply("temperature", body(READS_BOTH_FORMATS));
    let anvil = TestAnvil::new(model.clone());
    let old = r#"{ "temperature": 21.5 }"#;
    let new = r#"{ "main": { "temp": 294.65 } }"#;
    assert_eq!(temperature(old).unwrap(), 21.5);
    assert!((temperature(new).unwrap() - 21.5).abs() < 1e-9);
    assert_eq!(temperature(old).unwrap(), 21.5);
    assert_eq!(
        anvil.tool_info("temperature").unwrap().version.to_string(),
        "1.1"
    );
    assert!(
        model.requests()[1]
            .text()
            .contains("no temperature in {\"main\"")
    );
}

#[test]
fn an_api_error_is_healed() {
    for status in [400, 401, 403, 404, 410, 422] {
        let model = MockModel::new()
            .reply("temperature", body(TALKS_TO_A_SERVICE))
            .reply("temperature", body("let _ = report;\n    Ok(1.0)"));
        let _anvil = TestAnvil::new(model.clone());
        assert_eq!(temperature(&status.to_string()).unwrap(), 1.0);
        let heal = model.requests()[1].text();
        assert!(
            heal.contains(&format!("HTTP {status}: see the changelog (tool.rs:3:")),
            "{heal}"
        );
    }
}

#[test]
fn a_service_that_cannot_answer_now_is_no_reason_to_heal_and_the_body_runs_once() {
    for status in [408, 429, 500, 502, 503, 504] {
        let model = MockModel::new().reply("temperature", body(TALKS_TO_A_SERVICE));
        let anvil = TestAnvil::new(model.clone());
        let error = temperature(&status.to_string()).unwrap_err();
        assert!(error.is_unavailable() && !error.is_http(), "{error}");
        assert_eq!(error.http_status(), Some(status));
        assert_eq!(model.requests().len(), 1);
        let failed = anvil
            .logger()
            .history(EventFilter::new().kind(EventKind::ToolFailed));
        assert_eq!(failed.len(), 1);
        assert_eq!(failed[0].metadata["error_type"], format!("http_{status}"));
    }
}

#[test]
fn a_missing_crate_or_import_is_repaired_before_anything_goes_live() {
    for (broken, words) in [
        (
            "let db = rusqlite::Connection::open(\"x\")?;\n    Ok(1.0)",
            "rusqlite",
        ),
        (
            "let seen: HashMap<u8, u8> = HashMap::new();\n    Ok(seen.len() as f64)",
            "use std::collections::HashMap",
        ),
    ] {
        let model = MockModel::new()
            .reply("temperature", body(broken))
            .reply("temperature", body("let _ = report;\n    Ok(1.0)"));
        let anvil = TestAnvil::new(model.clone());
        assert_eq!(temperature("x").unwrap(), 1.0);
        let repair = model.requests()[1].text();
        assert!(
            repair.contains("does not compile") && repair.contains(words),
            "{repair}"
        );
        let info = anvil.tool_info("temperature").unwrap();
        assert_eq!(
            (info.version.to_string(), info.heal_attempts),
            ("1.0".to_owned(), 0)
        );
    }
}

#[test]
fn a_wrong_type_inside_the_body_is_repaired_while_the_old_version_serves() {
    let model = MockModel::new()
        .reply(
            "temperature",
            body("assert!(report != \"late\");\n    Ok(1.0)"),
        )
        .reply("temperature", body("Ok(report.parse::<u32>()?.min(\"2\"))"))
        .reply("temperature", body("let _ = report;\n    Ok(2.0)"));
    let anvil = TestAnvil::new(model.clone());
    assert_eq!(temperature("early").unwrap(), 1.0);
    assert_eq!(temperature("late").unwrap(), 2.0);
    assert!(model.requests()[2].text().contains("E0308"));
    let info = anvil.tool_info("temperature").unwrap();
    assert_eq!(info.heal_attempts, 1, "repairs belong to the attempt");
}

/// The table of what a failure asks for, as a caller sees it.
#[test]
fn each_kind_of_error_is_told_by_its_own_question() {
    type Question = fn(&Error) -> bool;
    let table: [(&str, Question, bool); 6] = [
        ("panic!(\"{report}\")", Error::is_panic, true),
        ("Err(ToolError::new(report))", Error::is_failed, true),
        ("Err(ToolError::http(404, report))", Error::is_http, true),
        (
            "Err(ToolError::invalid_input(report))",
            Error::is_invalid_input,
            false,
        ),
        (
            "Err(ToolError::missing_credential(report))",
            Error::is_missing_credential,
            false,
        ),
        (
            "Err(ToolError::unavailable(report))",
            Error::is_unavailable,
            false,
        ),
    ];
    let questions = table.map(|(_, question, _)| question);
    for (index, (code, _, heals)) in table.into_iter().enumerate() {
        let model = MockModel::new()
            .reply("temperature", body(code))
            .reply("temperature", body(code));
        let _anvil = TestAnvil::configure(model.clone(), |builder| builder.max_heal_attempts(1));
        let error = temperature("the words").unwrap_err();
        assert!(error.to_string().contains("the words"), "{error}");
        let answers = questions.map(|question| question(&error));
        assert_eq!(
            answers,
            std::array::from_fn(|other| other == index),
            "{error}"
        );
        assert_eq!(model.requests().len(), if heals { 2 } else { 1 }, "{code}");
    }
}
