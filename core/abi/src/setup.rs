//! Extension `rundruf.setup/1`: the admin sets an account up, step by step: linking, registering, making keys.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `SetupTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `SetupHost`. The manifest claims the capability `setup`. It is an extension because most transports need
//! nothing but their settings. The instance is opened for this alone, with `OpenArgs::SETUP`: it gets no message and reports none, it leaves out what
//! needs an account, and a file that a setting names may be missing, because the set-up is to make it. It has a state folder of its own, which is
//! removed afterwards: what is to stay is a step of kind `FILE`.

use crate::{Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for in both directions.
pub const SETUP: &str = "rundruf.setup/1";

/// What a step is. An unknown number ends the set-up.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SetupKind(pub u32);

impl SetupKind {
    /// It cannot go on; `text` says why, and what to do.
    pub const FAILED: Self = Self(0);
    /// It is over; `text` says what comes next.
    pub const DONE: Self = Self(1);
    /// The admin reads `text` and sees `qr`, if there is one; the next step follows at once.
    pub const SHOW: Self = Self(2);
    /// The admin answers the question `text`.
    pub const ASK: Self = Self(3);
    /// The same, and nobody sees what is typed.
    pub const ASK_SECRET: Self = Self(4);
    /// The host writes `bytes` to the file that the setting `setting` names, readable for its owner alone. A file that exists is never replaced.
    pub const FILE: Self = Self(5);
    /// The plugin waits for the provider or the admin: the host asks again after `wait_ms`.
    pub const WAIT: Self = Self(6);
}

/// The admin's answer to a step; the host asks for the next one.
#[repr(C)]
#[derive(Debug)]
pub struct RawSetupAnswer<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Id of the request, for the next step.
    pub id: u64,
    /// Name of the step that is over; empty at the beginning.
    pub step: View<'a>,
    /// What the admin answered, 4 KiB at most; the path of a file that was written; empty for other kinds.
    pub answer: View<'a>,
}

impl RawSetupAnswer<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<View<'_>>();
}

/// The next step.
#[repr(C)]
#[derive(Debug)]
pub struct RawSetupStep<'a> {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// What it is.
    pub kind: SetupKind,
    /// Id of the request.
    pub id: u64,
    /// Name of the step; comes back with its answer. At most 64 bytes.
    pub name: View<'a>,
    /// What the admin reads; at most 4 KiB. The German of it is in the manifest, under `messages`.
    pub text: View<'a>,
    /// What a QR code is to hold, with `SHOW`; at most 1 KiB, and empty for none. The host shows it as text as well.
    pub qr: View<'a>,
    /// Key of the setting that names the file, with `FILE`.
    pub setting: View<'a>,
    /// What is to be in the file, with `FILE`; at most 64 KiB.
    pub bytes: View<'a>,
    /// With `WAIT`: after how many milliseconds the host asks again, 60,000 at most.
    pub wait_ms: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

impl RawSetupStep<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, reserved) + size_of::<u32>();
}

/// What a plugin offers under [`SETUP`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct SetupTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Accepts the answer to a step and returns within a millisecond. After `OK` the next step comes later, through [`SetupHost::answer`]. Without one
    /// within 120 s, and after any other status, the set-up is over. There are 1,000 steps at most.
    /// `[any thread] [opened]` borrows until return
    pub next: Option<unsafe extern "C" fn(instance: *mut c_void, answer: *const RawSetupAnswer<'_>) -> Status>,
}

impl SetupTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, next) + size_of::<usize>();
}

/// What a host offers under [`SETUP`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct SetupHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Brings the next step. `ctx` is that of the host's table. A second one, and one that was not asked for, are ignored.
    /// `[any thread] [opened..closed]` borrows until return
    pub answer: Option<unsafe extern "C" fn(ctx: *mut c_void, step: *const RawSetupStep<'_>) -> Status>,
}

impl SetupHost {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<usize>();
}
