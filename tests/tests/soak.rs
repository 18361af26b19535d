//! Ten thousand calls, a hundred swaps, and all that can happen to a worker in between: each call is answered rightly
//! or told why not, and afterwards nothing is left.

#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says where it stands"
)]

use anvil::testing::{MockModel, TestAnvil};
use anvil::{Anvil, Error, Policy, Version};
use anvil_tests::obedient::{OBEYS, obey};
use anvil_tests::processes::{self, Held};
use anvil_tests::script::wait_until;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const CALLERS: usize = 4;

/// How much more memory this process may use at the end than half-way.
const FLAT: usize = 32 << 20;

#[test]
fn ten_thousand_calls_and_a_hundred_swaps_go_right_or_say_why_and_leave_nothing() {
    let seed =
        std::env::var("SOAK_SEED").map_or(0x9e37_79b9_7f4a_7c15, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    live(seed ^ 0xff, 1_000, 10); // what is made once, such as threads that stay, is there from now on
    let nothing_is_left = || processes::descendants(std::process::id()).is_empty();
    wait_until(nothing_is_left);
    let before = Held::now();

    let start = Instant::now();
    let Lived {
        ends,
        half_way,
        after,
    } = live(seed, 10_000, 100);
    println!("{:?}, {ends:#?}", start.elapsed());
    wait_until(nothing_is_left);
    wait_until(|| Held::now().files <= before.files && Held::now().threads <= before.threads);
    println!("{before:?}, half-way {half_way:?}, then {after:?}");
    assert!(
        after.memory <= half_way.memory + FLAT,
        "{half_way:?}, then {after:?}"
    );
}

/// What came of a life.
struct Lived {
    /// How often each order came to each end.
    ends: BTreeMap<(&'static str, String), u32>,
    half_way: Held,
    /// With everything still there.
    after: Held,
}

/// Lives through so many calls and swaps.
fn live(seed: u64, calls: usize, swaps: usize) -> Lived {
    // Candidates do not fail when they are told to. They differ, and are built once each.
    let mild = OBEYS.replace("return Err(ToolError::new(\"as told\"))", "{}");
    let heals = (0..1_000).map(|number| format!("{mild}// {}\n", number % 3));
    let first = MockModel::new().reply("obey", OBEYS);
    let model = heals.fold(first, |model, heal| model.reply("obey", heal));
    let anvil = TestAnvil::configure(model, |builder| {
        builder
            .policy(Policy::unchecked())
            .timeout(Duration::from_secs(2))
            .memory(64_000_000)
            .breaker_deaths(20)
            .breaker_window(Duration::from_secs(1))
            .breaker_pause(Duration::from_millis(50))
    });
    assert_eq!(obey("double", 1).unwrap(), 2);
    obey("err", 0).unwrap(); // healed into 1.1

    let done = AtomicUsize::new(0);
    let ends = Mutex::new(BTreeMap::new());
    let half_way = thread::scope(|scope| {
        for caller in 1..=CALLERS {
            let mut random = Random(seed.wrapping_mul(caller as u64) | 1);
            let (anvil, done, ends) = (&anvil, &done, &ends);
            scope.spawn(move || {
                let _entered = anvil.enter();
                while done.fetch_add(1, Ordering::Relaxed) < calls {
                    let order = random.order();
                    let end = call(order, random.next() % 1_000);
                    *ends.lock().unwrap().entry((order, end)).or_default() += 1;
                    if random.next().is_multiple_of(200) {
                        kill_one(&mut random);
                    }
                }
            });
        }
        let mut half_way = Held::now();
        for swap in 1..=swaps {
            wait_until(|| done.load(Ordering::Relaxed) >= swap * calls / (swaps + 1));
            roll_back(&anvil, swap);
            if swap == swaps / 2 {
                half_way = Held::now();
            }
        }
        half_way
    });
    Lived {
        ends: ends.into_inner().unwrap(),
        half_way,
        after: Held::now(),
    }
}

/// Calls until it is let through, and says what came of it, in a word or two.
fn call(order: &'static str, n: u64) -> String {
    loop {
        match obey(order, n) {
            Err(error) if error.is_resting() => thread::sleep(Duration::from_millis(5)),
            outcome => break judge(order, n, outcome),
        }
    }
}

fn judge(order: &str, n: u64, outcome: Result<u64, Error>) -> String {
    let error = match (order, outcome) {
        ("double", Ok(answer)) => {
            assert_eq!(answer, 2 * n);
            return "right".to_owned();
        }
        ("pid" | "err", Ok(_)) => return "right".to_owned(),
        (order, Ok(answer)) => panic!("{order} was answered with {answer}"),
        (_, Err(error)) => error,
    };
    let words = error.to_string();
    let told = match order {
        "panic" => error.is_panic(),
        "err" => error.is_failed() && words.contains("as told"),
        "abort" => error.is_crash() && words.contains("SIGABRT"),
        "exit" => error.is_crash() && words.contains("exited with code 3"),
        "forge" => error.is_crash() && words.contains("broke the protocol"),
        "fill" => error.is_memory(),
        "loop" => error.is_deadline(),
        _ => false,
    };
    // Whoever kills does not know whether the worker is idle.
    let killed = words.contains("SIGKILL");
    assert!(told || killed, "{order}: {error}");
    if told { "told" } else { "killed" }.to_owned()
}

fn kill_one(random: &mut Random) {
    let workers = processes::workers(std::process::id());
    if !workers.is_empty() {
        processes::kill(workers[random.next() as usize % workers.len()]);
    }
}

/// To the first version, which can be healed, and to the second in turns; and now and then more heals are allowed.
fn roll_back(anvil: &Anvil, swap: usize) {
    let to = Version {
        major: 1,
        minor: (swap % 2) as u32,
    };
    while let Err(error) = anvil.rollback("obey", to) {
        assert!(error.to_string().contains("SIGKILL"), "{error}");
    }
    if swap.is_multiple_of(10) {
        anvil.reset_heal_attempts("obey");
    }
}

/// George Marsaglia's xorshift.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Mostly one that is answered.
    fn order(&mut self) -> &'static str {
        match self.next() % 2_000 {
            0 => "loop",
            1..6 => "fill",
            6..16 => "abort",
            16..26 => "exit",
            26..36 => "forge",
            36..66 => "panic",
            66..76 => "err",
            76..176 => "pid",
            _ => "double",
        }
    }
}
