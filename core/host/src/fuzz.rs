//! Doors for the fuzz targets in `tests/fuzz`: what comes from outside meets the same code as in a daemon. Built for them, and for tests.

mod puppet; // a plugin whose every word comes from the fuzzer
mod walk; // everything a batch reaches

pub use puppet::{Heard, Puppet, Said};

use crate::letter::{Content, Letter, Priority};
use crate::memory::{BatchMemory, ContentMemory};
use crate::remote::door::Ear;
use crate::wire::Down;
use crate::{HostError, Manifest, pipe, remote};
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
    let mut contents: HashMap<u64, Arc<ContentMemory>> = HashMap::new();
    let (mut frame, mut sum) = (Vec::new(), 0_u64);
    while matches!(pipe::read(&mut stream, &mut frame, pipe::MAX_DOWN), Ok(true)) {
        match frame.first() {
            Some(1) => {
                if let Some(content) = ContentMemory::frame(std::mem::take(&mut frame)) {
                    contents.insert(content.id(), Arc::new(content));
                }
            }
            Some(3) => {
                if let Some(batch) = BatchMemory::frame(std::mem::take(&mut frame), |id| contents.get(&id).cloned()) {
                    // A content may go while a batch of it lives.
                    contents.remove(&walk::content_id(&batch));
                    sum = sum.wrapping_add(walk::batch(&batch));
                }
            }
            _ => {
                if let Ok(Down::DropContent(id)) = postcard::from_bytes::<Down<'_>>(&frame) {
                    contents.remove(&id);
                }
            }
        }
    }
    sum
}

/// The daemon reads these bytes from a child's pipe: how many of 16 letters have ended. Each ends once at most.
pub fn up(stream: &[u8]) -> usize {
    thread_local!(static EAR: Ear = Ear::new(Path::new(LIBRARY)).unwrap_or_else(|e| panic!("{e}")));
    let (told, left) = EAR.with(|ear| ear.hear(stream));
    assert_eq!(told + left, 16, "a letter has ended twice, or not at all");
    told
}

/// The same letters, once as they are and once through a pipe: a plugin sees no difference.
pub fn both_ways(content: &Arc<Content>, letters: Vec<Letter>) -> (Arc<Content>, Vec<Letter>) {
    let mut stream = Vec::new();
    let frames = [remote::frame::content(content), remote::frame::batch(7, content.id, &letters, Priority::Ahead, 9)];
    for frame in frames {
        stream.extend(frame.unwrap_or_default());
    }
    let memory = BatchMemory::owned(7, Arc::new(ContentMemory::owned(content)), letters, 1, 9);
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
    fn a_batch_that_is_given_up_half_way_names_what_is_open() {
        use rundruf_consent::{Class, DeliveryId, EventId, Flags, Standing, State, Time, authorize};
        let standing = Standing { state: State::Confirmed, evidence: EventId(5), flags: Flags::default(), already: 0 };
        let letter = |n: u8| {
            let permit = authorize(DeliveryId(n.into()), Some(&standing), Class::Promotion, Time(0)).unwrap();
            Letter::new(permit, [n; 16], "a@x.example".into(), "".into(), Vec::new(), 1)
        };
        let content = Arc::new(Content::default());
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
