//! What a check stands on: the plugin's file, settings, folders, and ports with somebody or nobody behind. All of it is there before the check's
//! process begins, because that may sit in the fence.

use crate::line::{Answer, Ask};
use crate::probe::{End, Job};
use crate::remote::{Mode, Remote};
use crate::settings::{Filling, Settings};
use rundruf_host::Manifest;
use rundruf_host::confinement::Grant;
use rustix::net::{AddressFamily, SocketType};
use std::fs;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::path::PathBuf;

/// Most places that one check needs.
const PLACES: usize = 8;

/// One place to send to.
#[derive(Clone, Debug)]
pub(crate) struct Spot {
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    pub(crate) state: PathBuf,
}

/// Everything for one check.
pub(crate) struct Ground {
    pub(crate) manifest: Manifest,
    /// The library as it is in the file.
    pub(crate) bytes: Vec<u8>,
    /// Settings that should open it, or why there are none.
    pub(crate) settings: Result<Settings, String>,
    pub(crate) spots: Vec<Spot>,
    /// The last place: its port is nobody's.
    pub(crate) closed: Spot,
}

/// Ports, and who is behind.
pub(crate) struct Others {
    waiting: Vec<Option<TcpListener>>,
    remotes: Vec<Option<Remote>>,
    /// Bound, so that nobody else gets it, and not listening.
    _closed: Option<OwnedFd>,
}

impl Ground {
    /// Prepares everything.
    pub(crate) fn prepare(job: &Job) -> Result<(Self, Others), End> {
        let manifest = Manifest::read(&job.library);
        let manifest = manifest.map_err(|e| End::skipped(format!("the manifest cannot be read: {e}")))?;
        let failed = |e: std::io::Error| End::skipped(format!("the kit cannot work here: {e}"));
        let bytes = fs::read(&job.library).map_err(failed)?;
        let settings = Settings::find(&manifest.config_schema, &manifest.channels, job.config.as_ref());
        let has_remote = settings.as_ref().is_ok_and(|s| s.speaks.is_some());
        // Whatever is no port of the kit's: nobody offers "discard" any more.
        let spot = |n: usize, port: Option<u16>| -> std::io::Result<Spot> {
            let (folder, state) = (job.folder.join(format!("folder-{n}")), job.folder.join(format!("state-{n}")));
            fs::create_dir_all(&folder)?;
            fs::create_dir_all(&state)?;
            Ok(Spot { port: port.unwrap_or(9), folder, state })
        };
        let (mut spots, mut waiting) = (Vec::new(), Vec::new());
        for n in 0..PLACES {
            let listener = if has_remote { Some(TcpListener::bind("127.0.0.1:0").map_err(failed)?) } else { None };
            let port = listener.as_ref().and_then(|l| l.local_addr().ok()).map(|a| a.port());
            spots.push(spot(n, port).map_err(failed)?);
            waiting.push(listener);
        }
        let nobody = if has_remote { Some(nobody().map_err(failed)?) } else { None };
        let closed = spot(PLACES, nobody.as_ref().map(|n| n.1)).map_err(failed)?;
        let others = Others { waiting, remotes: (0..PLACES).map(|_| None).collect(), _closed: nobody.map(|n| n.0) };
        Ok((Self { manifest, bytes, settings, spots, closed }, others))
    }

    /// What the fence grants, as for the instances that a check opens: the daemon gives each instance a fence of its own.
    pub(crate) fn grant(&self) -> Grant {
        let mut all = Grant { write: Vec::new(), ..Grant::default() };
        for spot in self.spots.iter().chain([&self.closed]) {
            let filling = Filling { port: spot.port, folder: &spot.folder };
            let settings = self.settings.as_ref();
            let configs = settings.map(|s| [Some(s.filled(&filling)), s.filled_with_tls(&filling)]).unwrap_or_default();
            let configs = configs.iter().flatten().map(ToString::to_string);
            for config in configs.chain(settings.is_err().then(String::new)) {
                let one = Grant::of(&self.manifest, &config, &spot.state);
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

/// A port of which nobody answers.
fn nobody() -> std::io::Result<(OwnedFd, u16)> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let port = SocketAddrV4::try_from(rustix::net::getsockname(&socket)?)?.port();
    Ok((socket, port))
}

impl Others {
    /// Does what the check asks for.
    pub(crate) fn answer(&mut self, ground: &Ground, ask: Ask) -> Answer {
        let (Ask::Start(n, _) | Ask::Be(n, _) | Ask::Keep(n) | Ask::Texts(n) | Ask::Counts(n) | Ask::Lose(n)) = ask;
        let mut answer = Answer::default();
        let remote = self.remotes.get(n).and_then(Option::as_ref);
        match ask {
            Ask::Start(_, mode) => answer.fault = self.start(ground, n, mode).err().map(|e| e.to_string()),
            Ask::Be(_, mode) => remote.into_iter().for_each(|r| r.be(mode)),
            Ask::Keep(_) => remote.into_iter().for_each(Remote::keep),
            Ask::Counts(_) => answer.counts = remote.map(|r| (r.whole(), r.connections())).unwrap_or_default(),
            Ask::Texts(_) => {
                let kept = remote.into_iter().flat_map(Remote::kept);
                answer.texts.extend(kept.map(|m| String::from_utf8_lossy(&m).into_owned()));
                answer.texts.extend(ground.spots.get(n).into_iter().flat_map(|s| texts(&s.folder)));
            }
            Ask::Lose(_) => {
                let lost = ground.spots.get(n).map(|s| {
                    fs::rename(&s.folder, s.folder.with_extension("gone"))
                        .and_then(|()| fs::write(&s.folder, "not a folder any more"))
                });
                answer.fault = lost.and_then(Result::err).map(|e| e.to_string());
            }
        }
        answer
    }

    fn start(&mut self, ground: &Ground, n: usize, mode: Mode) -> std::io::Result<()> {
        let speaks = ground.settings.as_ref().ok().and_then(|s| s.speaks);
        let listener = self.waiting.get_mut(n).and_then(Option::take);
        if let (Some(speaks), Some(listener), Some(remote)) = (speaks, listener, self.remotes.get_mut(n)) {
            *remote = Some(Remote::start(listener, speaks, mode)?);
        }
        Ok(())
    }
}

/// All files in a folder, the first five hundred.
fn texts(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().take(500);
    entries.filter_map(|e| fs::read(e.path()).ok()).map(|b| String::from_utf8_lossy(&b).into_owned()).collect()
}
