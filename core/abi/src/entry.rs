//! The one exported symbol and what it returns.

use crate::{AbiVersion, TransportTable, View};
use core::mem::offset_of;

/// Name of the exported function, with its terminating NUL. The major in the name is the first that will be frozen.
pub const ENTRY_SYMBOL: &[u8] = b"rundruf_plugin_v1\0";

/// First field of every [`Entry`]: "RUN" and a byte that says which shape follows.
pub const MAGIC: u32 = 0x52_55_4E_01;

/// Type of the exported function. It has no effect, may be called any number of times and always returns the same pointer.
pub type EntryFn = unsafe extern "C" fn() -> *const Entry;

/// Describes a library. Lives for ever (clause *static*).
#[repr(C)]
pub struct Entry {
    /// [`MAGIC`].
    pub magic: u32,
    /// Version of the header it was compiled with.
    pub abi: AbiVersion,
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// See [`Entry::PANIC_ABORT`] and its neighbours.
    pub flags: u32,
    /// Compiler, for diagnostics only.
    pub toolchain: View<'static>,
    /// The transport.
    pub descriptor: *const Descriptor,
}

impl Entry {
    /// A panic ends the process: such a library is never run in-process.
    pub const PANIC_ABORT: u32 = 1;
    /// Contains a Go runtime: such a library is never run in-process.
    pub const GO_RUNTIME: u32 = 2;
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, descriptor) + size_of::<usize>();
}

// SAFETY: an entry and what it points to are immutable for ever (clause *static*).
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

/// The transport in a library. Lives for ever (clause *static*).
#[repr(C)]
pub struct Descriptor {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Id, equal to the manifest's.
    pub id: View<'static>,
    /// Version, equal to the manifest's.
    pub version: View<'static>,
    /// The functions.
    pub table: *const TransportTable,
}

impl Descriptor {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, table) + size_of::<usize>();
}

// SAFETY: a descriptor and what it points to are immutable for ever (clause *static*).
unsafe impl Send for Descriptor {}
// SAFETY: as above.
unsafe impl Sync for Descriptor {}
