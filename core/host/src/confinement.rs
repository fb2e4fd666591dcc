//! The fence around a plugin's process. The process builds it around itself before any code of the plugin runs, and nothing that runs in it
//! afterwards can take it down.
//!
//! Three parts, each of which holds where another has a gap: limits and privileges of the process, files and ports (Landlock), and the list
//! of system calls (seccomp). Reading order: what is granted, then the three.

mod grants; // manifest and settings → what is granted
mod landlock; // which files and ports
mod limits; // privileges, memory, descriptors
mod seccomp; // which system calls
mod syscall_program; // the list of calls as a program

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a plugin's process may touch. Everything else is refused.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// Files and folders that may be read, beside shared libraries, time zones, certificate authorities and the resolver's files.
    pub read: Vec<PathBuf>,
    /// Folders in which it may do as it likes. Those that are missing are made.
    pub write: Vec<PathBuf>,
    /// TCP ports that it may connect to. None means no network at all.
    pub ports: Vec<u16>,
    /// Whether it may ask for names, which takes datagrams: not if it talks to addresses alone.
    pub names: bool,
    /// Bytes of memory.
    pub memory: u64,
    /// Bytes of its largest file.
    pub file: u64,
    /// Bytes and files in its state folder.
    pub folder: (u64, u64),
    /// Threads.
    pub threads: u64,
    /// Descriptors open at once.
    pub descriptors: u64,
}

/// What of the network is lent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum NetworkAccess {
    /// Nothing.
    None,
    /// TCP.
    Addresses,
    /// TCP, and datagrams to ask for names.
    Names,
}

impl Grant {
    /// The same for a plugin that may keep so many bytes in its state folder. No single file is larger than that.
    #[must_use]
    pub fn keeping(mut self, bytes: u64) -> Self {
        self.folder.0 = bytes;
        self.file = self.file.min(bytes);
        self
    }

    const fn network(&self) -> NetworkAccess {
        match (self.ports.is_empty(), self.names) {
            (true, _) => NetworkAccess::None,
            (false, false) => NetworkAccess::Addresses,
            (false, true) => NetworkAccess::Names,
        }
    }
}

impl Default for Grant {
    fn default() -> Self {
        Self {
            read: Vec::new(),
            write: Vec::new(),
            ports: Vec::new(),
            names: false,
            memory: 1 << 30,
            file: 256 << 20,
            folder: (1 << 30, 100_000),
            threads: 1_024,
            descriptors: 1_024,
        }
    }
}

/// Something that the kernel of this machine cannot do.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MissingFeature {
    /// No Landlock: a plugin can read every file that the daemon can read.
    Files,
    /// Landlock before version 4: a plugin with network can connect to every port.
    Ports,
    /// No seccomp: a plugin can make every system call.
    Calls,
}

impl std::fmt::Display for MissingFeature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Files => {
                "the kernel has no Landlock: plugins can read and write every file that the daemon can; Linux 6.7 with `lsm=landlock` mends it"
            }
            Self::Ports => {
                "the kernel's Landlock is older than version 4: plugins with network can connect to every port; Linux 6.7 mends it"
            }
            Self::Calls => "the kernel has no seccomp: plugins can make every system call",
        })
    }
}

/// What holds from now on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KernelSupport {
    /// Version of Landlock; 0 for none.
    pub landlock: u32,
    /// What the kernel lacks.
    pub lacks: Vec<MissingFeature>,
}

/// The fence could not be built: nothing foreign may run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfinementError {
    /// Somebody started a thread too early: it would stay outside.
    #[error("there are {0} threads already")]
    Threads(usize),
    /// A system call failed.
    #[error("{what} failed")]
    System {
        /// Which.
        what: &'static str,
        /// What the system says.
        #[source]
        cause: std::io::Error,
    },
    /// Landlock or seccomp refused the rules.
    #[error("the rules for {what} are refused: {why}")]
    Rules {
        /// Which.
        what: &'static str,
        /// What they say.
        why: String,
    },
}

impl ConfinementError {
    fn last(what: &'static str) -> Self {
        Self::System { what, cause: std::io::Error::last_os_error() }
    }
}

/// Shuts this process in, for good. Called while there is one thread; every later thread is inside as well.
///
/// # Errors
/// Whoever gets one must not run anything foreign in this process. What the kernel lacks is no error: it is told in [`KernelSupport`].
pub fn enter(grant: &Grant) -> Result<KernelSupport, ConfinementError> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads != 1 {
        return Err(ConfinementError::Threads(threads));
    }
    let KernelSupport { landlock, lacks } = support();
    for folder in &grant.write {
        // Whoever cannot use it says so in better words later.
        let _ = std::fs::create_dir_all(folder);
    }
    limits::set(grant)?;
    landlock::restrict(grant, landlock)?;
    if !lacks.contains(&MissingFeature::Calls) {
        seccomp::restrict(grant.network())?;
    }
    Ok(KernelSupport { landlock, lacks })
}

/// What the kernel of this machine can do.
#[must_use]
pub fn support() -> KernelSupport {
    let landlock = landlock::version();
    KernelSupport { landlock, lacks: lacks(landlock, seccomp::known().then_some(SeccompSupport)) }
}

/// The kernel has it.
struct SeccompSupport;

/// What a kernel of these versions cannot do.
fn lacks(landlock: u32, seccomp: Option<SeccompSupport>) -> Vec<MissingFeature> {
    let all = [
        (landlock == 0, MissingFeature::Files),
        (landlock < 4, MissingFeature::Ports),
        (seccomp.is_none(), MissingFeature::Calls),
    ];
    all.into_iter().filter_map(|(is, lack)| is.then_some(lack)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_older_kernel_cannot_do_is_told() {
        for (landlock, want) in [
            (0, &[MissingFeature::Files, MissingFeature::Ports][..]),
            (1, &[MissingFeature::Ports]),
            (3, &[MissingFeature::Ports]),
            (4, &[]),
            (10, &[]),
        ] {
            assert_eq!(lacks(landlock, Some(SeccompSupport)), want, "version {landlock}");
        }
        assert_eq!(lacks(4, None), [MissingFeature::Calls]);
        assert!(MissingFeature::Ports.to_string().contains("can connect to every port"), "{}", MissingFeature::Ports);
    }
}
