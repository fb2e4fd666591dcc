//! No delivery is claimed after its person's stop. Asserted by the order of both in the database, never by a clock.

use rundruf_engine::{BroadcastForm, Engine};
use rundruf_host::Isolation;
use rundruf_store::BroadcastState;
use rundruf_tests::Artifacts;
use rundruf_tests::engine_config::{self, LIST};
use rundruf_tests::sample_people::SeededRandom;
use rusqlite::Connection;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const PEOPLE: u64 = 100_000;
const STOPS: usize = 400;

/// Writes down, inside the very transactions, each step of a lease's cursor (the claim) and each new event (here: only stops).
const WATCH: &str = "CREATE TABLE watch (seq INTEGER PRIMARY KEY AUTOINCREMENT, stop INTEGER, first INTEGER, last INTEGER); \
     CREATE TRIGGER watch_claim AFTER UPDATE OF cursor ON lease WHEN NEW.cursor > OLD.cursor BEGIN \
         INSERT INTO watch (first, last) VALUES (OLD.cursor, NEW.cursor - 1); END; \
     CREATE TRIGGER watch_stop AFTER INSERT ON event BEGIN INSERT INTO watch (stop) VALUES (NEW.address); END;";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_claim_after_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rundruf.db");
    rundruf_store::bench::seed(&path, LIST, PEOPLE).unwrap();
    let store =
        rundruf_store::open(&format!("sqlite:{}", path.display()), rundruf_store::OpenOptions::default()).unwrap();
    let watcher = Connection::open(&path).unwrap();
    watcher.busy_timeout(Duration::from_secs(30)).unwrap();
    watcher.execute_batch(WATCH).unwrap();
    let null = engine_config::transport("null", Artifacts::get().plugin("null"), Isolation::None, 64);
    let engine = Engine::start(engine_config::config(dir.path(), null), store).await.unwrap();
    let form = BroadcastForm {
        list: LIST.to_owned(),
        text: BTreeMap::from([("de".to_owned(), "Hallo {{ first_name }}".to_owned())]),
        ..BroadcastForm::default()
    };
    let broadcast = engine.broadcast_send(form).await.unwrap();
    let mut random = SeededRandom(20_261_125);
    let mut stopped = BTreeSet::new();
    let mut running = true;
    while running && stopped.len() < STOPS {
        let person = 1 + random.below(PEOPLE);
        if stopped.insert(person) {
            let address = engine.address_parse(&format!("person{person:08}@mail.example")).unwrap();
            assert_eq!(engine.withdraw(&address, Some(LIST), "test").await.unwrap(), 1);
        }
        running = engine.broadcast_status(broadcast).await.unwrap().row.state != BroadcastState::Done;
    }
    while engine.broadcast_status(broadcast).await.unwrap().row.state != BroadcastState::Done {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let tally = engine.broadcast_status(broadcast).await.unwrap().row.tally;
    assert!(engine.stop(Duration::from_secs(20)).await);

    let mut in_time = 0;
    for person in &stopped {
        let person = person.cast_signed();
        let row = "SELECT d.id, d.state, (SELECT seq FROM watch WHERE stop = ?1), \
             (SELECT seq FROM watch WHERE d.id BETWEEN first AND last) FROM delivery d WHERE d.contact = ?1";
        let rows: Vec<(i64, i64, i64, Option<i64>)> = watcher
            .prepare_cached(row)
            .unwrap()
            .query_map([person], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?, r.get(3)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        // A person who stopped before the fan-out has no row, or one that is skipped and never claimed.
        for (delivery, state, stop, claim) in rows {
            let skipped = state == 9;
            let before = claim.is_none_or(|claim| stop < claim);
            assert_eq!(
                skipped, before,
                "delivery {delivery}: stop is step {stop}, its claim step {claim:?}, state {state}"
            );
            in_time += u64::from(skipped && claim.is_some());
        }
    }
    assert!(in_time > 10, "only {in_time} of {} stops came before their claim: this run shows nothing", stopped.len());
    assert_eq!(tally.total, tally.sent + tally.skipped, "{tally:?}");
    assert!(tally.skipped >= in_time, "{tally:?}");
    println!("{} stops, {in_time} before their claim, {} sent", stopped.len(), tally.sent);
}
