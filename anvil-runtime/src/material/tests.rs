//! Pages from services on this machine, which are slow, gone, changed or up to no good.

use super::fetch::Fetcher;
use super::pages::{Had, Pages, Report};
use super::{LONGEST, file};
use crate::background::{Background, wait};
use crate::broker::tests::service::{Service, answer, elsewhere, ok};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use url::Url;

/// A process that reads pages.
struct Reader {
    pages: Arc<Pages>,
    background: Background,
}

impl Reader {
    fn new(folder: &Path, longest_wait: Duration) -> Self {
        let pages = Pages::new(folder.to_owned(), Fetcher::waiting(longest_wait));
        Self {
            pages: Arc::new(pages),
            background: Background::start().unwrap(),
        }
    }

    fn ask(&self, url: &Url) -> (Had, Option<Report>) {
        let (pages, url) = (self.pages.clone(), url.clone());
        wait(self.background.spawn(async move { pages.page(&url).await })).unwrap()
    }
}

/// Another process each time, with what is kept in the folder.
fn pages(folder: &TempDir) -> Reader {
    Reader::new(folder.path(), Duration::from_secs(5))
}

fn url(service: &Service, path: &str) -> Url {
    Url::parse(&service.url(path)).unwrap()
}

/// Lets what is in the cache grow old.
fn age(folder: &TempDir) {
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "json") {
            let mut record: serde_json::Value =
                serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            record["fetched"] = "2026-01-02T03:04:05Z".into();
            fs::write(&path, record.to_string()).unwrap();
        }
    }
}

/// That a page could not be had, and why.
#[track_caller]
fn refused(pages: &Reader, url: &Url, words: &str) {
    let (had, report) = pages.ask(url);
    assert_eq!(had, Had::Nothing);
    let why = report.unwrap().outcome.unwrap_err();
    assert!(why.contains(words), "{why}");
}

#[track_caller]
fn told(pages: &Reader, url: &Url, text: &str, status: Option<&str>) {
    let (had, report) = pages.ask(url);
    assert_eq!(had, Had::Current(text.to_owned()));
    let told = report.map(|report| report.outcome.unwrap());
    assert_eq!(told.as_ref().map(|answer| answer.status), status);
    assert!(told.is_none_or(|answer| answer.bytes == text.len()));
}

#[test]
fn a_page_is_fetched_once_and_kept_for_a_while() {
    let folder = tempfile::tempdir().unwrap();
    let html = answer(
        "200 OK",
        &[("Content-Type", "text/html")],
        "<h1>Orders</h1><p>GET",
    );
    let service = Service::saying(html);
    let (one, url) = (pages(&folder), url(&service, "/docs"));
    told(&one, &url, "# Orders\n\nGET\n", Some("fetched"));
    told(&one, &url, "# Orders\n\nGET\n", None);
    told(&pages(&folder), &url, "# Orders\n\nGET\n", None);
    let seen = service.seen();
    assert_eq!(seen.len(), 1);
    assert_eq!(seen[0].line, "GET /docs");
    for header in ["cookie", "authorization", "referer", "if-none-match"] {
        assert_eq!(seen[0].header(header), None, "{header}");
    }
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let folder = tempfile::tempdir().unwrap();
    let changed = "Fri, 02 Jan 2026 03:04:05 GMT";
    let service = Service::answering(move |nth, _| match nth {
        0 => answer(
            "200 OK",
            &[("ETag", "\"v1\""), ("Last-Modified", changed)],
            "one",
        ),
        1 => answer("304 Not Modified", &[], ""),
        _ => answer("200 OK", &[("ETag", "\"v2\"")], "two"),
    });
    let url = url(&service, "/");
    told(&pages(&folder), &url, "one\n", Some("fetched"));
    age(&folder);
    told(&pages(&folder), &url, "one\n", Some("unchanged"));
    told(&pages(&folder), &url, "one\n", None);
    age(&folder);
    told(&pages(&folder), &url, "two\n", Some("fetched"));
    for seen in &service.seen()[1..] {
        assert_eq!(seen.header("if-none-match"), Some("\"v1\""));
        assert_eq!(seen.header("if-modified-since"), Some(changed));
    }
}

#[test]
fn a_page_that_is_gone_is_told_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::answering(|nth, _| match nth {
        0 => ok("one"),
        _ => answer("503 Service Unavailable", &[], "later"),
    });
    let url = url(&service, "/");
    told(&pages(&folder), &url, "one\n", Some("fetched"));
    age(&folder);
    let old = Had::Old("one\n".to_owned(), "2026-01-02T03:04:05Z".parse().unwrap());
    let (had, report) = pages(&folder).ask(&url);
    assert_eq!(had, old);
    let why = report.unwrap().outcome.unwrap_err();
    assert_eq!(why, "the answer is 503 Service Unavailable");
    drop(service);
    let (had, report) = pages(&folder).ask(&url);
    assert_eq!(had, old);
    assert!(report.unwrap().outcome.unwrap_err().contains("refused"));
}

#[test]
fn a_page_that_could_not_be_had_is_not_asked_for_again_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::saying(answer("404 Not Found", &[], "no such page"));
    let (pages, url) = (pages(&folder), url(&service, "/"));
    refused(&pages, &url, "the answer is 404 Not Found");
    let (had, report) = pages.ask(&url);
    assert_eq!(had, Had::Nothing);
    assert!(report.is_none());
    assert_eq!(service.lines().len(), 1);
}

#[test]
fn who_asks_at_the_same_time_waits_for_the_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::saying(ok("one"));
    let (pages, url) = (&pages(&folder), &url(&service, "/"));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(pages.ask(url).0, Had::Current("one\n".to_owned())));
        }
    });
    assert_eq!(service.lines().len(), 1);
}

#[test]
fn redirects_are_followed_as_far_as_they_may_lead() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::answering(|_, seen| match seen.line.as_str() {
        "GET /old" => elsewhere("301 Moved Permanently", "/new#orders"),
        "GET /new" => answer("200 OK", &[("ETag", "\"new\"")], "new"),
        "GET /round" => elsewhere("302 Found", "/round"),
        "GET /metadata" => elsewhere("302 Found", "http://169.254.169.254/latest/meta-data/"),
        "GET /mapped" => elsewhere("302 Found", "http://[::ffff:10.0.0.1]/"),
        "GET /port" => elsewhere("302 Found", "http://127.0.0.1:1/"),
        "GET /local" => elsewhere("302 Found", "http://api.localhost/"),
        "GET /file" => elsewhere("302 Found", "file:///etc/passwd"),
        "GET /user" => elsewhere("302 Found", "http://me@127.0.0.1/"),
        _ => elsewhere("302 Found", "http://"),
    });
    let pages = pages(&folder);
    told(&pages, &url(&service, "/old"), "new\n", Some("fetched"));
    for (path, words) in [
        ("/round", "there are more than 5 redirects"),
        (
            "/metadata",
            "at `169.254.169.254`, which is not on the public internet",
        ),
        ("/mapped", "which is not on the public internet"),
        (
            "/port",
            "at `127.0.0.1`, which is not on the public internet",
        ),
        (
            "/local",
            "at `api.localhost`, which is not on the public internet",
        ),
        ("/file", "redirected from http to file"),
        ("/user", "a URL with a user or a password"),
        ("/none", "what is no URL"),
    ] {
        refused(&pages, &url(&service, path), words);
    }
    assert_eq!(
        service
            .lines()
            .iter()
            .filter(|line| *line == "GET /round")
            .count(),
        6
    );
}

#[test]
fn what_one_service_said_of_a_page_is_told_to_that_one_alone() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::answering(|nth, seen| match (seen.line.as_str(), nth) {
        ("GET /", 0) => elsewhere("302 Found", "/a"),
        ("GET /a", _) => answer("200 OK", &[("ETag", "\"a\"")], "a"),
        ("GET /", _) => elsewhere("302 Found", "/b"),
        _ => answer("200 OK", &[], "b"),
    });
    let url = url(&service, "/");
    told(&pages(&folder), &url, "a\n", Some("fetched"));
    age(&folder);
    told(&pages(&folder), &url, "b\n", Some("fetched"));
    assert!(
        service
            .seen()
            .iter()
            .all(|seen| seen.header("if-none-match").is_none())
    );
}

#[test]
fn a_name_for_this_machine_may_be_declared() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::saying(ok("one"));
    let url = Url::parse(&format!("http://localhost:{}/", service.port())).unwrap();
    told(&pages(&folder), &url, "one\n", Some("fetched"));
}

#[test]
fn a_service_that_hangs_costs_the_time_that_a_page_may_take() {
    let folder = tempfile::tempdir().unwrap();
    let service = Service::doing(|nth, _, stream| {
        // The first says nothing; the second goes on for ever.
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n";
        let mut alive = nth == 0 || stream.write_all(head.as_bytes()).is_ok();
        let until = Instant::now() + Duration::from_millis(400);
        while alive && Instant::now() < until {
            thread::sleep(Duration::from_millis(20));
            alive = nth == 0 || stream.write_all(b"x").is_ok();
        }
    });
    for path in ["/silent", "/slow"] {
        let pages = Reader::new(folder.path(), Duration::from_millis(100));
        let started = Instant::now();
        refused(
            &pages,
            &url(&service, path),
            "it takes longer than 0.1 seconds",
        );
        assert!(started.elapsed() < Duration::from_secs(3));
    }
}

#[test]
fn what_cannot_be_read_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = [("Content-Type", "application/pdf")];
    let service = Service::answering(move |_, seen| match seen.line.as_str() {
        "GET /long" => ok("x".repeat(LONGEST + 1)),
        "GET /cut" => b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf".to_vec(),
        "GET /pdf" => answer("200 OK", &pdf, "%PDF-1.7"),
        "GET /binary" => ok(b"\x7fELF\0\0"),
        "GET /304" => answer("304 Not Modified", &[], ""),
        "GET /junk" => b"ICY 200 OK\r\n\r\n".to_vec(),
        _ => ok(""),
    });
    let pages = pages(&folder);
    for (path, words) in [
        ("/long", "longer than the 4194304 bytes"),
        ("/cut", "end of file"),
        ("/pdf", "it is `application/pdf`"),
        ("/binary", "it is binary"),
        ("/304", "the answer is 304"),
        ("/junk", "invalid HTTP"),
        ("/empty", "it is empty"),
    ] {
        refused(&pages, &url(&service, path), words);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_cache_that_cannot_be_written_costs_a_fetch() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("docs");
    fs::write(&file, "in the way").unwrap();
    let service = Service::saying(ok("one"));
    let pages = Reader::new(&file, Duration::from_secs(5));
    for _ in 0..2 {
        told(&pages, &url(&service, "/"), "one\n", Some("fetched"));
    }
}

#[test]
fn a_file_of_the_workspace_is_read_as_it_is_now() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("api")).unwrap();
    let path = root.path().join("api/openapi.yaml");
    for text in ["openapi: 3.0.0\n", "openapi: 3.1.0\n"] {
        fs::write(&path, text).unwrap();
        assert_eq!(file::read(root.path(), "api/openapi.yaml").unwrap(), text);
    }
    fs::write(root.path().join("docs.HTM"), "<p>a<p>b").unwrap();
    assert_eq!(file::read(root.path(), "docs.HTM").unwrap(), "a\n\nb\n");
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_the_reason() {
    let (root, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let check = |name: &str, words: &str| {
        let refused = file::read(root.path(), name).unwrap_err();
        assert!(refused.contains(words), "{refused}");
    };
    check("missing.md", "it cannot be read");
    check(".", "it is no file");
    fs::write(outside.path().join("secret"), "x").unwrap();
    let way_out = Path::new("..").join(outside.path().file_name().unwrap());
    check(
        way_out.join("secret").to_str().unwrap(),
        "outside the workspace",
    );
    fs::write(root.path().join("long"), vec![b'x'; LONGEST + 1]).unwrap();
    check("long", "more than 4194304 bytes");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), root.path().join("link")).unwrap();
        check("link/secret", "outside the workspace");
        let pipe = root.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        check("pipe", "it is no file");
    }
}
