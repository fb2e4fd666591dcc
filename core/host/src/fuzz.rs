//! Doors for the fuzz targets in `tests/fuzz`: what comes from outside meets the same code as in a daemon. Built for them only.

mod puppet; // a plugin whose every word comes from the fuzzer
mod walk; // everything a batch reaches

pub use puppet::{Heard, Puppet, Said};

use crate::letter::{Content, Letter, Priority};
use crate::memory::{BatchMemory, ContentMemory};
use crate::wire::{Down, Up};
use crate::{Manifest, Outcome, manifest, pipe, remote};
use rundruf_abi::OutcomeCode;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The bytes of a library.
pub fn library(bytes: &[u8]) {
    if let Ok(json) = manifest::section(bytes) {
        manifest_text(json);
    }
}

/// The text of a manifest.
pub fn manifest_text(json: &[u8]) {
    match Manifest::parse(Path::new("fuzz.so"), json) {
        Ok(manifest) => {
            assert!(!manifest.id.is_empty() && !manifest.channels.is_empty() && manifest.config_schema.is_object());
            // What was read once is read again.
            assert!(manifest.can("html") == manifest.capabilities.iter().any(|c| c == "html"));
        }
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

/// The daemon reads these bytes from a child's pipe. Each letter of two batches ends once at most.
pub fn up(mut stream: &[u8]) {
    let mut ledger = crate::ledger::Ledger::default();
    for batch in [1, 2] {
        ledger.open(batch, vec![[0; 16]; 8], Instant::now(), ());
    }
    let (mut frame, mut ended) = (Vec::new(), 0);
    while matches!(pipe::read(&mut stream, &mut frame, pipe::MAX_UP), Ok(true)) {
        let Ok(up) = postcard::from_bytes::<Up<'_>>(&frame) else { return };
        if let Up::Outcomes { outcomes, .. } = &up {
            for o in outcomes {
                let Some((id, _)) = ledger.close(o.batch, o.index) else { continue };
                ended += 1;
                let outcome = Outcome::of(id, OutcomeCode(o.code), o.detail);
                let _ = outcome.class();
            }
        }
        // What was understood is said in the same way again.
        let again = pipe::encode(&up, 64).unwrap_or_default();
        let body = again.get(4..).unwrap_or_default();
        assert!(postcard::from_bytes::<Up<'_>>(body).is_ok());
    }
    assert_eq!(ended + ledger.letters(), 16);
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
