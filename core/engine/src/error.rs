//! What can go wrong. Texts name the thing and never a person.

use rundruf_host::HostError;
use rundruf_lang::{Message, msg};
use rundruf_store::StoreError;

/// The engine's results.
pub(crate) type Result<T, E = EngineError> = std::result::Result<T, E>;

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A plugin or its process failed.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A named thing that does not exist, such as a list: which.
    #[error("{0}")]
    Unknown(Message),
    /// The input is refused: what is wrong, and what to do.
    #[error("{message}")]
    Refused {
        /// Word for programs, such as `bad_address`.
        code: &'static str,
        /// What is wrong.
        message: Message,
        /// What to do; may be an empty text.
        help: Message,
    },
    /// A file that the admin named could not be read.
    #[error("{}", unreadable(.0))]
    File(#[from] std::io::Error),
}

/// What a failure means for a caller that only needs to know how to react.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FailureKind {
    /// The named thing does not exist.
    NotFound,
    /// The input is refused.
    Refused,
    /// The thing is not in a state that allows the change.
    Conflict,
    /// The disk of the database is full; nothing was half-stored.
    DiskFull,
    /// The store failed otherwise.
    Store,
    /// A plugin or a file.
    Other,
}

impl EngineError {
    /// What the failure means.
    #[must_use]
    pub const fn kind(&self) -> FailureKind {
        match self {
            Self::Unknown(_) | Self::Store(StoreError::Missing(_)) => FailureKind::NotFound,
            Self::Refused { .. } => FailureKind::Refused,
            Self::Store(StoreError::State(_)) => FailureKind::Conflict,
            Self::Store(StoreError::Full(_)) => FailureKind::DiskFull,
            Self::Store(_) => FailureKind::Store,
            Self::Host(_) | Self::File(_) => FailureKind::Other,
        }
    }

    /// A refusal.
    pub fn refused(code: &'static str, message: impl Into<Message>, help: impl Into<Message>) -> Self {
        Self::Refused { code, message: message.into(), help: help.into() }
    }

    /// What went wrong, language not yet chosen.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Store(error) => error.message(),
            Self::Host(error) => error.message(),
            Self::Unknown(message) | Self::Refused { message, .. } => message.clone(),
            Self::File(error) => unreadable(error),
        }
    }
}

fn unreadable(error: &std::io::Error) -> Message {
    msg!("engine-file-unreadable", error = Message::from(error))
}
