//! Reads bytes as if a child had written them; for the fuzz targets.

use super::reader::read_frames;
use super::state::{ProcessShared, ProcessState};
use crate::confinement::Grant;
use crate::error::HostError;
use crate::event::{EventHandler, HostEvent};
use crate::id::MessageId;
use crate::library;
use crate::prepared::PluginLibrary;
use crate::spec::{InstanceSpec, Isolation};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// The daemon's side of a child that does not exist.
pub(crate) struct ScriptedChild {
    shared: ProcessShared,
    ended: Arc<AtomicUsize>,
}

impl ScriptedChild {
    /// Reads the library's manifest; its code never runs.
    pub(crate) fn new(path: &Path) -> Result<Self, HostError> {
        let (sealed, manifest, json) = library::seal(path)?;
        let library = PluginLibrary::read(sealed, json);
        let ended = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&ended);
        let events: EventHandler = Arc::new(move |event| match event {
            HostEvent::Outcomes { outcomes, .. } => {
                assert!(
                    outcomes.iter().all(|o| o.remote_id.len() <= 256 && o.detail.len() <= 512),
                    "longer than allowed"
                );
                counter.fetch_add(outcomes.len(), Ordering::Relaxed);
            }
            HostEvent::Inbound { message, .. } => {
                assert!(message.text.len() <= 64 * 1024 && message.address.len() <= 512, "longer than allowed");
                assert!(message.aliases.len() <= 8 && message.attachments.len() <= 32, "more than allowed");
            }
            HostEvent::Receipt { receipt, .. } => assert!(receipt.detail.len() <= 512, "longer than allowed"),
            HostEvent::Log { target, message, .. } => {
                assert!(target.len() + message.len() < 4_096, "longer than allowed");
            }
            _ => {}
        });
        let spec = InstanceSpec {
            name: "scripted".to_owned(),
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
            protected: Vec::new(),
            without_landlock: false,
            disk_reserve: None,
        };
        Ok(Self {
            shared: ProcessShared::new(spec, Arc::new(manifest), Arc::new(library), Grant::default(), events),
            ended,
        })
    }

    /// Reads the bytes of a child that has two batches of eight messages. Returns the number of outcomes, and of messages without one.
    pub(crate) fn read(&self, mut stream: &[u8]) -> (usize, usize) {
        *self.shared.state() = ProcessState::new();
        self.ended.store(0, Ordering::Relaxed);
        for batch in [1, 2] {
            self.shared.state().ledger.open(batch, vec![MessageId::default(); 8], Instant::now(), ());
        }
        read_frames(&self.shared, &mut stream);
        let open = self.shared.state().ledger.open_messages();
        (self.ended.load(Ordering::Relaxed), open)
    }
}
