//! The recall extension: what a plugin has not begun comes back, in both ways of running it; a plugin without it goes on.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/workspace_plugin.rs"]
mod workspace_plugin;

use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    HostEvent, MessageContent, MessageId, MessageTemplate, OutboundMessage, OutcomeClass, Priority, TransportInstance,
};
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use workspace_plugin::{WAYS, start};

const LONG: Duration = Duration::from_secs(30);
/// More than the sandbox sends at once.
const COUNT: u8 = 250;
const BATCHES: u8 = 4;

fn id(batch: u8, n: u8) -> MessageId {
    let mut id = MessageId([n; 16]);
    id.0[0] = batch;
    id
}

fn send(instance: &TransportInstance) {
    let text = MessageTemplate::fixed("Brot");
    let content = Arc::new(MessageContent { id: 7, channel: "email".into(), text, ..MessageContent::default() });
    for batch in 0..BATCHES {
        let message = |n: u8| {
            let permit = trial::permit(DeliveryId(1));
            OutboundMessage::new(permit, id(batch, n), "slow@x.example".into(), "".into(), Vec::new(), 1)
        };
        let messages: Vec<_> = (0..COUNT).map(message).collect();
        instance.send(&content, messages.into(), Priority::Bulk, 0).unwrap();
    }
}

/// Gathers outcomes until there are `count`.
fn outcomes(events: &Receiver<HostEvent>, all: &mut HashMap<MessageId, OutcomeClass>, count: usize) {
    while all.len() < count {
        if let HostEvent::Outcomes { outcomes, .. } = events.recv_timeout(LONG).unwrap() {
            for outcome in outcomes {
                assert_eq!(all.insert(outcome.message_id, outcome.class()), None, "a second outcome");
            }
        }
    }
}

#[test]
fn what_is_not_begun_comes_back() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let config = json!({"folder": dir.path().join("m"), "slow_ms": 3_000});
        let (instance, events) = start("sandbox", isolation, &config, dir.path(), "plugin_host");
        assert!(instance.can_recall(), "{isolation:?}");
        send(&instance);
        let mut all = HashMap::new();
        // Two of the last, of which one does not exist, then everything.
        let some = [id(BATCHES, 0), id(BATCHES - 1, COUNT - 1)].into();
        instance.recall(Some(&some));
        let total = usize::from(COUNT) * usize::from(BATCHES);
        instance.recall(None);
        outcomes(&events, &mut all, total);
        let count = |class| all.values().filter(|c| **c == class).count();
        let (sent, back) = (count(OutcomeClass::Sent), count(OutcomeClass::Untouched));
        assert_eq!(sent + back, total, "{isolation:?}: {sent} sent, {back} back");
        let _ = instance.stop(LONG);
    }
}

#[test]
fn a_plugin_that_holds_everything_is_asked_in_vain() {
    for isolation in WAYS {
        let dir = tempfile::tempdir().unwrap();
        let (instance, events) = start("null", isolation, &json!({}), dir.path(), "plugin_host");
        instance.recall(None);
        send(&instance);
        instance.recall(None);
        let mut all = HashMap::new();
        outcomes(&events, &mut all, usize::from(COUNT) * usize::from(BATCHES));
        let _ = instance.stop(LONG);
    }
}
