//! The functions of the host for a plugin instance.

use crate::{RawBegun, RawInbound, RawOutcome, RawReceipt, Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

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

/// Functions of the host. Lives until `close` has returned (clause *host*). All may be called from any thread, from `open` on, and none calls
/// back into the plugin. They need less than 16 KiB of stack. A function that is null is absent in this host; `complete` never is.
///
/// While `open` runs they work as later. Where nobody can store a message yet, `inbound` and `receipt` answer `BUSY` at once: the plugin keeps it, and
/// no call waits for the end of `open`.
#[repr(C)]
pub struct HostTable {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Minor version of the host.
    pub minor: u32,
    /// Passed back as is.
    pub ctx: *mut c_void,
    /// Outcomes: exactly one for every index of every batch (clause *once*).
    /// `OK`: taken. `BAD_ARGUMENT`: the array is not valid, nothing was taken. Every other status means the same as `OK`: outcomes are not handed over
    /// again. Outcomes of indices that are not open are counted and ignored. A message that the host has given up is corrected by a later outcome.
    /// `[any thread] [opened..closed]` borrows until return
    pub complete: Option<
        unsafe extern "C" fn(ctx: *mut c_void, outcomes: *const RawOutcome<'_>, count: usize, stride: usize) -> Status,
    >,
    /// These messages are begun: called before their first byte is sent, by a plugin that says so (`TELLS_BEGUN` in its table). The limit of an outcome
    /// then counts from here, and what was not begun when the process dies goes to the queue again.
    /// `OK`: noted. `BAD_ARGUMENT`: the array is not valid. Whatever it answers, the plugin goes on.
    /// `[any thread] [opened..closed]` borrows until return
    pub begun:
        Option<unsafe extern "C" fn(ctx: *mut c_void, begun: *const RawBegun, count: usize, stride: usize) -> Status>,
    /// Inbound messages. The first `stored` of them are stored durably and may be acknowledged to the provider; the others are kept by the plugin.
    /// `OK`: all are stored. `BUSY`: hand the others over again after a while. `BAD_ARGUMENT`: the message behind the stored ones can never be stored
    /// (no valid sender, a channel that the manifest does not name); the log says why, and the plugin goes on behind it. `UNSUPPORTED`: the manifest
    /// does not claim `inbound`; nothing is stored, now and later. `stored` may be null.
    /// `[any thread, may wait for the disk, 20 s at most] [opened..closed]` borrows until return
    pub inbound: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            messages: *const RawInbound<'_>,
            count: usize,
            stride: usize,
            stored: *mut usize,
        ) -> Status,
    >,
    /// Receipts, with the statuses of `inbound`; the manifest claims them by `receipts`. One about an unknown message is `BUSY` for a minute, because
    /// its outcome may still be on the way, and `OK` from then on.
    /// `[any thread, may wait for the disk, 20 s at most] [opened..closed]` borrows until return
    pub receipt: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            receipts: *const RawReceipt<'_>,
            count: usize,
            stride: usize,
            stored: *mut usize,
        ) -> Status,
    >,
    /// After `BUSY` from `submit`: there is room again.
    /// `[any thread] [opened..closed]`
    pub ready: Option<unsafe extern "C" fn(ctx: *mut c_void)>,
    /// A log line. Addresses and texts of people do not belong here.
    /// `[any thread] [opened..closed]` borrows until return
    pub log: Option<unsafe extern "C" fn(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>)>,
    /// Returns the table of an extension by its id, such as `rundruf.media/1`; null if this host does not have it, or if the manifest does not claim
    /// the capability that it needs.
    /// `[any thread] [opened..closed]`
    pub extension: Option<unsafe extern "C" fn(ctx: *mut c_void, id: View<'_>) -> *const c_void>,
}

impl HostTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, extension) + size_of::<usize>();
}

// SAFETY: every function may be called from any thread (the contract above), and `ctx` is the host's to keep sound.
unsafe impl Send for HostTable {}
// SAFETY: as above.
unsafe impl Sync for HostTable {}
