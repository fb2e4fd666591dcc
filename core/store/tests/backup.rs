//! Backups: made while the store is in use, checked, changed, brought back.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use rundruf_consent::evidence::{ConsentAction, Controller, EvidenceDraft, EvidenceSource, ListRef};
use rundruf_consent::{Address, AddressFlags, Channel, Event, ImportClass, ListId, State, Time};
use rundruf_store::backup::{BackupSource, create, restore, verify};
use rundruf_store::{
    BroadcastAction, BroadcastState, ConsentChange, ConsentTarget, FanOutChoice, FanOutChooser, ListHold, NewBroadcast,
    NewContact, OpenOptions, Store, open,
};
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

fn draft() -> Arc<EvidenceDraft> {
    let text = || "k".to_owned();
    Arc::new(EvidenceDraft {
        time: Time(5),
        controller: Controller { name: text(), imprint_url: text(), privacy_url: text() },
        list: ListRef { name: text(), title: text(), purpose: text() },
        text: None,
        source: EvidenceSource { kind: "command".into(), detail: None },
        act: ConsentAction { kind: "post".into(), ..ConsentAction::default() },
        outbound: None,
        ip_prefix: None,
        earlier: None,
        actor: "person".into(),
    })
}

fn mail(n: u64) -> Address {
    Address::parse(Channel::Email, &format!("p{n}@x.example"), None).unwrap()
}

async fn say(store: &Arc<dyn Store>, n: u64, list: ListId, event: Event, at: i64) {
    let id = store.address_find(mail(n)).await.unwrap().unwrap().id;
    let target = ConsentTarget::Ids(id, list);
    let change = ConsentChange { target, event, draft: draft(), request: None, services: Vec::new() };
    store.consent_apply(vec![change], Time(at)).await.unwrap();
}

/// The states of a person's consents, in the order of the lists' names; and whether everything is stopped.
async fn states(store: &Arc<dyn Store>, n: u64) -> (Vec<State>, bool) {
    let row = store.address_find(mail(n)).await.unwrap().unwrap();
    (row.consents.iter().map(|c| c.state).collect(), row.flags.has(AddressFlags::SUPPRESSED))
}

const YES: Event = Event::Import(ImportClass::A);

/// Two lists, and people 1 to 5 on both; 5 left everything and came back to the first list.
async fn people(store: &Arc<dyn Store>) -> [ListId; 2] {
    let lists = store.list_sync(vec!["a".into(), "b".into()]).await.unwrap();
    for n in 1..=5 {
        add(store, n).await;
        for list in &lists {
            say(store, n, *list, YES, 10).await;
        }
    }
    say(store, 5, lists[0], Event::StopAll, 11).await;
    say(store, 5, lists[0], Event::SignUp, 12).await;
    say(store, 5, lists[0], Event::Confirm, 13).await;
    [lists[0], lists[1]]
}

#[tokio::test]
async fn a_stop_that_came_after_the_backup_holds_after_it_was_brought_back() {
    let (dir, backups) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open_in(dir.path());
    let [a, b] = people(&store).await;
    let folder = backups.path().join("one");
    create(&source(dir.path(), true), &folder, Time(77)).unwrap();
    say(&store, 1, a, Event::StopAll, 80).await;
    say(&store, 2, a, Event::Stop, 81).await;
    say(&store, 3, b, Event::Hold, 82).await;
    let c = store.list_sync(vec!["c".into()]).await.unwrap()[0];
    say(&store, 4, c, YES, 83).await;
    say(&store, 4, c, Event::Stop, 84).await;
    store.close().await;
    let journal = fs::read_to_string(dir.path().join("s.db.stops")).unwrap();
    assert!(journal.lines().count() >= 5 && !journal.contains('@') && !journal.contains("p1"), "{journal}");
    for gone in ["s.db", "s.db-wal", "s.db-shm", "s.db.keys"] {
        let _ = fs::remove_file(dir.path().join(gone));
    }
    let target = dir.path().join("s.db");
    let (_, missing) = restore(&folder, &target, &OpenOptions::default(), None, Time(90)).unwrap();
    assert!(!missing);
    for time in ["first", "second"] {
        let store = open_in(dir.path());
        use State::{Confirmed, Held, Withdrawn};
        assert_eq!(states(&store, 1).await, (vec![Withdrawn, Withdrawn], true), "{time}");
        assert_eq!(states(&store, 2).await, (vec![Withdrawn, Confirmed], false), "{time}");
        assert_eq!(states(&store, 3).await, (vec![Confirmed, Held], false), "{time}");
        assert_eq!(states(&store, 4).await, (vec![Confirmed, Confirmed], false), "{time}");
        assert_eq!(
            states(&store, 5).await,
            (vec![Confirmed, Confirmed], true),
            "{time}: what was before is not done again"
        );
        assert_eq!(store.stops_missing().await.unwrap(), None);
        assert!(store.doctor().await.unwrap().is_empty());
        let c = store.list_sync(vec!["c".into()]).await.unwrap()[0];
        say(&store, 4, c, YES, 95).await;
        let row = store.address_find(mail(4)).await.unwrap().unwrap();
        assert!(row.consents.iter().all(|k| k.list != c || k.state != Confirmed), "{time}: no import brings it back");
        let id = store.address_find(mail(1)).await.unwrap().unwrap().id;
        let last = store.consent_events(id, a).await.unwrap().pop().unwrap();
        assert!(last.at == Time(80) && last.json.unwrap().contains("journal of stops"), "{time}");
        store.close().await;
    }
}

#[tokio::test]
async fn without_the_journal_nothing_is_sent_until_the_admin_says_that_all_stops_are_entered() {
    let (dir, elsewhere, backups) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = open_in(dir.path());
    let [a, _] = people(&store).await;
    let new = |start_at| NewBroadcast {
        list: a,
        key: [7; 8],
        content: "{}".into(),
        start_at,
        expires_at: None,
        actor: String::new(),
    };
    let running = store.broadcast_add(new(None), Time(20)).await.unwrap();
    let later = store.broadcast_add(new(Some(Time(1_000))), Time(20)).await.unwrap();
    let folder = backups.path().join("one");
    create(&source(dir.path(), true), &folder, Time(77)).unwrap();
    let target = elsewhere.path().join("s.db");
    let (_, missing) = restore(&folder, &target, &OpenOptions::default(), None, Time(90)).unwrap();
    assert!(missing);
    let store = open_in(elsewhere.path());
    assert_eq!(store.stops_missing().await.unwrap(), Some(Time(77)));
    // What a start does.
    store.list_hold(a, ListHold::Nothing, Time(91)).await.unwrap();
    assert!(store.list_all().await.unwrap().iter().all(|list| list.hold == ListHold::StopsMissing));
    let state = async |id| store.broadcast_get(id).await.unwrap().unwrap().state;
    for id in [running, later] {
        assert_eq!(state(id).await, BroadcastState::Paused);
        assert!(store.broadcast_change(id, BroadcastAction::Resume, Time(92)).await.is_err());
    }
    let new = store.broadcast_add(new(None), Time(93)).await.unwrap();
    assert_eq!(state(new).await, BroadcastState::Paused);
    assert_eq!(store.stops_complete(Time(94)).await.unwrap(), Some(Time(77)));
    assert_eq!(store.stops_complete(Time(95)).await.unwrap(), None);
    let states = [state(running).await, state(later).await, state(new).await];
    assert_eq!(states, [BroadcastState::Paused, BroadcastState::Scheduled, BroadcastState::Running]);
    assert!(store.list_all().await.unwrap().iter().all(|list| list.hold == ListHold::Nothing));
    store.broadcast_change(running, BroadcastAction::Resume, Time(96)).await.unwrap();
    // The journal is there from now on.
    store.close().await;
    assert!(elsewhere.path().join("s.db.stops").is_file());
}

/// Where the deliveries of a broadcast are, and its leases, is what fan-out says: other numbers would be another broadcast's.
#[tokio::test]
async fn the_range_of_a_broadcast_ends_with_its_last_delivery() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in(dir.path());
    let [a, b] = people(&store).await;
    let transport = store.transport_sync(vec!["t".into()]).await.unwrap()[0];
    for list in [a, b] {
        let new = NewBroadcast {
            list,
            key: [7; 8],
            content: "{}".into(),
            start_at: None,
            expires_at: None,
            actor: String::new(),
        };
        let id = store.broadcast_add(new, Time(20)).await.unwrap();
        let choose: FanOutChooser = Arc::new(move |_| FanOutChoice::Send(0, transport));
        while !store.fan_out(id, 2, Arc::clone(&choose), Time(21)).await.unwrap().finished {}
    }
    store.close().await;
    let c = rusqlite::Connection::open(dir.path().join("s.db")).unwrap();
    let count = |sql: &str| c.query_row(sql, [], |r| r.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM delivery"), 10);
    let range = "SELECT count(*) FROM broadcast b WHERE b.first = (SELECT min(id) FROM delivery WHERE broadcast = b.id) \
                 AND b.last = (SELECT max(id) FROM delivery WHERE broadcast = b.id)";
    assert_eq!(count(range), 2);
    let leases = "SELECT count(*) FROM lease l WHERE l.last - l.first + 1 <> (SELECT count(*) FROM delivery d \
                  WHERE d.id BETWEEN l.first AND l.last AND d.broadcast = l.broadcast AND d.transport = l.transport)";
    assert_eq!(count(leases), 0);
    assert_eq!(count("SELECT sum(last - first + 1) FROM lease"), 10, "each delivery is in one lease");
}

#[tokio::test]
async fn a_stop_that_could_not_be_committed_is_not_lost() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_in(dir.path());
    let [a, _] = people(&store).await;
    store.close().await;
    let store = open_in(dir.path());
    say(&store, 1, a, Event::StopAll, 80).await;
    store.close().await;
    // As after a crash between the journal and the commit: the same database, one line more in the file.
    let line = fs::read_to_string(dir.path().join("s.db.stops")).unwrap().lines().last().unwrap().to_owned();
    let (_, rest) = line.split_once(' ').unwrap();
    let torn = format!("{line}\n99 {rest}\n100 7 st");
    fs::write(dir.path().join("s.db.stops"), torn).unwrap();
    let store = open_in(dir.path());
    assert!(states(&store, 1).await.1);
    say(&store, 2, a, Event::StopAll, 81).await;
    store.close().await;
    let text = fs::read_to_string(dir.path().join("s.db.stops")).unwrap();
    assert!(text.lines().last().unwrap().starts_with("100 81 stop_all "), "{text}");
    let store = open_in(dir.path());
    assert_eq!((states(&store, 2).await.1, states(&store, 3).await.1), (true, false));
    store.close().await;
}
