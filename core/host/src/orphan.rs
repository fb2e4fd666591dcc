//! Which process runs the plugin of a state folder: written beside the folder, where the plugin cannot write. A daemon that was killed may leave a
//! process that does not end by itself; the next daemon finds it here, waits, and kills it.

use crate::kernel_clock;
use crate::state_dir::{self, beside};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, pidfd_send_signal};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a killed process may take to be gone.
const GONE_WITHIN: Duration = Duration::from_secs(5);
/// Largest record that is read, in bytes.
const MAX_RECORD: u64 = 16 * 1024;
/// By how much two readings of the time of the last boot may differ, in seconds.
const BOOT_TOLERANCE: i64 = 5;

/// A plugin process, told apart from every later process with the same number.
#[derive(PartialEq, Serialize, Deserialize)]
struct ProcessRecord {
    pid: i32,
    /// When it was started, in clock ticks since the boot; 0 where `/proc` hides it.
    started: u64,
    /// The number that the kernel gives to each process of a boot once (Linux 6.9); 0 without it.
    unique: u64,
    /// The kernel's id of this boot; empty where `/proc` hides it.
    boot: String,
    /// When the system was booted, Unix time in seconds; counts where `boot` is empty.
    booted_at: i64,
    /// The program that it runs.
    exe: PathBuf,
    uid: u32,
}

/// Notes which process is about to run the plugin of this state folder. Call it before the process is told to open the plugin.
pub(crate) fn note(state_dir: &Path, pid: u32, program: &Path) -> io::Result<()> {
    let pid = i32::try_from(pid).map_err(io::Error::other)?;
    let (boot, booted_at) = this_boot();
    let record = ProcessRecord {
        pid,
        started: start_of(pid).unwrap_or(0),
        unique: handle(pid).map_or(0, |(_, unique)| unique),
        boot,
        booted_at,
        exe: fs::read_link(program).unwrap_or_else(|_| program.to_owned()),
        uid: rustix::process::geteuid().as_raw(),
    };
    let (path, new) = (beside(state_dir, ".pid"), beside(state_dir, ".pid.new"));
    let mut options = File::options();
    let mut file = state_dir::open(&new, options.create(true).truncate(true).write(true))?;
    file.write_all(serde_json::to_string(&record).map_err(io::Error::other)?.as_bytes())?;
    fs::rename(new, path)
}

/// Takes the note back, after the process has been waited for.
pub(crate) fn forget(state_dir: &Path) {
    let _ = fs::remove_file(beside(state_dir, ".pid"));
}

/// The noted process of a state folder, if it lives; from here on its number is that of one process, whatever ends meanwhile.
fn noted(state_dir: &Path) -> io::Result<Option<(ProcessRecord, OwnedFd)>> {
    let mut text = String::new();
    match state_dir::open(&beside(state_dir, ".pid"), File::options().read(true)) {
        Ok(file) => file.take(MAX_RECORD).read_to_string(&mut text)?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e),
    };
    let Ok(record) = serde_json::from_str::<ProcessRecord>(&text) else { return Ok(None) };
    let Some((process, unique)) = handle(record.pid) else { return Ok(None) };
    Ok(record.is_of(unique).then_some((record, process)))
}

/// Whether a process uses this state folder: the noted one, or one that holds the lock.
pub(crate) fn is_in_use(state_dir: &Path) -> io::Result<bool> {
    if let Some((_, process)) = noted(state_dir)?
        && !ends(&process, Duration::ZERO)?
    {
        return Ok(true);
    }
    Ok(lock_folder(state_dir, Duration::ZERO)?.is_none())
}

/// Ends the process that an earlier daemon left, if there is one: it has this time to end by itself, then it is killed. False if it lives on.
pub(crate) fn end(state_dir: &Path, wait: Duration) -> io::Result<bool> {
    let Some((record, process)) = noted(state_dir)? else { return Ok(true) };
    if ends(&process, wait)? {
        return Ok(true);
    }
    tracing::warn!(
        pid = record.pid, folder = %state_dir.display(),
        "a plugin's process of an earlier daemon does not end, and is killed"
    );
    if let Some(pid) = Pid::from_raw(record.pid) {
        let _ = kill_process_group(pid, Signal::KILL);
    }
    pidfd_send_signal(&process, Signal::KILL)?;
    ends(&process, GONE_WITHIN)
}

impl ProcessRecord {
    /// Whether the process that has this number now, and this unique number, is the noted one.
    fn is_of(&self, unique: u64) -> bool {
        let (boot, booted_at) = this_boot();
        let same_boot = if boot.is_empty() || self.boot.is_empty() {
            self.booted_at.abs_diff(booted_at) <= BOOT_TOLERANCE.unsigned_abs()
        } else {
            self.boot == boot
        };
        let same_process = if self.unique != 0 && unique != 0 {
            self.unique == unique
        } else {
            self.started != 0 && start_of(self.pid) == Some(self.started)
        };
        // Both are hidden from a daemon that may not look at processes which protect their memory.
        let exe = fs::read_link(format!("/proc/{}/exe", self.pid));
        let same_exe = exe.map_or(true, |exe| plain(&exe) == plain(&self.exe));
        let same_uid = uid_of(self.pid).is_none_or(|uid| uid == self.uid);
        let is_other = self.pid != i32::try_from(std::process::id()).unwrap_or(0);
        same_boot && same_process && same_exe && same_uid && is_other
    }
}

/// The path of a program, also if its file was replaced meanwhile.
fn plain(exe: &Path) -> String {
    let text = exe.display().to_string();
    text.strip_suffix(" (deleted)").unwrap_or(&text).to_owned()
}

fn uid_of(pid: i32) -> Option<u32> {
    let status = fs::read(format!("/proc/{pid}/status")).ok()?;
    let status = String::from_utf8_lossy(&status);
    status.lines().find_map(|line| line.strip_prefix("Uid:"))?.split_whitespace().next()?.parse().ok()
}

/// When a process was started, in clock ticks since the boot.
fn start_of(pid: i32) -> Option<u64> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let stat = String::from_utf8_lossy(&stat);
    // The name may contain anything; 19 fields lie between its last bracket and the start.
    stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()
}

/// A handle of the process that has this number, and its unique number; 0 before Linux 6.9.
fn handle(pid: i32) -> Option<(OwnedFd, u64)> {
    const PIDFS: u64 = 0x5049_4446;
    let process = pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()?;
    let is_pidfs = rustix::fs::fstatfs(&process).is_ok_and(|fs| u64::try_from(fs.f_type) == Ok(PIDFS));
    let unique = if is_pidfs { rustix::fs::fstat(&process).map_or(0, |stat| stat.st_ino) } else { 0 };
    Some((process, unique))
}

fn this_boot() -> (String, i64) {
    (kernel_clock::boot_id(), i64::try_from(kernel_clock::started_at()).unwrap_or(0))
}

/// Waits for the end of a process.
fn ends(process: &OwnedFd, wait: Duration) -> io::Result<bool> {
    let until = Instant::now() + wait;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&left)) {
            Ok(ready) => return Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(e) => return Err(e.into()),
        }
    }
}

/// Takes the lock of a state folder, which is beside it; `None` if another process holds it for the whole time.
pub(crate) fn lock_folder(state_dir: &Path, wait: Duration) -> io::Result<Option<File>> {
    let path = beside(state_dir, ".lock");
    let file = state_dir::open(&path, File::options().create(true).truncate(false).write(true))?;
    let until = Instant::now() + wait;
    loop {
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => return Ok(Some(file)),
            Err(e) if e == rustix::io::Errno::WOULDBLOCK => {}
            Err(e) => return Err(e.into()),
        }
        if Instant::now() >= until {
            return Ok(None);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Child, Command};

    struct Orphan(Child);

    impl Orphan {
        fn of(dir: &Path) -> Self {
            let child = Command::new("/bin/sleep").arg("1000").spawn().unwrap();
            let exe = fs::read_link(format!("/proc/{}/exe", child.id())).unwrap();
            note(dir, child.id(), &exe).unwrap();
            Self(child)
        }
    }

    impl Drop for Orphan {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    #[test]
    fn a_stopped_process_is_killed_after_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a");
        let mut orphan = Orphan::of(&state);
        rustix::process::kill_process(Pid::from_child(&orphan.0), Signal::STOP).unwrap();
        let begin = Instant::now();
        assert!(end(&state, Duration::from_millis(200)).unwrap());
        assert!(begin.elapsed() >= Duration::from_millis(200), "it has its time");
        assert!(!orphan.0.wait().unwrap().success());
        assert!(end(&state, Duration::ZERO).unwrap(), "nothing is left to end");
    }

    #[test]
    fn another_process_with_the_number_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let state = dir.path().join("a");
        let mut orphan = Orphan::of(&state);
        let path = beside(&state, ".pid");
        let record = || serde_json::from_str::<ProcessRecord>(&fs::read_to_string(&path).unwrap()).unwrap();
        let wrong = [
            ProcessRecord { unique: 1, started: 1, ..record() },
            ProcessRecord { boot: "an earlier one".to_owned(), ..record() },
            ProcessRecord { exe: "/bin/other".into(), ..record() },
            ProcessRecord { uid: 4_711, ..record() },
            ProcessRecord { pid: 1, ..record() },
        ];
        for record in wrong {
            fs::write(&path, serde_json::to_string(&record).unwrap()).unwrap();
            assert!(end(&state, Duration::ZERO).unwrap());
            assert!(orphan.0.try_wait().unwrap().is_none(), "it lives on");
        }
        fs::write(&path, "no record").unwrap();
        assert!(end(&state, Duration::ZERO).unwrap());
        forget(&state);
        assert!(end(&state, Duration::ZERO).unwrap());
        assert!(orphan.0.try_wait().unwrap().is_none());
    }
}
