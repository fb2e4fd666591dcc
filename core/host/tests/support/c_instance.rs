//! Runs a plugin from its file and collects its outcomes.

use crate::compile::example;
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{HostEvent, InstanceSpec, Isolation, MessageId, MessageOutcome, OutboundMessage, TransportInstance};
use std::collections::HashMap;
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Starts the plugin without settings.
pub(crate) fn start(
    library: &Path,
    isolation: Isolation,
    state_dir: &Path,
) -> (Result<TransportInstance, String>, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let spec = InstanceSpec {
        name: "in-c".to_owned(),
        library: library.to_owned(),
        sha256: None,
        isolation,
        config: "{}".to_owned(),
        state_dir: state_dir.to_owned(),
        window: 1_024,
        threads: 1,
        child_program: example("plugin_host"),
        overdue_after: Duration::from_secs(30),
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    };
    let instance = TransportInstance::start(spec, Arc::new(move |e| drop(sender.lock().unwrap().send(e))));
    (instance.map_err(|e| e.to_string()), receiver)
}

/// A message to this address, with one value.
pub(crate) fn message(n: u8, address: &str) -> OutboundMessage {
    let permit = trial::permit(DeliveryId(i64::from(n)));
    OutboundMessage::new(permit, MessageId([n; 16]), address.into(), "".into(), vec![format!("Name{n}").into()], 1)
}

/// Collects `count` outcomes, and the log lines in between; panics if an outcome comes twice.
pub(crate) fn collect(receiver: &Receiver<HostEvent>, count: usize) -> (HashMap<u8, MessageOutcome>, Vec<String>) {
    let (mut got, mut lines) = (HashMap::new(), Vec::new());
    let until = Instant::now() + Duration::from_secs(30);
    while got.len() < count {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(HostEvent::Outcomes { outcomes, .. } | HostEvent::Lost { outcomes, .. }) => {
                for o in outcomes {
                    assert!(got.insert(o.message_id.0[0], o).is_none(), "an outcome came twice");
                }
            }
            Ok(HostEvent::Log { level, target, message }) => lines.push(format!("{level} {target}: {message}")),
            Ok(_) => {}
            Err(_) => panic!("{} of {count} outcomes", got.len()),
        }
    }
    (got, lines)
}
