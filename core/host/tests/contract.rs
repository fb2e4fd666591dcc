//! What a plugin reports beside plain outcomes, in both ways of running it: arrays of messages and receipts, parts and cost, what it begins, and
//! outcomes that come late. And what it gets for reporting what its manifest does not claim.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test stops at the first thing that is wrong")]

#[path = "support/compile.rs"]
mod compile;

use compile::{compile, example};
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    HostEvent, InstanceSpec, Isolation, MessageContent, MessageId, MessageOutcome, MessageTemplate, OutboundMessage,
    OutcomeClass, Priority, TransportInstance, Verdict,
};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const BOTH: [Isolation; 2] = [Isolation::Process, Isolation::None];
const LONG: Duration = Duration::from_secs(30);

struct Reporter {
    dir: tempfile::TempDir,
    instance: TransportInstance,
    events: Receiver<HostEvent>,
}

fn start(isolation: Isolation, mode: &str, flags: &[&str], overdue_after: Duration) -> Reporter {
    let dir = tempfile::tempdir().unwrap();
    let library = dir.path().join("libreports.so");
    compile("gcc", "tests/c/reports.c", &library, &[&["-std=gnu11", "-O2", "-pthread"], flags].concat());
    let (sender, events) = channel();
    let sender = Mutex::new(sender);
    let spec = InstanceSpec {
        name: "reports".to_owned(),
        library,
        sha256: None,
        isolation,
        config: serde_json::json!({ "mode": mode }).to_string(),
        state_dir: dir.path().join("state"),
        window: 64,
        threads: 1,
        child_program: example("plugin_host"),
        overdue_after,
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    };
    let instance = TransportInstance::start(spec, Arc::new(move |e| drop(sender.lock().unwrap().send(e)))).unwrap();
    Reporter { dir, instance, events }
}

impl Reporter {
    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join("state").join(name)
    }

    fn send(&self, count: u8) {
        let message = |n: u8| {
            let permit = trial::permit(DeliveryId(n.into()));
            OutboundMessage::new(permit, MessageId([n; 16]), "a@x.example".into(), "".into(), Vec::new(), 1)
        };
        let text = MessageTemplate::fixed("Brot");
        let content = MessageContent { id: 1, channel: "email".into(), text, ..MessageContent::default() };
        let messages: Vec<_> = (0..count).map(message).collect();
        self.instance.send(&Arc::new(content), messages.into(), Priority::Bulk, 0).unwrap();
    }

    /// What the plugin wrote into this file.
    #[track_caller]
    fn wrote(&self, name: &str) -> String {
        let until = Instant::now() + LONG;
        loop {
            if let Ok(text) = std::fs::read_to_string(self.path(name)) {
                return text;
            }
            assert!(Instant::now() < until, "`{name}` is not written");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Answers everything until `count` outcomes have come. Returns them with everything else.
    fn listen(&self, count: usize) -> (Vec<MessageOutcome>, Vec<HostEvent>) {
        let (mut all, mut others) = (Vec::new(), Vec::new());
        while all.len() < count {
            let event = self.events.recv_timeout(LONG).unwrap_or_else(|_| panic!("{} of {count} outcomes", all.len()));
            match event {
                HostEvent::Outcomes { outcomes, .. } | HostEvent::Lost { outcomes, .. } => all.extend(outcomes),
                HostEvent::Inbound { token, .. } | HostEvent::Receipt { token, .. } => {
                    self.instance.answer(token, Verdict::Stored);
                    others.push(event);
                }
                event => others.push(event),
            }
        }
        (all, others)
    }
}

#[test]
fn arrays_are_stored_as_far_as_they_can_be() {
    for isolation in BOTH {
        let plugin = start(isolation, "parts", &[], LONG);
        plugin.send(1);
        let (outcomes, events) = plugin.listen(1);
        // BAD_ARGUMENT behind the first; the one behind it is stored then.
        assert_eq!((plugin.wrote("inbound"), plugin.wrote("behind")), ("-3 1".into(), "0 1".into()), "{isolation:?}");
        assert_eq!(plugin.wrote("receipt"), "0 2", "{isolation:?}: an unknown kind is OK, and ignored");
        let messages: Vec<_> = events
            .iter()
            .filter_map(|e| if let HostEvent::Inbound { message, .. } = e { Some(message) } else { None })
            .collect();
        assert_eq!(messages.iter().map(|m| m.remote_id.as_str()).collect::<Vec<_>>(), ["m0", "m2"]);
        let [first, group] = messages[..] else { panic!("{messages:?}") };
        assert!(first.may_decide() && !first.is_group() && group.is_group() && !group.may_decide());
        assert_eq!(
            (first.address.as_str(), first.aliases.as_slice()),
            ("anna@x.example", ["other@x.example".to_owned()].as_slice())
        );
        let file = &first.attachments[0];
        assert_eq!((file.name.as_str(), file.media_type.as_str(), file.size), ("bread.jpg", "image/jpeg", 7));
        let kinds: Vec<_> = events
            .iter()
            .filter_map(|e| {
                if let HostEvent::Receipt { receipt, .. } = e {
                    Some((receipt.kind, &*receipt.remote_id))
                } else {
                    None
                }
            })
            .collect();
        assert_eq!(kinds, [(1, "r")]);
        let parts = outcomes[0].parts.as_deref().unwrap();
        assert_eq!((&*outcomes[0].remote_id, parts.remote_ids.len(), parts.parts), ("part-1", 2, 2), "{isolation:?}");
        assert_eq!((parts.cost_micro, parts.currency()), (150_000, "EUR"));
        let _ = plugin.instance.stop(LONG);
    }
}

#[test]
fn what_is_not_claimed_is_refused_and_the_author_is_told() {
    for isolation in BOTH {
        let plugin = start(isolation, "parts", &["-DCLAIMS=\"\""], LONG);
        plugin.send(1);
        let (_, events) = plugin.listen(1);
        for name in ["inbound", "behind", "receipt"] {
            assert_eq!(plugin.wrote(name), "-4 0", "{isolation:?} {name}");
        }
        assert!(!events.iter().any(|e| matches!(e, HostEvent::Inbound { .. } | HostEvent::Receipt { .. })));
        let told = |word: &str| {
            let is = |e: &&HostEvent| matches!(e, HostEvent::Log { level: 1, message, .. } if message.contains(word));
            events.iter().filter(is).count()
        };
        assert_eq!((told("\"inbound\""), told("\"receipts\"")), (1, 1), "{isolation:?}: once each");
        let _ = plugin.instance.stop(LONG);
    }
}

#[test]
fn a_late_outcome_corrects_what_was_given_up() {
    for isolation in BOTH {
        let plugin = start(isolation, "late", &["-DTABLE_FLAGS=0"], Duration::from_millis(1_500));
        plugin.send(8);
        // One in 300 ms: the limit passes while some have come, and the plugin is not silent.
        let (outcomes, _) = plugin.listen(8);
        let given_up: Vec<_> =
            outcomes.iter().filter(|o| o.class() == OutcomeClass::Unknown).map(|o| o.message_id).collect();
        assert!(given_up.contains(&MessageId([7; 16])), "{isolation:?}: {outcomes:?}");
        std::fs::write(plugin.path("go"), "").unwrap();
        let (late, _) = plugin.listen(given_up.len());
        assert!(late.iter().all(|o| o.class() == OutcomeClass::Sent && given_up.contains(&o.message_id)), "{late:?}");
        let _ = plugin.instance.stop(LONG);
    }
}

#[test]
fn what_a_dead_plugin_had_not_begun_goes_back_to_the_queue() {
    let plugin = start(Isolation::Process, "begun", &[], LONG);
    plugin.send(3);
    let (outcomes, _) = plugin.listen(3);
    let mut classes: Vec<_> = outcomes.iter().map(|o| (o.message_id.0[0], o.class())).collect();
    classes.sort_by_key(|(n, _)| *n);
    use OutcomeClass::{Unknown, Untouched};
    assert_eq!(classes, [(0, Unknown), (1, Untouched), (2, Untouched)]);
    let _ = plugin.instance.stop(Duration::from_secs(1));
}
