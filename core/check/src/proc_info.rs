//! What the system reports about this process: threads, descriptors, memory, signal handlers. The files in `/proc` are opened before the confinement
//! is set up: a confined process can read them again, but cannot open them.

use rundruf_lang::{Message, msg};
use rustix::fs::{Mode, OFlags, SeekFrom, open, readlinkat, seek};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

/// Open files and folders of `/proc/self`.
struct ProcFiles {
    threads: OwnedFd,
    descriptors: OwnedFd,
    status: OwnedFd,
}

static PROC_FILES: OnceLock<ProcFiles> = OnceLock::new();

/// Opens the files; needed once per process, before anything else here is called.
pub(crate) fn open_proc_files() -> std::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let files = ProcFiles {
        threads: open("/proc/self/task", flags | OFlags::DIRECTORY, Mode::empty())?,
        descriptors: open("/proc/self/fd", flags | OFlags::DIRECTORY, Mode::empty())?,
        status: open("/proc/self/status", flags, Mode::empty())?,
    };
    let _ = PROC_FILES.set(files);
    Ok(())
}

/// Names of the entries of an open folder.
fn names(folder: Option<&OwnedFd>) -> Vec<String> {
    let mut buffer = Vec::with_capacity(16 * 1024);
    let Some(folder) = folder.filter(|f| seek(f, SeekFrom::Start(0)).is_ok()) else { return Vec::new() };
    let mut entries = rustix::fs::RawDir::new(folder, buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(Ok(entry)) = entries.next() {
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.retain(|n| n != "." && n != "..");
    names
}

/// Number of threads of this process.
pub(crate) fn threads() -> usize {
    names(PROC_FILES.get().map(|f| &f.threads)).len()
}

/// Open descriptors by number, with what each refers to.
pub(crate) fn descriptors() -> BTreeMap<String, String> {
    let Some(files) = PROC_FILES.get() else { return BTreeMap::new() };
    let named = names(Some(&files.descriptors)).into_iter().filter_map(|n| {
        let what = readlinkat(&files.descriptors, n.as_str(), Vec::new()).ok()?;
        Some((n, what.to_string_lossy().into_owned()))
    });
    named.collect()
}

/// Resident memory, in KiB.
pub(crate) fn memory_kib() -> u64 {
    status("VmRSS").split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Bytes allocated by the C library. Shows leaks that are far too small for [`memory_kib`].
pub(crate) fn heap_bytes() -> u64 {
    // SAFETY: `mallinfo` only reads.
    let info = unsafe { libc::mallinfo() };
    // Both fields wrap around at 4 GiB; only their growth counts.
    u64::from((info.uordblks as u32).wrapping_add(info.hblkhd as u32))
}

/// The value of a line of `/proc/self/status`; empty if there is none.
pub(crate) fn status(key: &str) -> String {
    let mut bytes = vec![0; 8 * 1024];
    let read = PROC_FILES.get().and_then(|f| rustix::io::pread(&f.status, bytes.as_mut_slice(), 0).ok()).unwrap_or(0);
    let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default());
    let found = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
    found.unwrap_or_default().trim().to_owned()
}

/// Processor time of all threads, in milliseconds.
pub(crate) fn cpu_ms() -> u64 {
    // SAFETY: the struct is ours and written by the call.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time);
        u64::try_from(time.tv_sec * 1000 + time.tv_nsec / 1_000_000).unwrap_or(0)
    }
}

/// A set of signals, without the two that the C library uses for its threads.
fn signals(key: &str) -> String {
    const OF_THREADS: u64 = 0b11 << 31;
    let all = u64::from_str_radix(&status(key), 16).unwrap_or(0);
    format!("{:x}", all & !OF_THREADS)
}

/// Attributes of the whole process, which a plugin must not change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct ProcessAttributes {
    /// Name and value; those of signals first.
    values: [(Message, String); 7],
}

/// How many of the attributes are about signals.
const ABOUT_SIGNALS: usize = 3;

impl ProcessAttributes {
    pub(crate) fn now() -> Self {
        let environment = std::env::vars_os().map(|(k, v)| format!("{k:?}={v:?}")).collect::<Vec<_>>().join(" ");
        let folder = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default();
        // SAFETY: a null locale only reads; the result is copied at once.
        let locale = unsafe {
            let found = libc::setlocale(libc::LC_ALL, std::ptr::null());
            if found.is_null() { String::new() } else { std::ffi::CStr::from_ptr(found).to_string_lossy().into_owned() }
        };
        Self {
            values: [
                (msg!("check-attribute-signal-handlers"), signals("SigCgt")),
                (msg!("check-attribute-ignored-signals"), signals("SigIgn")),
                (msg!("check-attribute-signal-mask"), signals("SigBlk")),
                (msg!("check-attribute-working-directory"), folder),
                (msg!("check-attribute-umask"), status("Umask")),
                (msg!("check-attribute-locale"), locale),
                (msg!("check-attribute-environment"), environment),
            ],
        }
    }

    /// The first attribute that has changed since. A Go runtime may change those of signals.
    pub(crate) fn first_change(&self, is_go: bool) -> Option<Message> {
        let pairs = self.values.iter().zip(Self::now().values).skip(if is_go { ABOUT_SIGNALS } else { 0 });
        pairs.filter(|(before, after)| *before != after).map(|(_, after)| after.0).next()
    }
}
