//! The store as a whole: what was written is read, whoever is in between.

use super::*;
use crate::model::Usage;
use crate::spec::ToolSpec;
use crate::version::Version;
use std::fs;

fn spec() -> ToolSpec {
    ToolSpec::new("add", "add", "Add", "")
}

fn store() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::new(folder.path().join("tools"));
    (folder, store)
}

fn commit(store: &Store, body: &str, origin: Origin) -> Result<Version, StoreError> {
    let lock = store.lock("add")?;
    store.commit(&lock, &spec(), body, by(origin))
}

fn by(origin: Origin) -> Provenance {
    Provenance {
        origin,
        model: Some("scripted".to_owned()),
        usage: Usage::default(),
        took_ms: 12,
    }
}

fn healed() -> Origin {
    Origin::Healed {
        error: "it broke".to_owned(),
    }
}

fn read(store: &Store, file: &str) -> String {
    fs::read_to_string(store.root().join("add").join(file)).unwrap()
}

#[test]
fn a_tool_that_never_was_is_nothing() {
    let (_folder, store) = store();
    assert!(store.load("add").unwrap().is_none());
    assert!(!store.root().exists(), "looking creates nothing");
}

#[test]
fn the_last_commit_is_what_loads_and_every_version_stays() {
    let (_folder, store) = store();
    commit(&store, "one\n", Origin::Generated).unwrap();
    commit(&store, "two\n", healed()).unwrap();

    let stored = store.load("add").unwrap().unwrap();
    assert_eq!((stored.body.trim(), stored.edited()), ("two", false));
    assert_eq!(stored.record.current.to_string(), "1.1");
    assert_eq!(stored.record.versions.len(), 2);
    assert!(stored.record.fits(&spec().digest()));
    assert_eq!(store.body("add", Version::FIRST).unwrap().trim(), "one");
    assert_eq!(read(&store, "tool.rs"), read(&store, "versions/1.1.rs"));
}

#[test]
fn a_kill_between_any_two_steps_loses_at_most_the_candidate() {
    let (_folder, store) = store();
    commit(&store, "one\n", Origin::Generated).unwrap();

    // Killed before the commit: a version that the record does not know.
    let orphan = store.root().join("add/versions/1.1.rs");
    fs::write(&orphan, "half a candi").unwrap();
    assert_eq!(store.load("add").unwrap().unwrap().body.trim(), "one");
    commit(&store, "two\n", healed()).unwrap();
    assert!(read(&store, "versions/1.1.rs").starts_with("two"));

    // Killed after the commit: `tool.rs` is still the old one, or gone.
    let live = store.root().join("add/tool.rs");
    let former = store.root().join("add/versions/1.0.rs");
    let spoil: [&dyn Fn() -> io::Result<()>; 2] = [&|| fs::copy(&former, &live).map(drop), &|| {
        fs::remove_file(&live)
    }];
    for spoil in spoil {
        spoil().unwrap();
        fs::write(store.behind_path("add"), "").unwrap();
        let stored = store.load("add").unwrap().unwrap();
        assert_eq!(
            (stored.body.trim(), stored.live_file),
            ("two", LiveFile::Behind)
        );
        store.repair("add");
        assert!(read(&store, "tool.rs").starts_with("two"));
        assert!(!store.behind_path("add").exists());
    }
}

#[test]
fn an_older_version_that_was_copied_back_is_the_users_choice() {
    let (_folder, store) = store();
    for body in ["one\n", "two\n"] {
        commit(&store, body, healed()).unwrap();
    }
    fs::copy(
        store.root().join("add/versions/1.0.rs"),
        store.root().join("add/tool.rs"),
    )
    .unwrap();
    let stored = store.load("add").unwrap().unwrap();
    assert_eq!((stored.body.trim(), stored.edited()), ("one", true));
}

#[test]
fn a_version_that_the_record_knows_is_never_written_again() {
    let (_folder, store) = store();
    let mut versions = Vec::new();
    for (intent, body) in [
        ("Add", "one"),
        ("Add up", "two"),
        ("Add up", "three"),
        ("Add", "four"),
    ] {
        let spec = ToolSpec::new("add", "add", intent, "");
        let lock = store.lock("add").unwrap();
        let version = store.commit(&lock, &spec, body, by(healed()));
        versions.push(version.unwrap().to_string());
    }
    assert_eq!(versions, ["1.0", "2.0", "2.1", "3.0"]);
    assert!(read(&store, "versions/2.0.rs").starts_with("two"));
}

#[test]
fn a_version_that_was_rolled_back_to_is_current_and_the_next_counts_on_from_the_highest() {
    let (_folder, store) = store();
    for body in ["one", "two", "three"] {
        commit(&store, body, healed()).unwrap();
    }
    let lock = store.lock("add").unwrap();
    let record = store.load("add").unwrap().unwrap().record;
    store
        .roll_back(&lock, record, &spec(), Version::FIRST)
        .unwrap();
    drop(lock);
    let stored = store.load("add").unwrap().unwrap();
    assert_eq!((stored.body.trim(), stored.edited()), ("one", false));
    assert_eq!(read(&store, "tool.rs"), read(&store, "versions/1.0.rs"));
    assert_eq!(commit(&store, "four", healed()).unwrap().to_string(), "1.3");
}

#[test]
fn what_is_stored_is_listed_and_anything_else_is_not() {
    let (_folder, store) = store();
    assert!(store.names().is_empty());
    commit(&store, "one", healed()).unwrap();
    fs::create_dir(store.root().join("empty")).unwrap();
    fs::create_dir(store.root().join("Not-a-name")).unwrap();
    fs::write(store.root().join("Not-a-name/tool.json"), "{}").unwrap();
    assert_eq!(store.names(), ["add"]);
}

fn put_pending(store: &Store, body: &str, replaces: Option<Version>) {
    let lock = store.lock("add").unwrap();
    store
        .put_pending(&lock, &spec(), replaces, body, None, by(healed()))
        .unwrap();
}

#[test]
fn what_waits_is_what_was_put_there_and_no_version() {
    let (_folder, store) = store();
    put_pending(&store, "one\n\n", None);
    let pending = store.pending("add").unwrap().unwrap();
    assert!(pending.body == "one" && pending.is_as_proven());
    assert!(pending.record.is_for(&spec().digest()));
    assert!(store.load("add").unwrap().is_none());
    assert_eq!(store.names(), ["add"], "so that it can be found");
    assert!(read(&store, "pending.rs").contains("answers nobody before"));

    put_pending(&store, "two", None);
    assert_eq!(store.pending("add").unwrap().unwrap().body, "two");
    let lock = store.lock("add").unwrap();
    store.drop_pending(&lock, "add").unwrap();
    store.drop_pending(&lock, "add").unwrap();
    assert!(store.pending("add").unwrap().is_none());
    assert!(!store.pending_path("add").exists());
}

#[test]
fn a_kill_around_what_waits_leaves_all_of_it_or_nothing() {
    let (_folder, store) = store();
    // Killed before the record was there, or after it was gone: a source, or half of one.
    fs::create_dir_all(store.root().join("add")).unwrap();
    fs::write(store.pending_path("add"), "half a candi").unwrap();
    assert!(store.pending("add").unwrap().is_none());
    drop(store.lock("add").unwrap());
    assert!(!store.pending_path("add").exists(), "it is swept away");

    // Killed after the commit, before what waited was taken away.
    commit(&store, "one", Origin::Generated).unwrap();
    put_pending(&store, "two", Some(Version::FIRST));
    let waits = |store: &Store| {
        let current = store.load("add").unwrap().unwrap().record.current;
        let pending = store.pending("add").unwrap().unwrap();
        pending.record.builds_on(Some(current))
    };
    assert!(waits(&store));
    commit(&store, "two", healed()).unwrap();
    assert!(!waits(&store), "it cannot be approved twice");
}

#[test]
fn a_reader_sees_a_commit_as_a_whole_or_not_at_all() {
    let (_folder, store) = store();
    commit(&store, "body 0\n", Origin::Generated).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for n in 1..60 {
                commit(&store, &format!("body {n}\n"), healed()).unwrap();
            }
        });
        while !writer.is_finished() {
            let stored = store.load("add").unwrap().unwrap();
            assert!(!stored.edited());
            assert_eq!(
                stored.body.trim(),
                format!("body {}", stored.record.current.minor)
            );
        }
    });
}

#[test]
fn an_edit_by_hand_is_what_runs_and_is_left_as_it_is() {
    let (_folder, store) = store();
    commit(&store, "one\n", Origin::Generated).unwrap();
    let live = store.root().join("add/tool.rs");
    let text = fs::read_to_string(&live).unwrap().replace("one", "mine");
    fs::write(&live, &text).unwrap();

    let stored = store.load("add").unwrap().unwrap();
    assert_eq!((stored.body.trim(), stored.edited()), ("mine", true));
    assert_eq!(fs::read_to_string(&live).unwrap(), text);
}

#[test]
fn an_edit_that_was_edited_on_since_it_was_adopted_is_kept() {
    let (_folder, store) = store();
    commit(&store, "one", Origin::Generated).unwrap();
    let edit = |text: &str| fs::write(store.root().join("add/tool.rs"), text).unwrap();
    edit("mine");
    let mine = store.load("add").unwrap().unwrap().body;
    edit("newer");
    assert!(matches!(
        commit(&store, &mine, Origin::Adopted),
        Err(StoreError::Edited(_))
    ));
    assert_eq!(read(&store, "tool.rs"), "newer");
    commit(&store, "newer", Origin::Adopted).unwrap();
    assert!(!store.load("add").unwrap().unwrap().edited());
}

#[test]
fn what_is_not_ours_is_refused_by_name_and_left_alone() {
    let (_folder, store) = store();
    let foreign = store.root().join("add");
    fs::create_dir_all(&foreign).unwrap();
    fs::write(foreign.join("main.py"), "print()").unwrap();
    for error in [
        store.load("add").unwrap_err(),
        store.lock("add").unwrap_err(),
    ] {
        assert!(
            error.to_string().contains("not a tool of Anvil's"),
            "{error}"
        );
    }
    assert_eq!(fs::read_dir(&foreign).unwrap().count(), 1);

    fs::remove_dir_all(&foreign).unwrap();
    fs::write(&foreign, "a file").unwrap();
    assert!(store.load("add").is_err());
}

#[test]
fn a_record_that_cannot_be_read_is_an_error_and_is_kept() {
    let (_folder, store) = store();
    commit(&store, "one\n", Origin::Generated).unwrap();
    let record = store.root().join("add/tool.json");
    for (text, words) in [
        ("{\"format\": 2", "cannot understand"),
        ("{\"format\": 99}", "has format 99"),
        ("{\"format\": 1}", "has format 1"),
    ] {
        fs::write(&record, text).unwrap();
        let error = store.load("add").unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
        assert!(commit(&store, "two\n", healed()).is_err());
        assert_eq!(fs::read_to_string(&record).unwrap(), text);
    }
}
