//! The function table of the extension `rundruf.health/1`, for a transport that implements [`Health`](crate::Health).

use crate::health::{Account, Credits, HealthState, Hearing};
use crate::host::HostHandle;
use crate::instance::{borrow, catch_panic};
use crate::transport::{Transport, guarded};
use rundruf_abi::{HEALTH, HealthHost, HealthTable, RawHealth, Readiness, Status, View};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

/// Holds the static table for one type of transport.
struct HealthTableFor<T>(PhantomData<T>);

impl<T: Transport> HealthTableFor<T> {
    const TABLE: &'static HealthTable =
        &HealthTable { size: size_of::<HealthTable>() as u32, flags: 0, ask: Some(ask::<T>) };
}

/// The table of a transport that knows the state of its account.
pub(super) fn table<T: Transport>() -> &'static HealthTable {
    HealthTableFor::<T>::TABLE
}

fn currency(text: &str) -> [u8; 4] {
    match text.as_bytes() {
        [a, b, c] => [*a, *b, *c, 0],
        _ => [0; 4],
    }
}

fn answer(handle: &HostHandle, id: u64, state: &HealthState) {
    let (readiness, why_not_ready) = match &state.account_works {
        Account::Unknown => (Readiness::UNKNOWN, ""),
        Account::Ready => (Readiness::READY, ""),
        Account::NotReady(why) => (Readiness::NOT_READY, why.as_str()),
    };
    let (hearing, why_deaf, heard_at_ms, heard_by) = match &state.hearing {
        Hearing::Unknown => (rundruf_abi::Hearing::UNKNOWN, "", 0, ""),
        Hearing::Hears { at_ms, by } => (rundruf_abi::Hearing::HEARS, "", *at_ms, by.as_str()),
        Hearing::Deaf { why, last_ms } => (rundruf_abi::Hearing::DEAF, why.as_str(), *last_ms, ""),
    };
    let detail = [why_not_ready, why_deaf].into_iter().filter(|why| !why.is_empty()).collect::<Vec<_>>().join("; ");
    let credits = state.credits.clone().unwrap_or_default();
    let Credits { left_micro, alarm_micro, currency: code } = &credits;
    let mut flags = 0;
    if state.credits.is_some() {
        flags |= RawHealth::HAS_CREDITS;
        flags |= if alarm_micro.is_some() { RawHealth::HAS_ALARM } else { 0 };
    }
    let health = RawHealth {
        size: size_of::<RawHealth<'_>>() as u32,
        readiness,
        id,
        hearing,
        flags,
        detail: View::text(&detail),
        account: View::text(&state.account),
        remote_version: View::text(&state.remote_version),
        limits: View::text(&state.limits),
        credits_micro: *left_micro,
        alarm_micro: alarm_micro.unwrap_or(0),
        currency: currency(code),
        reserved: 0,
        heard_at_ms,
        heard_by: View::text(heard_by),
    };
    handle.with_extension(HEALTH, |ctx, host: HealthHost| {
        if let Some(answer) = host.answer {
            // SAFETY: the answer is borrowed for the call; [any thread] [opened..closed], which `with_extension` assures.
            unsafe { answer(ctx, &raw const health) };
        }
    });
}

unsafe extern "C" fn ask<T: Transport>(instance: *mut c_void, id: u64) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }) else { return Status::NULL_POINTER };
        if this.transport.health().is_none() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        let (transport, handle) = (Arc::clone(&this.transport), Arc::clone(&this.handle));
        this.runtime.spawn(async move {
            let state = match transport.health() {
                Some(health) => guarded(health.state()).await,
                None => None,
            };
            answer(&handle, id, &state.unwrap_or_default());
        });
        Status::OK
    })
}
