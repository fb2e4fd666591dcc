//! Checks 22 to 25: when the other side, the host, or chance does what nobody hopes for.

use crate::book::Heard;
use crate::machine::Chance;
use crate::probe::{End, PATIENCE, Place, Probe, Ran, demand, no_wrong, ordinary, settle};
use crate::remote::Mode;
use crate::settings::fill_text;
use crate::stand::{Shape, Stand};
use rundruf_abi::{Status, TransportTable};
use rundruf_host::confinement::MissingFeature;
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What an outcome may be after a fault.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    /// Nothing left: try again, or the account.
    NothingLeft,
    /// Nothing came back: anything but "sent" and "never".
    NothingBack,
    /// It was there whole: nobody knows.
    Unknown,
    /// It was taken in the end.
    Taken,
    /// A temporary refusal.
    Later,
    /// A refusal for good.
    Never,
}

/// Whether this code is right, wrong, or worth a look.
fn judge(may: May, class: u16, repeat_is_safe: bool) -> Option<bool> {
    let (right, odd): (&[u16], &[u16]) = match may {
        May::NothingLeft => (&[2, 5], &[]),
        May::NothingBack => (&[2, 4, 5], &[]),
        May::Unknown if repeat_is_safe => (&[2, 4], &[]),
        May::Unknown => (&[4], &[]),
        May::Taken => (&[1, 4], &[]),
        May::Later => (&[2, 5], &[4]),
        May::Never => (&[3, 5], &[2, 4]),
    };
    if right.contains(&class) { Some(true) } else { odd.contains(&class).then_some(false) }
}

/// 22: what the other side does wrong is told as it is.
pub(crate) fn remote_faults(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let settings = probe.settings()?;
    if settings.speaks.is_none() {
        return if settings.has_folder() { lost_folder(probe, table) } else { Err(nobody()) };
    }
    let mut odd = Vec::new();
    let mut look = |what: &str, may: May, place: &Place<'_>, config: &str| -> Result<(), End> {
        probe.step(what);
        let stand = match probe.stand_with(table, place, config.as_bytes(), 64, Shape::Own) {
            Ok(stand) => stand,
            // It may look for the other side when it is opened, and refuse.
            Err(_) if may == May::NothingLeft => return Ok(()),
            Err(words) => {
                return Err(End::skipped(format!("it does not open with the settings of the check: {words}")));
            }
        };
        let code = probe.send_one(&stand).map_err(|e| e.told(|why| format!("{what}: {why}")))?;
        match judge(may, code / 100, probe.manifest.repeat_is_safe) {
            Some(true) => {}
            Some(false) => odd.push(format!("{what}: outcome {code}")),
            None => return Err(End::failed(format!("{what}: outcome {code}, {}", should(may)))),
        }
        // What was taken is over; what waits is answered.
        place.be(Mode::Take);
        settle(&stand, PATIENCE)?;
        stand.close();
        Ok(())
    };
    let closed = probe.place_closed()?;
    look("nobody listens", May::NothingLeft, &closed, &closed.config())?;
    let modes = [
        (Mode::CutAtOnce, "the connection is cut at once", May::NothingBack),
        (Mode::CutInside, "the connection is cut in the middle of a message", May::NothingBack),
        (Mode::CutAfterAll, "the connection is cut after the whole message", May::Unknown),
        (Mode::Garbage, "the answer to the whole message is noise", May::Unknown),
        (Mode::Drip, "the answer comes byte by byte", May::Taken),
        (Mode::Later, "it is refused for now", May::Later),
        (Mode::Never, "it is refused for good", May::Never),
    ];
    for (mode, what, may) in modes {
        let place = probe.place(mode)?;
        look(what, may, &place, &place.config())?;
        let (whole, connections) = place.counts();
        if connections == 0 {
            return Err(End::skipped("it never connected to the port of the check"));
        }
        // Where no message can be whole, nothing is proven.
        if may == May::Unknown && whole == 0 {
            return Err(End::skipped(
                "no whole message came to the port of the check: does it speak HTTP or SMTP there?",
            ));
        }
    }
    let place = probe.place(Mode::Take)?;
    let tls = match place.settings.filled_with_tls(&place.filling()) {
        Some(config) => {
            look("TLS is wanted and the other side has none", May::NothingLeft, &place, &config.to_string())?;
            "with TLS"
        }
        None => "without TLS: `x-check.tls` names no keys for it",
    };
    match odd.first() {
        Some(first) => Ok(End::warned(format!("{first}, which is allowed but helps nobody"))),
        None => Ok(End::passed(format!("8 faults of the other side, each told as it is; {tls}"))),
    }
}

const fn should(may: May) -> &'static str {
    match may {
        May::NothingLeft => "though nothing left: 2xx or 5xx is the truth",
        May::NothingBack => "though nothing came back: 2xx, 4xx or 5xx is the truth",
        May::Unknown => "though it may have been taken: MAYBE_SENT (400) is the truth",
        May::Taken => "though it was taken in the end: 1xx is the truth",
        May::Later => "though it may be sent later: 2xx is the truth",
        May::Never => "though it is refused: 3xx is the truth",
    }
}

fn nobody() -> End {
    End::skipped("it talks to nobody: its settings have neither a port nor a folder of the check")
}

/// A plugin that writes to a folder: the folder is lost.
fn lost_folder(probe: &Probe, table: &'static TransportTable) -> Ran {
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 64)?;
    probe.send_one(&stand)?;
    probe.step("sending while its folder has gone");
    place.lose_folder()?;
    let code = probe.send_one(&stand)?;
    demand(judge(May::NothingBack, code / 100, false).is_some(), || {
        format!("its folder has gone: outcome {code}, {}", should(May::NothingBack))
    })?;
    stand.close();
    Ok(End::passed(format!("its folder has gone: outcome {code}")))
}

/// What is known about messages from outside that the kit made.
struct Waiting {
    files: Vec<PathBuf>,
    chance: Chance,
    /// How a message is recognised, what id it had, and whether it was stored.
    met: Vec<(String, String, bool)>,
    wrong: Option<String>,
}

impl Waiting {
    fn hears(&mut self, heard: &Heard, refusal: Status) -> Status {
        let Some(file) = self.files.iter().find(|f| f.to_string_lossy().contains(&heard.address)) else {
            self.wrong.get_or_insert_with(|| "a message came whose sender nobody is".to_owned());
            return Status::OK;
        };
        if !file.exists() {
            self.wrong.get_or_insert_with(|| {
                "it had already told the other side \"received\" when it asked the host to store a message".to_owned()
            });
        }
        if heard.text.trim() != "JA" {
            self.wrong.get_or_insert_with(|| "the text of a message is not what was written".to_owned());
        }
        let stored = self.chance.below(2) == 0;
        match self.met.iter_mut().find(|(address, _, _)| *address == heard.address) {
            Some((_, id, _)) if *id != heard.remote_id => {
                self.wrong.get_or_insert_with(|| "a message that came again had another id".to_owned());
            }
            Some((_, _, known)) => *known |= stored,
            None => self.met.push((heard.address.clone(), heard.remote_id.clone(), stored)),
        }
        if stored { Status::OK } else { refusal }
    }
}

/// 23: a message is acknowledged when the host has it, not before.
pub(crate) fn inbound_backpressure(probe: &Probe) -> Ran {
    const MESSAGES: usize = 12;
    let table = probe.load()?;
    let settings = probe.settings()?;
    let Some(form) = settings.inbound.clone() else {
        return Err(End::skipped(if probe.manifest.can("inbound") {
            "it receives, but its schema does not say how to make a message (`x-check.inbound.file`)"
        } else {
            "it does not receive: no capability `inbound`"
        }));
    };
    let place = probe.place(Mode::Take)?;
    let open = || -> Result<Stand, End> { probe.stand(table, &place, 64) };
    // The plugin makes its folders when it is opened.
    open()?.close();
    let files: Vec<PathBuf> =
        (0..MESSAGES).map(|n| fill_text(&form, &place.filling()).replace("{n}", &format!("{n:03}")).into()).collect();
    for file in &files {
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let temporary = file.with_extension("kit");
        let written = std::fs::write(&temporary, "JA").and_then(|()| std::fs::rename(&temporary, file));
        written.map_err(|e| End::skipped(format!("the kit cannot work here: {e}")))?;
    }
    let waiting = Waiting { files, chance: probe.chance(), met: Vec::new(), wrong: None };
    let waiting = Arc::new(Mutex::new(waiting));
    let lock = || waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let until = Instant::now() + PATIENCE;
    // One start after the other, as if the process died in between; "busy" and "failed" by turns.
    for start in 0..3 {
        probe.step(&format!("{MESSAGES} messages wait outside, start {start}"));
        let stand = open()?;
        let refusal = if start % 2 == 0 { Status::BUSY } else { Status::FAILED };
        let shared = Arc::clone(&waiting);
        stand
            .book
            .listen(Box::new(move |heard| shared.lock().unwrap_or_else(PoisonError::into_inner).hears(heard, refusal)));
        let enough = if start < 2 { MESSAGES * (start + 1) / 3 } else { MESSAGES };
        let all = || {
            let seen = lock();
            seen.wrong.is_some() || seen.met.iter().filter(|m| m.2).count() >= enough
        };
        while !all() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        no_wrong(&stand)?;
        stand.close();
    }
    let seen = lock();
    if let Some(wrong) = &seen.wrong {
        return Err(End::failed(wrong.clone()));
    }
    let stored = seen.met.iter().filter(|m| m.2).count();
    demand(stored == MESSAGES, || format!("{} of {MESSAGES} messages from outside were lost", MESSAGES - stored))?;
    let ids: BTreeSet<&String> = seen.met.iter().map(|m| &m.1).collect();
    demand(ids.len() == MESSAGES, || "different messages have the same id".to_owned())?;
    Ok(End::passed(format!(
        "{MESSAGES} messages, every second one refused, three starts: none lost, none acknowledged early"
    )))
}

/// 24: a host that fails does not make the plugin fail.
pub(crate) fn host_faults(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let people = 8.min(probe.max_batch());
    for status in [Status::FAILED, Status::BUSY, Status::PANICKED, Status(12_345)] {
        probe.step(&format!("the host answers `complete` with status {}", status.0));
        let stand = probe.stand(table, &place, 64)?;
        stand.book.answer.store(status.0, Ordering::SeqCst);
        for _ in 0..4 {
            let (_, sent) = stand.send(&probe.mail(people), PATIENCE);
            ordinary(sent)?;
        }
        settle(&stand, PATIENCE)?;
        // Whoever tries again does it a little later.
        std::thread::sleep(Duration::from_millis(50));
        no_wrong(&stand).map_err(|e| e.told(|why| format!("when the host answers `complete` with a fault, {why}")))?;
        stand.close();
    }
    probe.step("opening it for a host that has nothing but `complete`");
    let config = place.config();
    let stand = probe.stand_with(table, &place, config.as_bytes(), 64, Shape::Bare);
    let stand = stand.map_err(|words| End::failed(format!("it refuses a host without log and inbound: {words}")))?;
    probe.send_one(&stand)?;
    stand.close();
    Ok(End::passed("a host that answers with faults, and one without log, inbound, receipt, ready and extensions"))
}

/// What the fence has, in words.
fn fence(lacks: &[MissingFeature]) -> String {
    let lacks: Vec<String> = lacks.iter().map(ToString::to_string).collect();
    if lacks.is_empty() {
        "in the whole sandbox".to_owned()
    } else {
        format!("in a part of the sandbox: {}", lacks.join("; "))
    }
}

/// 25: in the sandbox (or without it, by the mode), many threads at once, by chance.
pub(crate) fn sandbox_and_fuzz(probe: &Probe) -> Ran {
    let table = probe.load()?;
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 256)?;
    let first = probe.send_one(&stand)?;
    // A fast plugin gets more batches than the memory of the sandbox could hold.
    stand.book.forgets.store(true, Ordering::SeqCst);
    let until = Instant::now() + Duration::from_millis(probe.job.effort.fuzz_ms);
    let calls = AtomicU64::new(0);
    let seed = probe.chance().next();
    probe.step(&format!("calling it from 8 threads by chance, seed {}", probe.job.seed));
    let each = |n: u64| -> Result<(), End> {
        let mut chance = Chance::new(seed ^ (n << 32));
        while Instant::now() < until {
            let mut mail = probe.mail(1 + chance.below(8.min(probe.max_batch())));
            if chance.below(16) == 0 {
                mail.more = vec![b'x'; 4_096];
            }
            if chance.below(16) == 0 {
                demand(stand.extension(b"example.org.nothing/1").is_null(), || {
                    "it claims to have the extension `example.org.nothing/1`, which does not exist".to_owned()
                })?;
            }
            let (_, status) = stand.submit(&mail);
            if status != Status::BUSY {
                ordinary(Some(status))?;
            }
            calls.fetch_add(1, Ordering::Relaxed);
            if status == Status::BUSY || chance.below(4) == 0 {
                stand.book.wait(Duration::from_millis(2), |s| s.open < 128);
            }
        }
        Ok(())
    };
    let each = &each;
    let all = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || each(n))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for one in all {
        one.map_err(|_| End::failed("a thread of the check broke down"))??;
    }
    settle(&stand, PATIENCE)?;
    stand.drain(Duration::from_secs(5));
    stand.close();
    let (calls, seed) = (calls.load(Ordering::Relaxed), probe.job.seed);
    let unsent = probe.lacks.is_some() && first / 100 != 1;
    demand(!unsent || probe.job.plain.is_none_or(|c| c / 100 != 1), || {
        format!("in the sandbox, not without it: a message is not sent (outcome {first}): does `hosts` name its port?")
    })?;
    let fenced = probe.lacks.as_deref().map_or_else(|| "without the sandbox".to_owned(), fence);
    Ok(End::passed(format!("{calls} calls from 8 threads, seed {seed}, {fenced}")))
}
