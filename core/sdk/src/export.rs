//! The macro, the unwind guard and the runtime. Every function that the host calls checks its pointers, and answers a fallback after a panic.

mod forget; // the function table of `rundruf.forget/1`
mod health; // that of `rundruf.health/1`
mod lookup; // that of `rundruf.lookup/1`
mod setup; // that of `rundruf.setup/1`
mod webhook; // that of `rundruf.webhook/1`

use crate::batch::{Batch, ReadBatch};
use crate::host::{Host, HostHandle, InstanceInfo};
use crate::instance::{Instance, borrow, catch_panic};
use crate::outcome_collector::OutcomeCollector;
use crate::{OpenError, Transport};
use rundruf_abi::{
    Descriptor, Entry, Growing, HostTable, OpenArgs, RawBatch, RecallTable, Sink, Status, TransportTable, View,
};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// Exports a [`Transport`]: the entry symbol, and the manifest section with the file `manifest.json` beside the crate's `Cargo.toml`.
#[macro_export]
macro_rules! export_transport {
    ($transport:ty) => {
        const _: () = {
            const MANIFEST: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/manifest.json"));
            #[used]
            #[unsafe(link_section = ".rundruf.manifest")]
            static SECTION: [u8; MANIFEST.len()] = {
                let mut bytes = [0; MANIFEST.len()];
                let mut n = 0;
                while n < MANIFEST.len() {
                    bytes[n] = MANIFEST[n];
                    n += 1;
                }
                bytes
            };
            static TABLE: $crate::abi::TransportTable = $crate::table::<$transport>();
            static DESCRIPTOR: $crate::abi::Descriptor =
                $crate::descriptor(env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"), &TABLE);
            static ENTRY: $crate::abi::Entry = $crate::entry(&DESCRIPTOR, cfg!(panic = "abort"));

            #[unsafe(no_mangle)]
            extern "C" fn rundruf_plugin_v1() -> *const $crate::abi::Entry {
                &raw const ENTRY
            }
        };
    };
}

/// The entry of a library; for [`export_transport!`].
#[must_use]
pub const fn entry(descriptor: &'static Descriptor, panic_aborts: bool) -> Entry {
    Entry {
        magic: rundruf_abi::MAGIC,
        abi: rundruf_abi::ABI,
        size: size_of::<Entry>() as u32,
        flags: if panic_aborts { Entry::PANIC_ABORT } else { 0 },
        toolchain: View::text("rustc"),
        descriptor,
    }
}

/// The descriptor of a transport; for [`export_transport!`].
#[must_use]
pub const fn descriptor(id: &'static str, version: &'static str, table: &'static TransportTable) -> Descriptor {
    Descriptor {
        size: size_of::<Descriptor>() as u32,
        flags: 0,
        id: View::text(id),
        version: View::text(version),
        table,
    }
}

/// The function table of a transport; for [`export_transport!`].
#[must_use]
pub const fn table<T: Transport>() -> TransportTable {
    TransportTable {
        size: size_of::<TransportTable>() as u32,
        flags: if T::TELLS_BEGUN { TransportTable::TELLS_BEGUN } else { 0 },
        open: Some(open::<T>),
        submit: Some(submit::<T>),
        drain: Some(drain::<T>),
        close: Some(close::<T>),
        extension: Some(extension::<T>),
    }
}

unsafe fn write_to(sink: *mut Sink, text: &str) {
    if sink.is_null() {
        return;
    }
    // SAFETY: clause *borrow*: the sink is valid for this call.
    let sink = unsafe { &*sink };
    if let Some(write) = sink.write {
        // SAFETY: clause *borrow*: the text is borrowed for the call.
        unsafe { write(sink.ctx, text.as_ptr(), text.len()) };
    }
}

unsafe extern "C" fn open<T: Transport>(
    host: *const HostTable,
    args: *const OpenArgs<'_>,
    instance: *mut *mut c_void,
    error: *mut Sink,
) -> Status {
    catch_panic(Status::PANICKED, || {
        if host.is_null() || args.is_null() || instance.is_null() {
            return Status::NULL_POINTER;
        }
        // SAFETY: clause *borrow*: the arguments are valid until this call returns.
        let Some(args) = (unsafe { OpenArgs::read_sized(args) }) else { return Status::BAD_ARGUMENT };
        let args = &args;
        // SAFETY: clause *host*: the table lives until `close` has returned; `HostHandle::end` is called before that.
        let Some(handle) = (unsafe { HostHandle::new(host) }) else { return Status::BAD_ARGUMENT };
        match open_inner::<T>(args, handle) {
            Ok(opened) => {
                // SAFETY: not null, and clause *borrow* makes it writable for this call.
                unsafe { *instance = Box::into_raw(Box::new(opened)).cast() };
                Status::OK
            }
            Err((status, OpenError(text))) => {
                // SAFETY: clause *borrow*: the sink is null or valid for this call.
                unsafe { write_to(error, &text) };
                status
            }
        }
    })
}

fn open_inner<T: Transport>(args: &OpenArgs<'_>, handle: Arc<HostHandle>) -> Result<Instance<T>, (Status, OpenError)> {
    let failed = |text: String| (Status::FAILED, OpenError(text));
    // SAFETY: clause *borrow*: all views of the arguments are valid until `open` returns.
    let (config, name, state_dir) = unsafe { (args.config.bytes(), args.name.bytes(), args.state_dir.bytes()) };
    let config: T::Config = serde_json::from_slice(if config.is_empty() { b"{}" } else { config })
        .map_err(|e| (Status::BAD_CONFIG, OpenError(e.to_string())))?;
    let dispatch = crate::log::dispatch(&handle);
    let on_threads = dispatch.clone();
    let runtime = Builder::new_multi_thread()
        .worker_threads(args.threads.clamp(1, 64) as usize)
        .max_blocking_threads(16)
        .thread_name("plugin")
        .thread_stack_size(512 * 1024)
        .on_thread_start(move || {
            // The dispatcher stays until the thread ends, so the guard is never dropped.
            std::mem::forget(tracing::dispatcher::set_default(&on_threads));
        })
        .enable_all()
        .build()
        .map_err(|e| failed(format!("no threads: {e}")))?;
    let collector = OutcomeCollector::new(Arc::clone(&handle), args.window, T::TELLS_BEGUN);
    let info = InstanceInfo {
        name: String::from_utf8_lossy(name).into_owned(),
        state_dir: PathBuf::from(String::from_utf8_lossy(state_dir).into_owned()),
        window: args.window,
        threads: args.threads,
        is_setup: args.flags & OpenArgs::SETUP != 0,
    };
    let host = Host { handle: Arc::clone(&handle), info: Arc::new(info) };
    let opened = tracing::dispatcher::with_default(&dispatch, || runtime.block_on(T::open(config, host)));
    let transport = opened.map_err(|e| (Status::BAD_CONFIG, e))?;
    runtime.spawn(Arc::clone(&collector).linger());
    Ok(Instance {
        transport: Arc::new(transport),
        collector,
        handle,
        runtime,
        dispatch,
        deadline: std::sync::Mutex::new(None),
    })
}

unsafe extern "C" fn submit<T: Transport>(instance: *mut c_void, batch: *const RawBatch<'_>) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }) else { return Status::NULL_POINTER };
        // SAFETY: clause *batch*: null or valid.
        let read = match unsafe { ReadBatch::read(batch) } {
            Ok(read) => read,
            Err(status) => return status,
        };
        if this.is_draining() {
            return Status::CLOSED;
        }
        if !this.collector.take(read.count()) {
            return Status::BUSY;
        }
        let batch = Batch::new(read, Arc::clone(&this.collector));
        let transport = Arc::clone(&this.transport);
        // A panic in the task drops its messages, which completes them.
        this.runtime.spawn(async move { transport.send_batch(batch).await });
        Status::OK
    })
}

unsafe extern "C" fn drain<T: Transport>(instance: *mut c_void, within_ms: u64) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }) else { return Status::NULL_POINTER };
        this.collector.draining.store(true, Ordering::Release);
        let until = Instant::now() + Duration::from_millis(within_ms.min(600_000));
        *this.deadline.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(until);
        this.collector.recalls.recall_all();
        let transport = Arc::clone(&this.transport);
        this.runtime.spawn(async move { transport.drain().await });
        Status::OK
    })
}

unsafe extern "C" fn close<T: Transport>(instance: *mut c_void) {
    catch_panic((), || {
        if instance.is_null() {
            return;
        }
        // SAFETY: clause *self*: what `open` returned, and this is the one call of `close`.
        let this = unsafe { Box::from_raw(instance.cast::<Instance<T>>()) };
        this.collector.draining.store(true, Ordering::Release);
        let until = *this.deadline.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let until = until.unwrap_or_else(|| Instant::now() + Duration::from_secs(10));
        let Instance { transport, collector, handle, runtime, dispatch, .. } = *this;
        tracing::dispatcher::with_default(&dispatch, || {
            catch_panic((), || {
                runtime.block_on(async {
                    while !collector.is_idle() && Instant::now() < until {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    let _ = tokio::time::timeout(Duration::from_secs(2), transport.close()).await;
                });
            });
            // Tasks that still run are dropped with their messages, which completes them.
            runtime.shutdown_timeout(Duration::from_secs(2));
            collector.flush();
        });
        handle.end();
    });
}

unsafe extern "C" fn extension<T: Transport>(instance: *mut c_void, id: View<'_>) -> *const c_void {
    catch_panic(std::ptr::null(), || {
        // SAFETY: clause *self*; clause *borrow*: the id is valid for this call.
        let (Some(this), id) = (unsafe { borrow::<T>(instance) }, unsafe { id.bytes() }) else {
            return std::ptr::null();
        };
        if id == rundruf_abi::LOOKUP.as_bytes() && this.transport.lookup().is_some() {
            return std::ptr::from_ref(lookup::table::<T>()).cast();
        }
        if id == rundruf_abi::WEBHOOK.as_bytes() && this.transport.webhook().is_some() {
            return std::ptr::from_ref(webhook::table::<T>()).cast();
        }
        if id == rundruf_abi::FORGET.as_bytes() && this.transport.forget().is_some() {
            return std::ptr::from_ref(forget::table::<T>()).cast();
        }
        if id == rundruf_abi::HEALTH.as_bytes() && this.transport.health().is_some() {
            return std::ptr::from_ref(health::table::<T>()).cast();
        }
        if id == rundruf_abi::SETUP.as_bytes() && this.transport.setup().is_some() {
            return std::ptr::from_ref(setup::table::<T>()).cast();
        }
        if id == rundruf_abi::RECALL.as_bytes() {
            return std::ptr::from_ref(RecallTableFor::<T>::TABLE).cast();
        }
        std::ptr::null()
    })
}

/// Largest number of indices in one call: more than a window holds.
const MAX_INDICES: usize = 1 << 20;

/// Holds the table of the extension `rundruf.recall/1` for one type of transport. Every transport has it: the messages know whether they were recalled.
struct RecallTableFor<T>(PhantomData<T>);

impl<T: Transport> RecallTableFor<T> {
    const TABLE: &'static RecallTable =
        &RecallTable { size: size_of::<RecallTable>() as u32, flags: 0, recall: Some(recall::<T>) };
}

unsafe extern "C" fn recall<T: Transport>(
    instance: *mut c_void,
    batch: u64,
    indices: *const u32,
    count: usize,
) -> Status {
    catch_panic(Status::PANICKED, || {
        // SAFETY: clause *self*.
        let Some(this) = (unsafe { borrow::<T>(instance) }) else { return Status::NULL_POINTER };
        if indices.is_null() && count > 0 {
            return Status::NULL_POINTER;
        }
        if !indices.is_aligned() || count > MAX_INDICES {
            return Status::BAD_ARGUMENT;
        }
        // SAFETY: not null, aligned, and clause *borrow*: `count` indices are valid for this call.
        let which = (!indices.is_null()).then(|| unsafe { std::slice::from_raw_parts(indices, count) });
        if this.collector.recalls.recall(batch, which) {
            let transport = Arc::clone(&this.transport);
            this.runtime.spawn(async move { transport.recall().await });
        }
        Status::OK
    })
}
