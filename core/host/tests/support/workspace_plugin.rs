//! Starts plugins of this workspace with a chosen host program.

use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    EventHandler, HostEvent, InstanceSpec, Isolation, MessageContent, MessageId, MessageTemplate, OutboundMessage,
    OutcomeClass, PreparedPlugin, Priority, StopResult, TransportInstance, discover,
};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

#[allow(dead_code, reason = "not every test that includes this goes both ways")]
pub(crate) const WAYS: [Isolation; 2] = [Isolation::Process, Isolation::None];

fn target() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    here.ancestors().find(|a| a.ends_with("debug") || a.ends_with("release")).unwrap().to_owned()
}

/// Starts a plugin; `host` is the example that runs as plugin process.
pub(crate) fn start(
    name: &str,
    isolation: Isolation,
    config: &serde_json::Value,
    dir: &Path,
    host: &str,
) -> (TransportInstance, Receiver<HostEvent>) {
    let (spec, receiver, events) = spec(name, isolation, config, dir, host);
    (TransportInstance::start(spec, events).unwrap(), receiver)
}

#[allow(dead_code, reason = "not every test that includes this sets one up")]
/// Opens a plugin for its set-up alone.
pub(crate) fn open_for_setup(
    name: &str,
    isolation: Isolation,
    config: &serde_json::Value,
    dir: &Path,
) -> TransportInstance {
    let (spec, _, events) = spec(name, isolation, config, dir, "plugin_host");
    PreparedPlugin::read(spec).unwrap().for_setup().start(events).unwrap()
}

fn spec(
    name: &str,
    isolation: Isolation,
    config: &serde_json::Value,
    dir: &Path,
    host: &str,
) -> (InstanceSpec, Receiver<HostEvent>, EventHandler) {
    let child_program = target().join("examples").join(host);
    assert!(child_program.exists(), "{} is missing: `cargo build -p rundruf-host --examples`", child_program.display());
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let spec = InstanceSpec {
        name: name.to_owned(),
        library: discover::find(name, &[target(), target().join("deps")])
            .unwrap_or_else(|e| panic!("{e}: run `cargo build --workspace` first")),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: dir.join("state"),
        window: 1_024,
        threads: 1,
        child_program,
        overdue_after: Duration::from_secs(30),
        state_limit: InstanceSpec::STATE_LIMIT,
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: None,
    };
    (spec, receiver, Arc::new(move |e| drop(sender.lock().unwrap().send(e))))
}

#[allow(dead_code, reason = "not every test that includes this sends one")]
/// Asserts that one message is sent, and that the plugin stops in order.
pub(crate) fn sends(instance: &TransportInstance, events: &Receiver<HostEvent>, to: &str) {
    let permit = trial::permit(DeliveryId(1));
    let message = OutboundMessage::new(permit, MessageId([1; 16]), to.into(), "".into(), Vec::new(), 1);
    let content = MessageContent {
        id: 7,
        channel: "email".into(),
        text: MessageTemplate::fixed("Brot"),
        ..MessageContent::default()
    };
    instance.send(&Arc::new(content), vec![message].into(), Priority::Bulk, 0).unwrap();
    loop {
        let event = events.recv_timeout(Duration::from_secs(30)).unwrap();
        if let HostEvent::Outcomes { outcomes, last } = event {
            assert_eq!(outcomes[0].class(), OutcomeClass::Sent, "{outcomes:?}");
            instance.acknowledge(last);
            break;
        }
    }
    assert_eq!(instance.stop(Duration::from_secs(10)), StopResult::Clean);
}
