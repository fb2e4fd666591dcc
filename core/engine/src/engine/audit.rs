//! The audit log: who changed what, and when.

use super::Engine;
use crate::error::Result;
use rundruf_store::{AuditEnd, AuditRow, AuditStart};

impl Engine {
    /// Begins an entry before a command runs. Returns its number for [`Engine::audit_end`].
    ///
    /// # Errors
    /// If the store fails; then the command must not run.
    pub async fn audit_begin(&self, start: AuditStart) -> Result<i64> {
        Ok(self.context().store.audit_begin(start, self.now()).await?)
    }

    /// Says how the command of an entry ended; only the first end counts.
    pub async fn audit_end(&self, id: i64, end: AuditEnd) {
        if let Err(error) = self.context().store.audit_end(id, end, self.now()).await {
            tracing::error!(%error, id, "how a command ended could not be written into the audit log");
        }
    }

    /// A whole entry about something that has happened.
    pub async fn audit_note(&self, start: AuditStart, end: AuditEnd) {
        match self.audit_begin(start).await {
            Ok(id) => self.audit_end(id, end).await,
            Err(error) => tracing::error!(%error, "the audit log could not be written"),
        }
    }

    /// Entries before this number, newest first.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn audit_list(&self, before: i64, limit: u32) -> Result<Vec<AuditRow>> {
        Ok(self.context().store.audit_list(before, limit).await?)
    }
}
