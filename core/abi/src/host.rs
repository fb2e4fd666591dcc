//! The functions of the host for a plugin instance.

use crate::{RawInbound, RawOutcome, RawReceipt, Status, View};
use core::ffi::c_void;

/// How important a log line is.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogLevel(pub u32);

impl LogLevel {
    /// Something was lost or refused.
    pub const ERROR: Self = Self(1);
    /// The admin should look at it.
    pub const WARN: Self = Self(2);
    /// Start, stop and other rare events.
    pub const INFO: Self = Self(3);
    /// For developers.
    pub const DEBUG: Self = Self(4);
    /// For developers, in great detail.
    pub const TRACE: Self = Self(5);
}

/// Receives bytes from the callee, so that no memory changes its owner.
#[repr(C)]
pub struct Sink {
    /// Passed back as is.
    pub ctx: *mut c_void,
    /// Appends bytes; after any other status than `OK` the callee stops.
    pub write: Option<unsafe extern "C" fn(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status>,
}

/// Functions of the host. Lives until `close` has returned (clause *host*). All may be called from any thread, and none calls
/// back into the plugin. They need less than 16 KiB of stack.
#[repr(C)]
pub struct HostTable {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Minor version of the host.
    pub minor: u32,
    /// Passed back as is.
    pub ctx: *mut c_void,
    /// Outcomes: exactly one for every index of every batch (clause *once*).
    /// `[any thread] [opened..closed]` borrows until return
    pub complete: Option<
        unsafe extern "C" fn(ctx: *mut c_void, outcomes: *const RawOutcome<'_>, count: usize, stride: usize) -> Status,
    >,
    /// An inbound message. `OK` only after it is stored durably; `BUSY`: keep it and try again after a while.
    /// `[any thread, may wait for the disk] [opened..closed]` borrows until return
    pub inbound: Option<unsafe extern "C" fn(ctx: *mut c_void, message: *const RawInbound<'_>) -> Status>,
    /// A receipt. `OK` only after it is stored durably.
    /// `[any thread, may wait for the disk] [opened..closed]` borrows until return
    pub receipt: Option<unsafe extern "C" fn(ctx: *mut c_void, receipt: *const RawReceipt<'_>) -> Status>,
    /// After `BUSY`: there is room again.
    /// `[any thread] [opened..closed]`
    pub ready: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// A log line. Addresses and texts of people do not belong here.
    /// `[any thread] [opened..closed]` borrows until return
    pub log: Option<unsafe extern "C" fn(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>)>,
    /// Returns the table of an extension by its id, such as `rundruf.media/1`; null if this host does not have it.
    /// `[any thread] [opened..closed]`
    pub extension: Option<unsafe extern "C" fn(ctx: *mut c_void, id: View<'_>) -> *const c_void>,
}

// SAFETY: every function may be called from any thread (the contract above), and `ctx` is the host's to keep sound.
unsafe impl Send for HostTable {}
// SAFETY: as above.
unsafe impl Sync for HostTable {}
