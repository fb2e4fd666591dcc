//! Errors of the store.

use rusqlite::ErrorCode;
use std::path::{Path, PathBuf};

/// Placeholder for the path where the error is made; [`StoreError::at`] replaces it.
const THE_DATABASE: &str = "the database";

/// The result of a call into the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A failure of the store. The call left no partial change.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The URL names no store that exists here.
    #[error("`{0}` is not a store: write sqlite:FILE")]
    Url(String),
    /// Another daemon has it open.
    #[error("`{0}` is in use by another daemon")]
    InUse(PathBuf),
    /// Written by a newer release.
    #[error("`{path}` has schema {found}, this program knows up to {known}: use the newer program")]
    Newer {
        /// The database.
        path: PathBuf,
        /// Schema number found.
        found: i64,
        /// Newest schema this program knows.
        known: i64,
    },
    /// No room left.
    #[error("the disk that holds `{0}` is full")]
    Full(PathBuf),
    /// The key file belonging to the database is missing or not its own.
    #[error("the keys in `{0}` do not belong to this database: {1}")]
    Keys(PathBuf, &'static str),
    /// A named thing that does not exist.
    #[error("there is no {0}")]
    Missing(String),
    /// The state of a thing does not allow this.
    #[error("{0}")]
    State(String),
    /// The file is damaged or not a database.
    #[error("`{path}` cannot be used: {cause}")]
    Unusable {
        /// The database.
        path: PathBuf,
        /// What the library says.
        cause: String,
    },
    /// Anything else the database says.
    #[error("the database failed: {0}")]
    Database(String),
    /// The store is closing.
    #[error("the store is closed")]
    Closed,
}

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
            _ => Self::Unusable { path: path.to_owned(), cause: error.to_string() },
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
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let path = || PathBuf::from(THE_DATABASE);
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(path()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Unusable { path: path(), cause: error.to_string() }
            }
            _ => Self::Database(error.to_string()),
        }
    }
}
