//! The process around one check: it prepares the ground, forks the check's own process, plays the other side for it, ends it when its time is
//! over together with everything that it started, and judges how it ended.

use crate::Verdict;
use crate::ground::{Ground, Others};
use crate::letters::names_somebody;
use crate::line::{self, Note, Said, Stage};
use crate::probe::{self, End, Job};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, kill_process, wait, waitpid};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fs::{self, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{ErrorKind, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// So much of what a plugin prints is kept, from the beginning and from the end.
const WORDS: usize = 64 * 1024;

/// What the keeper tells whoever started it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub(crate) struct Told {
    pub(crate) end: End,
    pub(crate) stage: Stage,
    pub(crate) note: Note,
}

impl Told {
    /// One that has come nowhere.
    pub(crate) fn early(end: End) -> Self {
        Self { end, stage: Stage::File, note: Note::default() }
    }
}

/// Runs one check and says how it ended.
pub(crate) fn keep(job: Job) -> Told {
    let failed = |e: std::io::Error| Told::early(End::skipped(format!("the kit cannot work here: {e}")));
    alone();
    let (ground, others) = match Ground::prepare(&job) {
        Ok(prepared) => prepared,
        Err(end) => return Told::early(end),
    };
    let pair = UnixStream::pair().and_then(|pair| Ok((pair, std::io::pipe()?)));
    let ((ours, theirs), (read, write)) = match pair {
        Ok(pair) => pair,
        Err(error) => return failed(error),
    };
    let token = format!("{:016x}", std::hash::RandomState::new().build_hasher().finish());
    // SAFETY: this process has one thread, so its copy has everything that it had.
    match unsafe { libc::fork() } {
        0 => probe::child(job, ground, theirs.into(), write.into(), token),
        pid if pid > 0 => {
            drop((theirs, write));
            Keeper::new(job, ground, others, ours, read.into(), token, pid).watch()
        }
        _ => failed(std::io::Error::last_os_error()),
    }
}

/// Whatever the check starts becomes ours when its parent is gone, and we go when whoever started us goes.
fn alone() {
    // SAFETY: both take plain numbers.
    unsafe {
        libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1_usize, 0_usize, 0_usize, 0_usize);
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as usize, 0_usize, 0_usize, 0_usize);
    }
}

struct Keeper {
    job: Job,
    ground: Ground,
    others: Others,
    socket: UnixStream,
    words: Arc<Mutex<Words>>,
    token: String,
    pid: i32,
    heard: Vec<u8>,
    step: Option<String>,
    stage: Stage,
    note: Note,
    end: Option<End>,
    /// Somebody wrote on the socket who was not told the token.
    forged: bool,
}

impl Keeper {
    fn new(
        job: Job,
        ground: Ground,
        others: Others,
        socket: UnixStream,
        read: OwnedFd,
        token: String,
        pid: i32,
    ) -> Self {
        Self {
            job,
            ground,
            others,
            socket,
            words: Words::follow(read),
            token,
            pid,
            heard: Vec::new(),
            step: None,
            stage: Stage::File,
            note: Note::default(),
            end: None,
            forged: false,
        }
    }

    fn watch(mut self) -> Told {
        let until = Instant::now() + Duration::from_millis(self.job.limit_ms);
        let _ = self.socket.set_nonblocking(true);
        let mut open = true;
        let ended = loop {
            match Pid::from_raw(self.pid).map(|pid| waitpid(Some(pid), WaitOptions::NOHANG)) {
                Some(Ok(Some((_, status)))) => break Some(status),
                Some(Ok(None)) if Instant::now() < until => {}
                _ => break None,
            }
            if open {
                let tick = Timespec { tv_sec: 0, tv_nsec: 5_000_000 };
                let _ = poll(&mut [PollFd::new(&self.socket, PollFlags::IN)], Some(&tick));
            } else {
                std::thread::sleep(Duration::from_millis(1));
            }
            open = self.hear();
        };
        let left = if ended.is_some() { children() } else { vec![self.pid] };
        let orphans = ended.is_some() && !left.is_empty();
        end_all(left);
        // What it said before it ended.
        self.hear();
        let told = self.judge(ended);
        if orphans && !told.end.verdict.is_bad() {
            return Told { end: End::failed("a process that it started goes on after it"), ..told };
        }
        told
    }

    /// Reads what is there; false when there will be no more.
    fn hear(&mut self) -> bool {
        let mut bytes = [0_u8; 16 * 1024];
        let open = loop {
            match self.socket.read(&mut bytes) {
                Ok(0) => break false,
                Ok(n) => self.heard.extend_from_slice(bytes.get(..n).unwrap_or_default()),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => break e.kind() == ErrorKind::WouldBlock,
            }
            // Nobody of ours says so much at once.
            if self.heard.len() > 1 << 20 {
                self.forged = true;
                self.heard.clear();
            }
        };
        while let Some(end) = self.heard.iter().position(|b| *b == b'\n') {
            let line: Vec<u8> = self.heard.drain(..=end).collect();
            match line::read(&self.token, String::from_utf8_lossy(&line).trim_end()) {
                Some(said) => self.take(said),
                None => self.forged = true,
            }
        }
        open
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::Step(step) => self.step = Some(step),
            Said::Stage(stage) => self.stage = stage,
            Said::Note(note) => {
                self.note = Note { flags: note.flags.or(self.note.flags), code: note.code.or(self.note.code) };
            }
            Said::End(end) => self.end = Some(end),
            Said::Ask(ask) => {
                let answer = self.others.answer(&self.ground, ask);
                let text = format!("{}\n", serde_json::to_string(&answer).unwrap_or_default());
                // The check waits for it, so there is room sooner or later.
                let _ = self.socket.set_nonblocking(false);
                let _ = self.socket.set_write_timeout(Some(Duration::from_secs(5)));
                let _ = self.socket.write_all(text.as_bytes());
                let _ = self.socket.set_nonblocking(true);
            }
        }
    }

    fn judge(self, ended: Option<WaitStatus>) -> Told {
        let words = Words::all(&self.words);
        let last = words.lines().rev().find(|l| !l.trim().is_empty());
        let last =
            last.map(|l| format!("; its last words: {}", l.chars().take(200).collect::<String>())).unwrap_or_default();
        let step = self.step.as_deref().unwrap_or(match self.stage {
            Stage::File | Stage::Fence | Stage::Load => "loading it",
            Stage::Open => "opening it",
            Stage::Send => "sending a first message",
            Stage::Close => "closing it",
        });
        let code = ended.and_then(WaitStatus::exit_status);
        let end = match (ended, code, self.end) {
            (None, ..) => {
                let seconds = self.job.limit_ms / 1_000;
                End::failed(format!("it did not end within {seconds} seconds while {step}{last}"))
            }
            (_, Some(0), Some(end)) => end,
            (_, Some(probe::LOST), _) => {
                End::failed(format!("it closed a descriptor that was not its own while {step}{last}"))
            }
            (_, Some(code), _) => {
                let why = format!("it ended the process by itself (exit code {code}) while {step}{last}");
                End::new(Verdict::Crashed, why)
            }
            (Some(status), None, _) => {
                let signal = name(status.terminating_signal().unwrap_or(0));
                End::new(Verdict::Crashed, format!("the process died by {signal} while {step}{last}"))
            }
        };
        let good = !end.verdict.is_bad() && end.verdict != Verdict::Skipped;
        let end = if self.forged && !end.verdict.is_bad() {
            End::failed(format!("it wrote to a descriptor that was not its own while {step}{last}"))
        } else if good && self.job.id == "exactly-once" && names_somebody(&self.ground.manifest.channels, &words) {
            End::failed("the address of a recipient stands in what it prints")
        } else {
            end
        };
        // What went well leaves nothing behind.
        if end.verdict.is_bad() {
            let _ = fs::write(self.job.folder.join("stderr"), words);
        } else {
            let _ = fs::remove_dir_all(&self.job.folder);
        }
        Told { end, stage: self.stage, note: self.note }
    }
}

/// The first and the last words of a plugin. Whatever it prints is read, so that it never waits for us, and nothing of it fills a disk.
#[derive(Default)]
struct Words {
    first: Vec<u8>,
    last: VecDeque<u8>,
    over: bool,
}

impl Words {
    fn follow(read: OwnedFd) -> Arc<Mutex<Self>> {
        let words = Arc::new(Mutex::new(Self::default()));
        let shared = Arc::clone(&words);
        let mut pipe = File::from(read);
        let reader = move || {
            let mut bytes = [0_u8; 16 * 1024];
            while let Ok(n) = pipe.read(&mut bytes)
                && n > 0
            {
                shared.lock().unwrap_or_else(PoisonError::into_inner).add(bytes.get(..n).unwrap_or_default());
            }
            shared.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        };
        let started = std::thread::Builder::new().name("words".into()).spawn(reader);
        if started.is_err() {
            words.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        }
        words
    }

    fn add(&mut self, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len().min(WORDS - self.first.len()));
        self.first.extend_from_slice(first);
        self.last.extend(rest);
        let more = self.last.len().saturating_sub(WORDS);
        self.last.drain(..more);
    }

    /// Everything, once the last who could print has gone.
    fn all(words: &Mutex<Self>) -> String {
        let until = Instant::now() + Duration::from_secs(2);
        loop {
            let words = words.lock().unwrap_or_else(PoisonError::into_inner);
            if words.over || Instant::now() >= until {
                let all: Vec<u8> = words.first.iter().chain(&words.last).copied().collect();
                return String::from_utf8_lossy(&all).into_owned();
            }
            drop(words);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// Ends these and everything that came from them, also what has left its group.
fn end_all(mut next: Vec<i32>) {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        for pid in next.iter().filter_map(|p| Pid::from_raw(*p)) {
            let _ = kill_process(pid, Signal::KILL);
        }
        // Their children become ours when they are gone.
        next = children();
        if next.is_empty() || Instant::now() >= until {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Processes whose parent we are.
fn children() -> Vec<i32> {
    let own = std::process::id().to_string();
    let is_ours = |pid: &i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // The name may hold anything; what follows its last bracket is state and parent.
        stat.rsplit_once(')').is_some_and(|(_, rest)| rest.split_whitespace().nth(1) == Some(own.as_str()))
    };
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) => {}
            Ok(None) => break,
            // Without a child there is nothing to look for.
            Err(_) => return Vec::new(),
        }
    }
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(is_ours).collect()
}

fn name(signal: i32) -> String {
    let known = match signal {
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGSYS => "SIGSYS",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGPIPE => "SIGPIPE",
        _ => return format!("signal {signal}"),
    };
    known.to_owned()
}
