//! Promises that only files can break: permissions, old copies, foreign and damaged files, missing keys.
#![expect(clippy::unwrap_used, reason = "tests")]

use rundruf_consent::log::LogKey;
use rundruf_consent::{Address, AddressId, Channel, Event, ListId, Time};
use rundruf_store::{
    ConsentChange, ConsentTarget, NewContact, OpenOptions, PendingForget, Spellings, Store, StoreError, TransportId,
    log_fork, open,
};
use rusqlite::Connection;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

fn open_in(dir: &Path, name: &str) -> Result<Arc<dyn Store>, StoreError> {
    open(&format!("sqlite:{}/{name}.db", dir.display()), OpenOptions::default())
}

/// What opening says, for somebody who reads it.
fn refused(dir: &Path, name: &str) -> String {
    open_in(dir, name).err().map(|e| e.to_string()).unwrap_or_default()
}

async fn add(store: &Arc<dyn Store>, n: u64) {
    let address = Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap();
    let new = NewContact { addresses: vec![address], ..NewContact::default() };
    store.contact_add(new, Time(1)).await.unwrap();
}

/// A closed store with one contact in it.
async fn closed(dir: &Path) {
    let store = open_in(dir, "s").unwrap();
    add(&store, 1).await;
    store.close().await;
}

const DRAFT: &str = r#"{"time":5,"controller":{"name":"Krume","imprint_url":"","privacy_url":""},"actor":"person",
    "list":{"name":"l","title":"L","purpose":"p"},"source":{"kind":"command"},"act":{"kind":"post","verbatim":"in-her-own-words"}}"#;

/// The first contact stops.
fn stop(list: ListId) -> ConsentChange {
    let address = Address::parse(Channel::Email, "p1@x.example", None).unwrap();
    let draft = Arc::new(serde_json::from_str(DRAFT).unwrap());
    let target = ConsentTarget::Address(address, list);
    ConsentChange { target, event: Event::Stop, draft, request: None, services: Vec::new() }
}

#[tokio::test]
async fn files_belong_to_their_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    add(&store, 1).await;
    let mut seen = Vec::new();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
        seen.push(entry.file_name().into_string().unwrap());
    }
    seen.sort();
    for name in ["s.db", "s.db-wal", "s.db.kek", "s.db.keys", "s.db.lock"] {
        assert!(seen.iter().any(|s| s == name), "{name} is missing: {seen:?}");
    }
    fs::set_permissions(dir.path().join("s.db.kek"), fs::Permissions::from_mode(0o644)).unwrap();
    let found = store.doctor().await.unwrap();
    assert!(found.len() == 1 && found[0].fault && found[0].text.to_string().contains("chmod 600"), "{found:?}");
}

#[tokio::test]
async fn evidence_is_not_readable_on_disk() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let store = open_in(dir, "s").unwrap();
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    add(&store, 1).await;
    store.consent_apply(vec![stop(list)], Time(6)).await.unwrap();
    let holds = |needle: &str| {
        let files = fs::read_dir(dir).unwrap().map(|e| fs::read(e.unwrap().path()).unwrap());
        let mut found = false;
        for bytes in files {
            found |= bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
        }
        found
    };
    assert!(holds("p1@x.example"), "addresses can be found, so the search below means something");
    assert!(!holds("in-her-own-words") && !holds("Krume"));
}

#[tokio::test]
async fn an_old_copy_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    let store = open_in(dir.path(), "s").unwrap();
    let signer = LogKey { origin: "o".into(), seed: [1; 32] };
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    add(&store, 1).await;
    store.close().await;
    fs::copy(&path, dir.path().join("copy")).unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    store.consent_apply(vec![stop(list)], Time(6)).await.unwrap();
    store.log_sign(signer, Time(9)).await.unwrap();
    store.close().await;
    fs::copy(dir.path().join("copy"), &path).unwrap();
    let said = refused(dir.path(), "s");
    assert!(said.contains("old copy") && said.contains("0 entries, 1 were signed"), "{said}");
    let high_water = dir.path().join("s.db.highwater");
    fs::write(&high_water, "what").unwrap();
    assert!(refused(dir.path(), "s").contains("does not hold a number"));
    fs::remove_file(high_water).unwrap();
    assert!(refused(dir.path(), "s").contains("old copy"), "the keys remember as well");
    // Continued on purpose, it says so for ever, and no number is used again.
    let url = format!("sqlite:{}", path.display());
    let (fork, _) = log_fork(&url, OpenOptions::default(), "disk broke", Time(20)).unwrap();
    assert_eq!((fork.kind.as_str(), fork.size, fork.signed), ("fork", 0, 1));
    let store = open_in(dir.path(), "s").unwrap();
    assert_eq!(store.log_breaks(), [fork]);
    let address = Address::parse(Channel::Email, "p9@x.example", None).unwrap();
    let new = NewContact { addresses: vec![address], ..NewContact::default() };
    let added = store.contact_add(new, Time(30)).await.unwrap();
    assert!(added.id.0 > 1 << 32 && added.addresses[0].id.0 > 1 << 32, "{added:?}");
    store.close().await;
    open_in(dir.path(), "s").unwrap();
}

#[tokio::test]
async fn who_was_erased_is_erased_again_in_an_older_copy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    closed(dir.path()).await;
    fs::copy(&path, dir.path().join("copy")).unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    let address = Address::parse(Channel::Email, "p1@x.example", None).unwrap();
    let erase = async |store: &Arc<dyn Store>| {
        let id = store.address_find(address.clone()).await.unwrap().unwrap().id;
        store.erase(vec![id], Spellings::new([&address]).unwrap(), true, Time(7)).await.unwrap();
        assert!(store.address_find(address.clone()).await.unwrap().is_none());
    };
    erase(&store).await;
    assert!(store.erased_returned().await.unwrap().is_empty());
    store.close().await;
    let journal = fs::read_to_string(dir.path().join("s.db.erased")).unwrap();
    assert!(journal.lines().count() == 1 && !journal.contains("p1") && !journal.contains('@'), "{journal}");
    // The copy from before holds the person.
    fs::copy(dir.path().join("copy"), &path).unwrap();
    assert!(refused(dir.path(), "s").contains("old copy"));
    log_fork(&format!("sqlite:{}", path.display()), OpenOptions::default(), "disk broke", Time(20)).unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    let returned = store.erased_returned().await.unwrap();
    assert_eq!(returned.iter().map(|row| &row.address).collect::<Vec<_>>(), [&address]);
    erase(&store).await;
    assert!(store.erased_returned().await.unwrap().is_empty());
    // A person who comes back is another address.
    add(&store, 1).await;
    assert!(store.erased_returned().await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn a_copy_of_the_same_hour_is_noticed_although_nothing_was_signed() {
    for running in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("s.db");
        let copy = dir.path().join("copy");
        let store = open_in(dir.path(), "s").unwrap();
        add(&store, 1).await;
        if running {
            Connection::open(&path).unwrap().execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
        } else {
            store.close().await;
            fs::copy(&path, &copy).unwrap();
        }
        let store = if running { store } else { open_in(dir.path(), "s").unwrap() };
        add(&store, 2).await;
        store.close().await;
        drop(store);
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(dir.path().join(format!("s.db{ending}")));
        }
        fs::copy(&copy, &path).unwrap();
        assert!(refused(dir.path(), "s").contains("old copy"), "copied while running: {running}");
    }
}

#[tokio::test]
async fn lost_keys_and_a_lost_database_are_never_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    let list = store.list_sync(vec!["l".into()]).await.unwrap()[0];
    add(&store, 1).await;
    store.consent_apply(vec![stop(list)], Time(6)).await.unwrap();
    store.close().await;
    drop(store);
    let keys = dir.path().join("s.db.keys");
    fs::rename(&keys, dir.path().join("away")).unwrap();
    fs::write(&keys, "").unwrap();
    let said = refused(dir.path(), "s");
    assert!(said.contains("is missing. It is not made anew"), "an empty file is no key database: {said}");
    for ending in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(dir.path().join(format!("s.db.keys{ending}")));
    }
    fs::rename(dir.path().join("away"), &keys).unwrap();
    fs::rename(dir.path().join("s.db"), dir.path().join("away")).unwrap();
    assert!(refused(dir.path(), "s").contains("the database that they belong to is missing"));
    assert!(!dir.path().join("s.db").metadata().is_ok_and(|m| m.len() > 0), "nothing was made in its place");
    fs::rename(dir.path().join("away"), dir.path().join("s.db")).unwrap();
    open_in(dir.path(), "s").unwrap();
}

#[tokio::test]
async fn foreign_newer_and_damaged_files_are_refused_with_their_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("junk.db"), "no database at all, but long enough to be read as one").unwrap();
    assert!(refused(dir.path(), "junk").contains("junk.db"));
    Connection::open(dir.path().join("other.db")).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(refused(dir.path(), "other").contains("another program"));
    closed(dir.path()).await;
    Connection::open(dir.path().join("s.db")).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(refused(dir.path(), "s").contains("schema 99"));
    assert!(matches!(open("postgres://x", OpenOptions::default()).err(), Some(StoreError::Url(_))));
    assert!(matches!(open("sqlite:", OpenOptions::default()).err(), Some(StoreError::Url(_))));
    assert!(refused(Path::new("/proc/nowhere"), "s").contains("cannot be used"));
}

#[tokio::test]
async fn a_database_that_somebody_else_writes_to_is_in_use() {
    let dir = tempfile::tempdir().unwrap();
    closed(dir.path()).await;
    let other = Connection::open(dir.path().join("s.db")).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;").unwrap();
    assert!(matches!(open_in(dir.path(), "s").err(), Some(StoreError::InUse(_))));
    drop(other);
    open_in(dir.path(), "s").unwrap();
}

#[tokio::test]
async fn keys_that_are_missing_or_foreign_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    closed(dir.path()).await;
    let (kek, keys) = (dir.path().join("s.db.kek"), dir.path().join("s.db.keys"));
    let own = fs::read(&kek).unwrap();
    fs::remove_file(&kek).unwrap();
    assert!(refused(dir.path(), "s").contains("machine key is missing"));
    fs::write(&kek, [9; 32]).unwrap();
    assert!(refused(dir.path(), "s").contains("another machine key"));
    fs::write(&kek, [9; 31]).unwrap();
    assert!(refused(dir.path(), "s").contains("32 bytes"));
    fs::write(&kek, own).unwrap();
    fs::rename(&keys, dir.path().join("away")).unwrap();
    assert!(refused(dir.path(), "s").contains("missing"));
    fs::rename(dir.path().join("away"), &keys).unwrap();
    open_in(dir.path(), "s").unwrap();
}

#[tokio::test]
async fn a_key_file_elsewhere_is_used() {
    let dir = tempfile::tempdir().unwrap();
    let kek = dir.path().join("elsewhere");
    let options = OpenOptions { kek: Some(kek.clone()) };
    let store = open(&format!("sqlite:{}/s.db", dir.path().display()), options.clone()).unwrap();
    let seed = store.secrets().log_seed;
    store.close().await;
    assert_eq!(fs::metadata(&kek).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!dir.path().join("s.db.kek").exists());
    let store = open(&format!("sqlite:{}/s.db", dir.path().display()), options).unwrap();
    assert_eq!(store.secrets().log_seed, seed);
}

#[tokio::test]
async fn a_daemon_killed_at_its_first_start_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    // It got as far as an empty database.
    fs::write(dir.path().join("s.db"), "").unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    add(&store, 1).await;
    store.close().await;
    drop(store);
    // It got as far as the keys.
    fs::remove_file(dir.path().join("s.db")).unwrap();
    Connection::open(dir.path().join("s.db.keys")).unwrap().execute("DELETE FROM mark", []).unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    store.close().await;
    drop(store);
    // It got as far as the generation that it was about to draw.
    Connection::open(dir.path().join("s.db"))
        .unwrap()
        .execute("DELETE FROM meta WHERE key = 'generation'", [])
        .unwrap();
    let keys = Connection::open(dir.path().join("s.db.keys")).unwrap();
    keys.execute("DELETE FROM mark", []).unwrap();
    keys.execute("INSERT INTO mark (name, value) VALUES ('generation-next', randomblob(16))", []).unwrap();
    let store = open_in(dir.path(), "s").unwrap();
    add(&store, 1).await;
    assert!(store.doctor().await.unwrap().is_empty());
}

#[tokio::test]
async fn what_plugins_are_to_forget_is_kept_encrypted_until_they_have() {
    let dir = tempfile::tempdir().unwrap();
    closed(dir.path()).await;
    let store = open_in(dir.path(), "s").unwrap();
    let of = |transport, value: &str| PendingForget {
        id: 0,
        transport: TransportId(transport),
        address: AddressId(7),
        channel: "email".to_owned(),
        value: value.to_owned(),
        at: Time(5),
    };
    let shown = format!("{:?}", of(1, "erika@muster.example"));
    assert!(!shown.contains("erika"), "{shown}");
    store.forget_add(vec![of(1, "erika@muster.example"), of(2, "erika@muster.example")]).await.unwrap();
    store.close().await;
    let named = |text: &str| {
        let files = fs::read_dir(dir.path()).unwrap().flatten();
        files.filter(|f| String::from_utf8_lossy(&fs::read(f.path()).unwrap()).contains(text)).count()
    };
    assert_eq!(named("erika@muster"), 0, "it is readable on the disk");
    let store = open_in(dir.path(), "s").unwrap();
    let first = store.forget_list(TransportId(1), 10).await.unwrap();
    assert_eq!(first, [PendingForget { id: first[0].id, ..of(1, "erika@muster.example") }]);
    store.forget_done(vec![first[0].id]).await.unwrap();
    assert!(store.forget_list(TransportId(1), 10).await.unwrap().is_empty());
    // Another transport's plugin is told by itself.
    assert_eq!(store.forget_list(TransportId(2), 10).await.unwrap().len(), 1);
    store.close().await;
}
