//! One message on its way: the recipient, the template, and the finished MIME message once it was made.

use crate::mime::{MimeMessage, MimeTemplate};
use rundruf_plugin::PendingMessage;
use std::sync::Arc;

/// A message that waits for a connection, or is being sent.
pub(crate) struct QueuedMessage {
    pub(crate) pending: PendingMessage,
    pub(crate) template: Arc<MimeTemplate>,
    /// Made when it is queued if it is signed, otherwise just before it is sent.
    pub(crate) message: Option<MimeMessage>,
    /// A connection broke before this message was begun; that happens once without an outcome.
    pub(crate) retried: bool,
}

impl QueuedMessage {
    pub(crate) const fn new(pending: PendingMessage, template: Arc<MimeTemplate>) -> Self {
        Self { pending, template, message: None, retried: false }
    }
}
