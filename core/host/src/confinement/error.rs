//! Why a process could not be confined.

use rundruf_lang::{Message, msg};

/// Why a process could not be confined; no foreign code may run in it.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.headline())]
#[non_exhaustive]
pub enum ConfinementError {
    /// The process has several threads already, which would stay unconfined.
    Threads(usize),
    /// The kernel has no Landlock, and the admin has not accepted that.
    NoLandlock,
    /// A system call failed.
    System {
        /// Name of the call.
        what: &'static str,
        /// Error of the operating system.
        #[source]
        cause: std::io::Error,
    },
    /// Landlock refused the rules for files.
    FileRules(Message),
    /// Seccomp refused the rules for system calls.
    CallRules(String),
}

impl ConfinementError {
    /// The error as people read it, with its cause.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::System { cause, .. } => self.headline().caused_by(cause),
            _ => self.headline(),
        }
    }

    /// The error without its cause.
    fn headline(&self) -> Message {
        match self {
            Self::Threads(count) => msg!("host-has-threads", count = *count),
            Self::NoLandlock => msg!("host-needs-landlock"),
            Self::System { what, .. } => msg!("host-call-failed", call = *what),
            Self::FileRules(why) => msg!("host-file-rules-refused", why = why),
            Self::CallRules(why) => msg!("host-call-rules-refused", why = why),
        }
    }

    pub(super) fn last(what: &'static str) -> Self {
        Self::System { what, cause: std::io::Error::last_os_error() }
    }
}
