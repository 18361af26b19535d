//! Workers and builds as processes: when they are there, when they are not, and that none is left.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, Builder, Error, ErrorKind, EventFilter, EventKind, Isolation, Policy, Version};
use anvil_tests::bodies::unbuilt;
use anvil_tests::obedient::{OBEYS, ObeyLater, obey, obey_later, obeys_later};
use anvil_tests::processes::{self, is_alive, kill};
use anvil_tests::program::Program;
use anvil_tests::script::wait_until;
use anvil_tests::tool::Script;
use std::collections::BTreeSet;
use std::fs;
use std::ops::Deref;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Barrier, Mutex, MutexGuard, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// Tools that obey, and nobody else's processes: each test looks at all that this process has started.
struct Alone {
    anvil: TestAnvil,
    _turn: MutexGuard<'static, ()>,
}

impl Deref for Alone {
    type Target = TestAnvil;

    fn deref(&self) -> &TestAnvil {
        &self.anvil
    }
}

fn my_turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    static WARM: Once = Once::new();
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    // What all builds share takes minutes where it was not built yet, and nobody waits that long for one process.
    WARM.call_once(|| {
        let model = MockModel::new().reply("obey", unbuilt(OBEYS));
        let _anvil = TestAnvil::configure(model, |builder| builder.policy(Policy::unchecked()));
        assert_eq!(obey("double", 4).unwrap(), 8);
    });
    turn
}

fn alone(model: MockModel, settings: impl FnOnce(Builder) -> Builder) -> Alone {
    let turn = my_turn();
    wait_until(|| ours().is_empty());
    Alone {
        anvil: TestAnvil::configure(model, |builder| {
            settings(builder.policy(Policy::unchecked()))
        }),
        _turn: turn,
    }
}

/// A model that has `obey` obey, and then answers with `heals`.
fn obedient(heals: &[&str]) -> MockModel {
    let later = MockModel::new().reply("obey_later", obeys_later());
    let model = later.reply("obey", OBEYS);
    heals
        .iter()
        .fold(model, |model, heal| model.reply("obey", *heal))
}

/// `obey`, which is never healed.
fn stubborn() -> Alone {
    alone(obedient(&[]), |builder| builder.self_healing(false))
}

/// Obeys, and does not fail when it is told to.
fn mild() -> String {
    OBEYS.replace("return Err(ToolError::new(\"as told\"))", "{}")
}

/// Keeps the compiler busy for ever.
fn bomb() -> String {
    let body = unbuilt(&mild()).replace("\"err\" => {}", "\"err\" => return Ok(EVER),");
    format!(
        "{body}
#[allow(long_running_const_eval)]
const EVER: u64 = {{
    let mut n = 0_u64;
    while n < u64::MAX {{ n += 1; }}
    n
}};
"
    )
}

fn pid() -> u32 {
    u32::try_from(obey("pid", 0).unwrap()).unwrap()
}

fn workers() -> Vec<u32> {
    processes::workers(std::process::id())
}

fn ours() -> Vec<processes::Shown> {
    processes::descendants(std::process::id())
}

/// Whether the compiler is at a body of `obey` or `top_n` below the process `host`.
fn is_compiling(host: u32) -> bool {
    processes::descendants(host).iter().any(|process| {
        let mut words = process.words.iter();
        words.any(|word| word == "--crate-name")
            && words
                .next()
                .is_some_and(|name| name.starts_with("obey_") || name.starts_with("top_n_"))
    })
}

/// What comes of `obey(order, 0)` on another thread, while `meanwhile` happens on this one.
fn while_another_obeys<T>(
    anvil: &Anvil,
    order: &'static str,
    meanwhile: impl FnOnce() -> T,
) -> (Result<u64, Error>, T) {
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            let _entered = anvil.enter();
            let outcome = obey(order, 0);
            println!("{order}: {outcome:?}"); // seen where `meanwhile` waits in vain
            outcome
        });
        let meanwhile = meanwhile();
        (other.join().unwrap(), meanwhile)
    })
}

/// Waits until a worker has something to do.
fn wait_for_a_busy_worker(host: u32) {
    /// The hundredths of a second that it has run.
    fn ran(pid: u32) -> u64 {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        fields
            .split(' ')
            .nth(11)
            .and_then(|ran| ran.parse().ok())
            .unwrap_or(0)
    }
    wait_until(|| {
        processes::workers(host)
            .into_iter()
            .any(|worker| ran(worker) >= 5)
    });
}

#[test]
fn the_worker_that_proved_a_candidate_goes_on_to_serve_and_the_old_versions_are_gone() {
    let _alone = alone(obedient(&[&mild()]), |builder| builder);
    let old = pid();
    assert_eq!(workers(), [old]);
    let proved = u32::try_from(obey("err", 0).unwrap()).unwrap();
    assert_ne!(proved, old);
    assert_eq!(pid(), proved);
    wait_until(|| workers() == [proved]);
    assert_eq!(processes::zombies(), []);
}

#[test]
fn a_worker_that_died_of_a_call_is_replaced_before_the_next() {
    let _alone = stubborn();
    let before = pid();
    assert!(obey("abort", 0).unwrap_err().is_crash());
    wait_until(|| workers().len() == 1);
    let [ahead] = workers().try_into().unwrap();
    assert_ne!(ahead, before);
    // It counts from when it is ready, which may be a moment later.
    thread::sleep(Duration::from_millis(200));
    assert_eq!(pid(), ahead);
    assert_eq!(processes::zombies(), []);
}

#[test]
fn a_worker_that_is_killed_between_calls_is_nobodys_failure() {
    let alone = alone(obedient(&[]), |builder| {
        builder.self_healing(false).breaker_deaths(1)
    });
    let mut seen = BTreeSet::from([pid()]);
    for _ in 0..10 {
        workers().into_iter().for_each(kill);
        seen.insert(pid());
    }
    assert_eq!(seen.len(), 11, "each had a process of its own");
    assert_eq!(alone.logger().stats("obey").failed, 0);
    assert_eq!(workers().len(), 1);
    assert_eq!(processes::zombies(), []);
}

#[test]
fn calls_of_one_tool_run_at_the_same_time() {
    let alone = stubborn();
    pid();
    let both_sleep = || {
        let ready = Barrier::new(2);
        let sleep = || {
            let _entered = alone.enter();
            ready.wait();
            obey("sleep", 300).unwrap()
        };
        let start = Instant::now();
        let (one, other) = thread::scope(|scope| {
            let one = scope.spawn(sleep);
            let other = scope.spawn(sleep);
            (one.join().unwrap(), other.join().unwrap())
        });
        assert_ne!(one, other);
        start.elapsed()
    };
    // A machine that does much else may need another try.
    let best = (0..5).map(|_| both_sleep()).min().unwrap();
    assert!(best < Duration::from_millis(500), "{best:?}");
}

#[test]
fn no_more_processes_run_calls_than_are_allowed_and_the_others_wait_their_turn() {
    let alone = alone(obedient(&[]), |builder| {
        builder.self_healing(false).workers_per_version(2)
    });
    pid();
    let over = AtomicBool::new(false);
    let (answered, most) = thread::scope(|scope| {
        let callers: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| {
                    let _entered = alone.enter();
                    (0..3)
                        .map(|_| obey("sleep", 30).unwrap())
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        let most = scope.spawn(|| {
            let mut most = 0;
            while !over.load(Ordering::Relaxed) {
                most = most.max(workers().len());
            }
            most
        });
        let answered: Vec<u64> = callers
            .into_iter()
            .flat_map(|caller| caller.join().unwrap())
            .collect();
        over.store(true, Ordering::Relaxed);
        (answered, most.join().unwrap())
    });
    assert_eq!(answered.len(), 18);
    assert_eq!(most, 2);
    assert_eq!(BTreeSet::from_iter(answered).len(), 2, "and they are kept");
}

#[tokio::test]
async fn a_future_that_is_dropped_ends_its_call_and_nothing_else() {
    let alone = alone(obedient(&[]), |builder| {
        builder.self_healing(false).breaker_deaths(1)
    });
    let pid = async || u32::try_from(obey_later("pid", 0).await.unwrap()).unwrap();
    for _ in 0..3 {
        let serving = pid().await;
        let patient = Duration::from_millis(200);
        let given_up = tokio::time::timeout(patient, obey_later("loop", 0)).await;
        assert!(given_up.is_err());
        wait_until(|| !is_alive(serving));

        let serving = pid().await;
        let task = tokio::spawn(obey_later("loop", 0));
        tokio::time::sleep(patient).await;
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
        wait_until(|| !is_alive(serving));
    }
    pid().await;
    let failed = EventFilter::new().kind(EventKind::ToolFailed);
    assert_eq!(alone.logger().history(failed), []);
    assert_eq!(ObeyLater::run_safe("double", 4).await.data, Some(8));
}

#[test]
fn shutting_down_ends_calls_that_run_and_those_to_come_with_the_same_words() {
    let alone = stubborn();
    let idle = pid();
    let (running, ()) = while_another_obeys(&alone, "loop", || {
        wait_for_a_busy_worker(std::process::id());
        alone.shut_down();
    });
    let running = running.unwrap_err();
    assert_eq!(running.kind(), ErrorKind::ShutDown, "{running}");
    let later = obey("pid", 0).unwrap_err();
    assert_eq!(later.kind(), ErrorKind::ShutDown, "{later}");
    wait_until(|| !is_alive(idle));
    wait_until(|| ours().is_empty());
}

#[test]
fn shutting_down_ends_workers_that_are_idle_though_the_anvil_is_still_held() {
    let alone = stubborn();
    pid();
    alone.shut_down();
    wait_until(|| ours().is_empty());
}

#[test]
fn shutting_down_ends_a_build_and_all_of_it() {
    let alone = alone(MockModel::new().reply("obey", bomb()), |builder| builder);
    let (building, ()) = while_another_obeys(&alone, "pid", || {
        wait_until(|| is_compiling(std::process::id()));
        alone.shut_down();
    });
    let building = building.unwrap_err();
    assert_eq!(building.kind(), ErrorKind::ShutDown, "{building}");
    wait_until(|| ours().is_empty());
}

#[test]
fn a_heal_that_is_abandoned_leaves_the_store_as_it_was() {
    let Alone { anvil, _turn } = alone(obedient(&[&bomb()]), |builder| builder);
    assert_eq!(obey("double", 4).unwrap(), 8);
    let before = files(&anvil.tools_dir().join("obey"));
    let handle = anvil.deref().clone();
    let (healing, anvil) = while_another_obeys(&handle, "err", || {
        wait_until(|| is_compiling(std::process::id()));
        anvil.reopen(MockModel::new())
    });
    let healing = healing.unwrap_err().to_string();
    assert!(
        healing.contains("as told") && healing.contains("shut down"),
        "{healing}"
    );
    wait_until(|| ours().is_empty());
    assert_eq!(files(&anvil.tools_dir().join("obey")), before);
    // The rules hold again, and would turn the stored body back.
    assert_eq!(anvil.tool_code("obey").unwrap(), OBEYS);
}

/// All files below `folder` and what they hold, but for locks.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(files(&path));
        } else if !path.ends_with(".lock") {
            let read = fs::read_to_string(&path).unwrap();
            all.push((path.display().to_string(), read));
        }
    }
    all.sort();
    all
}

#[test]
fn dropping_the_last_anvil_leaves_no_process() {
    let _turn = my_turn();
    wait_until(|| ours().is_empty());
    let store = tempfile::tempdir().unwrap();
    let builder = Anvil::builder()
        .tools_dir(store.path())
        .policy(Policy::unchecked());
    let anvil = builder.model(obedient(&[])).build().unwrap();
    let entered = anvil.enter();
    pid();
    assert_eq!(workers().len(), 1);
    drop(entered);
    drop(anvil);
    wait_until(|| ours().is_empty());
}

#[test]
fn nothing_outlives_a_host_that_is_killed() {
    const BUSY: &str = "pub fn top_n(xs: &[i64], n: usize) -> Result<Vec<i64>, ToolError> {
        while n > 3 { std::hint::spin_loop(); }
        Ok(xs.iter().rev().take(n).copied().collect())
    }";
    let endless = unbuilt(
        "pub fn top_n(_: &[i64], _: usize) -> Result<Vec<i64>, ToolError> { Ok(vec![EVER]) }
        #[allow(long_running_const_eval)]
        const EVER: i64 = { let mut n = 0_u64; while n < u64::MAX { n += 1; } 1 };",
    );
    let is_idle: fn(u32) = |host| wait_until(|| processes::workers(host).len() == 1);
    let compiles: fn(u32) = |host| wait_until(|| is_compiling(host));
    for (body, call, reached) in [
        (BUSY, 1, is_idle),
        (BUSY, 9, wait_for_a_busy_worker),
        (&endless, 1, compiles),
    ] {
        let tools = tempfile::tempdir().unwrap();
        let host = Program::new().start(&Script {
            tools_dir: Some(tools.path().to_owned()),
            replies: Some(vec![body.to_owned()]),
            calls: vec![call],
            lingers_ms: 600_000,
            ..Script::default()
        });
        reached(host.pid());
        let below = processes::descendants(host.pid());
        assert!(!below.is_empty());
        host.kill();
        let killed = Instant::now();
        wait_until(|| !below.iter().any(|process| is_alive(process.pid)));
        assert!(
            killed.elapsed() < Duration::from_secs(5),
            "{:?}",
            killed.elapsed()
        );
    }
}

#[test]
fn a_tool_whose_processes_die_too_often_rests_until_one_lives() {
    let pause = Duration::from_secs(3);
    let alone = alone(obedient(&[]), |builder| {
        builder
            .self_healing(false)
            .breaker_deaths(2)
            .breaker_pause(pause)
    });
    assert!(obey("abort", 0).unwrap_err().is_crash());
    assert_eq!(obey("double", 4).unwrap(), 8, "one death is none too many");
    assert!(obey("exit", 0).unwrap_err().is_crash());
    let died = Instant::now();
    let resting = obey("double", 4).unwrap_err();
    assert!(resting.is_resting(), "{resting}");
    assert_eq!(
        resting.to_string(),
        "`obey` rests: its process died 2 times within 60s, so it is not started again for now"
    );
    let help = resting.help().unwrap();
    assert!(
        help.starts_with("a call is let through to try it in "),
        "{help}"
    );

    let answer = loop {
        match obey("double", 5) {
            Err(error) if error.is_resting() => thread::sleep(Duration::from_millis(20)),
            other => break other,
        }
    };
    assert!(died.elapsed() >= pause - Duration::from_millis(100));
    assert_eq!(answer.unwrap(), 10);
    assert!(obey("abort", 0).unwrap_err().is_crash());
    assert_eq!(
        obey("double", 4).unwrap(),
        8,
        "and the deaths before are forgotten"
    );
    let failed = alone
        .logger()
        .history(EventFilter::new().kind(EventKind::ToolFailed));
    assert!(failed.len() >= 4, "resting, too, is told: {failed:?}");
}

#[test]
fn calls_that_wait_for_a_seat_hear_that_the_tool_rests() {
    let alone = alone(obedient(&[]), |builder| {
        builder
            .self_healing(false)
            .workers_per_version(1)
            .breaker_deaths(1)
            .breaker_pause(Duration::from_secs(600))
            .timeout(Duration::from_secs(1))
    });
    pid();
    let (heard, waiting) = std::sync::mpsc::channel();
    let (dying, ()) = while_another_obeys(&alone, "loop", || {
        wait_for_a_busy_worker(std::process::id());
        for _ in 0..5 {
            let (anvil, heard) = (Anvil::clone(&alone), heard.clone());
            thread::spawn(move || {
                let _entered = anvil.enter();
                let _ = heard.send(obey("pid", 0));
            });
        }
    });
    assert!(dying.unwrap_err().is_deadline());
    for _ in 0..5 {
        let outcome = waiting.recv_timeout(Duration::from_secs(20));
        let error = outcome.expect("nobody waits for ever").unwrap_err();
        assert!(error.is_resting(), "{error}");
    }
}

#[test]
fn limits_are_the_tools_own_and_else_those_that_are_set() {
    #[anvil::tool(intent = "Obey", timeout = "1s", memory = "64MB")]
    fn bound(order: &str, n: u64) -> anvil::Result<u64>;

    let model = obedient(&[]).reply("bound", OBEYS.replace("fn obey(", "fn bound("));
    let alone = alone(model, |builder| {
        let timeout = Duration::from_millis(700);
        builder
            .self_healing(false)
            .timeout(timeout)
            .memory(128_000_000)
    });
    type Call = fn(&str) -> Result<u64, Error>;
    let calls: [(Call, _, _); 2] = [
        (
            |order| bound(order, 0),
            "no answer within 1s",
            "may use 64 MB",
        ),
        (
            |order| obey(order, 0),
            "no answer within 700ms",
            "may use 128 MB",
        ),
    ];
    for (call, late, full) in calls {
        assert!(call("pid").is_ok());
        let error = call("loop").unwrap_err();
        assert!(
            error.is_deadline() && error.to_string().contains(late),
            "{error}"
        );
        let error = call("fill").unwrap_err();
        assert!(
            error.is_memory() && error.to_string().contains(full),
            "{error}"
        );
        assert!(call("pid").is_ok());
    }
    assert_eq!(processes::zombies(), []);
    drop(alone);
}

#[test]
fn tools_of_all_levels_live_side_by_side_and_say_where() {
    #[anvil::tool(intent = "Obey", isolation = "worker")]
    fn apart(order: &str, n: u64) -> anvil::Result<u64>;
    #[anvil::tool(intent = "Obey", isolation = "in_process")]
    fn here(order: &str, n: u64) -> anvil::Result<u64>;

    let named = |name: &str| OBEYS.replace("fn obey(", &format!("fn {name}("));
    let model = obedient(&[])
        .reply("apart", named("apart"))
        .reply("here", named("here"));
    let alone = alone(model, |builder| builder.self_healing(false));
    let own = u64::from(std::process::id());
    let (sandboxed, apart, here) = (obey("pid", 0), apart("pid", 0), here("pid", 0));
    assert_eq!(here.unwrap(), own);
    let elsewhere = BTreeSet::from([own, sandboxed.unwrap(), apart.unwrap()]);
    assert_eq!(elsewhere.len(), 3);
    for (name, level) in [
        ("obey", Isolation::Sandboxed),
        ("apart", Isolation::Worker),
        ("here", Isolation::InProcess),
    ] {
        assert_eq!(alone.tool_info(name).unwrap().isolation, level);
        let events = alone.logger().history(EventFilter::new().tool(name));
        let kinds: BTreeSet<_> = events.iter().map(|event| event.kind.to_string()).collect();
        for kind in ["tool_generated", "tool_loaded", "tool_executed"] {
            assert!(kinds.contains(kind), "{kinds:?}");
        }
        assert!(
            events.iter().all(|event| event.isolation == Some(level)),
            "{events:?}"
        );
    }
}

#[test]
fn tens_of_megabytes_cross_and_what_is_too_much_is_told() {
    #[anvil::tool(intent = "Repeat the text n times")]
    fn repeat(text: &str, n: usize) -> anvil::Result<String>;

    let body =
        "pub fn repeat(text: &str, n: usize) -> Result<String, ToolError> { Ok(text.repeat(n)) }";
    let alone = alone(MockModel::new().reply("repeat", body), |builder| {
        builder.self_healing(false)
    });
    let text = "0123456789".repeat(4_000_000);
    assert!(repeat(&text, 1).unwrap() == text);
    let serving = workers();

    let error = repeat(&text, 2).unwrap_err();
    assert!(error.is_failed(), "{error}");
    assert!(
        error.to_string().contains("at most 67108864 may cross"),
        "{error}"
    );
    let error = repeat(&text.repeat(2), 0).unwrap_err();
    assert!(error.is_invalid_input(), "{error}");
    assert!(
        error.to_string().contains("at most 67108864 may cross"),
        "{error}"
    );
    assert_eq!(repeat("ab", 2).unwrap(), "abab");
    assert_eq!(workers(), serving, "and nobody has died of it");
    assert_eq!(alone.tool_info("repeat").unwrap().version, Version::FIRST);
}

#[anvil::tool(intent = "What the file at `path` says")]
fn peek(path: &str) -> anvil::Result<String>;

#[test]
fn a_library_that_claims_that_there_is_no_sandbox_is_not_believed() {
    const CLAIMS: &str = include_str!("../bodies/faults/claims_no_sandbox.rs");
    let _turn = my_turn();
    for degrade in [false, true] {
        let model = MockModel::new().reply("peek", CLAIMS).reply("obey", OBEYS);
        let anvil = TestAnvil::configure(model, |builder| {
            builder
                .policy(Policy::unchecked())
                .degrade_isolation(degrade)
                .max_heal_attempts(1)
        });
        let error = peek("/etc/hostname").unwrap_err().to_string();
        assert!(error.contains("it claims that it has no doors"), "{error}");
        assert_eq!(obey("double", 2).unwrap(), 4);
        let isolation = anvil.tool_info("obey").unwrap().isolation;
        assert_eq!(isolation, Isolation::Sandboxed);
    }
}
