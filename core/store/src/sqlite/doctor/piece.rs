//! Reading a piece at a time: a reader that stays keeps the WAL from being used again.

use crate::error::Result;
use rundruf_lang::Message;
use rusqlite::Connection;
use std::time::Duration;

/// Rows of one piece: some ten milliseconds.
pub(super) const PIECE: i64 = 20_000;
/// The writer's moment between two pieces.
const MOMENT: Duration = Duration::from_millis(5);

/// Takes each fault that is found.
pub(super) type Faults<'a> = &'a mut dyn FnMut(Message);

/// Reads one piece: everything in it is of one moment.
pub(super) fn piece<T>(c: &Connection, read: impl FnOnce() -> Result<T>) -> Result<T> {
    let value = {
        let _moment = c.unchecked_transaction()?;
        read()?
    };
    std::thread::sleep(MOMENT);
    Ok(value)
}
