//! Extension `rundruf.lookup/1`: the host asks whether addresses can be reached, and nothing is sent to them.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `LookupTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `LookupHost`. The one that does not know the name answers null, and both go on without it.
//! A plugin that looks addresses up somewhere says so in its label, under `lookup_leaks`.

use crate::{Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for in both directions.
pub const LOOKUP: &str = "rundruf.lookup/1";

/// Whether an address can be reached. An unknown number means `UNKNOWN`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach(pub u32);

impl Reach {
    /// The provider does not say, or not now.
    pub const UNKNOWN: Self = Self(0);
    /// The provider knows the address.
    pub const YES: Self = Self(1);
    /// The address does not exist.
    pub const NO: Self = Self(2);
}

/// An address in its normal form.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawAddress<'a> {
    /// Kind of address, as in the manifest: `email`, `sms`, …
    pub channel: View<'a>,
    /// The address.
    pub value: View<'a>,
}

impl RawAddress<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, value) + size_of::<View<'_>>();
}

/// A lookup of addresses, 256 at most.
#[repr(C)]
#[derive(Debug)]
pub struct RawLookup<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Id of the lookup, for its answers.
    pub id: u64,
    /// The addresses.
    pub addresses: *const RawAddress<'a>,
    /// Number of addresses, at least 1.
    pub count: usize,
    /// Bytes from one address to the next.
    pub stride: usize,
}

impl RawLookup<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, stride) + size_of::<usize>();
}

/// The answer for one address of one lookup.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawLookupAnswer<'a> {
    /// Id of the lookup.
    pub lookup: u64,
    /// Index of the address.
    pub index: u32,
    /// Whether it can be reached.
    pub reach: Reach,
    /// One line for the admin, without the address; at most 512 bytes are kept.
    pub detail: View<'a>,
}

impl RawLookupAnswer<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, detail) + size_of::<View<'_>>();
}

/// What a plugin offers under [`LOOKUP`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct LookupTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Accepts a lookup and returns within a millisecond. After `OK` the answers come later, through [`LookupHost::answer`], once for each
    /// index and in any order; an answer that does not come in time counts as unknown.
    /// `[any thread] [opened]` borrows until return
    pub begin: Option<unsafe extern "C" fn(instance: *mut c_void, lookup: *const RawLookup<'_>) -> Status>,
}

impl LookupTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, begin) + size_of::<usize>();
}

/// What a host offers under [`LOOKUP`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct LookupHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Answers a lookup. `ctx` is that of the host's table. A second answer for an index, and one that was not asked for, are ignored.
    /// `[any thread] [opened..closed]` borrows until return
    pub answer: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            answers: *const RawLookupAnswer<'_>,
            count: usize,
            stride: usize,
        ) -> Status,
    >,
}

impl LookupHost {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<usize>();
}
