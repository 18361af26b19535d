//! Signatures of every shape: what goes in comes back.

#![expect(clippy::too_many_arguments, reason = "more types in one build")]

use anvil::testing::{MockModel, TestAnvil};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

/// Declares a tool that returns its arguments, calls it with `$value`s, and compares.
macro_rules! comes_back {
    ($test:ident: $($argument:ident: $ty:ty = $value:expr),+ => $body_ty:literal $body:literal) => {
        #[test]
        fn $test() {
            #[anvil::tool(intent = "Return the arguments", name = "echo")]
            fn echo($($argument: $ty),+) -> anvil::Result<($($ty,)+)>;

            let body = format!(
                "pub fn echo({}) -> Result<{}, ToolError> {{ Ok({}) }}",
                echo::spec().signature().split_once('(').unwrap().1.rsplit_once(") ->").unwrap().0,
                $body_ty, $body,
            );
            let _anvil = TestAnvil::new(MockModel::new().reply("echo", body));
            assert_eq!(echo($($value),+).unwrap(), ($($value,)+));
        }
    };
}

comes_back!(whole_numbers_at_their_ends_come_back:
    a: u8 = u8::MAX, b: i8 = i8::MIN, c: u16 = u16::MAX, d: i16 = i16::MIN, e: u32 = u32::MAX,
    f: i32 = i32::MIN, g: u64 = u64::MAX, h: i64 = i64::MIN, i: u128 = u128::MAX, j: i128 = i128::MIN,
    k: usize = usize::MAX, l: isize = isize::MIN
    => "(u8, i8, u16, i16, u32, i32, u64, i64, u128, i128, usize, isize)" "(a, b, c, d, e, f, g, h, i, j, k, l)");

comes_back!(other_scalars_come_back:
    a: f32 = f32::MIN_POSITIVE, b: f64 = f64::NEG_INFINITY, c: bool = true, d: char = '\u{1F528}', e: () = ()
    => "(f32, f64, bool, char, ())" "(a, b, c, d, e)");

comes_back!(text_and_options_come_back:
    a: String = "é\0\n".to_owned(), b: Option<String> = None, c: Option<Vec<u8>> = Some(vec![]),
    d: Duration = Duration::from_nanos(1_500_000_001)
    => "(String, Option<String>, Option<Vec<u8>>, std::time::Duration)" "(a, b, c, d)");

comes_back!(nested_collections_come_back:
    a: Vec<(u8, [Option<char>; 2])> = vec![(1, [None, Some('x')])],
    b: VecDeque<Vec<bool>> = VecDeque::from([vec![], vec![true]]),
    c: Box<(i32,)> = Box::new((1,))
    => "(Vec<(u8, [Option<char>; 2])>, std::collections::VecDeque<Vec<bool>>, Box<(i32,)>)" "(a, b, c)");

comes_back!(maps_and_sets_come_back_with_keys_of_any_type:
    a: BTreeMap<(u8, char), Vec<f64>> = BTreeMap::from([((1, 'a'), vec![0.5])]),
    b: HashMap<i32, BTreeSet<String>> = HashMap::from([(-1, BTreeSet::from(["x".to_owned()]))]),
    c: HashSet<bool> = HashSet::from([true])
    => "(std::collections::BTreeMap<(u8, char), Vec<f64>>, std::collections::HashMap<i32, std::collections::BTreeSet<String>>, std::collections::HashSet<bool>)" "(a, b, c)");

comes_back!(json_comes_back:
    a: serde_json::Value = serde_json::json!({ "a": [1, null, { "b": 0.5 }] })
    => "(serde_json::Value,)" "(a,)");

#[test]
fn borrowed_arguments_reach_the_body_as_they_were_declared() {
    type Words<'a> = &'a [&'a str];

    #[anvil::tool(intent = "Join everything with commas")]
    fn join(
        words: Words<'_>,
        last: &str,
        numbers: &[i64],
        one: &u8,
        pairs: &[(&str, f64)],
        maybe: Option<&str>,
        owned: &Vec<String>,
    ) -> String;

    let body = r#"
        pub fn join(
            words: &[&str], last: &str, numbers: &[i64], one: &u8, pairs: &[(&str, f64)],
            maybe: Option<&str>, owned: &Vec<String>,
        ) -> String {
            format!("{words:?},{last},{numbers:?},{one},{pairs:?},{maybe:?},{owned:?}")
        }
    "#;
    let _anvil = TestAnvil::new(MockModel::new().reply("join", body));
    assert_eq!(
        join(
            &["a", "b"],
            "c",
            &[1],
            &2,
            &[("d", 0.5)],
            Some("e"),
            &vec!["f".to_owned()]
        ),
        r#"["a", "b"],c,[1],2,[("d", 0.5)],Some("e"),["f"]"#
    );
}

#[test]
fn nan_comes_back_as_nan() {
    #[anvil::tool(intent = "Return x")]
    fn same(x: f64) -> f64;

    let body = "pub fn same(x: f64) -> f64 { x }";
    let _anvil = TestAnvil::new(MockModel::new().reply("same", body));
    assert!(same(f64::NAN).is_nan());
}

#[test]
fn a_tool_may_take_nothing_and_answer_nothing() {
    #[anvil::tool(intent = "Do nothing")]
    fn nothing();

    let _anvil = TestAnvil::new(MockModel::new().reply("nothing", "pub fn nothing() {}"));
    nothing();
    assert!(nothing::run_safe().success);
}

#[test]
fn an_error_type_of_the_users_is_an_answer() {
    #[anvil::tool(intent = "Parse a port")]
    fn port(text: &str) -> Result<u16, String>;

    let model = MockModel::new().reply(
        "port",
        "pub fn port(text: &str) -> Result<u16, String> {
            assert!(text != \"bomb\", \"a bomb\");
            text.parse().map_err(|_| format!(\"{text} is no port\"))
        }",
    );
    let _anvil = TestAnvil::configure(model.clone(), |builder| builder.self_healing(false));
    assert_eq!(port("80"), Ok(80));
    assert_eq!(port("eighty"), Err("eighty is no port".to_owned()));
    assert!(
        port("bomb").unwrap_err().contains("a bomb"),
        "a panic comes through `From`"
    );
    assert_eq!(model.requests().len(), 1);
}

#[test]
fn a_plain_return_panics_with_the_story_at_the_callers_line() {
    #[anvil::tool(intent = "Halve x")]
    fn half(x: u8) -> u8;

    let body = "pub fn half(x: u8) -> u8 { if x % 2 == 1 { panic!(\"odd\") } x / 2 }";
    let model = MockModel::new().reply("half", body);
    let _anvil = TestAnvil::configure(model, |builder| builder.self_healing(false));
    assert_eq!(half(4), 2);

    static PLACE: Mutex<Option<(String, u32)>> = Mutex::new(None);
    let usual = std::panic::take_hook();
    let here = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().unwrap();
        if std::thread::current().id() == here {
            *PLACE.lock().unwrap() = Some((place.file().to_owned(), place.line()));
        } else {
            usual(info);
        }
    }));
    let payload = std::panic::catch_unwind(|| half(3)).unwrap_err();
    let line = line!() - 1;
    drop(std::panic::take_hook()); // what is left is the default one
    let story = payload.downcast_ref::<String>().unwrap();
    assert!(
        story.starts_with("`half` 1.0: panicked: odd (tool.rs:1:"),
        "{story}"
    );
    assert_eq!(
        PLACE.lock().unwrap().clone(),
        Some((file!().to_owned(), line))
    );
}

#[test]
fn a_tool_has_the_name_and_the_handle_that_it_is_given() {
    #[anvil::tool(intent = "Return x", name = "same_again", handle = Again)]
    fn again(x: u8) -> anvil::Result<u8>;

    let body = "pub fn again(x: u8) -> Result<u8, ToolError> { Ok(x) }";
    let anvil = TestAnvil::new(MockModel::new().reply("same_again", body));
    assert_eq!(Again::run_safe(7).data, Some(7));
    assert_eq!(Again::spec().name, "same_again");
    assert!(anvil.tools_dir().join("same_again/tool.json").exists());
}

#[test]
fn anvil_may_have_another_name_in_the_users_crate() {
    mod vendor {
        pub(super) use anvil as forge;
    }
    #[vendor::forge::tool(intent = "Return x", crate = vendor::forge)]
    fn unchanged(x: u8) -> u8;

    let body = "pub fn unchanged(x: u8) -> u8 { x }";
    let _anvil = TestAnvil::new(MockModel::new().reply("unchanged", body));
    assert_eq!(unchanged(7), 7);
}

#[test]
fn documentation_reaches_the_model() {
    use anvil_tests::bodies::RIGHT;
    use anvil_tests::tool::top_n;

    let model = MockModel::new().reply("top_n", RIGHT);
    let _anvil = TestAnvil::new(model.clone());
    top_n(&[1], 1).unwrap();
    let request = model.requests()[0].text();
    for words in [
        "Return the n largest numbers",
        "Ties keep their order.",
        "`xs`: in any order",
    ] {
        assert!(request.contains(words), "no {words:?} in:\n{request}");
    }
}

#[tokio::test]
async fn an_async_tool_is_called_where_it_was_begun_and_needs_nothing_afterwards() {
    #[anvil::tool(intent = "Shout")]
    async fn shout(text: &str) -> anvil::Result<String>;

    let body = "pub fn shout(text: &str) -> Result<String, ToolError> { Ok(text.to_uppercase()) }";
    let anvil = TestAnvil::new(MockModel::new().reply("shout", body));
    let call = {
        let text = "hey".to_owned();
        shout(&text) // the argument is gone before the future is polled
    };
    let elsewhere = tokio::task::spawn(call); // on a task that entered no `Anvil`
    assert_eq!(elsewhere.await.unwrap().unwrap(), "HEY");
    let scoped = anvil.scope(async { shout::run_safe("ho").await });
    assert_eq!(scoped.await.data.as_deref(), Some("HO"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plain_tool_can_be_called_inside_somebody_elses_runtime() {
    use anvil_tests::bodies::{PANICS, RIGHT};
    use anvil_tests::tool::top_n;

    let model = MockModel::new()
        .reply("top_n", PANICS)
        .reply("top_n", RIGHT);
    let anvil = TestAnvil::new(model);
    let task =
        tokio::spawn(async move { anvil_tests::tool::top_n(&[1], 3).map_err(|e| e.to_string()) });
    assert!(task.await.unwrap().unwrap_err().contains("scope()"));
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
    drop(anvil); // and dropped there as well
}
