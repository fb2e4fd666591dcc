//! Errors of the store.

use rundruf_lang::{Message, msg};
use rusqlite::ErrorCode;
use std::fmt;
use std::path::{Path, PathBuf};

/// Placeholder for the path where the error is made; [`StoreError::at`] replaces it.
const THE_DATABASE: &str = "the database";

/// The result of a call into the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store. The call left no partial change.
#[derive(Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no store that exists here.
    Url(String),
    /// Another daemon has it open.
    InUse(PathBuf),
    /// Written by a newer release.
    Newer {
        /// The database.
        path: PathBuf,
        /// Schema number found.
        found: i64,
        /// Newest schema this program knows.
        known: i64,
    },
    /// An older copy of the database than the one that was used last.
    OldCopy {
        /// The database.
        path: PathBuf,
        /// Entries of its consent log.
        size: u64,
        /// Entries that were signed before.
        signed: u64,
    },
    /// No room left.
    Full(PathBuf),
    /// The key file belonging to the database is missing or not its own: the file, and what is wrong with it.
    Keys(PathBuf, Message),
    /// A named thing that does not exist: the whole sentence.
    Missing(Message),
    /// The state of a thing does not allow this: the whole sentence.
    State(Message),
    /// The file is damaged or not a database.
    Unusable {
        /// The database.
        path: PathBuf,
        /// What is wrong, often in the words of the library.
        cause: Message,
    },
    /// Anything else that fails in the database.
    Database(Message),
    /// The store is closing.
    Closed,
}

impl StoreError {
    /// What failed, for a person.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Url(url) => msg!("store-not-a-store", url = url),
            Self::InUse(path) => msg!("store-in-use", path = %path.display()),
            Self::Newer { path, found, known } => {
                msg!("store-newer", path = %path.display(), found = *found, known = *known)
            }
            Self::OldCopy { path, size, signed } => {
                msg!("store-old-copy", path = %path.display(), size = *size, signed = *signed)
            }
            Self::Full(path) => msg!("store-full", path = %path.display()),
            Self::Keys(path, why) => msg!("store-keys", path = %path.display(), why = why),
            Self::Missing(message) | Self::State(message) => message.clone(),
            Self::Unusable { path, cause } => msg!("store-unusable", path = %path.display(), cause = cause),
            Self::Database(cause) => msg!("store-database", cause = cause),
            Self::Closed => msg!("store-closed"),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message())
    }
}

impl std::error::Error for StoreError {}

impl StoreError {
    /// Whether the same call may succeed later; true only for a full disk.
    #[must_use]
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Full(_))
    }
}

impl StoreError {
    /// Converts an error of SQLite that happened while opening a file.
    pub(crate) fn from_open(path: &Path, error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(path.to_owned()),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::InUse(path.to_owned()),
            _ => Self::Unusable { path: path.to_owned(), cause: error.to_string().into() },
        }
    }

    /// Puts the path of the database into an error that does not have it yet.
    pub(crate) fn at(self, path: &Path) -> Self {
        match self {
            Self::Full(unknown) if unknown.as_os_str() == THE_DATABASE => Self::Full(path.to_owned()),
            Self::Unusable { path: unknown, cause } if unknown.as_os_str() == THE_DATABASE => {
                Self::Unusable { path: path.to_owned(), cause }
            }
            other => other,
        }
    }

    /// A copy of the error for another request of the same failed transaction.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Full(path) => Self::Full(path.clone()),
            Self::Unusable { path, cause } => Self::Unusable { path: path.clone(), cause: cause.clone() },
            other => Self::Database(other.message()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = || PathBuf::from(THE_DATABASE);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(path()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Unusable { path: path(), cause: error.to_string().into() }
            }
            _ => Self::Database(error.to_string().into()),
        }
    }
}
