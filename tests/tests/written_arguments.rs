//! `&mut` arguments: what the body wrote comes back.

use anvil::testing::{MockModel, TestAnvil};
use serde_json::json;

#[anvil::tool(
    intent = "Sort the numbers, and say how many differ from their neighbour before",
    requires(|xs| xs.len() < 1000),
    ensures(|out| xs.is_sorted() && *out <= xs.len()),
    examples({
        let mut xs = vec![3, 1, 1];
        sort(&mut xs, "")? == 1 && xs == [1, 1, 3]
    }),
    pure
)]
fn sort(xs: &mut Vec<i64>, why: &str) -> anvil::Result<usize>;

const SORT: &str = "pub fn sort(xs: &mut Vec<i64>, why: &str) -> Result<usize, ToolError> {
    if why == \"fail\" { xs.clear(); return Err(ToolError::invalid_input(why)); }
    xs.sort();
    Ok(xs.windows(2).filter(|two| two[0] != two[1]).count())
}";

#[test]
fn what_was_written_comes_back_with_the_answer_and_never_with_a_failure() {
    let forgets = SORT.replace("xs.sort();", "xs.clone().sort();");
    let model = MockModel::new().reply("sort", forgets).reply("sort", SORT);
    let anvil = TestAnvil::new(model.clone());

    let mut xs = vec![5, 4, 5];
    assert_eq!(sort(&mut xs, "").unwrap(), 1);
    assert_eq!(xs, [4, 5, 5]);
    let told = model.requests()[1].text();
    assert!(
        told.contains("it breaks") || told.contains("breaks an example"),
        "{told}"
    );

    let mut xs = vec![2, 1];
    assert!(sort(&mut xs, "fail").is_err());
    assert_eq!(xs, [2, 1]);

    let result = sort::run_safe(&mut xs, "");
    assert_eq!((result.data, xs), (Some(1), vec![1, 2]));
    let mut xs = vec![2, 1];
    assert!(!sort::run_safe(&mut xs, "fail").success);
    assert_eq!(xs, [2, 1]);

    let tool = anvil.tool("sort").unwrap();
    let answer = tool.run(json!({ "xs": [2, 1], "why": "" })).unwrap();
    assert_eq!(answer, json!({ "answer": 1, "xs": [1, 2] }));
    let schema = tool.output_schema();
    assert_eq!(schema["properties"]["xs"]["items"]["type"], "integer");
    assert_eq!(schema["properties"]["answer"]["type"], "integer");
    assert_eq!(schema["required"], json!(["answer", "xs"]));
}

#[test]
fn slices_single_values_and_several_at_once_are_written() {
    #[anvil::tool(intent = "Swap everything")]
    fn swap(a: &mut [u8], b: &mut String, c: char, d: &mut Option<f64>);

    let model = MockModel::new().reply(
        "swap",
        "pub fn swap(a: &mut [u8], b: &mut String, c: char, d: &mut Option<f64>) {
            a.reverse();
            b.push(c);
            *d = d.take().map_or(Some(1.5), |_| None);
        }",
    );
    let _anvil = TestAnvil::new(model);
    let (mut a, mut b, mut d) = ([1, 2, 3], "x".to_owned(), None);
    swap(&mut a[1..], &mut b, 'y', &mut d);
    assert_eq!((a, b.as_str(), d), ([1, 3, 2], "xy", Some(1.5)));
    swap(&mut a, &mut b, 'z', &mut d);
    assert_eq!((a, b.as_str(), d), ([2, 3, 1], "xyz", None));
}

#[test]
fn a_body_in_the_declaration_writes_and_so_does_what_replaces_it() {
    #[anvil::tool(intent = "Take the last", ensures(|out| xs.len() < 10))]
    fn pop(xs: &mut Vec<u8>) -> u8 {
        xs.pop().unwrap()
    }

    let model = MockModel::new().reply(
        "pop",
        "pub fn pop(xs: &mut Vec<u8>) -> u8 { xs.pop().unwrap_or_default() }",
    );
    let anvil = TestAnvil::new(model);
    let mut xs = vec![1];
    assert_eq!((pop(&mut xs), xs.len()), (1, 0));
    assert_eq!(pop(&mut xs), 0);
    assert_eq!(anvil.tool_info("pop").unwrap().version.to_string(), "1.1");
    let mut xs = vec![1, 2];
    assert_eq!((pop(&mut xs), xs), (2, vec![1]));
}

mod bare {
    #![no_implicit_prelude]

    #[::anvil::tool(intent = "Nothing but noughts")]
    pub(super) fn clear(xs: &mut [u8]) -> ::anvil::Result<()> {
        xs.fill(0);
        ::anvil::Result::Ok(())
    }
}

#[test]
fn nothing_need_be_in_scope_where_they_are_declared() {
    let _anvil = TestAnvil::new(MockModel::new());
    let mut xs = [1, 2];
    bare::clear(&mut xs).unwrap();
    assert_eq!(xs, [0, 0]);
}
