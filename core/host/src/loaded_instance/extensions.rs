//! The extensions that the host asks, on the plugin's side of the pipe: passes requests to the plugin, and answers to the callbacks.

mod answer; // what the plugin answers
mod forget; // `rundruf.forget/1`
mod health; // `rundruf.health/1`
mod setup; // `rundruf.setup/1`
mod webhook; // `rundruf.webhook/1`

use crate::claims::PluginClaims;
use crate::extension_call::{ExtensionKind, ExtensionRefusal, ExtensionRequest};
use rundruf_abi::{
    FORGET, ForgetTable, Growing, HEALTH, HealthTable, SETUP, SetupTable, Status, TransportTable, View, WEBHOOK,
    WebhookTable,
};
use std::ffi::c_void;

/// The plugin's tables of extensions, as far as it offers them, this host understands them, and the manifest claims them.
#[derive(Default)]
pub(super) struct OfferedExtensions {
    webhook: Option<WebhookTable>,
    forget: Option<ForgetTable>,
    health: Option<HealthTable>,
    setup: Option<SetupTable>,
}

impl OfferedExtensions {
    /// # Safety
    /// The instance is open and belongs to the table (clause *self*).
    pub(super) unsafe fn ask(table: &TransportTable, instance: *mut c_void, claims: &PluginClaims) -> Self {
        // SAFETY: the caller assures it.
        unsafe {
            Self {
                webhook: offered(table, instance, WEBHOOK).filter(|_| claims.answers(ExtensionKind::Webhook)),
                forget: offered(table, instance, FORGET).filter(|_| claims.answers(ExtensionKind::Forget)),
                health: offered(table, instance, HEALTH).filter(|_| claims.answers(ExtensionKind::Health)),
                setup: offered(table, instance, SETUP).filter(|_| claims.answers(ExtensionKind::Setup)),
            }
        }
    }

    /// Hands a request to the plugin; its answer goes to the callbacks.
    ///
    /// # Safety
    /// The instance is open, and is the one that was asked for the tables (clause *self*).
    pub(super) unsafe fn hand_over(
        &self,
        instance: *mut c_void,
        id: u64,
        request: &ExtensionRequest,
    ) -> Result<(), ExtensionRefusal> {
        // SAFETY: the caller assures it.
        let status = unsafe {
            match request {
                ExtensionRequest::Webhook(request) => {
                    self.webhook.as_ref().and_then(|table| webhook::hand_over(table, instance, id, request))
                }
                ExtensionRequest::Forget(addresses) => {
                    self.forget.as_ref().and_then(|table| forget::hand_over(table, instance, id, addresses))
                }
                ExtensionRequest::Health => {
                    self.health.as_ref().and_then(|table| table.ask).map(|ask| ask(instance, id))
                }
                ExtensionRequest::Setup { step, answer } => self
                    .setup
                    .as_ref()
                    .and_then(|table| setup::hand_over(table, instance, id, (step.as_str(), answer.as_str()))),
            }
        };
        match status {
            Some(Status::OK) => Ok(()),
            None | Some(Status::UNSUPPORTED) => Err(ExtensionRefusal::NotOffered),
            Some(_) => Err(ExtensionRefusal::Closed),
        }
    }
}

/// The plugin's table of an extension.
unsafe fn offered<T: Growing>(table: &TransportTable, instance: *mut c_void, id: &str) -> Option<T> {
    let extension = table.extension?;
    // SAFETY: clause *self*, which the caller assures; clause *static*: null, or a table that lives for ever.
    unsafe { T::read_sized(extension(instance, View::text(id)).cast()) }
}

/// The host's table of an extension that the host asks; null if the id is none of them.
pub(super) fn lent_extension(id: &[u8]) -> *const c_void {
    match id {
        _ if id == WEBHOOK.as_bytes() => (&raw const webhook::HOST).cast(),
        _ if id == FORGET.as_bytes() => (&raw const forget::HOST).cast(),
        _ if id == HEALTH.as_bytes() => (&raw const health::HOST).cast(),
        _ if id == SETUP.as_bytes() => (&raw const setup::HOST).cast(),
        _ => std::ptr::null(),
    }
}
