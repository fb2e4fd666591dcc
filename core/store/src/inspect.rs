//! For the tests of this crate alone: schema steps and the statements whose plan decides how fast everything is.

use crate::schema;
use crate::sqlite::plans;
use rusqlite::Connection;
use std::path::Path;

/// Name and statements of each schema step, in order.
#[must_use]
pub fn steps() -> &'static [(&'static str, &'static str)] {
    schema::STEPS
}

/// Name and SHA-256 (hex) of each released step.
#[must_use]
pub fn released() -> &'static [(&'static str, &'static str)] {
    schema::RELEASED
}

/// Brings a database to the schema of this number.
///
/// # Errors
/// If the database refuses.
pub fn migrate_to(connection: &mut Connection, number: i64) -> rusqlite::Result<()> {
    schema::migrate_to(connection, number)
}

/// Opens a database of the newest schema as the store does.
///
/// # Errors
/// If the database refuses.
pub fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let mut connection = crate::sqlite::connect(path)?;
    schema::migrate_to(&mut connection, schema::known())?;
    Ok(connection)
}

/// Name of each plans statement, the statement, and what its plan must say, table by table in this order.
#[must_use]
pub fn hot_statements() -> Vec<(&'static str, &'static str, &'static [&'static str])> {
    plans::STATEMENTS.to_vec()
}
