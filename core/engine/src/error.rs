//! What can go wrong. Texts name the thing and never a person.

use rundruf_host::HostError;
use rundruf_store::StoreError;

/// A failure of the engine.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A plugin.
    #[error(transparent)]
    Host(#[from] HostError),
    /// A named thing that does not exist.
    #[error("there is no {what} `{name}`")]
    Unknown {
        /// Kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// The input is refused: what, and what to do.
    #[error("{message}")]
    Refused {
        /// Word for programs, such as `bad_address`.
        code: &'static str,
        /// What is wrong.
        message: String,
        /// What to do.
        help: String,
    },
    /// A file of the admin's.
    #[error("cannot read the file: {0}")]
    File(#[from] std::io::Error),
}

impl EngineError {
    /// A refusal.
    pub fn refused(code: &'static str, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self::Refused { code, message: message.into(), help: help.into() }
    }
}
