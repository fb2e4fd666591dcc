//! Sends sample messages; checks files, outcomes and inbound messages.

use rundruf_plugin::abi::OutcomeCode;
use rundruf_plugin::kit::{Kit, Sample, SampleRecipient};
use rundruf_sandbox::Sandbox;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn a_message_is_one_file_and_duplicates_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let mut kit = Kit::open::<Sandbox>(&serde_json::json!({"folder": dir.path()}), dir.path(), 256).unwrap();
    let mut sample = Sample::default();
    sample.attachments.push(("../brot.txt".into(), "text/plain".into(), b"Brot".to_vec()));
    let answers = kit.send(
        &sample,
        &[
            SampleRecipient::new("anna@krume.example", "Anna\r\nBcc: x@y.example"),
            SampleRecipient::new("berta@krume.example", "Berta"),
        ],
    );
    assert!(answers.iter().all(|a| a.code == OutcomeCode::SENT), "{answers:?}");
    let text = fs::read_to_string(dir.path().join(&answers[0].remote_id)).unwrap();
    let first: Vec<&str> = text.lines().take(5).map(|l| l.split(':').next().unwrap()).collect();
    assert_eq!(first, ["To", "Channel", "List", "Subject", "Message-Id"]);
    assert!(!text.split("\n\n").next().unwrap().contains("\nBcc"), "{text}");
    assert!(!text.contains("Berta") && text.contains("Hallo Anna"), "{text}");
    let id = answers[0].remote_id.strip_suffix(".eml").unwrap();
    assert_eq!(fs::read(dir.path().join(format!("{id}.brot.txt"))).unwrap(), b"Brot");
    kit.close();
    let mut again = Kit::open::<Sandbox>(&serde_json::json!({"folder": dir.path()}), dir.path(), 256).unwrap();
    let answers = again.send(&Sample::default(), &[SampleRecipient::new("anna@krume.example", "Anna")]);
    assert_eq!(answers[0].remote_id, format!("{id}.double-2.eml"));
}

#[test]
fn rehearsal_addresses_have_their_outcomes() {
    let dir = tempfile::tempdir().unwrap();
    let config = serde_json::json!({"folder": dir.path(), "slow": "50ms"});
    let mut kit = Kit::open::<Sandbox>(&config, dir.path(), 256).unwrap();
    for (address, want) in [
        ("refuse@x.example", OutcomeCode::BAD_RECIPIENT),
        ("later@x.example", OutcomeCode::RETRY),
        ("cut@x.example", OutcomeCode::MAYBE_SENT),
        ("account@x.example", OutcomeCode::ACCOUNT_AUTH),
        ("slow@x.example", OutcomeCode::SENT),
    ] {
        let answers = kit.send(&Sample::default(), &[SampleRecipient::new(address, "X")]);
        assert_eq!(answers[0].code, want, "{address}");
    }
    kit.close();
}

#[test]
fn files_become_inbound_messages() {
    let dir = tempfile::tempdir().unwrap();
    let kit = Kit::open::<Sandbox>(&serde_json::json!({"folder": dir.path()}), dir.path(), 256).unwrap();
    fs::write(dir.path().join("in/threema:ANNA2345.txt"), "JA").unwrap();
    fs::write(dir.path().join("in/nonsense.txt"), "JA").unwrap();
    let until = Instant::now() + Duration::from_secs(10);
    while kit.inbound().is_empty() || dir.path().join("in/nonsense.txt").exists() {
        assert!(Instant::now() < until, "nothing came in");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert_eq!(kit.inbound(), [("threema".into(), "ANNA2345".into(), "JA".into())]);
    let until = Instant::now() + Duration::from_secs(10);
    while dir.path().join("in/threema:ANNA2345.txt").exists() {
        assert!(Instant::now() < until, "what was stored is deleted");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(dir.path().join("in/refused/nonsense.txt").exists());
    kit.close();
}

#[test]
fn setting_errors_name_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let open = |config| Kit::open::<Sandbox>(&config, dir.path(), 16).err().unwrap();
    assert!(open(serde_json::json!({})).contains("folder"));
    assert!(open(serde_json::json!({"folder": "/proc/nothing/here"})).contains("cannot make"));
    assert!(open(serde_json::json!({"folder": "x", "colour": 1})).contains("colour"));
}
