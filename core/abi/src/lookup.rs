//! Extension `rundruf.lookup/1`: the host asks whether addresses can be reached, and nothing is sent to them.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `LookupTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `LookupHost`. Who does not know the name answers null, and both go on without it.
//! A plugin that looks addresses up somewhere says so in its label, under `lookup_leaks`.

use crate::{Status, View};
use core::ffi::c_void;

/// Id of the extension, asked for in both directions.
pub const LOOKUP: &str = "rundruf.lookup/1";

/// Whether an address can be reached. A number that is not known means `UNKNOWN`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach(pub u32);

impl Reach {
    /// Nobody can say, or not now.
    pub const UNKNOWN: Self = Self(0);
    /// The other side knows the address.
    pub const YES: Self = Self(1);
    /// There is no such address.
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

/// A question about addresses, at most 256.
#[repr(C)]
#[derive(Debug)]
pub struct RawLookup<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Names the question in its answers.
    pub id: u64,
    /// The addresses.
    pub addresses: *const RawAddress<'a>,
    /// How many.
    pub count: usize,
    /// Bytes from one address to the next.
    pub stride: usize,
}

/// The answer for one address of one question.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawLookupAnswer<'a> {
    /// Id of the question.
    pub lookup: u64,
    /// Index in it.
    pub index: u32,
    /// Whether it can be reached.
    pub reach: Reach,
    /// One line for the admin, without the address; at most 512 bytes are kept.
    pub detail: View<'a>,
}

/// What a plugin offers under [`LOOKUP`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct LookupTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Takes a question and returns within a millisecond. After `OK` the answers come later, through [`LookupHost::answer`], once for each
    /// index and in any order; what does not come within the host's patience counts as unknown.
    /// `[any thread] [opened]` borrows until return
    pub begin: Option<unsafe extern "C" fn(instance: *mut c_void, lookup: *const RawLookup<'_>) -> Status>,
}

/// What a host offers under [`LOOKUP`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct LookupHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Answers. `ctx` is that of the host's table. A second answer for an index, and one for what was not asked, are ignored.
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
