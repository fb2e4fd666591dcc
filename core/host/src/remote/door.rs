//! For the fuzz targets: hears bytes as if a child had said them. Built for them only.

use super::hear::hear;
use super::{Shared, State};
use crate::event::HostEvent;
use crate::instance::{Isolation, Spec};
use crate::lines::Lines;
use crate::lookup::Desk;
use crate::{Manifest, instance::Events};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

/// A child that holds two batches of eight letters says this. Answers how many outcomes were handed on, and how many letters are still out.
pub(crate) fn bytes(mut stream: &[u8], manifest: &Arc<Manifest>) -> (usize, usize) {
    let told = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&told);
    let events: Events = Arc::new(move |event| match event {
        HostEvent::Outcomes { outcomes, .. } => {
            assert!(outcomes.iter().all(|o| o.remote_id.len() <= 256 && o.detail.len() <= 512), "longer than allowed");
            counts.fetch_add(outcomes.len(), Ordering::Relaxed);
        }
        HostEvent::Inbound { message, .. } => assert!(message.text.len() <= 64 * 1024 && message.address.len() <= 512),
        HostEvent::Receipt { receipt, .. } => assert!(receipt.detail.len() <= 512),
        HostEvent::Log { target, message, .. } => assert!(target.len() + message.len() < 4_096),
        _ => {}
    });
    let spec = Spec {
        name: "fuzz".to_owned(),
        library: PathBuf::new(),
        sha256: None,
        isolation: Isolation::Process,
        config: String::new(),
        state_dir: PathBuf::new(),
        window: 16,
        threads: 1,
        child_program: PathBuf::new(),
        overdue_after: Duration::from_secs(3_600),
    };
    let shared = Shared {
        spec,
        manifest: Arc::clone(manifest),
        lines: Arc::new(Lines::new(Arc::clone(&events))),
        events,
        state: Mutex::new(State::new()),
        changed: Condvar::new(),
        desk: Desk::default(),
    };
    for batch in [1, 2] {
        shared.state().ledger.open(batch, vec![[0; 16]; 8], Instant::now(), ());
    }
    hear(&shared, &mut stream);
    let letters = shared.state().ledger.letters();
    (told.load(Ordering::Relaxed), letters)
}
