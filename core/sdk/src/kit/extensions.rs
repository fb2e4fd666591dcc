//! The extensions of the kit's host: where a transport's answers go.

use super::kit_host::{KitAnswer, kit_host, owned};
use crate::{Account, Credits, HealthState, Hearing, Reach, SetupStep, StepAction, WebhookResponse};
use rundruf_abi::{
    FORGET, ForgetHost, Growing, HEALTH, HealthHost, LOOKUP, LookupHost, RawForgotten, RawHealth, RawLookupAnswer,
    RawSetupStep, RawWebhookResponse, Readiness, SETUP, SetupHost, SetupKind, Status, StridedView, View, WEBHOOK,
    WebhookHost,
};
use std::ffi::c_void;
use std::time::Duration;

static LOOKUP_HOST: LookupHost =
    LookupHost { size: size_of::<LookupHost>() as u32, flags: 0, answer: Some(answer_lookup) };
static WEBHOOK_HOST: WebhookHost =
    WebhookHost { size: size_of::<WebhookHost>() as u32, flags: 0, answer: Some(answer_webhook) };
static FORGET_HOST: ForgetHost =
    ForgetHost { size: size_of::<ForgetHost>() as u32, flags: 0, answer: Some(answer_forget) };
static HEALTH_HOST: HealthHost =
    HealthHost { size: size_of::<HealthHost>() as u32, flags: 0, answer: Some(answer_health) };
static SETUP_HOST: SetupHost = SetupHost { size: size_of::<SetupHost>() as u32, flags: 0, answer: Some(answer_setup) };

/// Finds an extension of the host, unless it is an older one.
pub(super) unsafe extern "C" fn extension(ctx: *mut c_void, id: View<'_>) -> *const c_void {
    // SAFETY: see `kit_host`.
    let without_extensions = unsafe { kit_host(ctx) }.lock().without_extensions;
    match owned(&id).as_str() {
        _ if without_extensions => std::ptr::null(),
        LOOKUP => (&raw const LOOKUP_HOST).cast(),
        WEBHOOK => (&raw const WEBHOOK_HOST).cast(),
        FORGET => (&raw const FORGET_HOST).cast(),
        HEALTH => (&raw const HEALTH_HOST).cast(),
        SETUP => (&raw const SETUP_HOST).cast(),
        _ => std::ptr::null(),
    }
}

unsafe extern "C" fn answer_lookup(
    ctx: *mut c_void,
    answers: *const RawLookupAnswer<'_>,
    count: usize,
    stride: usize,
) -> Status {
    // SAFETY: see `kit_host`.
    let kit_host = unsafe { kit_host(ctx) };
    let mut calls = kit_host.lock();
    calls.after_close += u32::from(calls.closed);
    // SAFETY: clause *borrow*: `count` answers lie `stride` bytes apart.
    let all = unsafe { StridedView::new(answers, count, stride, 256) };
    for raw in all.into_iter().flat_map(StridedView::iter) {
        let reach = match raw.reach {
            rundruf_abi::Reach::YES => Reach::Yes,
            rundruf_abi::Reach::NO => Reach::No(owned(&raw.detail)),
            _ => Reach::Unknown(owned(&raw.detail)),
        };
        calls.reached.push((raw.lookup, raw.index, reach));
    }
    drop(calls);
    kit_host.changed.notify_all();
    Status::OK
}

/// Notes the answer to a request, which `read` copies.
unsafe fn note<R: Growing>(ctx: *mut c_void, raw: *const R, read: impl FnOnce(&R) -> (u64, KitAnswer)) -> Status {
    // SAFETY: clause *borrow*: null, or valid for this call.
    let Some(raw) = (unsafe { R::read_sized(raw) }) else { return Status::BAD_ARGUMENT };
    let (id, answer) = read(&raw);
    // SAFETY: see `kit_host`.
    unsafe { kit_host(ctx) }.note(id, answer)
}

unsafe extern "C" fn answer_webhook(ctx: *mut c_void, response: *const RawWebhookResponse<'_>) -> Status {
    let read = |raw: &RawWebhookResponse<'_>| {
        let status = u16::try_from(raw.status).unwrap_or(500);
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let body = unsafe { raw.body.bytes() }.to_vec();
        (raw.id, KitAnswer::Webhook(WebhookResponse { status, media_type: owned(&raw.media_type), body }))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { note(ctx, response, read) }
}

unsafe extern "C" fn answer_forget(ctx: *mut c_void, forgotten: *const RawForgotten<'_>) -> Status {
    let read = |raw: &RawForgotten<'_>| {
        let forgotten = if raw.status == Status::OK { Ok(()) } else { Err(owned(&raw.detail)) };
        (raw.id, KitAnswer::Forget(forgotten))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { note(ctx, forgotten, read) }
}

unsafe extern "C" fn answer_health(ctx: *mut c_void, health: *const RawHealth<'_>) -> Status {
    let read = |raw: &RawHealth<'_>| {
        let has = |flag: u32| raw.flags & flag != 0;
        let currency = String::from_utf8_lossy(&raw.currency).trim_end_matches('\0').to_owned();
        let alarm_micro = has(RawHealth::HAS_ALARM).then_some(raw.alarm_micro);
        let credits = Credits { left_micro: raw.credits_micro, alarm_micro, currency };
        let state = HealthState {
            account_works: match raw.readiness {
                Readiness::READY => Account::Ready,
                Readiness::NOT_READY => Account::NotReady(owned(&raw.detail)),
                _ => Account::Unknown,
            },
            hearing: match raw.hearing {
                rundruf_abi::Hearing::HEARS => Hearing::Hears { at_ms: raw.heard_at_ms, by: owned(&raw.heard_by) },
                rundruf_abi::Hearing::DEAF => Hearing::Deaf { why: owned(&raw.detail), last_ms: raw.heard_at_ms },
                _ => Hearing::Unknown,
            },
            account: owned(&raw.account),
            remote_version: owned(&raw.remote_version),
            limits: owned(&raw.limits),
            credits: has(RawHealth::HAS_CREDITS).then_some(credits),
        };
        (raw.id, KitAnswer::Health(state))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { note(ctx, health, read) }
}

unsafe extern "C" fn answer_setup(ctx: *mut c_void, step: *const RawSetupStep<'_>) -> Status {
    let read = |raw: &RawSetupStep<'_>| {
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let bytes = unsafe { raw.bytes.bytes() };
        let action = match raw.kind {
            SetupKind::DONE => StepAction::Done,
            SetupKind::SHOW => StepAction::Show { qr: owned(&raw.qr) },
            SetupKind::ASK => StepAction::Ask,
            SetupKind::ASK_SECRET => StepAction::AskSecret,
            SetupKind::FILE => StepAction::File { setting: owned(&raw.setting), bytes: bytes.to_vec() },
            SetupKind::WAIT => StepAction::Wait(Duration::from_millis(raw.wait_ms.into())),
            _ => StepAction::Failed,
        };
        (raw.id, KitAnswer::Setup(SetupStep::new(owned(&raw.name), owned(&raw.text), action)))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { note(ctx, step, read) }
}
