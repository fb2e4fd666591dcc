//! What the system says of this process. `/proc` is opened once, before the fence is put up: inside, what is open can be read again, and
//! nothing else can be opened.

use rustix::fs::{Mode, OFlags, SeekFrom, open, readlinkat, seek};
use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::sync::OnceLock;

/// What is looked at.
struct Eyes {
    threads: OwnedFd,
    descriptors: OwnedFd,
    status: OwnedFd,
}

static EYES: OnceLock<Eyes> = OnceLock::new();

/// Opens them. What cannot be opened is empty later.
pub(crate) fn open_eyes() -> std::io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC;
    let eyes = Eyes {
        threads: open("/proc/self/task", flags | OFlags::DIRECTORY, Mode::empty())?,
        descriptors: open("/proc/self/fd", flags | OFlags::DIRECTORY, Mode::empty())?,
        status: open("/proc/self/status", flags, Mode::empty())?,
    };
    let _ = EYES.set(eyes);
    Ok(())
}

/// Names in a folder that is open.
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

/// Threads that run.
pub(crate) fn threads() -> usize {
    names(EYES.get().map(|e| &e.threads)).len()
}

/// Open descriptors and what they are.
pub(crate) fn descriptors() -> BTreeMap<String, String> {
    let Some(eyes) = EYES.get() else { return BTreeMap::new() };
    let named = names(Some(&eyes.descriptors)).into_iter().filter_map(|n| {
        let what = readlinkat(&eyes.descriptors, n.as_str(), Vec::new()).ok()?;
        Some((n, what.to_string_lossy().into_owned()))
    });
    named.collect()
}

/// Memory in use, in KiB.
pub(crate) fn memory_kib() -> u64 {
    status("VmRSS").split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// Bytes that the C library's allocator has given out. It sees what is far too small for [`memory_kib`].
pub(crate) fn heap() -> u64 {
    // SAFETY: asks only.
    let info = unsafe { libc::mallinfo() };
    // Both may have gone round: what counts is by how much they grow.
    u64::from((info.uordblks as u32).wrapping_add(info.hblkhd as u32))
}

/// A line of `/proc/self/status`.
pub(crate) fn status(key: &str) -> String {
    let mut bytes = vec![0; 8 * 1024];
    let read = EYES.get().and_then(|e| rustix::io::pread(&e.status, bytes.as_mut_slice(), 0).ok()).unwrap_or(0);
    let text = String::from_utf8_lossy(bytes.get(..read).unwrap_or_default());
    let found = text.lines().find_map(|l| l.strip_prefix(key)?.strip_prefix(':'));
    found.unwrap_or_default().trim().to_owned()
}

/// Processor time that all threads have used, in milliseconds.
pub(crate) fn worked_ms() -> u64 {
    // SAFETY: the struct is ours and written by the call.
    unsafe {
        let mut time: libc::timespec = std::mem::zeroed();
        libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time);
        u64::try_from(time.tv_sec * 1000 + time.tv_nsec / 1_000_000).unwrap_or(0)
    }
}

/// A set of signals, without the two that the C library takes for its threads as soon as there are any.
fn signals(key: &str) -> String {
    const OF_THREADS: u64 = 0b11 << 31;
    let all = u64::from_str_radix(&status(key), 16).unwrap_or(0);
    format!("{:x}", all & !OF_THREADS)
}

/// What belongs to the whole process and is nobody's to change.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Manners {
    parts: Vec<(&'static str, String)>,
}

impl Manners {
    /// As they are now.
    pub(crate) fn now() -> Self {
        let environment = std::env::vars_os().map(|(k, v)| format!("{k:?}={v:?}")).collect::<Vec<_>>().join(" ");
        let folder = std::env::current_dir().map(|d| d.display().to_string()).unwrap_or_default();
        // SAFETY: asks only; the answer is copied at once.
        let locale = unsafe {
            let found = libc::setlocale(libc::LC_ALL, std::ptr::null());
            if found.is_null() { String::new() } else { std::ffi::CStr::from_ptr(found).to_string_lossy().into_owned() }
        };
        Self {
            parts: vec![
                ("signal handlers", signals("SigCgt")),
                ("ignored signals", signals("SigIgn")),
                ("the signal mask", signals("SigBlk")),
                ("the working directory", folder),
                ("the umask", status("Umask")),
                ("the locale", locale),
                ("the environment", environment),
            ],
        }
    }

    /// What has changed since.
    pub(crate) fn changed(&self) -> Vec<&'static str> {
        let now = Self::now();
        let pairs = self.parts.iter().zip(&now.parts);
        pairs.filter(|(was, is)| was != is).map(|(was, _)| was.0).collect()
    }
}

/// Numbers that look random and can be had again by their seed.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    /// From a seed.
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The next number (splitmix64).
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.next() % limit }
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(count + 8);
        while out.len() < count {
            out.extend_from_slice(&self.next().to_le_bytes());
        }
        out.truncate(count);
        out
    }
}
