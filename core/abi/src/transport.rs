//! The functions of a plugin.

use crate::{HostTable, RawBatch, Sink, Status, View};
use core::ffi::c_void;

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
    /// The state folder of this instance, an absolute path.
    pub state_dir: View<'a>,
    /// Most messages that the host will have outstanding at once.
    pub window: u32,
    /// Reserved, 0.
    pub reserved: u32,
}

/// Functions of a transport. Everything but `open` and `close` may be called from several threads at once and returns within
/// a millisecond. Lives for ever (clause *static*).
#[repr(C)]
pub struct TransportTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Opens an instance. On failure the reason goes to `error`, in one line.
    /// `[one call at a time, may take seconds] [loaded]` borrows `args`; `host` lives until `close` has returned
    pub open: Option<
        unsafe extern "C" fn(
            host: *const HostTable,
            args: *const OpenArgs<'_>,
            instance: *mut *mut c_void,
            error: *mut Sink,
        ) -> Status,
    >,
    /// Accepts a whole batch (`OK`) or nothing of it (`BUSY`, `CLOSED`, or a fault).
    /// `[any thread] [opened]` the batch lives until its last outcome (clause *batch*)
    pub submit: Option<unsafe extern "C" fn(instance: *mut c_void, batch: *const RawBatch<'_>) -> Status>,
    /// Begins no further message: messages that were not begun are completed as `UNTOUCHED`, the others are finished. Returns at once.
    /// `[any thread] [opened]`
    pub drain: Option<unsafe extern "C" fn(instance: *mut c_void, deadline_ms: u64) -> Status>,
    /// Ends the instance. No host function is called after it has returned.
    /// `[one call, may take until the drain's deadline] [opened → closed]`
    pub close: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// Returns the table of an extension by its id; null if the plugin does not have it. May be null itself.
    /// `[any thread] [opened]`
    pub extension: Option<unsafe extern "C" fn(instance: *mut c_void, id: View<'_>) -> *const c_void>,
}
