//! What it costs that bodies and builds run in processes of their own: `cargo bench -p anvil-tests --bench isolation`.
//!
//! What is compared is measured in turns, so that what else the machine does befalls all of it; the ratios are what to
//! look at. Beside calls stands a bare echo: the same bytes to a child process and back, over a socket, and once more
//! with a second thread in the child that each message is handed to, as threads that share a worker would have it.

#![expect(
    clippy::unwrap_used,
    reason = "what cannot go on is not worth measuring"
)]

#[cfg(target_os = "linux")]
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some(echo::PLAIN) => echo::answer(false),
        Some(echo::THREADED) => echo::answer(true),
        _ => linux::main(),
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("it looks for processes where Linux shows them");
}

#[cfg(target_os = "linux")]
mod linux {
    use super::echo::{self, Echo};
    use anvil::testing::{MockModel, TestAnvil};
    use anvil::{Anvil, Isolation};
    use anvil_tests::bodies::unbuilt;
    use anvil_tests::processes;
    use std::hint::black_box;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    #[anvil::tool(intent = "Add")]
    fn add(a: u64, b: u64) -> anvil::Result<u64>;

    #[anvil::tool(intent = "Give the text back")]
    fn same(text: &str) -> anvil::Result<String>;

    const ADD: &str = "pub fn add(a: u64, b: u64) -> Result<u64, ToolError> { Ok(a + b) }";
    const SAME: &str =
        "pub fn same(text: &str) -> Result<String, ToolError> { Ok(text.to_owned()) }";

    pub(super) fn main() {
        let anvils = [
            open(Isolation::Sandboxed),
            open(Isolation::Worker),
            open(Isolation::InProcess),
        ];
        calls(&anvils);
        starts(&anvils[..2]);
        callers(&anvils[0]);
        builds(&anvils[..2]);
    }

    /// With both tools live.
    fn open(level: Isolation) -> TestAnvil {
        let model = MockModel::new().reply("add", ADD).reply("same", SAME);
        let anvil = TestAnvil::configure(model, |builder| builder.isolation(level));
        assert_eq!(add(1, 2).unwrap(), 3);
        assert_eq!(same("x").unwrap(), "x");
        anvil
    }

    fn calls(anvils: &[TestAnvil; 3]) {
        const ROUNDS: usize = 40;
        let mut plain = Echo::start(echo::PLAIN);
        let mut threaded = Echo::start(echo::THREADED);
        let [small, large] = [1 << 10, 64 << 10].map(|length| "x".repeat(length));
        let echoed = |text: &str| [anvil_core::codec::encode(text).unwrap(), vec![0; 16]].concat();

        for (name, text, calls) in [
            ("two integers", None, 200),
            ("1 KB of text", Some(&small), 200),
            ("64 KB of text", Some(&large), 50),
        ] {
            let message = text.map_or_else(|| vec![0; 19], |text| echoed(text));
            let call = |anvil: &TestAnvil| {
                let _entered = anvil.enter();
                each(calls, || match text {
                    None => _ = black_box(add(black_box(1), black_box(2)).unwrap()),
                    Some(text) => _ = black_box(same(black_box(text)).unwrap()),
                })
            };
            let mut figures = [const { Vec::new() }; 5];
            for _ in 0..ROUNDS {
                figures[0].push(each(calls, || plain.there_and_back(&message)));
                figures[1].push(each(calls, || threaded.there_and_back(&message)));
                for (figures, anvil) in figures[2..].iter_mut().zip(anvils) {
                    figures.push(call(anvil));
                }
            }
            let names = [
                "echo, another process",
                "echo, and another thread there",
                "call, sandboxed",
                "call, worker",
                "call, in process",
            ];
            table(name, &names, figures.into());
        }
    }

    /// A call that has to start a process, less a call that has not.
    fn starts(anvils: &[TestAnvil]) {
        const ROUNDS: usize = 40;
        let mut figures = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            for (anvil, figures) in anvils.iter().zip(&mut figures) {
                let _entered = anvil.enter();
                let usual = each(20, || _ = add(1, 2).unwrap());
                for worker in processes::workers(std::process::id()) {
                    processes::kill(worker);
                }
                let start = Instant::now();
                add(1, 2).unwrap();
                figures.push(start.elapsed().saturating_sub(usual));
            }
        }
        let names = ["start, sandboxed", "start, worker"];
        table("a process, until it is ready", &names, figures.into());
    }

    fn callers(anvil: &Anvil) {
        const ROUNDS: usize = 8;
        const LONG: Duration = Duration::from_millis(150);
        let mut figures = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            for (callers, figures) in [1, 2, 4].into_iter().zip(&mut figures) {
                figures.push(LONG.div_f64(f64::from(calls_within(LONG, callers, anvil))));
            }
        }
        println!("calls per second, sandboxed (at best, and usually)");
        let mut usual_of_one = None;
        for (callers, mut times) in [1, 2, 4].into_iter().zip(figures) {
            times.sort();
            let per_second = |time: Duration| 1.0 / time.as_secs_f64();
            let usual = per_second(median(&times));
            let ratio = usual / *usual_of_one.get_or_insert(usual);
            let best = per_second(times[0]);
            println!("  {callers} at once {best:>28.0}{usual:>10.0}   × {ratio:.2}");
        }
    }

    fn calls_within(time: Duration, callers: u32, anvil: &Anvil) -> u32 {
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let callers: Vec<_> = (0..callers)
                .map(|_| {
                    scope.spawn(|| {
                        let _entered = anvil.enter();
                        let mut calls = 0;
                        while !over.load(Ordering::Relaxed) {
                            add(1, 2).unwrap();
                            calls += 1;
                        }
                        calls
                    })
                })
                .collect();
            thread::sleep(time);
            over.store(true, Ordering::Relaxed);
            callers
                .into_iter()
                .map(|caller| caller.join().unwrap())
                .sum()
        })
    }

    /// An edited body, built and put into service.
    fn builds(anvils: &[TestAnvil]) {
        const ROUNDS: usize = 15;
        let mut figures = [const { Vec::new() }; 2];
        for _ in 0..ROUNDS {
            for (anvil, figures) in anvils.iter().zip(&mut figures) {
                let file = anvil.tools_dir().join("add/tool.rs");
                std::fs::write(file, unbuilt(ADD)).unwrap();
                let start = Instant::now();
                anvil.reload("add").unwrap();
                figures.push(start.elapsed());
            }
        }
        let names = ["build, sandboxed", "build, worker: no sandbox"];
        table("an edited body, until it is live", &names, figures.into());
    }

    /// How long one of so many takes.
    fn each(times: u32, mut work: impl FnMut()) -> Duration {
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed() / times
    }

    /// The first row is what the others are compared with.
    fn table(title: &str, names: &[&str], figures: Vec<Vec<Duration>>) {
        println!("{title:34}{:>12}{:>12}", "min", "median");
        let mut first = None;
        for (name, mut times) in names.iter().zip(figures) {
            times.sort();
            let middle = median(&times);
            let ratio = middle.as_secs_f64() / first.get_or_insert(middle).as_secs_f64();
            println!(
                "  {name:32}{:>12.2?}{middle:>12.2?}   × {ratio:.2}",
                times[0]
            );
        }
    }

    fn median(sorted: &[Duration]) -> Duration {
        sorted[sorted.len() / 2]
    }
}

/// A process that gives back what it is sent.
#[cfg(target_os = "linux")]
mod echo {
    use std::io::{self, Read, Write};
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::process::{Child, Command};
    use std::sync::mpsc;
    use std::thread;

    pub(super) const PLAIN: &str = "--echo";
    pub(super) const THREADED: &str = "--echo-from-another-thread";

    #[derive(Debug)]
    pub(super) struct Echo {
        socket: UnixStream,
        child: Child,
        back: Vec<u8>,
    }

    impl Echo {
        pub(super) fn start(mode: &str) -> Self {
            let (socket, theirs) = UnixStream::pair().unwrap();
            let child = Command::new(std::env::current_exe().unwrap())
                .arg(mode)
                .stdin(OwnedFd::from(theirs))
                .spawn()
                .unwrap();
            Self {
                socket,
                child,
                back: Vec::new(),
            }
        }

        pub(super) fn there_and_back(&mut self, message: &[u8]) {
            write(&self.socket, message);
            assert!(read(&self.socket, &mut self.back));
            assert_eq!(self.back.len(), message.len());
        }
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    /// The child.
    pub(super) fn answer(threaded: bool) {
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().unwrap());
        let mut message = Vec::new();
        if !threaded {
            while read(&socket, &mut message) {
                write(&socket, &message);
            }
            return;
        }
        let answering = socket.try_clone().unwrap();
        let (to, from) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || {
            for message in from {
                write(&answering, &message);
            }
        });
        while read(&socket, &mut message) {
            to.send(std::mem::take(&mut message)).unwrap();
        }
    }

    fn write(mut socket: &UnixStream, message: &[u8]) {
        let length = u32::try_from(message.len()).unwrap();
        let framed = [&length.to_le_bytes(), message].concat();
        socket.write_all(&framed).unwrap();
    }

    fn read(mut socket: &UnixStream, into: &mut Vec<u8>) -> bool {
        let mut length = [0; 4];
        if socket.read_exact(&mut length).is_err() {
            return false;
        }
        into.resize(u32::from_le_bytes(length) as usize, 0);
        socket.read_exact(into).is_ok()
    }
}
