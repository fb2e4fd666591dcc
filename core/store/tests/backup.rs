//! Backups: made while the store is in use, checked, changed, brought back.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use rundruf_consent::{Address, Channel, Time};
use rundruf_store::backup::{BackupSource, create, restore, verify};
use rundruf_store::{NewContact, OpenOptions, Store, open};
use std::fs;
use std::path::Path;
use std::sync::Arc;

fn open_in(dir: &Path) -> Arc<dyn Store> {
    open(&format!("sqlite:{}/s.db", dir.display()), OpenOptions::default()).unwrap()
}

async fn add(store: &Arc<dyn Store>, n: u64) -> i64 {
    let address = Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap();
    let new = NewContact { addresses: vec![address], ..NewContact::default() };
    store.contact_add(new, Time(1)).await.unwrap().addresses[0].id.0
}

fn source(dir: &Path, with_machine_key: bool) -> BackupSource {
    let settings = vec![dir.join("rundruf.toml")];
    fs::write(&settings[0], "[store]\n").unwrap();
    BackupSource { database: dir.join("s.db"), kek: None, settings, with_machine_key }
}

#[tokio::test]
async fn what_was_there_is_there_again_and_no_number_is_used_twice() {
    let (dir, elsewhere, backups) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open_in(dir.path());
    let mut last = 0;
    for n in 0..50 {
        last = add(&store, n).await;
    }
    let seed = store.secrets().log_seed;
    let folder = backups.path().join("one");
    let made = create(&source(dir.path(), true), &folder, Time(77)).unwrap();
    assert_eq!((made.made, made.log_size, made.machine_key), (77, 0, true));
    // The original goes on: its numbers are unknown to the backup.
    let lost = add(&store, 100).await;
    assert!(create(&source(dir.path(), true), &folder, Time(78)).is_err(), "a folder is used once");
    let (summary, found) = verify(&folder, None).unwrap();
    assert!(summary == made && found.is_empty(), "{found:?}");
    let target = elsewhere.path().join("s.db");
    restore(&folder, &target, &OpenOptions::default(), None, Time(90)).unwrap();
    assert!(restore(&folder, &target, &OpenOptions::default(), None, Time(91)).is_err(), "there is a database already");
    let again = open_in(elsewhere.path());
    assert_eq!(again.secrets().log_seed, seed);
    assert!(again.doctor().await.unwrap().is_empty());
    assert_eq!(again.contact_find(String::new(), rundruf_consent::ContactId(0), 1_000).await.unwrap().len(), 50);
    let breaks = again.log_breaks();
    assert!(breaks.len() == 1 && breaks[0].kind == "restore" && breaks[0].reason.contains("77"), "{breaks:?}");
    let next = add(&again, 200).await;
    assert!(next > lost && lost > last && next - lost > 1 << 31, "{last} {lost} {next}");
}

#[tokio::test]
async fn every_changed_or_missing_file_is_found() {
    let (dir, backups) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open_in(dir.path());
    add(&store, 1).await;
    store.close().await;
    let folder = backups.path().join("one");
    create(&source(dir.path(), true), &folder, Time(1)).unwrap();
    for name in ["rundruf.db", "rundruf.db.keys", "rundruf.db.kek", "rundruf.db.highwater", "settings/rundruf.toml"] {
        let file = folder.join(name);
        let good = fs::read(&file).unwrap();
        let mut bent = good.clone();
        let middle = bent.len() / 2;
        bent[middle] ^= 1;
        for bad in [Some(bent), None] {
            match bad {
                Some(bytes) => fs::write(&file, bytes).unwrap(),
                None => fs::remove_file(&file).unwrap(),
            }
            let (_, found) = verify(&folder, None).unwrap();
            assert!(found.iter().any(|f| f.fault && f.text.to_string().contains(name)), "{name}: {found:?}");
            let target = backups.path().join("t/s.db");
            assert!(restore(&folder, &target, &OpenOptions::default(), None, Time(2)).is_err() && !target.exists());
        }
        fs::write(&file, good).unwrap();
    }
    fs::write(folder.join("more"), "x").unwrap();
    assert!(verify(&folder, None).unwrap().1[0].text.to_string().contains("more"));
    assert!(verify(dir.path(), None).is_err(), "no backup at all");
}

#[tokio::test]
async fn without_the_machine_key_it_is_asked_for() {
    let (dir, elsewhere, backups) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open_in(dir.path());
    add(&store, 1).await;
    store.close().await;
    let folder = backups.path().join("one");
    create(&source(dir.path(), false), &folder, Time(1)).unwrap();
    assert!(!folder.join("rundruf.db.kek").exists());
    let (_, found) = verify(&folder, None).unwrap();
    assert!(found.len() == 1 && !found[0].fault, "{found:?}");
    let target = elsewhere.path().join("s.db");
    assert!(restore(&folder, &target, &OpenOptions::default(), None, Time(2)).is_err());
    assert!(!target.exists());
    fs::write(backups.path().join("wrong"), [7; 32]).unwrap();
    let (_, found) = verify(&folder, Some(&backups.path().join("wrong"))).unwrap();
    assert!(found[0].fault, "{found:?}");
    let kek = dir.path().join("s.db.kek");
    restore(&folder, &target, &OpenOptions::default(), Some(&kek), Time(2)).unwrap();
    assert!(open_in(elsewhere.path()).doctor().await.unwrap().is_empty());
}
