//! Runs the transport without a daemon, through the same table that the daemon uses. The kit panics unless every message has exactly one outcome.

use @CRATE@::Carrier;
use rundruf_plugin::abi::OutcomeCode;
use rundruf_plugin::kit::{Kit, SampleRecipient, Sample, manifest_is_current};
use std::path::Path;

#[test]
fn each_recipient_gets_a_line_and_an_empty_address_is_refused() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("state");
    std::fs::create_dir_all(&folder).unwrap();
    let mut kit = Kit::open::<Carrier>(&serde_json::json!({ "greeting": "Servus! " }), &folder, 256).unwrap();
    let people = ["+491701234567", "", "+491701234568"].map(|address| SampleRecipient::new(address, "Anna"));
    let answers = kit.send(&Sample { channel: "sms".into(), ..Sample::default() }, &people);
    let codes: Vec<OutcomeCode> = answers.iter().map(|a| a.code).collect();
    assert_eq!(codes, [OutcomeCode::SENT, OutcomeCode::BAD_RECIPIENT, OutcomeCode::SENT]);
    kit.close();
    let text = std::fs::read_to_string(folder.join("sent.txt")).unwrap();
    let line = text.lines().find(|l| l.contains(&answers[0].remote_id)).unwrap();
    assert!(line.contains("+491701234567") && line.contains("Servus! Hallo Anna"), "{line}");
}

/// With `RUNDRUF_BLESS=1` in the environment this writes the schema of the settings into manifest.json.
#[test]
fn the_manifest_says_what_the_code_says() {
    manifest_is_current::<Carrier>(&Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.json"));
}
