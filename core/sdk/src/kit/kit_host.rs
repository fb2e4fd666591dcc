//! The host of the transport under test: what it was called with.

use super::answer::Answer;
use crate::{HealthState, Reach, SetupStep, WebhookResponse};
use rundruf_abi::{Status, View};
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What the transport has called.
#[derive(Default)]
pub(super) struct KitCalls {
    pub(super) answers: HashMap<(u64, u32), Answer>,
    pub(super) duplicates: Vec<(u64, u32)>,
    pub(super) inbound: Vec<(String, String, String)>,
    pub(super) receipts: Vec<(String, u32)>,
    pub(super) begun: Vec<(u64, u32)>,
    pub(super) log: Vec<String>,
    pub(super) reached: Vec<(u64, u32, Reach)>,
    pub(super) answered: Vec<(u64, KitAnswer)>,
    /// Flags of `OpenArgs`.
    pub(super) open_flags: u32,
    /// Whether the host has no extension, as an older one.
    pub(super) without_extensions: bool,
    pub(super) ready: u32,
    pub(super) closed: bool,
    pub(super) after_close: u32,
}

/// An answer of an extension.
pub(super) enum KitAnswer {
    Webhook(WebhookResponse),
    Forget(Result<(), String>),
    Health(HealthState),
    Setup(SetupStep),
}

/// The host of the transport under test.
pub(super) struct KitHost {
    pub(super) calls: Mutex<KitCalls>,
    pub(super) changed: Condvar,
}

impl KitHost {
    pub(super) fn lock(&self) -> MutexGuard<'_, KitCalls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl KitHost {
    /// Notes the answer to a request.
    pub(super) fn note(&self, id: u64, answer: KitAnswer) -> Status {
        let mut calls = self.lock();
        calls.after_close += u32::from(calls.closed);
        calls.answered.push((id, answer));
        drop(calls);
        self.changed.notify_all();
        Status::OK
    }

    /// Waits for the answer to a request.
    pub(super) fn answer_to(&self, id: u64) -> KitAnswer {
        let until = Instant::now() + Duration::from_secs(60);
        let mut calls = self.lock();
        loop {
            if let Some(at) = calls.answered.iter().position(|(of, _)| *of == id) {
                return calls.answered.swap_remove(at).1;
            }
            let left = until.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "no answer came");
            calls = self.changed.wait_timeout(calls, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// # Safety
/// `ctx` is the context of the kit's host table, and the kit still lives.
pub(super) unsafe fn kit_host<'a>(ctx: *mut c_void) -> &'a KitHost {
    // SAFETY: the context is the `KitHost` that the kit owns.
    unsafe { &*ctx.cast::<KitHost>() }
}

/// The text of a view, copied.
pub(super) fn owned(view: &View<'_>) -> String {
    // SAFETY: clause *borrow*.
    String::from_utf8_lossy(unsafe { view.bytes() }).into_owned()
}
