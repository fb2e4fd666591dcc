//! The host of the transport under test: what it was called with.

use super::answer::Answer;
use crate::{Reach, WebhookResponse};
use rundruf_abi::View;
use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

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
    pub(super) responses: Vec<(u64, WebhookResponse)>,
    /// Whether the host has no extension, as an older one.
    pub(super) without_extensions: bool,
    pub(super) ready: u32,
    pub(super) closed: bool,
    pub(super) after_close: u32,
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
