//! The log: checkpoints, proofs, and what it is after a restart.

use super::fixture::Fixture;
use rundruf_consent::Time;
use rundruf_consent::log::{Checkpoint, LogKey, inclusion, root_at, root_of};

fn signer() -> LogKey {
    LogKey { origin: "krume.example/consent-log/1".into(), seed: [1; 32] }
}

pub(super) async fn nothing_new_nothing_signed(s: Fixture) {
    s.people(0..3).await;
    let note = s.store.log_sign(signer(), Time(9)).await.unwrap();
    assert_eq!(s.store.log_sign(signer(), Time(10)).await.unwrap(), note);
    let head = s.store.log_head().await.unwrap();
    assert_eq!((head.size, head.checkpoint.as_ref()), (3, Some(&note)));
    assert!(Checkpoint::open(&note, &signer().vkey()).is_some());
    s.stop(1).await;
    let next = s.store.log_sign(signer(), Time(11)).await.unwrap();
    assert_ne!(next, note);
    s.healthy().await;
}

pub(super) async fn every_event_is_proven(s: Fixture) {
    s.people(0..300).await;
    let head = s.store.log_head().await.unwrap();
    let nodes = s.store.log_nodes().unwrap();
    assert_eq!(root_at(&*nodes, head.size), Some(head.root));
    for index in [0, 1, 255, 256, 299] {
        let leaf = nodes.range(0, index, 1).unwrap()[0];
        let path = inclusion(&*nodes, index, head.size).unwrap();
        assert_eq!(root_of(&leaf, index, head.size, &path), Some(head.root), "{index}");
    }
    assert!(nodes.range(0, 299, 2).is_none(), "what is not there is not made up");
}

pub(super) async fn a_log_goes_on_after_opening_again(mut s: Fixture) {
    s.people(0..10).await;
    s.store.log_sign(signer(), Time(9)).await.unwrap();
    let before = s.store.log_head().await.unwrap();
    s.reopen().await;
    let after = s.store.log_head().await.unwrap();
    assert_eq!((after.size, after.root, after.checkpoint), (before.size, before.root, before.checkpoint));
    s.people(10..20).await;
    s.store.log_sign(signer(), Time(10)).await.unwrap();
    let nodes = s.store.log_nodes().unwrap();
    assert_eq!(root_at(&*nodes, 10), Some(before.root), "a continuation");
    drop(nodes);
    s.healthy().await;
}
