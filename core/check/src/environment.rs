//! The environment of one check: the plugin's file, settings, folders, and ports with or without a fake server behind them. All of it is made
//! before the check's process starts, because that process may be confined.

use crate::fake_server::{Behaviour, FakeServer};
use crate::job::CheckJob;
use crate::outcome::CheckOutcome;
use crate::protocol::{CommandReply, ServerCommand};
use crate::settings::{Placeholders, TestSettings};
use rundruf_host::Manifest;
use rundruf_host::confinement::Grant;
use rundruf_lang::{Message, msg};
use rustix::net::{AddressFamily, SocketType};
use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Most endpoints that one check uses.
const ENDPOINTS: usize = 8;
/// The "discard" port, which nothing listens on: for settings that have no port of the check.
const UNUSED_PORT: u16 = 9;

/// A port and two folders for one instance.
#[derive(Clone, Debug)]
pub(crate) struct Endpoint {
    pub(crate) port: u16,
    /// The value of `{folder}` in the settings.
    pub(crate) folder: PathBuf,
    /// The state folder of the instance.
    pub(crate) state: PathBuf,
}

pub(crate) struct Environment {
    pub(crate) manifest: Manifest,
    /// The bytes of the library's file.
    pub(crate) bytes: Vec<u8>,
    /// Settings that should open the plugin, or why there are none.
    pub(crate) settings: Result<TestSettings, Message>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// An endpoint whose port refuses connections.
    pub(crate) closed: Endpoint,
}

/// The fake servers of one check, by the number of their endpoint.
pub(crate) struct FakeServers {
    listeners: Vec<Option<TcpListener>>,
    servers: Vec<Option<FakeServer>>,
    /// Bound, so that no other process gets the port, but not listening.
    _closed: Option<OwnedFd>,
}

impl Environment {
    /// Makes the environment of a check; the outcome of the check if that is impossible.
    pub(crate) fn prepare(job: &CheckJob) -> Result<(Self, FakeServers), CheckOutcome> {
        let manifest = Manifest::read(&job.library)
            .map_err(|e| CheckOutcome::skipped(msg!("check-unreadable-manifest-why", why = e.message())))?;
        let failed = |e: std::io::Error| CheckOutcome::error(msg!("check-kit-fault", why = Message::from(e)));
        let bytes = fs::read(&job.library).map_err(failed)?;
        let settings = TestSettings::find(&manifest.config_schema, &manifest.channels, job.config.as_ref());
        let has_server = settings.as_ref().is_ok_and(|s| s.protocol.is_some());
        let endpoint = |n: usize, port: Option<u16>| -> std::io::Result<Endpoint> {
            let (folder, state) = (job.folder.join(format!("folder-{n}")), job.folder.join(format!("state-{n}")));
            fs::create_dir_all(&folder)?;
            fs::create_dir_all(&state)?;
            Ok(Endpoint { port: port.unwrap_or(UNUSED_PORT), folder, state })
        };
        let (mut endpoints, mut listeners) = (Vec::new(), Vec::new());
        for n in 0..ENDPOINTS {
            let listener = if has_server { Some(TcpListener::bind("127.0.0.1:0").map_err(failed)?) } else { None };
            let port = listener.as_ref().and_then(|l| l.local_addr().ok()).map(|a| a.port());
            endpoints.push(endpoint(n, port).map_err(failed)?);
            listeners.push(listener);
        }
        let refusing = if has_server { Some(refusing_port().map_err(failed)?) } else { None };
        let closed = endpoint(ENDPOINTS, refusing.as_ref().map(|n| n.1)).map_err(failed)?;
        let servers = (0..ENDPOINTS).map(|_| None).collect();
        let servers = FakeServers { listeners, servers, _closed: refusing.map(|n| n.0) };
        Ok((Self { manifest, bytes, settings, endpoints, closed }, servers))
    }

    /// What the confinement of the check grants: the union of what the daemon would grant to each of its instances.
    pub(crate) fn grant(&self) -> Grant {
        let mut all = Grant { write: Vec::new(), ..Grant::default() };
        for endpoint in self.endpoints.iter().chain([&self.closed]) {
            let placeholders = Placeholders { port: endpoint.port, folder: &endpoint.folder };
            let settings = self.settings.as_ref();
            let configs = settings
                .map(|s| [Some(s.resolved(&placeholders)), s.resolved_with_tls(&placeholders)])
                .unwrap_or_default();
            let configs = configs.iter().flatten().map(ToString::to_string);
            for config in configs.chain(settings.is_err().then(String::new)) {
                let Ok(one) = Grant::resolve(&self.manifest, &config, &endpoint.state, &[]) else { continue };
                all.read.extend(one.read);
                all.write.extend(one.write);
                all.ports.extend(one.ports);
            }
        }
        all.ports.sort_unstable();
        all.ports.dedup();
        all
    }
}

/// A port that refuses connections, and the socket that reserves it.
fn refusing_port() -> std::io::Result<(OwnedFd, u16)> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let port = SocketAddrV4::try_from(rustix::net::getsockname(&socket)?)?.port();
    Ok((socket, port))
}

impl FakeServers {
    /// Runs a command of the check.
    pub(crate) fn execute(&mut self, environment: &Environment, command: ServerCommand) -> CommandReply {
        let (ServerCommand::Start(n, _)
        | ServerCommand::SetBehaviour(n, _)
        | ServerCommand::Record(n)
        | ServerCommand::Texts(n)
        | ServerCommand::Counts(n)
        | ServerCommand::RemoveFolder(n)) = command;
        let mut reply = CommandReply::default();
        let server = self.servers.get(n).and_then(Option::as_ref);
        match command {
            ServerCommand::Start(_, behaviour) => {
                reply.fault = self.start(environment, n, behaviour).err().map(Message::from);
            }
            ServerCommand::SetBehaviour(_, behaviour) => server.into_iter().for_each(|s| s.set_behaviour(behaviour)),
            ServerCommand::Record(_) => server.into_iter().for_each(FakeServer::record),
            ServerCommand::Counts(_) => {
                reply.counts = server.map(|s| (s.complete_messages(), s.connections())).unwrap_or_default();
            }
            ServerCommand::Texts(_) => {
                let recorded = server.into_iter().flat_map(FakeServer::recorded);
                reply.texts.extend(recorded.map(|m| String::from_utf8_lossy(&m).into_owned()));
                reply.texts.extend(environment.endpoints.get(n).into_iter().flat_map(|e| file_texts(&e.folder)));
            }
            ServerCommand::RemoveFolder(_) => {
                let removed = environment.endpoints.get(n).map(|e| {
                    fs::rename(&e.folder, e.folder.with_extension("gone"))
                        .and_then(|()| fs::write(&e.folder, "not a folder any more"))
                });
                reply.fault = removed.and_then(Result::err).map(Message::from);
            }
        }
        reply
    }

    fn start(&mut self, environment: &Environment, n: usize, behaviour: Behaviour) -> std::io::Result<()> {
        let settings = environment.settings.as_ref().ok();
        let protocol = settings.and_then(|s| s.protocol);
        let answers = settings.map_or(&[][..], |s| &s.answers);
        let receipts =
            settings.and_then(|s| s.receipts.as_ref()).and_then(|hint| hint.path.clone().zip(hint.body.clone()));
        let listener = self.listeners.get_mut(n).and_then(Option::take);
        if let (Some(protocol), Some(listener), Some(server)) = (protocol, listener, self.servers.get_mut(n)) {
            *server = Some(FakeServer::start(listener, protocol, behaviour, answers, receipts)?);
        }
        Ok(())
    }
}

/// Texts of the files in a folder, 500 at most.
fn file_texts(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(500);
    entries.filter_map(|e| fs::read(e.path()).ok()).map(|b| String::from_utf8_lossy(&b).into_owned()).collect()
}
