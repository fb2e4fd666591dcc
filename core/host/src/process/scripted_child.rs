//! For the fuzz targets: hears bytes as if a child had said them. Built for them and for tests only.

use super::reader::hear;
use super::{ProcessShared, ProcessState};
use crate::event::HostEvent;
use crate::instance::{EventHandler, InstanceSpec, Isolation};
use crate::{HostError, library};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The daemon's side of a child that is not there.
pub(crate) struct ScriptedChild {
    shared: ProcessShared,
    told: Arc<AtomicUsize>,
}

impl ScriptedChild {
    /// The library is looked at, and never run.
    pub(crate) fn new(path: &Path) -> Result<Self, HostError> {
        let (sealed, manifest) = library::seal(path)?;
        let told = Arc::new(AtomicUsize::new(0));
        let counts = Arc::clone(&told);
        let events: EventHandler = Arc::new(move |event| match event {
            HostEvent::Outcomes { outcomes, .. } => {
                assert!(
                    outcomes.iter().all(|o| o.remote_id.len() <= 256 && o.detail.len() <= 512),
                    "longer than allowed"
                );
                counts.fetch_add(outcomes.len(), Ordering::Relaxed);
            }
            HostEvent::Inbound { message, .. } => {
                assert!(message.text.len() <= 64 * 1024 && message.address.len() <= 512, "longer than allowed");
            }
            HostEvent::Receipt { receipt, .. } => assert!(receipt.detail.len() <= 512, "longer than allowed"),
            HostEvent::Log { target, message, .. } => {
                assert!(target.len() + message.len() < 4_096, "longer than allowed");
            }
            _ => {}
        });
        let spec = InstanceSpec {
            name: "ear".to_owned(),
            library: path.to_owned(),
            sha256: None,
            isolation: Isolation::Process,
            config: "{}".to_owned(),
            state_dir: "/nonexistent".into(),
            window: 16,
            threads: 1,
            child_program: "/nonexistent".into(),
            overdue_after: Duration::from_secs(3_600),
            state_limit: InstanceSpec::STATE_LIMIT,
        };
        Ok(Self { shared: ProcessShared::new(spec, Arc::new(manifest), Arc::new(sealed), events), told })
    }

    /// A child that holds two batches of eight letters says this. Answers how many outcomes were handed on, and how many letters are still out.
    pub(crate) fn hear(&self, mut stream: &[u8]) -> (usize, usize) {
        *self.shared.state() = ProcessState::new();
        self.told.store(0, Ordering::Relaxed);
        for batch in [1, 2] {
            self.shared.state().ledger.open(batch, vec![[0; 16]; 8], Instant::now(), ());
        }
        hear(&self.shared, &mut stream);
        let letters = self.shared.state().ledger.letters();
        (self.told.load(Ordering::Relaxed), letters)
    }
}
