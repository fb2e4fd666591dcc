//! The function table of the extension `rundruf.setup/1`, for a transport that implements [`Setup`](crate::Setup).

use crate::host::HostHandle;
use crate::instance::{borrow, catch_panic};
use crate::setup::{SetupStep, StepAction};
use crate::transport::{Transport, guarded};
use rundruf_abi::{Growing, RawSetupAnswer, RawSetupStep, SETUP, SetupHost, SetupKind, SetupTable, Status, View};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::sync::Arc;

/// Holds the static table for one type of transport.
struct SetupTableFor<T>(PhantomData<T>);

impl<T: Transport> SetupTableFor<T> {
    const TABLE: &'static SetupTable =
        &SetupTable { size: size_of::<SetupTable>() as u32, flags: 0, next: Some(next::<T>) };
}

/// The table of a transport that has a set-up.
pub(super) fn table<T: Transport>() -> &'static SetupTable {
    SetupTableFor::<T>::TABLE
}

fn answer(handle: &HostHandle, id: u64, step: &SetupStep) {
    let (kind, qr, setting, bytes, wait_ms): (_, &str, &str, &[u8], u32) = match &step.action {
        StepAction::Failed => (SetupKind::FAILED, "", "", &[], 0),
        StepAction::Done => (SetupKind::DONE, "", "", &[], 0),
        StepAction::Show { qr } => (SetupKind::SHOW, qr, "", &[], 0),
        StepAction::Ask => (SetupKind::ASK, "", "", &[], 0),
        StepAction::AskSecret => (SetupKind::ASK_SECRET, "", "", &[], 0),
        StepAction::File { setting, bytes } => (SetupKind::FILE, "", setting, bytes, 0),
        StepAction::Wait(time) => (SetupKind::WAIT, "", "", &[], u32::try_from(time.as_millis()).unwrap_or(u32::MAX)),
    };
    let raw = RawSetupStep {
        size: size_of::<RawSetupStep<'_>>() as u32,
        kind,
        id,
        name: View::text(&step.name),
        text: View::text(&step.text),
        qr: View::text(qr),
        setting: View::text(setting),
        bytes: View::new(bytes),
        wait_ms,
        reserved: 0,
    };
    handle.with_extension(SETUP, |ctx, host: SetupHost| {
        if let Some(answer) = host.answer {
            // SAFETY: the step is borrowed for the call; [any thread] [opened..closed], which `with_extension` assures.
            unsafe { answer(ctx, &raw const raw) };
        }
    });
}

unsafe extern "C" fn next<T: Transport>(instance: *mut c_void, given: *const RawSetupAnswer<'_>) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }).filter(|_| !given.is_null()) else {
            return Status::NULL_POINTER;
        };
        // SAFETY: clause *borrow*: valid for this call.
        let Some(raw) = (unsafe { RawSetupAnswer::read_sized(given) }) else { return Status::BAD_ARGUMENT };
        if this.transport.setup().is_none() {
            return Status::UNSUPPORTED;
        }
        if this.is_draining() {
            return Status::CLOSED;
        }
        // SAFETY: clause *borrow*: the bytes are valid for this call.
        let text = |view: View<'_>| String::from_utf8_lossy(unsafe { view.bytes() }).into_owned();
        let (step, given, id) = (text(raw.step), text(raw.answer), raw.id);
        let (transport, handle) = (Arc::clone(&this.transport), Arc::clone(&this.handle));
        this.runtime.spawn(async move {
            let next = match transport.setup() {
                Some(setup) => guarded(setup.next(&step, &given)).await,
                None => None,
            };
            answer(&handle, id, &next.unwrap_or_else(|| SetupStep::failed("the plugin panicked")));
        });
        Status::OK
    })
}
