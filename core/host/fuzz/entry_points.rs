//! Entry points for the fuzz targets in `tests/fuzz`: input from outside takes the same way as in a daemon. They are a module of the host, because
//! they need its private parts, and built for the fuzz targets and for tests only.

#[path = "read_all.rs"]
mod read_all; // reads everything that a batch points to
#[path = "scripted_plugin.rs"]
mod scripted_plugin; // a plugin that makes the calls of the fuzzer

pub use scripted_plugin::{ScriptedOutcome, ScriptedPlugin};

use crate::message::{MessageBatch, MessageContent};
use crate::process::scripted_child::ScriptedChild;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::{self, BATCH, BatchHeader};
use crate::wire::{ToChild, framing};
use crate::{HostError, Manifest, wire};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A valid plugin.
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../abi/golden/0.2/x86_64/minimal_c.so");

/// Reads the manifest in the bytes of a library.
pub fn library(bytes: &[u8]) {
    check(Manifest::from_bytes(Path::new("fuzz.so"), bytes));
}

/// Reads the text of a manifest.
pub fn manifest_text(json: &[u8]) {
    check(Manifest::from_json(Path::new("fuzz.so"), json));
}

fn check(read: Result<Manifest, HostError>) {
    match read {
        Ok(m) => assert!(!m.id.is_empty() && !m.channels.is_empty() && m.max_batch > 0 && m.config_schema.is_object()),
        Err(e) => assert!(e.to_string().contains("fuzz.so"), "{e}"),
    }
}

/// A child reads these bytes from its pipe. Reads every view that a plugin would get; returns a checksum of them.
pub fn to_child(mut stream: &[u8]) -> u64 {
    let mut contents: HashMap<u64, Arc<ContentViews>> = HashMap::new();
    let (mut frame, mut sum) = (Vec::new(), 0_u64);
    while matches!(framing::read(&mut stream, &mut frame, framing::MAX_DOWN), Ok(true)) {
        match frame.first() {
            Some(1) => {
                if let Some(content) = ContentViews::frame(std::mem::take(&mut frame)) {
                    contents.insert(content.id(), Arc::new(content));
                }
            }
            Some(&BATCH) => {
                if let Some(batch) = BatchViews::frame(std::mem::take(&mut frame), |id| contents.get(&id).cloned()) {
                    // A content may be dropped while a batch uses it.
                    contents.remove(&read_all::content_id(&batch));
                    sum = sum.wrapping_add(read_all::batch(&batch));
                }
            }
            _ => {
                if let Ok(ToChild::DropContent(id)) = postcard::from_bytes::<ToChild<'_>>(&frame) {
                    contents.remove(&id);
                }
            }
        }
    }
    sum
}

/// The daemon reads these bytes from a child's pipe. Returns how many of 16 messages have ended; each ends once at most.
pub fn from_child(stream: &[u8]) -> usize {
    thread_local!(static CHILD: ScriptedChild = ScriptedChild::new(Path::new(LIBRARY)).unwrap_or_else(|e| panic!("{e}")));
    let (ended, open) = CHILD.with(|child| child.read(stream));
    assert_eq!(ended + open, 16, "a message has ended twice, or not at all");
    ended
}

/// Compares what a plugin gets of a batch in this process and through a pipe: there must be no difference.
pub fn compare_with_pipe(content: &Arc<MessageContent>, messages: MessageBatch) -> (Arc<MessageContent>, MessageBatch) {
    let header = BatchHeader { id: 7, content: content.id, deadline_ms: 9, priority: 1 };
    let mut stream = wire::content::content(content).unwrap_or_default();
    batch::write(header, &messages, &mut stream).unwrap_or_else(|e| panic!("{e}"));
    let views = BatchViews::owned(header, Arc::new(ContentViews::owned(content)), messages)
        .unwrap_or_else(|_| panic!("the batch is not consistent"));
    assert_eq!(to_child(&stream), read_all::batch(&views), "the pipe changes something");
    (Arc::clone(content), views.into_messages())
}

/// Runs the entry points with the seeds in every test run.
#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn seed(name: &str) -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(name);
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    /// The inputs in `tests/fuzz/seeds`: frames of every kind.
    fn seeds() -> Vec<(&'static str, Vec<u8>)> {
        use crate::claims::PluginClaims;
        use crate::confinement::Grant;
        use crate::event::{DeliveryReceipt, InboundAttachment, InboundMessage, PartsAndCost, Verdict};
        use crate::wire::{FromChild, OutcomeRun};
        use crate::{MessageAttachment, MessageId, MessageTemplate, OutboundMessage, SessionId};
        use rundruf_consent::{DeliveryId, gate::trial};
        fn frame<T: serde::Serialize>(value: &T) -> Vec<u8> {
            framing::encode(value, 0).unwrap_or_default()
        }
        let run = |batch, first, count, code| OutcomeRun {
            batch,
            first,
            count,
            code,
            retry_after_ms: 500,
            remote_code: 1,
            remote_id: "id",
            detail: "ok",
            parts: Some(PartsAndCost {
                remote_ids: vec!["id".into(), "id2".into()],
                parts: 2,
                ..PartsAndCost::default()
            }),
        };
        let outcomes = [
            frame(&FromChild::Opened { recalls: true, tells_begun: true }),
            frame(&FromChild::Begun { batch: 1, runs: vec![(0, 3)] }),
            frame(&FromChild::Outcomes { last: 3, runs: vec![run(1, 0, 2, 100), run(2, 3, 1, 400)] }),
            frame(&FromChild::Ready),
            frame(&FromChild::Log { level: 3, target: "t", message: "m" }),
            frame(&FromChild::Draining),
            frame(&FromChild::Closed),
        ];
        let message = InboundMessage {
            trust: 2,
            channel: "threema".into(),
            address: "ANNA2345".into(),
            aliases: vec!["ANNA2346".into()],
            text: "JA".into(),
            remote_id: "r1".into(),
            attachments: vec![InboundAttachment { name: "a.jpg".into(), media_type: "image/jpeg".into(), size: 7 }],
            at_ms: 1_700_000_000_000,
            ..InboundMessage::default()
        };
        let receipt = DeliveryReceipt { kind: 1, detail: "d".into(), ..DeliveryReceipt::default() };
        let inbound =
            [frame(&FromChild::Inbound { token: 1, message }), frame(&FromChild::Receipt { token: 2, receipt })];
        let template =
            |text: &str| MessageTemplate { segments: vec![(text.into(), Some(0)), (", Brot.".into(), None)] };
        let content = MessageContent {
            id: 7,
            channel: "email".into(),
            language: "de".into(),
            subject: MessageTemplate::fixed("Brot"),
            text: template("Hallo "),
            attachments: vec![MessageAttachment {
                name: "a.jpg".into(),
                media_type: "image/jpeg".into(),
                bytes: [0xff_u8, 0xd8].as_slice().into(),
                url: String::new(),
            }],
            meta: vec![("list-name".into(), "angebote".into())],
            ..MessageContent::default()
        };
        let recipient = |n: u8, name: &str| {
            let (address, url) = (format!("{name}@x.example"), "https://n.example/u/T".into());
            let permit = trial::permit(DeliveryId(n.into()));
            OutboundMessage::new(permit, MessageId([n; 16]), address.into(), url, vec![name.into()], 1)
        };
        let header = BatchHeader { id: 1, content: 7, deadline_ms: 0, priority: 0 };
        let mut batch = Vec::new();
        let written = batch::write(header, &vec![recipient(1, "anna"), recipient(2, "zoe")].into(), &mut batch);
        assert!(written.is_ok());
        let one_batch = [
            wire::content::content(&content).unwrap_or_default(),
            batch,
            frame(&ToChild::DropContent(7)),
            frame(&ToChild::Ack(2)),
            frame(&ToChild::Answer { token: 1, verdict: Verdict::Stored }),
            frame(&ToChild::Drain { ms: 1_000 }),
        ];
        let open = frame(&ToChild::Open {
            name: "email",
            library: "/x.so",
            id: "id",
            claims: PluginClaims { inbound: true, channels: vec!["email".into()], ..PluginClaims::default() },
            grant: Grant::default(),
            config: "{}",
            state_dir: "/s",
            window: 64,
            threads: 1,
            flags: 0,
            session: SessionId::default(),
        });
        vec![
            ("from_child/outcomes", outcomes.concat()),
            ("from_child/inbound", inbound.concat()),
            ("to_child/one_batch", one_batch.concat()),
            ("to_child/open", open),
        ]
    }

    #[test]
    fn the_seeds_of_the_fuzz_targets_are_understood() {
        for (name, bytes) in seeds() {
            if std::env::var_os("RUNDRUF_BLESS").is_some() {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(name);
                std::fs::write(path, &bytes).unwrap();
            }
            assert!(seed(name) == bytes, "{name} is of another version: run this test with RUNDRUF_BLESS=1");
        }
        library(&std::fs::read(LIBRARY).unwrap());
        manifest_text(include_bytes!("../../sdk/manifest.json"));
        assert_ne!(to_child(&seed("to_child/one_batch")), 0, "no batch came out of it");
        assert_eq!(from_child(&seed("from_child/outcomes")), 3);
        assert_eq!(from_child(&seed("from_child/inbound")), 0);
    }

    #[test]
    fn a_batch_with_wrong_lengths_is_refused() {
        let stream = seed("to_child/one_batch");
        let content = 4 + u32::from_le_bytes(*stream.first_chunk().unwrap()) as usize;
        let length = u32::from_le_bytes(*stream[content..].first_chunk().unwrap()) as usize;
        let (before, batch) = (&stream[..content], &stream[content + 4..][..length]);
        let read = |batch: &[u8]| {
            let length = u32::try_from(batch.len()).unwrap().to_le_bytes();
            to_child(&[before, length.as_slice(), batch].concat())
        };
        assert_ne!(read(batch), 0);
        for cut in 0..batch.len() {
            assert_eq!(read(&batch[..cut]), 0, "cut at {cut}");
        }
        assert_eq!(read(&[batch, b"x"].concat()), 0, "a byte too many");
        // The number of messages, and the lengths and the number of values of the first one.
        for at in [29, 33 + 28, 33 + 32, 33 + 36] {
            for wrong in [0_u32, 1, 3, u32::MAX / 40, u32::MAX] {
                let mut batch = batch.to_vec();
                let right = std::mem::replace(batch[at..].first_chunk_mut().unwrap(), wrong.to_le_bytes());
                assert_eq!(read(&batch) == 0, right != wrong.to_le_bytes(), "{wrong} at {at}");
            }
        }
    }

    #[test]
    fn runs_cannot_name_more_messages_than_there_are() {
        use crate::wire::{FromChild, OutcomeRun};
        let run = |first, count| OutcomeRun {
            batch: 1,
            first,
            count,
            code: 100,
            retry_after_ms: 0,
            remote_code: 0,
            remote_id: "",
            detail: "",
            parts: None,
        };
        let read = |last, runs: &[(u32, u32)]| {
            let runs = runs.iter().map(|(first, count)| run(*first, *count)).collect();
            from_child(&framing::encode(&FromChild::Outcomes { last, runs }, 0).unwrap())
        };
        assert_eq!(read(8, &[(0, 8)]), 8);
        assert_eq!(read(12, &[(4, 8), (0, 4)]), 8, "an unknown batch is counted, and ignored");
        assert_eq!(read(7, &[(0, 8)]), 0, "numbered wrongly");
        assert_eq!(read(8, &[(0, 8), (3, 0)]), 0, "a run of nothing");
        assert_eq!(read(4_097, &[(0, 8), (0, 4_089)]), 0, "more than a frame may tell of");
        assert_eq!(read(8, &[(u32::MAX, 8)]), 0, "beyond every index");
        assert_eq!(read(u64::from(u32::MAX), &[(0, u32::MAX)]), 0, "as many as there are numbers");
    }

    #[test]
    fn giving_up_a_batch_ends_what_is_open() {
        use crate::OutboundMessage;
        use rundruf_consent::{DeliveryId, gate::trial};
        let message = |n: u8| {
            let permit = trial::permit(DeliveryId(n.into()));
            OutboundMessage::new(permit, crate::MessageId([n; 16]), "a@x.example".into(), "".into(), Vec::new(), 1)
        };
        let content = Arc::new(MessageContent::default());
        let (content, messages) = compare_with_pipe(&content, (0..3).map(message).collect());
        let mut plugin = ScriptedPlugin::new();
        let batch = plugin.submit(&content, messages, 0).unwrap();
        let outcome = ScriptedOutcome { batch, index: 0, code: 100, retry_after_ms: 0, remote_id: b"", detail: b"" };
        assert_eq!(plugin.complete(&[outcome], 3), 0);
        plugin.give_up();
        let ended: Vec<_> =
            plugin.outcomes(3).into_iter().map(|(_, index, o)| (index, o.message_id.0[0], o.code.0)).collect();
        assert_eq!(ended, [(0, 0, 100), (1, 1, 400), (2, 2, 400)]);
        plugin.close();
    }
}
