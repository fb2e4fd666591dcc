//! What a plugin calls in its host, as a trait: the one place where pointers of these calls become references, for the host and for `core/check`.

use rundruf_abi::{
    HostTable, LogLevel, OpenArgs, RawBegun, RawInbound, RawOutcome, RawReceipt, Sink, Status, StridedView,
    TransportTable, View,
};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::Path;

/// More elements than any array of a good plugin has.
const MAX_ELEMENTS: usize = 1 << 24;

/// The host of one instance. Called from any thread of the plugin. A panic does not unwind into the plugin, which gets a status instead.
pub trait HostCalls: Sync {
    /// Takes outcomes; `None` if the plugin's array is not valid.
    fn complete(&self, outcomes: Option<StridedView<'_, RawOutcome<'_>>>) -> Status;
    /// Notes what is begun.
    fn begun(&self, begun: StridedView<'_, RawBegun>) -> Status;
    /// Takes inbound messages; returns how many of the first ones are stored.
    fn inbound(&self, messages: StridedView<'_, RawInbound<'_>>) -> (Status, usize);
    /// Takes receipts; returns how many of the first ones are stored.
    fn receipt(&self, receipts: StridedView<'_, RawReceipt<'_>>) -> (Status, usize);
    /// The plugin accepts batches again.
    fn ready(&self);
    /// Takes a log line.
    fn log(&self, level: LogLevel, target: &[u8], message: &[u8]);
    /// The table of an extension; null if this host does not have it.
    fn extension(&self, id: &[u8]) -> *const c_void;
}

/// The table of functions that call this host.
///
/// # Safety
/// `host` is valid until `close` of every instance that gets the table has returned (clause *host*).
pub unsafe fn host_table<H: HostCalls>(host: *const H) -> HostTable {
    HostTable {
        size: size_of::<HostTable>() as u32,
        minor: u32::from(rundruf_abi::ABI.minor),
        ctx: host.cast_mut().cast(),
        complete: Some(complete::<H>),
        begun: Some(begun::<H>),
        inbound: Some(inbound::<H>),
        receipt: Some(receipt::<H>),
        ready: Some(ready::<H>),
        log: Some(log::<H>),
        extension: Some(extension::<H>),
    }
}

/// What a plugin is opened with.
#[derive(Clone, Copy, Debug)]
pub struct OpenParams<'a> {
    /// Name of the transport.
    pub name: &'a str,
    /// Settings as JSON.
    pub config: &'a [u8],
    /// The state folder of the instance.
    pub state_dir: &'a Path,
    /// Most messages that are outstanding at once.
    pub window: u32,
    /// Worker threads that the plugin may use.
    pub threads: u32,
    /// Flags of `OpenArgs`.
    pub flags: u32,
}

/// Opens an instance; else the plugin's status and its text.
///
/// # Safety
/// `host` is null or a table that is valid until `close` of the instance has returned (clause *host*).
///
/// # Errors
/// If the plugin refuses, with what it wrote.
pub unsafe fn open(
    table: &TransportTable,
    host: *const HostTable,
    params: &OpenParams<'_>,
) -> Result<*mut c_void, (Status, String)> {
    let state_dir = params.state_dir.display().to_string();
    let args = OpenArgs {
        size: size_of::<OpenArgs<'_>>() as u32,
        threads: params.threads.max(1),
        config: View::new(params.config),
        name: View::text(params.name),
        state_dir: View::text(&state_dir),
        window: params.window,
        flags: params.flags,
    };
    let (mut instance, mut refusal) = (std::ptr::null_mut(), Vec::<u8>::new());
    let mut sink = Sink { ctx: (&raw mut refusal).cast(), write: Some(write) };
    let status = match table.open {
        // SAFETY: all arguments are valid for the call; the caller assures it of the host's table.
        Some(open) => unsafe { open(host, &raw const args, &raw mut instance, &raw mut sink) },
        None => Status::UNSUPPORTED,
    };
    if status == Status::OK && !instance.is_null() {
        return Ok(instance);
    }
    Err((status, String::from_utf8_lossy(&refusal).trim().to_owned()))
}

/// Catches panics of host functions that a plugin calls: they must not unwind into foreign code.
pub(crate) fn unwind_guard<T>(fallback: T, call: impl FnOnce() -> T) -> T {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).unwrap_or(fallback)
}

unsafe fn host<'a, H>(ctx: *mut c_void) -> Option<&'a H> {
    // SAFETY: clause *host*: the context of `host_table`.
    unsafe { ctx.cast::<H>().as_ref() }
}

unsafe extern "C" fn complete<H: HostCalls>(
    ctx: *mut c_void,
    first: *const RawOutcome<'_>,
    count: usize,
    stride: usize,
) -> Status {
    unwind_guard(Status::PANICKED, || {
        // SAFETY: see `host`.
        let Some(host) = (unsafe { host::<H>(ctx) }) else { return Status::NULL_POINTER };
        // SAFETY: clause *borrow*: `count` outcomes are `stride` bytes apart.
        host.complete(unsafe { StridedView::new(first, count, stride, MAX_ELEMENTS) }.filter(|_| !first.is_null()))
    })
}

unsafe extern "C" fn begun<H: HostCalls>(
    ctx: *mut c_void,
    first: *const RawBegun,
    count: usize,
    stride: usize,
) -> Status {
    unwind_guard(Status::PANICKED, || {
        // SAFETY: see `host`.
        let Some(host) = (unsafe { host::<H>(ctx) }) else { return Status::NULL_POINTER };
        // SAFETY: clause *borrow*: `count` elements are `stride` bytes apart.
        let array = unsafe { StridedView::new(first, count, stride, MAX_ELEMENTS) };
        array.map_or(Status::BAD_ARGUMENT, |array| host.begun(array))
    })
}

unsafe extern "C" fn inbound<H: HostCalls>(
    ctx: *mut c_void,
    first: *const RawInbound<'_>,
    count: usize,
    stride: usize,
    stored: *mut usize,
) -> Status {
    // SAFETY: clause *borrow*: `count` messages are `stride` bytes apart; the counter is null or writable.
    let array = unsafe { StridedView::new(first, count, stride, MAX_ELEMENTS) };
    // SAFETY: as above.
    unsafe { report::<H, _>(ctx, array, stored, H::inbound) }
}

unsafe extern "C" fn receipt<H: HostCalls>(
    ctx: *mut c_void,
    first: *const RawReceipt<'_>,
    count: usize,
    stride: usize,
    stored: *mut usize,
) -> Status {
    // SAFETY: clause *borrow*: `count` receipts are `stride` bytes apart; the counter is null or writable.
    let array = unsafe { StridedView::new(first, count, stride, MAX_ELEMENTS) };
    // SAFETY: as above.
    unsafe { report::<H, _>(ctx, array, stored, H::receipt) }
}

/// Hands an array to the host, and tells the plugin how much of it is stored.
unsafe fn report<'a, H: HostCalls, T>(
    ctx: *mut c_void,
    array: Option<StridedView<'a, T>>,
    stored: *mut usize,
    call: impl FnOnce(&H, StridedView<'a, T>) -> (Status, usize),
) -> Status {
    let (status, count) = unwind_guard((Status::BUSY, 0), || {
        // SAFETY: see `host`.
        let Some(host) = (unsafe { host::<H>(ctx) }) else { return (Status::NULL_POINTER, 0) };
        array.map_or((Status::BAD_ARGUMENT, 0), |array| call(host, array))
    });
    if !stored.is_null() && stored.is_aligned() {
        // SAFETY: clause *borrow*: writable for this call.
        unsafe { *stored = count };
    }
    status
}

unsafe extern "C" fn ready<H: HostCalls>(ctx: *mut c_void) {
    // SAFETY: see `host`.
    unwind_guard((), || unsafe { host::<H>(ctx) }.into_iter().for_each(H::ready));
}

unsafe extern "C" fn log<H: HostCalls>(ctx: *mut c_void, level: LogLevel, target: View<'_>, message: View<'_>) {
    unwind_guard((), || {
        // SAFETY: see `host`; clause *borrow*.
        let (host, target, message) = unsafe { (host::<H>(ctx), target.bytes(), message.bytes()) };
        host.into_iter().for_each(|host| host.log(level, target, message));
    });
}

unsafe extern "C" fn extension<H: HostCalls>(ctx: *mut c_void, id: View<'_>) -> *const c_void {
    unwind_guard(std::ptr::null(), || {
        // SAFETY: see `host`; clause *borrow*.
        let (host, id) = unsafe { (host::<H>(ctx), id.bytes()) };
        host.map_or(std::ptr::null(), |host| host.extension(id))
    })
}

unsafe extern "C" fn write(ctx: *mut c_void, ptr: *const u8, len: usize) -> Status {
    unwind_guard(Status::FAILED, || {
        if ctx.is_null() || (ptr.is_null() && len > 0) || len > 1 << 16 {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: the context is the vector in `open`; clause *borrow*: `len` bytes are readable for this call.
        let (refusal, bytes) = unsafe { (&mut *ctx.cast::<Vec<u8>>(), View { ptr, len, life: PhantomData }.bytes()) };
        refusal.extend_from_slice(bytes);
        Status::OK
    })
}
