//! What a schema step leaves for code, because SQL alone cannot do it. The step notes it in `meta`; it is done when the database is opened, before
//! anything else uses it, in one transaction with the removal of the note. A process that is killed meanwhile does it at its next start.

use super::rekey;
use super::writer::Writer;
use crate::error::Result;

/// Prefix of the notes.
const NOTE: &str = "after_upgrade:";

type Work = fn(&mut Writer) -> Result<()>;

/// Name of each note and what is to be done, in the order of the steps.
const ALL: &[(&str, Work)] = &[("rekey", rekey::run)];

/// Does what is noted.
pub(super) fn run(w: &mut Writer) -> Result<()> {
    for (name, work) in ALL {
        let note = format!("{NOTE}{name}");
        let is_noted = w.connection.prepare("SELECT 1 FROM meta WHERE key = ?1")?.exists([&note])?;
        if is_noted {
            w.alone(|w| {
                work(w)?;
                w.connection.execute("DELETE FROM meta WHERE key = ?1", [&note])?;
                Ok(())
            })?;
        }
    }
    Ok(())
}
