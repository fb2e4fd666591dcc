//! Extension `rundruf.health/1`: whether the provider's account works, what is left of it, and whether the plugin hears what comes in.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `HealthTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `HealthHost`. The manifest claims the capability `health`. It is an extension because a plugin without an
//! account and without a way in, such as one that writes files, has nothing to say. The host asks every few minutes; the admin sees the answer, and
//! is told when the account is not ready, credits fall below the alarm, or nothing is heard any more. A plugin that is deaf loses each STOP:
//! broadcasts whose text promises a stop by reply wait until it hears again.

use crate::{Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for in both directions.
pub const HEALTH: &str = "rundruf.health/1";

/// Whether the account works. An unknown number means `UNKNOWN`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Readiness(pub u32);

impl Readiness {
    /// The provider could not be asked.
    pub const UNKNOWN: Self = Self(0);
    /// The provider takes messages.
    pub const READY: Self = Self(1);
    /// The provider refuses the account, or something is missing; `detail` says what.
    pub const NOT_READY: Self = Self(2);
}

/// Whether what comes in arrives. An unknown number means `UNKNOWN`.
#[repr(transparent)]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hearing(pub u32);

impl Hearing {
    /// There is no proof in either direction, as with a channel on which nobody has ever written.
    pub const UNKNOWN: Self = Self(0);
    /// There is proof that what comes in arrives; `heard_by` says which.
    pub const HEARS: Self = Self(1);
    /// What comes in is lost, or there is no proof for longer than the plugin allows; `detail` says why.
    pub const DEAF: Self = Self(2);
}

/// The state of the account, and of the way in.
#[repr(C)]
#[derive(Debug)]
pub struct RawHealth<'a> {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Whether the account works.
    pub readiness: Readiness,
    /// Id of the question.
    pub id: u64,
    /// Whether what comes in arrives.
    pub hearing: Hearing,
    /// See the constants.
    pub flags: u32,
    /// Why it is not ready or deaf, in one line for the admin; at most 512 bytes are kept, here and in the other texts.
    pub detail: View<'a>,
    /// The account at the provider, such as the sender's id; empty if there is none.
    pub account: View<'a>,
    /// Version of the remote program; empty if it does not say.
    pub remote_version: View<'a>,
    /// Limits of the provider, in words: `40 messages/s`.
    pub limits: View<'a>,
    /// Credits that are left, in millionths of the currency; counts with `HAS_CREDITS`.
    pub credits_micro: i64,
    /// The admin is told when fewer credits are left, in millionths; counts with `HAS_ALARM`.
    pub alarm_micro: i64,
    /// Currency of both (ISO 4217), padded with zeros; all zero for credits without a currency.
    pub currency: [u8; 4],
    /// Reserved, 0.
    pub reserved: u32,
    /// When something was heard last, in Unix milliseconds; 0 for never.
    pub heard_at_ms: i64,
    /// The proof of it, in words: `a callback`, `a message to oneself`.
    pub heard_by: View<'a>,
}

impl RawHealth<'_> {
    /// `credits_micro` is known.
    pub const HAS_CREDITS: u32 = 0x0001_0000;
    /// `alarm_micro` is set.
    pub const HAS_ALARM: u32 = 0x0002_0000;
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, heard_by) + size_of::<View<'_>>();
}

/// What a plugin offers under [`HEALTH`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct HealthTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Accepts the question and returns within a millisecond. After `OK` the answer comes later, through [`HealthHost::answer`]. Without one within
    /// 20 s, and after any other status, the state is unknown. Asked every few minutes: a plugin that must spare its provider answers what it knows.
    /// `[any thread] [opened]`
    pub ask: Option<unsafe extern "C" fn(instance: *mut c_void, id: u64) -> Status>,
}

impl HealthTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, ask) + size_of::<usize>();
}

/// What a host offers under [`HEALTH`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct HealthHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Answers a question. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
    /// `[any thread] [opened..closed]` borrows until return
    pub answer: Option<unsafe extern "C" fn(ctx: *mut c_void, health: *const RawHealth<'_>) -> Status>,
}

impl HealthHost {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<usize>();
}
