//! The webhook extension: a provider's request reaches the plugin, and what it reports is stored before the provider is answered.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_host::{ExtensionRefusal, HostEvent, Isolation, TransportInstance, Verdict, WebhookRequest};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use workspace_plugin::{WAYS, sends, start};

const LONG: Duration = Duration::from_secs(30);

fn settings(dir: &Path) -> Value {
    json!({"folder": dir.join("m"), "webhook_secret": "geheim"})
}

/// A report of a message, as the provider would send it.
fn report(secret: &str) -> WebhookRequest {
    let body = json!({"channel": "sms", "from": "+491701234567", "text": "STOP", "id": "77"});
    WebhookRequest {
        method: "POST".to_owned(),
        source: "192.0.2.7".to_owned(),
        headers: vec![("x-sandbox-secret".to_owned(), secret.as_bytes().to_vec())],
        body: body.to_string().into_bytes(),
        ..WebhookRequest::default()
    }
}

/// Answers the next inbound message.
fn store_next(instance: &TransportInstance, events: &Receiver<HostEvent>, verdict: Verdict) -> String {
    loop {
        if let HostEvent::Inbound { token, message } = events.recv_timeout(LONG).unwrap() {
            instance.answer(token, verdict);
            return message.text;
        }
    }
}

#[test]
fn the_provider_is_answered_after_the_message_is_stored() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let (instance, events) = start("sandbox", isolation, &settings(dir.path()), dir.path(), "plugin_host");
        for (verdict, status) in [(Verdict::Stored, 200), (Verdict::Busy, 503)] {
            let asking = instance.clone();
            let asked = std::thread::spawn(move || asking.webhook(report("geheim"), LONG));
            std::thread::sleep(Duration::from_millis(100));
            assert!(!asked.is_finished(), "{isolation:?}: answered before anything was stored");
            assert_eq!(store_next(&instance, &events, verdict), "STOP");
            assert_eq!(asked.join().unwrap().unwrap().status, status, "{isolation:?}");
        }
        assert_eq!(instance.webhook(report("geraten"), LONG).unwrap().status, 403, "{isolation:?}");
        let broken = WebhookRequest { body: b"{".to_vec(), ..report("geheim") };
        assert_eq!(instance.webhook(broken, LONG).unwrap().status, 400, "{isolation:?}");
        let large = WebhookRequest { body: vec![b' '; (1 << 20) + 1], ..report("geheim") };
        assert_eq!(instance.webhook(large, LONG), Err(ExtensionRefusal::TooLarge), "{isolation:?}");
        let full = WebhookRequest { body: vec![b' '; 1 << 20], ..report("geheim") };
        assert_eq!(instance.webhook(full, LONG).unwrap().status, 400, "{isolation:?}");
        let _ = instance.stop(Duration::from_secs(5));
        assert_eq!(instance.webhook(report("geheim"), LONG), Err(ExtensionRefusal::Closed), "{isolation:?}");
    }
}

#[test]
fn a_plugin_without_the_extension_takes_none() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let (instance, events) = start("null", isolation, &json!({}), dir.path(), "plugin_host");
        assert_eq!(instance.webhook(report("geheim"), LONG), Err(ExtensionRefusal::NotOffered), "{isolation:?}");
        sends(&instance, &events, "a@x.example");
    }
}

#[test]
fn no_answer_in_time_and_a_plugin_that_dies_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let (instance, events) = start("sandbox", Isolation::Process, &settings(dir.path()), dir.path(), "plugin_host");
    assert_eq!(instance.webhook(report("geheim"), Duration::from_millis(200)), Err(ExtensionRefusal::NoAnswer));
    // The answer that comes later is nobody's.
    store_next(&instance, &events, Verdict::Stored);
    let pid = rustix::process::Pid::from_raw(i32::try_from(instance.pid().unwrap()).unwrap()).unwrap();
    let asking = instance.clone();
    let asked = std::thread::spawn(move || asking.webhook(report("geheim"), Duration::from_secs(600)));
    let begin = Instant::now();
    // When the message is here, the request is there.
    while !matches!(events.recv_timeout(LONG).unwrap(), HostEvent::Inbound { .. }) {}
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert_eq!(asked.join().unwrap(), Err(ExtensionRefusal::Closed));
    assert!(begin.elapsed() < Duration::from_secs(60), "it waited for a dead process");
}
