//! What the next process compares its clock with.

use rundruf_consent::Time;

/// The clock as a running process saw it last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ClockRecord {
    /// The time.
    pub at: Time,
    /// Milliseconds since the start of the machine.
    pub boot: i64,
    /// Which run of the machine that was; empty if not known.
    pub boot_id: String,
    /// What the wall clock showed, if it was not believed.
    pub suspect: Option<Time>,
}
