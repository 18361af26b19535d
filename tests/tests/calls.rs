//! Calls from places where they are not expected, and what keeps them from hurting the process.

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, BoxFuture, ErrorKind, LanguageModel, ModelError, ModelReply, ModelRequest};
use anvil_tests::bodies::{PANICS, RIGHT};
use anvil_tests::script::{scripted, wait_until};
use anvil_tests::tool::top_n;
use serde_json::Value;
use std::ops::Deref;
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[test]
fn a_request_that_nobody_scripted_names_the_tool() {
    let _anvil = TestAnvil::new(MockModel::new());
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(
        error
            .to_string()
            .contains("nothing is scripted for `top_n`"),
        "{error}"
    );
}

#[test]
fn a_caller_that_waits_while_its_anvil_is_shut_down_gets_an_error() {
    let model = scripted(&[PANICS]);
    let anvil = TestAnvil::new(model.clone());
    model.delay(Duration::from_secs(600));
    let handle = anvil.deref().clone();
    let waiting = std::thread::spawn(move || {
        let _entered = handle.enter();
        top_n::run_safe(&[1], 1)
            .error
            .map(|error| error.to_string())
    });
    wait_until(|| !model.requests().is_empty());
    drop(anvil);
    let error = waiting.join().expect("no panic").expect("no answer");
    assert!(error.contains("was shut down"), "{error}");
}

#[tokio::test]
async fn a_plain_tool_works_in_a_task_that_has_used_up_its_budget() {
    let _anvil = TestAnvil::new(scripted(&[PANICS, RIGHT]));
    let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
    for n in 0..500 {
        sender.send(n).unwrap();
    }
    // tokio lets a task go on for 128 such steps before it has to yield.
    for _ in 0..128 {
        receiver.recv().await.unwrap();
    }
    assert_eq!(top_n(&[1], 3).unwrap(), [1]);
}

#[test]
fn no_answer_of_a_model_exhausts_the_hosts_stack() {
    let deep = format!(
        "pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {{ {}1{} }}",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let _anvil = TestAnvil::new(scripted(&[&deep, RIGHT, RIGHT]));
    let outcome = top_n::run_safe(&[1], 1); // whatever rustc makes of it, this process is there to tell
    assert!(outcome.success || outcome.error.is_some());
}

#[test]
fn a_destructor_at_the_end_of_a_thread_may_call_a_tool() {
    struct CallsAtTheEnd(std::sync::mpsc::Sender<String>);
    impl Drop for CallsAtTheEnd {
        fn drop(&mut self) {
            let error = top_n::run_safe(&[1], 1).error.unwrap();
            self.0.send(error.to_string()).unwrap();
        }
    }
    thread_local! {
        static LAST_WILL: std::cell::OnceCell<CallsAtTheEnd> = const { std::cell::OnceCell::new() };
    }
    let anvil = TestAnvil::new(MockModel::new());
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            LAST_WILL.with(|will| will.set(CallsAtTheEnd(sender)).ok().unwrap());
            drop(anvil.enter()); // so that the list of what was entered goes first
        });
    });
    assert!(receiver.recv().unwrap().contains("enter()"));
}

#[test]
fn a_model_that_panics_is_told_like_one_that_fails() {
    struct Panics;
    impl LanguageModel for Panics {
        fn complete<'a>(
            &'a self,
            _: &'a ModelRequest,
        ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
            panic!("no model today")
        }
    }
    let store = tempfile::tempdir().unwrap();
    let builder = anvil::Anvil::builder().tools_dir(store.path());
    let anvil = builder.model(Panics).build().unwrap();
    let _entered = anvil.enter();
    let error = top_n(&[1], 1).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Model);
    assert!(
        error.to_string().contains("it panicked: no model today"),
        "{error}"
    );
}

#[test]
fn two_tools_of_one_name_are_refused_with_both_places() {
    #[anvil::tool(intent = "One", name = "twin", handle = One)]
    fn one();
    #[anvil::tool(intent = "Two", name = "twin", handle = Two)]
    fn two();

    let refused = anvil::Anvil::builder()
        .tools([One::tool(), Two::tool()])
        .build();
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    for place in [One::tool().place(), Two::tool().place()] {
        let place = place.unwrap();
        assert_eq!(place.file, file!());
        assert!(error.to_string().contains(&place.to_string()), "{error}");
    }

    let body = "pub fn one() {}";
    let _anvil = TestAnvil::new(MockModel::new().reply("twin", body));
    one();
    let late = Two::run_safe().error.unwrap();
    assert!(
        late.to_string()
            .contains(&Two::tool().place().unwrap().to_string()),
        "{late}"
    );
}

#[test]
fn a_safe_call_reports_whatever_the_body_the_model_the_disk_or_the_caller_does() {
    struct Panics;
    impl LanguageModel for Panics {
        fn complete<'a>(
            &'a self,
            _: &'a ModelRequest,
        ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
            panic!("no model today")
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "not a folder").unwrap();
    let garbage = folder.path().join("garbage");
    std::fs::create_dir_all(garbage.join("top_n")).unwrap();
    std::fs::write(garbage.join("top_n/tool.json"), "{").unwrap();
    let builder = || anvil::Anvil::builder().tools([top_n::tool()]);
    let shut_down =
        TestAnvil::configure(scripted(&[RIGHT]), |builder| builder.tools([top_n::tool()]));
    let gone = shut_down.deref().clone();
    drop(shut_down);

    let good: fn() -> Value = || serde_json::json!({ "xs": [1], "n": 3 });
    // Deeper than its own destructor could follow.
    let deep: fn() -> Value =
        || (0..100_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let empty = || folder.path().join("empty");
    let panicking = builder().tools_dir(empty()).model(Panics);
    let on_a_file = builder().tools_dir(&file).model(scripted(&[RIGHT]));
    let on_garbage = builder().tools_dir(&garbage).model(scripted(&[RIGHT]));
    let of_bad_bodies = builder()
        .tools_dir(folder.path().join("bad"))
        .model(scripted(&[PANICS, PANICS, PANICS]));
    for (anvil, arguments, words) in [
        (panicking.build().unwrap(), good, "it panicked"),
        (on_a_file.build().unwrap(), good, "Not a directory"),
        (on_garbage.build().unwrap(), good, "cannot understand"),
        (of_bad_bodies.build().unwrap(), good, "panicked"),
        (gone, good, "shut down"),
        (builder().build().unwrap(), deep, "nested deeper"),
    ] {
        let tool = anvil.tool("top_n").unwrap();
        let chain = tool.pipe(&tool);
        for result in [tool.run_safe(arguments()), chain.run_safe(arguments())] {
            assert!(!result.success && result.data.is_none());
            let error = result.error.unwrap().to_string();
            assert!(error.contains(words), "{words}: {error}");
        }
    }
}

#[test]
fn a_model_may_call_tools_itself() {
    #[anvil::tool(intent = "Double x")]
    fn double(x: u64) -> anvil::Result<u64>;

    /// Looks something up with a tool before it answers, as an agent would.
    struct Agent(MockModel, Arc<Mutex<Option<Anvil>>>);
    impl LanguageModel for Agent {
        fn complete<'a>(
            &'a self,
            request: &'a ModelRequest,
        ) -> BoxFuture<'a, Result<ModelReply, ModelError>> {
            Box::pin(async move {
                if request.tool == "top_n" {
                    let anvil = self.1.lock().unwrap().clone().unwrap();
                    let _entered = anvil.enter();
                    assert_eq!(double(2).unwrap(), 4);
                }
                self.0.complete(request).await
            })
        }
    }
    let body = "pub fn double(x: u64) -> Result<u64, ToolError> { Ok(x * 2) }";
    let its_anvil = Arc::new(Mutex::new(None));
    let agent = Agent(scripted(&[RIGHT]).reply("double", body), its_anvil.clone());
    let folder = tempfile::tempdir().unwrap();
    let builder = Anvil::builder().tools_dir(folder.path());
    let anvil = builder.model(agent).build().unwrap();
    *its_anvil.lock().unwrap() = Some(anvil.clone());
    let _entered = anvil.enter();
    assert_eq!(top_n(&[1], 1).unwrap(), [1]);
    its_anvil.lock().unwrap().take(); // or each would keep the other
}

#[test]
fn arguments_that_are_too_deep_are_refused_and_not_followed() {
    #[anvil::tool(intent = "How deep it is")]
    fn depth(value: &Value) -> anvil::Result<u64>;

    let anvil = TestAnvil::new(MockModel::new());
    let deep = (0..100_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let error = depth::run_safe(&deep).error.unwrap();
    std::mem::forget(deep); // to drop it would exhaust the stack
    assert!(
        error.is_invalid_input() && error.to_string().contains("too deep"),
        "{error}"
    );
    assert_eq!(anvil.logger().recent_errors(5).len(), 1);
}
