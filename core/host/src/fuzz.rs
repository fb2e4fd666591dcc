//! Doors for the fuzz targets in `tests/fuzz`: what comes from outside meets the same code as in a daemon. Built for them, and for tests.

mod puppet; // a plugin whose every word comes from the fuzzer
mod walk; // everything a batch reaches

pub use puppet::{Heard, Puppet, Said};

use crate::message::{MessageBatch, MessageContent};
use crate::process::scripted_child::ScriptedChild;
use crate::views::{BatchViews, ContentViews};
use crate::wire::batch::{self, BATCH, BatchHeader};
use crate::wire::{ToChild, framing};
use crate::{HostError, Manifest, wire};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

/// A library that is a plugin.
const LIBRARY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../abi/golden/0.1/x86_64/minimal_c.so");

/// The bytes of a library.
pub fn library(bytes: &[u8]) {
    check(Manifest::from_bytes(Path::new("fuzz.so"), bytes));
}

/// The text of a manifest.
pub fn manifest_text(json: &[u8]) {
    check(Manifest::from_json(Path::new("fuzz.so"), json));
}

fn check(read: Result<Manifest, HostError>) {
    match read {
        Ok(m) => assert!(!m.id.is_empty() && !m.channels.is_empty() && m.max_batch > 0 && m.config_schema.is_object()),
        Err(e) => assert!(e.to_string().contains("fuzz.so"), "{e}"),
    }
}

/// A child reads these bytes from its pipe. Everything that a plugin would be shown is looked at.
pub fn down(mut stream: &[u8]) -> u64 {
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
                    // A content may go while a batch of it lives.
                    contents.remove(&walk::content_id(&batch));
                    sum = sum.wrapping_add(walk::batch(&batch));
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

/// The daemon reads these bytes from a child's pipe: how many of 16 letters have ended. Each ends once at most.
pub fn up(stream: &[u8]) -> usize {
    thread_local!(static EAR: ScriptedChild = ScriptedChild::new(Path::new(LIBRARY)).unwrap_or_else(|e| panic!("{e}")));
    let (told, left) = EAR.with(|ear| ear.hear(stream));
    assert_eq!(told + left, 16, "a letter has ended twice, or not at all");
    told
}

/// The same letters, once as they are and once through a pipe: a plugin sees no difference.
pub fn both_ways(content: &Arc<MessageContent>, letters: MessageBatch) -> (Arc<MessageContent>, MessageBatch) {
    let once = BatchHeader { id: 7, content: content.id, deadline_ms: 9, priority: 1 };
    let mut stream = wire::content::content(content).unwrap_or_default();
    batch::write(once, &letters, &mut stream).unwrap_or_else(|e| panic!("{e}"));
    let memory = BatchViews::owned(once, Arc::new(ContentViews::owned(content)), letters)
        .unwrap_or_else(|_| panic!("letters do not fit together"));
    assert_eq!(down(&stream), walk::batch(&memory), "the pipe changes something");
    (Arc::clone(content), memory.into_letters())
}

/// So that the doors open, and the seeds still say what they said, when nobody fuzzes.
#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn seed(name: &str) -> Vec<u8> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz/seeds").join(name);
        std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    #[test]
    fn the_seeds_of_the_fuzz_targets_are_understood() {
        library(&std::fs::read(LIBRARY).unwrap());
        manifest_text(include_bytes!("../../sdk/manifest.json"));
        assert_ne!(down(&seed("down/one_batch")), 0, "no batch came out of it");
        assert_eq!(up(&seed("up/outcomes")), 3);
        assert_eq!(up(&seed("up/inbound")), 0);
    }

    #[test]
    fn a_batch_whose_lengths_lie_is_no_batch() {
        let stream = seed("down/one_batch");
        let content = 4 + u32::from_le_bytes(*stream.first_chunk().unwrap()) as usize;
        let length = u32::from_le_bytes(*stream[content..].first_chunk().unwrap()) as usize;
        let (before, batch) = (&stream[..content], &stream[content + 4..][..length]);
        let say = |batch: &[u8]| {
            let length = u32::try_from(batch.len()).unwrap().to_le_bytes();
            down(&[before, length.as_slice(), batch].concat())
        };
        assert_ne!(say(batch), 0);
        for cut in 0..batch.len() {
            assert_eq!(say(&batch[..cut]), 0, "cut at {cut}");
        }
        assert_eq!(say(&[batch, b"x"].concat()), 0, "a byte too many");
        // The number of letters, and the lengths and the number of values of the first one.
        for at in [29, 33 + 28, 33 + 32, 33 + 36] {
            for lie in [0_u32, 1, 3, u32::MAX / 40, u32::MAX] {
                let mut batch = batch.to_vec();
                let honest = std::mem::replace(batch[at..].first_chunk_mut().unwrap(), lie.to_le_bytes());
                assert_eq!(say(&batch) == 0, honest != lie.to_le_bytes(), "{lie} at {at}");
            }
        }
    }

    #[test]
    fn runs_claim_no_more_letters_than_there_can_be() {
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
        };
        let say = |last, runs: &[(u32, u32)]| {
            let runs = runs.iter().map(|(first, count)| run(*first, *count)).collect();
            up(&framing::encode(&FromChild::Outcomes { last, runs }, 0).unwrap())
        };
        assert_eq!(say(8, &[(0, 8)]), 8);
        assert_eq!(say(12, &[(4, 8), (0, 4)]), 8, "what never was is counted as a stray");
        assert_eq!(say(7, &[(0, 8)]), 0, "numbered wrongly");
        assert_eq!(say(8, &[(0, 8), (3, 0)]), 0, "a run of nothing");
        assert_eq!(say(4_097, &[(0, 8), (0, 4_089)]), 0, "more than a frame may tell of");
        assert_eq!(say(8, &[(u32::MAX, 8)]), 0, "beyond every index");
        assert_eq!(say(u64::from(u32::MAX), &[(0, u32::MAX)]), 0, "as many as there are numbers");
    }

    #[test]
    fn a_batch_that_is_given_up_half_way_names_what_is_open() {
        use crate::OutboundMessage;
        use rundruf_consent::{DeliveryId, gate::trial};
        let letter = |n: u8| {
            let permit = trial::permit(DeliveryId(n.into()));
            OutboundMessage::new(permit, [n; 16], "a@x.example".into(), "".into(), Vec::new(), 1)
        };
        let content = Arc::new(MessageContent::default());
        let (content, letters) = both_ways(&content, (0..3).map(letter).collect());
        let mut puppet = Puppet::new();
        let batch = puppet.submit(&content, letters, 0).unwrap();
        let said = Said { batch, index: 0, code: 100, retry_after_ms: 0, remote_id: b"", detail: b"" };
        assert_eq!(puppet.complete(&[said], 3), 0);
        puppet.give_up();
        let heard: Vec<_> =
            puppet.heard(3).into_iter().map(|(_, index, o)| (index, o.message_id[0], o.code.0)).collect();
        assert_eq!(heard, [(0, 0, 100), (1, 1, 400), (2, 2, 400)]);
        puppet.close();
    }
}
