//! A daemon's folder with everything that a plugin might attack, and the plugin in it.

use crate::compile::{compile, example};
use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{
    HostError, HostEvent, InstanceSpec, Isolation, MessageContent, MessageId, MessageTemplate, OutboundMessage,
    Priority, TransportInstance,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(crate) fn build(folder: &Path) -> PathBuf {
    let library = folder.join("libhostile.so");
    compile("gcc", "tests/hostile/hostile.c", &library, &["-std=gnu11", "-O2"]);
    library
}

pub(crate) fn start(
    library: &Path,
    isolation: Isolation,
    config: &Value,
    state_dir: &Path,
) -> (TransportInstance, Receiver<HostEvent>) {
    let (instance, events) = begin(library, isolation, config, state_dir);
    (instance.unwrap(), events)
}

pub(crate) fn begin(
    library: &Path,
    isolation: Isolation,
    config: &Value,
    state_dir: &Path,
) -> (Result<TransportInstance, HostError>, Receiver<HostEvent>) {
    let (sender, receiver) = channel();
    let sender = Mutex::new(sender);
    let spec = InstanceSpec {
        name: "hostile".to_owned(),
        library: library.to_owned(),
        sha256: None,
        isolation,
        config: config.to_string(),
        state_dir: state_dir.to_owned(),
        window: 1_024,
        threads: 1,
        child_program: example("plugin_host"),
        overdue_after: Duration::from_secs(30),
        state_limit: config["limit"].as_u64().unwrap_or(InstanceSpec::STATE_LIMIT),
        protected: Vec::new(),
        without_landlock: false,
        disk_reserve: config["reserve"].as_u64(),
    };
    (TransportInstance::start(spec, Arc::new(move |e| drop(sender.lock().unwrap().send(e)))), receiver)
}

/// Sends one message.
pub(crate) fn send(instance: &TransportInstance) {
    let permit = trial::permit(DeliveryId(1));
    let message = OutboundMessage::new(permit, MessageId([1; 16]), "a@x.example".into(), "".into(), Vec::new(), 1);
    let content = MessageContent {
        id: 1,
        channel: "email".into(),
        text: MessageTemplate::fixed("x"),
        ..MessageContent::default()
    };
    instance.send(&Arc::new(content), vec![message].into(), Priority::Bulk, 0).unwrap();
}

/// Collects the results that the plugin logged.
pub(crate) fn told(events: &Receiver<HostEvent>) -> BTreeMap<String, i32> {
    let mut told = BTreeMap::new();
    while !told.contains_key("end") {
        let event = events.recv_timeout(Duration::from_secs(30)).unwrap();
        let HostEvent::Log { target, message, .. } = event else { continue };
        assert_eq!(target, "hostile", "{message}");
        let (name, errno) = message.split_once(' ').unwrap();
        told.insert(name.to_owned(), errno.parse().unwrap());
    }
    told
}

/// Kills a process that the plugin started.
pub(crate) struct Victim(pub(crate) Child);

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A daemon's folder with everything that a plugin might attack.
pub(crate) struct Scene {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) library: PathBuf,
    declared: TcpListener,
    undeclared: TcpListener,
    _control: UnixListener,
    _inherited: std::fs::File,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("transports/other")).unwrap();
        for file in ["rundruf.db", "transports/other/secret", "ca.pem"] {
            std::fs::write(at(file), "x").unwrap();
        }
        let inherited = std::fs::File::open(at("rundruf.db")).unwrap();
        // A descriptor without close-on-exec, as a careless library in the daemon might leave it.
        rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
        Self {
            library: build(dir.path()),
            declared: TcpListener::bind("127.0.0.1:0").unwrap(),
            undeclared: TcpListener::bind("127.0.0.1:0").unwrap(),
            _control: UnixListener::bind(at("rundruf.sock")).unwrap(),
            _inherited: inherited,
            dir,
        }
    }

    pub(crate) fn config(&self, victim: u32) -> Value {
        let at = |name: &str| self.dir.path().join(name);
        json!({
            "ca": at("ca.pem"), "database": at("rundruf.db"), "other_state": at("transports/other"),
            "other_secret": at("transports/other/secret"), "library": self.library, "socket": at("rundruf.sock"),
            "declared": self.declared.local_addr().unwrap().port(),
            "undeclared": self.undeclared.local_addr().unwrap().port(),
            "victim": victim,
        })
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.dir.path().join("transports").join(name)
    }
}
