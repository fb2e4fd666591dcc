//! The functions of a plugin.

use crate::{HostTable, RawBatch, Sink, Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// What an instance is opened with.
#[repr(C)]
#[derive(Debug)]
pub struct OpenArgs<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Number of worker threads that the plugin may use, at least 1.
    pub threads: u32,
    /// The admin's section as JSON, already checked against the plugin's schema; secrets are filled in.
    pub config: View<'a>,
    /// Name of the transport in the admin's file, for log lines.
    pub name: View<'a>,
    /// The state folder of this instance, an absolute path. The names `orphan.journal` and `orphan.journal.new` in it are the host's; beside it the
    /// host keeps the same path with `.lock`, `.pid` and `.paused`.
    pub state_dir: View<'a>,
    /// Most messages that the host will have outstanding at once; one batch may be larger while the plugin holds nothing.
    pub window: u32,
    /// See [`OpenArgs::SETUP`]. Other bits are reserved, 0.
    pub flags: u32,
}

impl OpenArgs<'_> {
    /// It is opened for its set-up alone (`rundruf.setup/1`).
    pub const SETUP: u32 = 0x0001_0000;
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, flags) + size_of::<u32>();
}

/// Functions of a transport. Everything but `open` and `close` may be called from several threads at once and returns within
/// a millisecond. Lives for ever (clause *static*).
#[repr(C)]
pub struct TransportTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// See [`TransportTable::TELLS_BEGUN`]. Other bits are reserved, 0.
    pub flags: u32,
    /// Opens an instance. On failure the reason goes to `error`, in one line.
    /// `OK`: opened. `BAD_CONFIG`: the settings are wrong; the admin reads the reason. Everything else: not now, such as a provider that cannot be
    /// reached. In each case it is tried again, with growing pauses, until the admin changes something; broken settings are refused at a reload.
    /// `[one call at a time, 30 s at most] [loaded]` borrows `args`; `host` lives until `close` has returned
    pub open: Option<
        unsafe extern "C" fn(
            host: *const HostTable,
            args: *const OpenArgs<'_>,
            instance: *mut *mut c_void,
            error: *mut Sink,
        ) -> Status,
    >,
    /// Accepts a whole batch or nothing of it.
    /// `OK`: accepted. `BUSY`: nothing now; `ready` follows, and without it the host tries again after a while. `CLOSED`: nothing any more; the
    /// messages go to the queue. `UNSUPPORTED`: a flag that must be understood is not; every message fails with this reason. Every other status is a
    /// fault: nothing was accepted, and the messages are tried again later, as after a temporary refusal.
    /// `[any thread] [opened]` the batch lives until its last outcome (clause *batch*)
    pub submit: Option<unsafe extern "C" fn(instance: *mut c_void, batch: *const RawBatch<'_>) -> Status>,
    /// Begins no further message: messages that were not begun are completed as `UNTOUCHED`, the others are finished within this many milliseconds.
    /// Returns at once. It comes before `close`, but not always: a plugin that is closed without it does the same. A second call changes the time.
    /// The status is not looked at.
    /// `[any thread] [opened]`
    pub drain: Option<unsafe extern "C" fn(instance: *mut c_void, within_ms: u64) -> Status>,
    /// Ends the instance. It is called in every way of running a plugin, once, also after a failed `drain`. Messages without an outcome are completed
    /// before it returns. No host function is called after it has returned.
    /// `[one call, until the end of the drain's time, 3 s at least] [opened → closed]`
    pub close: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// Returns the table of an extension by its id; null if the plugin does not have it. May be null itself.
    /// `[any thread] [opened]`
    pub extension: Option<unsafe extern "C" fn(instance: *mut c_void, id: View<'_>) -> *const c_void>,
}

impl TransportTable {
    /// The plugin calls `begun` before it sends a message. One that does not should hold little: its limit counts from `submit`.
    pub const TELLS_BEGUN: u32 = 0x0001_0000;
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, extension) + size_of::<usize>();
}
