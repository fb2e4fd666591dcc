//! The handle that web and the command line use. It owns the tasks: one dispatcher per transport, fan-out, inbound, timers.

use crate::*;
use rundruf_consent::{Address, AddressId, BroadcastId, ListId, State, Time};
use rundruf_store::{ContactRow, ListStats, Store};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

type Result<T> = std::result::Result<T, EngineError>;

/// The running engine. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    config: Config,
    store: Arc<dyn Store>,
}

impl Engine {
    /// Starts everything: syncs lists and transports, starts the plugins, settles what an earlier life left, then serves.
    ///
    /// # Errors
    /// If the store or a plugin refuses. Nothing runs then.
    pub async fn start(config: Config, store: Arc<dyn Store>) -> Result<Self> {
        Ok(Self { inner: Arc::new(Inner { config, store }) })
    }

    /// No new claims; waits for outcomes up to the deadline; stores them; ends plugins and store. True if nothing was left open.
    pub async fn stop(&self, deadline: Duration) -> bool {
        let _ = deadline;
        true
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.inner.config
    }

    /// The store, for reading what needs no rule (lists of rows).
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.inner.store
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Time {
        Time(0)
    }

    /// The list's number.
    ///
    /// # Errors
    /// If there is none of that name, with the nearest name as help.
    pub fn list_id(&self, name: &str) -> Result<ListId> {
        let _ = name;
        unimplemented!()
    }

    /// The list's name.
    #[must_use]
    pub fn list_name(&self, id: ListId) -> String {
        let _ = id;
        unimplemented!()
    }

    /// The transport's name.
    #[must_use]
    pub fn transport_name(&self, id: rundruf_store::TransportId) -> String {
        let _ = id;
        unimplemented!()
    }

    // ---- people ----

    /// Adds a person. Nothing is sent.
    pub async fn contact_add(&self, form: ContactForm) -> Result<ContactRow> {
        let _ = form;
        unimplemented!()
    }

    /// Reads an address as a person types it: `channel:value`, or a bare value that only one channel can mean.
    pub fn address_parse(&self, text: &str) -> Result<Address> {
        let _ = text;
        unimplemented!()
    }

    /// Asks for consent: evidence, request and the message, in one transaction. Answers the state afterwards.
    pub async fn consent_request(&self, sign_up: SignUp) -> Result<State> {
        let _ = sign_up;
        unimplemented!()
    }

    /// What a confirm link is about; `None` if it is not genuine. Changes nothing.
    pub async fn confirm_view(&self, token: &str) -> Result<Option<LinkView>> {
        let _ = token;
        unimplemented!()
    }

    /// The button on the confirm page. `ip_prefix` is already shortened.
    pub async fn confirm(&self, token: &str, ip_prefix: Option<String>) -> Result<Option<LinkView>> {
        let _ = (token, ip_prefix);
        unimplemented!()
    }

    /// What a leave link is about; `None` if it is not genuine. Changes nothing.
    pub async fn leave_view(&self, token: &str) -> Result<Option<LinkView>> {
        let _ = token;
        unimplemented!()
    }

    /// The button on the leave page, or a one-click POST.
    pub async fn leave(&self, token: &str, by: LeaveBy) -> Result<Option<LinkView>> {
        let _ = (token, by);
        unimplemented!()
    }

    /// An operator enters a withdrawal: one list, or all lists of the address.
    pub async fn withdraw(&self, address: &Address, list: Option<&str>, actor: &str) -> Result<u64> {
        let _ = (address, list, actor);
        unimplemented!()
    }

    /// The proof file of one consent: bytes, state, number of events.
    pub async fn proof(&self, address: &Address, list: &str) -> Result<(Vec<u8>, State, usize)> {
        let _ = (address, list);
        unimplemented!()
    }

    /// An attachment behind a link: name, media type, bytes; `None` if the link is not genuine or over.
    pub async fn file(&self, token: &str) -> Result<Option<(String, String, Vec<u8>)>> {
        let _ = token;
        unimplemented!()
    }

    /// Checks a whole file first, then stores it. `lines` gets one call for each report line, `progress` now and then.
    /// A file that is not what it claims to be stores nothing.
    pub async fn import_csv(
        &self,
        file: &Path,
        form: ImportForm,
        lines: Box<dyn FnMut(ImportLine) + Send>,
        progress: Box<dyn FnMut(ImportProgress) + Send>,
    ) -> Result<ImportSummary> {
        let _ = (file, form, lines, progress);
        unimplemented!()
    }

    /// Lists with their numbers.
    pub async fn lists(&self) -> Result<Vec<ListStats>> {
        Ok(self.inner.store.list_stats().await?)
    }

    // ---- broadcasts ----

    /// Who would get what, and why the others would not.
    pub async fn broadcast_dry_run(&self, form: BroadcastForm) -> Result<DryRun> {
        let _ = form;
        unimplemented!()
    }

    /// Checks content and audience, stores them, begins (or schedules).
    pub async fn broadcast_send(&self, form: BroadcastForm) -> Result<BroadcastId> {
        let _ = form;
        unimplemented!()
    }

    /// One broadcast.
    pub async fn broadcast_status(&self, id: BroadcastId) -> Result<BroadcastStatus> {
        let _ = id;
        unimplemented!()
    }

    /// The newest broadcasts.
    pub async fn broadcast_list(&self, limit: u32) -> Result<Vec<BroadcastStatus>> {
        let _ = limit;
        unimplemented!()
    }

    /// Pause, resume or cancel; exact, within a second.
    pub async fn broadcast_move(&self, id: BroadcastId, to: rundruf_store::BroadcastMove) -> Result<BroadcastStatus> {
        let _ = (id, to);
        unimplemented!()
    }

    /// A person decides about unknown deliveries.
    pub async fn unknown_resolve(
        &self,
        id: BroadcastId,
        delivery: Option<rundruf_consent::DeliveryId>,
        how: rundruf_store::Resolve,
    ) -> Result<u64> {
        let _ = (id, delivery, how);
        unimplemented!()
    }

    // ---- transports ----

    /// All transports.
    #[must_use]
    pub fn transports(&self) -> Vec<TransportView> {
        Vec::new()
    }

    /// Stops bulk and service messages of a transport, or lets them go on.
    pub async fn transport_pause(&self, name: &str, paused: bool) -> Result<TransportView> {
        let _ = (name, paused);
        unimplemented!()
    }

    /// Sends one test message (class service, to an address of the admin's) and waits for its outcome.
    pub async fn transport_test(&self, name: &str, to: &str) -> Result<TestResult> {
        let _ = (name, to);
        unimplemented!()
    }

    // ---- log and care ----

    /// Signs and returns a checkpoint.
    pub async fn log_checkpoint(&self) -> Result<String> {
        unimplemented!()
    }

    /// The log's verifier key.
    #[must_use]
    pub fn log_vkey(&self) -> String {
        String::new()
    }

    /// What `doctor` found in store and transports.
    pub async fn doctor(&self) -> Result<Vec<rundruf_store::Finding>> {
        unimplemented!()
    }

    /// Leave and one-click URL of an address and list (for tests of pages and for renderers).
    #[must_use]
    pub fn leave_url(&self, address: AddressId, list: ListId) -> String {
        let _ = (address, list);
        unimplemented!()
    }
}
