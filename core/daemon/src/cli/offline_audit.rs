//! Entries in the audit log about commands that work on files: by the daemon, if it runs, else into its database.

use super::context::CommandContext;
use crate::client::{CommandFailure, RequestBody, encode};
use crate::settings::{self, StoreFiles};
use hyper::Method;
use rundruf_engine::Clock;
use rundruf_lang::{Message, msg};
use rundruf_store::{AuditEnd, AuditStart, OpenOptions};
use serde_json::json;

/// A change that is done.
pub(super) struct OfflineChange<'a> {
    /// What, in the words of the command line.
    pub(super) action: &'a str,
    /// Of what.
    pub(super) object: String,
    /// The value before; empty if there was none.
    pub(super) was: String,
    /// The value after.
    pub(super) became: String,
}

impl OfflineChange<'_> {
    /// Writes the entry into the database of a daemon that does not run. What cannot be written is said, and the change stays.
    pub(super) fn note(self, context: &CommandContext) {
        let action = self.action;
        if let Err(why) = self.written(context) {
            let action = msg!("daemon-not-in-audit-log", action = action, why = why);
            context.output.remark(&action.text(context.language));
        }
    }

    fn written(self, context: &CommandContext) -> Result<(), Message> {
        let StoreFiles { database, kek, .. } = settings::store_files(&context.settings())?;
        let actor = format!("operator:{}", rustix::process::getuid().as_raw());
        let start = AuditStart { actor, action: self.action.to_owned(), object: self.object };
        let end = AuditEnd { outcome: "done".to_owned(), object: String::new(), was: self.was, became: self.became };
        let url = format!("sqlite:{}", database.display());
        let now = Clock::system().now();
        // Before the first start there is no database, and nothing to note it in.
        rundruf_store::audit_note(&url, OpenOptions { kek }, &start, &end, now).map_err(|error| error.message())?;
        Ok(())
    }
}

/// Notes a change of a transport's digest: the daemon does if it runs, since it holds the database.
pub(super) fn note_pin(context: &CommandContext, transport: &str, old: Option<&str>, new: &str) {
    let ask = async {
        let path = format!("/api/plugins/{}/pin", encode(transport));
        let body = json!({"old": old, "new": new}).to_string();
        context.client()?.bytes(Method::POST, &path, RequestBody::of(body)).await
    };
    let runtime = crate::daemon::runtime().map_err(|e| CommandFailure::new("runtime", e.to_string(), ""));
    let told = runtime.and_then(|runtime| runtime.block_on(ask));
    match told {
        Ok(_) => {}
        Err(failure) if failure.code == "no_daemon" || failure.code == "no_settings" => {
            let (was, became) = (old.unwrap_or_default().to_owned(), new.to_owned());
            OfflineChange { action: "plugin pin", object: transport.to_owned(), was, became }.note(context);
        }
        Err(failure) => {
            let said = msg!("daemon-not-in-audit-log", action = "plugin pin", why = failure.message);
            context.output.remark(&said.text(context.language));
        }
    }
}
