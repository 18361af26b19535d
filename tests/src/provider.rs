//! Providers of models on this machine, which speak a dialect from recorded shapes, faults included.
//!
//! A folder in `dialects/` is a dialect: `request.json` says what each request has to be, and each of the other files is
//! an answer, with its status, headers and content.

use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A provider, which answers on kept connections for as long as the process lives.
#[derive(Debug, Clone)]
pub struct Provider {
    /// `http://127.0.0.1:…`
    pub base: String,
    seen: Arc<Mutex<Seen>>,
}

#[derive(Debug, Default)]
struct Seen {
    connections: usize,
    /// A line for each request, with what it was answered.
    requests: Vec<String>,
    /// What was wrong with requests.
    mistakes: Vec<String>,
    bodies: Vec<Value>,
}

/// An answer, as a file has it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// JSON, or text as it is.
    #[serde(default)]
    body: Value,
    #[serde(default)]
    fault: Option<Fault>,
}

/// What becomes of an answer on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Fault {
    /// There is none, and the connection stays.
    Hang,
    /// Half of the content comes, then the connection ends.
    Cut,
    /// Half of the content comes, which is said to be all.
    HalfSaidToBeAll,
    /// A byte comes now and then.
    Drip,
    /// The connection ends without a word.
    Close,
    /// It comes after one and a half seconds.
    Unhurried,
    /// The content comes again and again.
    Endless,
}

/// What a request has to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    line: String,
    headers: BTreeMap<String, String>,
    /// Headers that must not be there.
    without: Vec<String>,
    /// A JSON Schema.
    body: Value,
}

#[derive(Debug)]
struct Request {
    line: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

impl Provider {
    /// Starts one that speaks `dialect` and gives these answers, in order, and the last one ever after.
    ///
    /// # Panics
    /// When there is no port to be had, no such dialect, or no such answer.
    #[must_use]
    pub fn start(dialect: &str, answers: &[&str]) -> Self {
        Self::behind("http", dialect, answers, |stream| Box::new(stream))
    }

    /// Starts one that speaks through what `open` makes of a connection, such as TLS, and is reached by this scheme.
    ///
    /// # Panics
    /// As [`start`](Self::start).
    pub fn behind(
        scheme: &str,
        dialect: &str,
        answers: &[&str],
        open: impl Fn(TcpStream) -> Box<dyn Stream> + Send + Sync + 'static,
    ) -> Self {
        let rules: Rules = read(dialect, "request");
        jsonschema::validator_for(&rules.body).expect("a schema of requests");
        let answers = answers.iter().map(|name| (*name).to_owned());
        let answers: Vec<(String, Answer)> = answers
            .map(|name| {
                let answer = read(dialect, &name);
                (name, answer)
            })
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port on this machine");
        let address = listener.local_addr().expect("the port that was bound");
        let provider = Self {
            base: format!("{scheme}://{address}"),
            seen: Arc::default(),
        };
        let seen = provider.seen.clone();
        let script = Arc::new((rules, answers, open));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                locked(&seen).connections += 1;
                let (seen, script) = (seen.clone(), script.clone());
                thread::spawn(move || {
                    let (rules, answers, open) = &*script;
                    serve(open(stream), &seen, rules, answers)
                });
            }
        });
        provider
    }

    /// What came, and what was answered, a line each.
    ///
    /// # Panics
    /// When a request was not what the dialect takes.
    #[must_use]
    pub fn transcript(&self) -> String {
        let seen = locked(&self.seen);
        assert!(seen.mistakes.is_empty(), "{:#?}", seen.mistakes);
        seen.requests.join("\n")
    }

    /// How many connections there were.
    #[must_use]
    pub fn connections(&self) -> usize {
        locked(&self.seen).connections
    }

    /// The contents of the requests.
    #[must_use]
    pub fn bodies(&self) -> Vec<Value> {
        locked(&self.seen).bodies.clone()
    }
}

fn locked(seen: &Mutex<Seen>) -> std::sync::MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T: for<'de> Deserialize<'de>>(dialect: &str, name: &str) -> T {
    let path = format!(
        "{}/dialects/{dialect}/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What bytes go through, both ways.
pub trait Stream: Read + Write {}

impl<S: Read + Write> Stream for S {}

/// Serves a connection until it ends. A client that goes away is none of a provider's business.
fn serve(
    stream: Box<dyn Stream>,
    seen: &Mutex<Seen>,
    rules: &Rules,
    answers: &[(String, Answer)],
) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let request = Request::read(&mut reader)?;
        let answer = {
            let mut seen = locked(seen);
            let nth = seen.requests.len().min(answers.len() - 1);
            let (name, answer) = &answers[nth];
            let status = match answer.fault {
                Some(fault) => format!("{fault:?}"),
                None => answer.status.to_string(),
            };
            seen.requests
                .push(format!("{} -> {name} ({status})", request.line));
            seen.mistakes.extend(request.mistakes(rules));
            seen.bodies
                .extend(serde_json::from_slice::<Value>(&request.body));
            answer
        };
        answer.send(reader.get_mut())?;
    }
}

impl Request {
    fn read(reader: &mut impl BufRead) -> Option<Self> {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = HashMap::new();
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else {
                break;
            };
            headers.insert(name.to_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length");
        let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        Some(Self {
            line: line.trim().trim_end_matches(" HTTP/1.1").to_owned(),
            headers,
            body,
        })
    }

    /// Its line, where a proxy is asked as where the provider is.
    fn without_host(&self) -> String {
        match self.line.split_once(" http://") {
            Some((method, url)) => {
                let path = url.find('/').map_or("/", |at| &url[at..]);
                format!("{method} {path}")
            }
            None => self.line.clone(),
        }
    }

    fn mistakes(&self, rules: &Rules) -> Vec<String> {
        let mut mistakes = Vec::new();
        if self.without_host() != rules.line {
            mistakes.push(format!("{} instead of {}", self.line, rules.line));
        }
        for (name, value) in &rules.headers {
            if self.headers.get(name) != Some(value) {
                mistakes.push(format!("{name} is not {value}: {:?}", self.headers));
            }
        }
        for name in &rules.without {
            if self.headers.contains_key(name) {
                mistakes.push(format!("there is a header {name}"));
            }
        }
        match serde_json::from_slice(&self.body) {
            Ok(body) => {
                let schema = jsonschema::validator_for(&rules.body).expect("a schema of requests");
                let errors = schema.iter_errors(&body);
                mistakes.extend(errors.map(|error| format!("{}: {error}", error.instance_path())));
            }
            Err(error) => mistakes.push(format!("the content is no JSON: {error}")),
        }
        mistakes
    }
}

impl Answer {
    /// Nothing where the connection has ended with it.
    fn send(&self, stream: &mut dyn Stream) -> Option<()> {
        let body = match &self.body {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let (half, _) = body.split_at(body.floor_char_boundary(body.len() / 2));
        let length = match self.fault {
            Some(Fault::HalfSaidToBeAll) => half.len(),
            Some(Fault::Endless) => isize::MAX as usize,
            _ => body.len(),
        };
        let mut head = format!("HTTP/1.1 {} x\r\ncontent-length: {length}\r\n", self.status);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        match self.fault {
            None => write!(stream, "{head}{body}")
                .and_then(|()| stream.flush())
                .ok(),
            Some(Fault::HalfSaidToBeAll) => write!(stream, "{head}{half}").ok(),
            Some(Fault::Cut) => {
                write!(stream, "{head}{half}").ok()?;
                None
            }
            Some(Fault::Close) => None,
            Some(Fault::Unhurried) => {
                thread::sleep(Duration::from_millis(1_500));
                write!(stream, "{head}{body}").ok()
            }
            Some(Fault::Hang) => {
                // Until the client has had enough.
                let mut rest = [0; 64];
                while stream.read(&mut rest).ok()? > 0 {}
                None
            }
            Some(Fault::Endless) => {
                stream.write_all(head.as_bytes()).ok()?;
                loop {
                    stream.write_all(body.as_bytes()).ok()?;
                }
            }
            Some(Fault::Drip) => {
                stream.write_all(head.as_bytes()).ok()?;
                for byte in body.bytes() {
                    stream.write_all(&[byte]).ok()?;
                    thread::sleep(Duration::from_millis(20));
                }
                Some(())
            }
        }
    }
}
