//! Doors for the fuzz targets in `tests/fuzz`: what comes from outside meets the same code as in a daemon. Built for them only.

mod puppet; // a plugin whose every word comes from the fuzzer
mod walk; // everything a batch reaches

pub use puppet::{Heard, Puppet, Said};

use crate::letter::{Content, Letter, Priority};
use crate::memory::{BatchMemory, ContentMemory};
use crate::wire::Down;
use crate::{HostError, Manifest, pipe, remote};
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

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

/// The daemon reads these bytes from a child's pipe. Each letter ends once at most.
pub fn up(stream: &[u8]) {
    static MANIFEST: LazyLock<Arc<Manifest>> = LazyLock::new(|| {
        let json = include_bytes!("../../sdk/manifest.json");
        let manifest = Manifest::from_json(Path::new("fuzz.so"), json);
        Arc::new(manifest.unwrap_or_else(|e| panic!("{e}")))
    });
    let (told, left) = remote::door::bytes(stream, &MANIFEST);
    assert_eq!(told + left, 16, "a letter has ended twice, or not at all");
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
