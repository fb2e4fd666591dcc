//! Extension `rundruf.webhook/1`: a provider calls back over HTTP. The daemon's public listener takes the request, hands it over as it came, and
//! answers what the plugin says.
//!
//! The host asks an instance for it by `TransportTable::extension` and gets a `WebhookTable`; the plugin asks the host by
//! `HostTable::extension` and gets a `WebhookHost`. The manifest claims the capability `webhook`. The address is `/hook/NAME` below the daemon's
//! public address, `NAME` being the transport's; what follows it is the plugin's own. Anybody can send a request there: whether it is the provider's
//! is for the plugin to find out first, by a signature over the raw body or a secret in the path. A plugin answers with success only after
//! `HostTable::inbound` or `HostTable::receipt` has said `OK`: the provider then never sends it again.

use crate::{Status, View};
use core::ffi::c_void;
use core::mem::offset_of;

/// Id of the extension, asked for in both directions.
pub const WEBHOOK: &str = "rundruf.webhook/1";

/// A header of a request. Names are in lower case; a name may come more than once.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct RawHeader<'a> {
    /// Name, in lower case.
    pub name: View<'a>,
    /// Value, as it came: not necessarily UTF-8.
    pub value: View<'a>,
}

impl RawHeader<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, value) + size_of::<View<'_>>();
}

/// A request of a provider, or of somebody who claims to be one.
#[repr(C)]
#[derive(Debug)]
pub struct RawWebhookRequest<'a> {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Id of the request, for its answer.
    pub id: u64,
    /// `GET` or `POST`.
    pub method: View<'a>,
    /// What follows `/hook/NAME`, not decoded: empty, or it begins with a slash.
    pub path: View<'a>,
    /// What follows the question mark, not decoded.
    pub query: View<'a>,
    /// Address of the client, or of the one that a reverse proxy on this machine names.
    pub source: View<'a>,
    /// The body as it came; 1 MiB at most.
    pub body: View<'a>,
    /// The headers; 100 at most.
    pub headers: *const RawHeader<'a>,
    /// Number of headers.
    pub header_count: usize,
    /// Bytes from one header to the next.
    pub header_stride: usize,
}

impl RawWebhookRequest<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, header_stride) + size_of::<usize>();
}

/// What the provider is answered.
#[repr(C)]
#[derive(Debug)]
pub struct RawWebhookResponse<'a> {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// HTTP status, 200 to 599; anything else becomes 500.
    pub status: u32,
    /// Id of the request.
    pub id: u64,
    /// Media type of the body; empty for plain text.
    pub media_type: View<'a>,
    /// The body; at most 64 KiB are sent.
    pub body: View<'a>,
}

impl RawWebhookResponse<'_> {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, body) + size_of::<View<'_>>();
}

/// What a plugin offers under [`WEBHOOK`]. Lives for ever (clause *static*).
#[repr(C)]
pub struct WebhookTable {
    /// `size_of` as the plugin sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Accepts a request and returns within a millisecond. After `OK` the answer comes later, through [`WebhookHost::answer`]. Without an answer
    /// within 20 s, and after any other status, the provider gets 503 and tries again.
    /// `[any thread] [opened]` borrows until return
    pub request: Option<unsafe extern "C" fn(instance: *mut c_void, request: *const RawWebhookRequest<'_>) -> Status>,
}

impl WebhookTable {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, request) + size_of::<usize>();
}

/// What a host offers under [`WEBHOOK`]. Lives until `close` has returned (clause *host*).
#[repr(C)]
pub struct WebhookHost {
    /// `size_of` as the host sees it.
    pub size: u32,
    /// Reserved, 0.
    pub flags: u32,
    /// Answers a request. `ctx` is that of the host's table. A second answer, and one that was not asked for, are ignored.
    /// `[any thread] [opened..closed]` borrows until return
    pub answer: Option<unsafe extern "C" fn(ctx: *mut c_void, response: *const RawWebhookResponse<'_>) -> Status>,
}

impl WebhookHost {
    /// Size in the first version.
    pub const MIN_SIZE: usize = offset_of!(Self, answer) + size_of::<usize>();
}
