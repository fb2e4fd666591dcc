//! Extension `rundruf.forget/1`: a person's addresses leave what the plugin keeps: caches, keys, maps, files (GDPR Art. 17).
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `ForgetTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `ForgetHost`. The manifest claims the capability `forget`. It is an extension because a plugin that keeps
//! nothing about people has nothing to forget; one that keeps a key, a file or a map for each recipient should have it. The host asks when a person
//! is erased, and asks again until the answer is `OK`, also after restarts of both: the same addresses may therefore come more than once.

use crate::{RawAddress, Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for in both directions.
pub const FORGET: &str = "rundruf.forget/1";

/// Addresses to forget, 256 at most.
#[repr(C)]
#[derive(Debug)]
pub struct RawForget<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Id of the request, for its answer.
    pub id: u64,
    /// The addresses, each in its normal form, and the older ones of the same person that the host knows.
    pub addresses: *const RawAddress<'a>,
    /// Number of addresses, at least 1.
    pub count: usize,
    /// Bytes from one address to the next.
    pub stride: usize,
}

impl RawForget<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, stride) + size_of::<usize>();
}

/// Whether addresses are forgotten.
#[repr(C)]
#[derive(Debug)]
pub struct RawForgotten<'a> {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// `OK`: nothing that the plugin keeps names them any more, and that is on disk. Everything else: not now; the host asks again.
    pub status: Status,
    /// Id of the request.
    pub id: u64,
    /// Why not, in one line for the admin, without the address; at most 512 bytes are kept.
    pub detail: View<'a>,
}

impl RawForgotten<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, detail) + size_of::<View<'_>>();
}

/// What a plugin offers under [`FORGET`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct ForgetTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Accepts addresses to forget and returns within a millisecond. After `OK` the answer comes later, through [`ForgetHost::answer`]. Without one
    /// within 10 s, and after any other status, the host asks again later.
    /// `[any thread] [opened]` borrows until return
    pub forget: Option<unsafe extern "C" fn(instance: *mut c_void, forget: *const RawForget<'_>) -> Status>,
}

impl ForgetTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, forget) + size_of::<usize>();
}

/// What a host offers under [`FORGET`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct ForgetHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Answers a request. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
    /// `[any thread] [opened..closed]` borrows until return
    pub answer: Option<unsafe extern "C" fn(ctx: *mut c_void, forgotten: *const RawForgotten<'_>) -> Status>,
}

impl ForgetHost {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<usize>();
}
