//! What the system says of this process.

use std::collections::BTreeMap;
use std::fs;

/// Threads that run.
pub(crate) fn threads() -> usize {
    fs::read_dir("/proc/self/task").map_or(0, Iterator::count)
}

/// Open descriptors and what they are.
pub(crate) fn descriptors() -> BTreeMap<String, String> {
    let entries = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let named = entries.filter_map(|e| {
        let what = fs::read_link(e.path()).ok()?.display().to_string();
        // The look itself has one open.
        (!what.ends_with("/fd")).then(|| (e.file_name().to_string_lossy().into_owned(), what))
    });
    named.collect()
}

/// Memory in use, in KiB.
pub(crate) fn memory_kib() -> u64 {
    status("VmRSS").split_whitespace().next().and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// A line of `/proc/self/status`.
pub(crate) fn status(key: &str) -> String {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
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
                ("signal handlers", status("SigCgt")),
                ("ignored signals", status("SigIgn")),
                ("the signal mask", status("SigBlk")),
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
