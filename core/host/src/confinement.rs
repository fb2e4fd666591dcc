//! Confinement of a plugin process. The process confines itself before any code of the plugin runs, and cannot undo it.
//!
//! Three parts cover each other's gaps: limits and privileges of the process, files and ports (Landlock), and an allow-list of system calls
//! (seccomp). Read `grants` first, then the three.

mod error; // why it failed
mod grants; // manifest and settings → what is granted
mod landlock; // files and ports
mod limits; // privileges, memory, descriptors
mod seccomp; // system calls
mod syscall_program; // the allow-list as a program for the kernel

pub use error::ConfinementError;
pub use grants::{Grant, GrantFault};
use rundruf_lang::{Message, msg};
use serde::{Deserialize, Serialize};

/// A feature for confinement that the kernel does not have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MissingFeature {
    /// No Landlock: plugins can read and write every file that the daemon can.
    Files,
    /// Landlock before version 4: plugins with network can connect to every port.
    Ports,
    /// No seccomp: plugins can make every system call.
    Calls,
}

impl MissingFeature {
    /// What its absence means, for the admin.
    #[must_use]
    pub const fn message(self) -> Message {
        match self {
            Self::Files => msg!("host-no-landlock"),
            Self::Ports => msg!("host-old-landlock"),
            Self::Calls => msg!("host-no-seccomp"),
        }
    }
}

impl std::fmt::Display for MissingFeature {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message())
    }
}

/// What the kernel supports, or what is in force after [`enter`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KernelSupport {
    /// Version of Landlock; 0 for none.
    pub landlock: u32,
    /// Missing features.
    pub missing: Vec<MissingFeature>,
}

/// Confines this process for good. Call it while the process has one thread; later threads inherit the confinement.
///
/// # Errors
/// After an error no foreign code may run in this process. A missing kernel feature is not an error: see [`KernelSupport::missing`].
pub fn enter(grant: &Grant) -> Result<KernelSupport, ConfinementError> {
    let threads = std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count);
    if threads != 1 {
        return Err(ConfinementError::Threads(threads));
    }
    let KernelSupport { landlock, missing } = support();
    if landlock == 0 && !grant.without_landlock {
        return Err(ConfinementError::NoLandlock);
    }
    for folder in &grant.write {
        // If this fails, the later use of the folder gives a better message.
        let _ = std::fs::create_dir_all(folder);
    }
    limits::set(grant)?;
    landlock::restrict(grant, landlock)?;
    if !missing.contains(&MissingFeature::Calls) {
        seccomp::restrict(grant.network())?;
    }
    Ok(KernelSupport { landlock, missing })
}

/// The features of this machine's kernel.
#[must_use]
pub fn support() -> KernelSupport {
    let landlock = landlock::version();
    KernelSupport { landlock, missing: missing_features(landlock, seccomp::known().then_some(SeccompSupport)) }
}

/// The kernel supports seccomp.
struct SeccompSupport;

/// Features that a kernel with this support lacks.
fn missing_features(landlock: u32, seccomp: Option<SeccompSupport>) -> Vec<MissingFeature> {
    let all = [
        (landlock == 0, MissingFeature::Files),
        (landlock < 4, MissingFeature::Ports),
        (seccomp.is_none(), MissingFeature::Calls),
    ];
    all.into_iter().filter_map(|(is, feature)| is.then_some(feature)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_kernel_features_are_listed() {
        for (landlock, want) in [
            (0, &[MissingFeature::Files, MissingFeature::Ports][..]),
            (1, &[MissingFeature::Ports]),
            (3, &[MissingFeature::Ports]),
            (4, &[]),
            (10, &[]),
        ] {
            assert_eq!(missing_features(landlock, Some(SeccompSupport)), want, "version {landlock}");
        }
        assert_eq!(missing_features(4, None), [MissingFeature::Calls]);
        assert!(MissingFeature::Ports.to_string().contains("can connect to every port"), "{}", MissingFeature::Ports);
    }
}
