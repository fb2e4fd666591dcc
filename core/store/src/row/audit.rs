//! The audit log: who changed what, and when.

use rundruf_consent::Time;

/// A command that changes something, before it runs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditStart {
    /// Who: `operator:1000` for a user of this machine.
    pub actor: String,
    /// What, in the words of the command line: `broadcast send`.
    pub action: String,
    /// Of what: the name of a list or transport, the number of a broadcast or contact; empty if that is known only afterwards.
    pub object: String,
}

/// How it ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditEnd {
    /// `done`, `dry run`, or the code of the refusal.
    pub outcome: String,
    /// Of what, if it was not known before.
    pub object: String,
    /// The value before; empty if there was none.
    pub was: String,
    /// The value after.
    pub became: String,
}

/// One entry of the audit log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// Its number.
    pub id: i64,
    /// When the command came.
    pub at: Time,
    /// Who, what, of what.
    pub start: AuditStart,
    /// How it ended; `None` if the daemon ended first, or while it runs.
    pub end: Option<AuditEnd>,
}
