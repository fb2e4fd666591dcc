//! `rundruf.health/1`: the state of the account, and of the way in.

use super::answer::take_answer;
use crate::event::MAX_LINE;
use crate::extension_call::{ExtensionAnswer, ExtensionKind};
use crate::health_report::{AccountState, HealthReport, HearingState};
use crate::loaded_instance::callbacks::text;
use rundruf_abi::{HealthHost, Hearing, RawHealth, Readiness, Status};
use std::ffi::c_void;

/// The host's table.
pub(super) static HOST: HealthHost =
    HealthHost { size: size_of::<HealthHost>() as u32, flags: 0, answer: Some(answer) };

unsafe extern "C" fn answer(ctx: *mut c_void, health: *const RawHealth<'_>) -> Status {
    let read = |raw: &RawHealth<'_>| {
        let line = |view| text(view, MAX_LINE);
        let has = |flag: u32, value: i64| (raw.flags & flag != 0).then_some(value);
        let report = HealthReport {
            account_state: match raw.readiness {
                Readiness::READY => AccountState::Ready,
                Readiness::NOT_READY => AccountState::NotReady,
                _ => AccountState::Unknown,
            },
            hearing: match raw.hearing {
                Hearing::HEARS => HearingState::Hears,
                Hearing::DEAF => HearingState::Deaf,
                _ => HearingState::Unknown,
            },
            detail: line(&raw.detail),
            account: line(&raw.account),
            remote_version: line(&raw.remote_version),
            limits: line(&raw.limits),
            credits_micro: has(RawHealth::HAS_CREDITS, raw.credits_micro),
            alarm_micro: has(RawHealth::HAS_ALARM, raw.alarm_micro),
            currency: String::from_utf8_lossy(&raw.currency).trim_end_matches('\0').to_owned(),
            heard_at_ms: raw.heard_at_ms,
            heard_by: line(&raw.heard_by),
        };
        (raw.id, ExtensionAnswer::Health(report))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { take_answer(ctx, ExtensionKind::Health, health, read) }
}
