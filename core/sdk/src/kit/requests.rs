//! Asks a transport's extensions as the host does.

use super::Kit;
use super::kit_host::{KitAnswer, KitCalls};
use crate::{HealthState, SetupStep, Transport};
use rundruf_abi::{
    FORGET, ForgetTable, Growing, HEALTH, HealthTable, OpenArgs, RawAddress, RawForget, RawSetupAnswer, SETUP,
    SetupTable, Status, View,
};
use std::ffi::c_void;
use std::path::Path;

impl Kit {
    /// Opens a transport for its set-up alone.
    ///
    /// # Errors
    /// The text of the transport.
    pub fn open_for_setup<T: Transport>(config: &serde_json::Value, state_dir: &Path) -> Result<Self, String> {
        Self::open_in::<T>(config, state_dir, 1, KitCalls { open_flags: OpenArgs::SETUP, ..KitCalls::default() })
    }

    /// Makes a request by the table of an extension and waits for the answer; `None` without the extension.
    pub(super) fn ask<H: Growing>(
        &mut self,
        extension_id: &str,
        call: impl FnOnce(&H, *mut c_void, u64) -> Option<Status>,
    ) -> Option<KitAnswer> {
        let id = self.next;
        self.next += 1;
        let extension = self.table.extension?;
        // SAFETY: clause *self*; clause *static*: null, or a table that lives for ever.
        let table = unsafe { H::read_sized(extension(self.instance, View::text(extension_id)).cast::<H>()) }?;
        let status = call(&table, self.instance, id).unwrap_or(Status::UNSUPPORTED);
        if status == Status::UNSUPPORTED {
            return None;
        }
        assert_eq!(status, Status::OK, "the request was not accepted");
        Some(self.kit_host.answer_to(id))
    }

    /// Has the transport forget these addresses (channel and value). `None` if it does not have the extension.
    ///
    /// # Panics
    /// If the request is refused for another reason, or no answer comes within a minute.
    #[must_use]
    pub fn forget(&mut self, addresses: &[(&str, &str)]) -> Option<Result<(), String>> {
        let all: Vec<RawAddress<'_>> =
            addresses.iter().map(|(c, v)| RawAddress { channel: View::text(c), value: View::text(v) }).collect();
        let answer = self.ask(FORGET, |table: &ForgetTable, instance, id| {
            let (count, stride) = (all.len(), size_of::<RawAddress<'_>>());
            let size = size_of::<RawForget<'_>>() as u32;
            let raw = RawForget { size, flags: 0, id, addresses: all.as_ptr(), count, stride };
            // SAFETY: clause *self*; the request is borrowed for the call.
            table.forget.map(|f| unsafe { f(instance, &raw const raw) })
        });
        match answer? {
            KitAnswer::Forget(forgotten) => Some(forgotten),
            _ => None,
        }
    }

    /// Asks the transport for the state of its account. `None` if it does not have the extension.
    ///
    /// # Panics
    /// If the request is refused for another reason, or no answer comes within a minute.
    #[must_use]
    pub fn health(&mut self) -> Option<HealthState> {
        let answer = self.ask(HEALTH, |table: &HealthTable, instance, id| {
            // SAFETY: clause *self*.
            table.ask.map(|f| unsafe { f(instance, id) })
        });
        match answer? {
            KitAnswer::Health(state) => Some(state),
            _ => None,
        }
    }

    /// The step of the set-up after `step`, which got this answer. `None` if the transport does not have the extension.
    ///
    /// # Panics
    /// If the request is refused for another reason, or no answer comes within a minute.
    #[must_use]
    pub fn setup(&mut self, step: &str, given: &str) -> Option<SetupStep> {
        let answer = self.ask(SETUP, |table: &SetupTable, instance, id| {
            let size = size_of::<RawSetupAnswer<'_>>() as u32;
            let raw = RawSetupAnswer { size, flags: 0, id, step: View::text(step), answer: View::text(given) };
            // SAFETY: clause *self*; the answer is borrowed for the call.
            table.next.map(|f| unsafe { f(instance, &raw const raw) })
        });
        match answer? {
            KitAnswer::Setup(step) => Some(step),
            _ => None,
        }
    }
}
