//! `rundruf.setup/1`: steps of a set-up.

use super::answer::take_answer;
use crate::extension_call::{ExtensionAnswer, ExtensionKind};
use crate::loaded_instance::callbacks::text;
use crate::setup_prompt::{SetupAction, SetupPrompt};
use rundruf_abi::{RawSetupAnswer, RawSetupStep, SetupHost, SetupKind, SetupTable, Status, View};
use std::ffi::c_void;

/// More bytes than any text of a step may have: what is longer is refused or cut by [`SetupPrompt::bounded`].
const MOST: usize = 8 << 10;
/// Likewise, of a file.
const MOST_OF_FILE: usize = 65 << 10;

/// The host's table.
pub(super) static HOST: SetupHost = SetupHost { size: size_of::<SetupHost>() as u32, flags: 0, answer: Some(answer) };

/// # Safety
/// The instance is open and belongs to the table (clause *self*).
pub(super) unsafe fn hand_over(
    table: &SetupTable,
    instance: *mut c_void,
    id: u64,
    (step, answer): (&str, &str),
) -> Option<Status> {
    let raw = RawSetupAnswer {
        size: size_of::<RawSetupAnswer<'_>>() as u32,
        flags: 0,
        id,
        step: View::text(step),
        answer: View::text(answer),
    };
    // SAFETY: clause *self*, which the caller assures; clause *borrow*: the answer lives until the call returns.
    table.next.map(|next| unsafe { next(instance, &raw const raw) })
}

unsafe extern "C" fn answer(ctx: *mut c_void, step: *const RawSetupStep<'_>) -> Status {
    let read = |raw: &RawSetupStep<'_>| {
        let action = match raw.kind {
            SetupKind::DONE => SetupAction::Done,
            SetupKind::SHOW => SetupAction::Show { qr: text(&raw.qr, MOST) },
            SetupKind::ASK => SetupAction::Ask { is_secret: false },
            SetupKind::ASK_SECRET => SetupAction::Ask { is_secret: true },
            SetupKind::FILE => {
                // SAFETY: clause *borrow*: the bytes are valid for this call.
                let bytes = unsafe { raw.bytes.bytes() };
                let bytes = bytes.get(..MOST_OF_FILE).unwrap_or(bytes).to_vec();
                SetupAction::File { setting: text(&raw.setting, MOST), bytes }
            }
            SetupKind::WAIT => SetupAction::Wait { ms: raw.wait_ms },
            _ => SetupAction::Failed,
        };
        let step = SetupPrompt { name: text(&raw.name, MOST), text: text(&raw.text, MOST), action };
        (raw.id, ExtensionAnswer::Setup(step))
    };
    // SAFETY: clauses *host* and *borrow*.
    unsafe { take_answer(ctx, ExtensionKind::Setup, step, read) }
}
