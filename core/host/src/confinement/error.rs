//! Why a process could not be confined.

/// Why a process could not be confined; no foreign code may run in it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfinementError {
    /// The process has several threads already, which would stay unconfined.
    #[error("there are {0} threads already")]
    Threads(usize),
    /// A system call failed.
    #[error("{what} failed")]
    System {
        /// Which.
        what: &'static str,
        /// Error of the operating system.
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
    pub(super) fn last(what: &'static str) -> Self {
        Self::System { what, cause: std::io::Error::last_os_error() }
    }
}
