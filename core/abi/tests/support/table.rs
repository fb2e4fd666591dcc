//! What the Rust compiler says about every struct, field and constant of the contract.

use rundruf_abi::manifest::{MAX_SIZE, SECTION};
use rundruf_abi::*;
use std::mem::offset_of;

/// One struct or number.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) fields: Vec<FieldPlace>,
}

/// The place of a field.
#[derive(Debug)]
pub(crate) struct FieldPlace {
    pub(crate) name: &'static str,
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

fn size_of_field<T, F>(_: impl for<'a> Fn(&'a T) -> &'a F) -> usize {
    size_of::<F>()
}

macro_rules! shapes {
    ($($name:ident { $($field:tt),* $(,)? })*) => {
        vec![$({
            // Does not compile when a field is missing here.
            let _ = |x: $name| { let $name { $($field: _),* } = x; };
            let fields = vec![$(FieldPlace {
                name: stringify!($field),
                offset: offset_of!($name, $field),
                size: size_of_field::<$name, _>(|x| &x.$field),
            }),*];
            Shape { name: stringify!($name), size: size_of::<$name>(), align: align_of::<$name>(), fields }
        }),*]
    };
}

macro_rules! numbers {
    ($($owner:ident { $($name:ident),* $(,)? })*) => {
        vec![$($((concat!(stringify!($owner), "::", stringify!($name)), i64::from($owner::$name.0).to_string())),*),*]
    };
}

macro_rules! sizes {
    ($($owner:ident),* $(,)?) => {
        vec![$((concat!(stringify!($owner), "::MIN_SIZE"), $owner::MIN_SIZE.to_string())),*]
    };
}

/// All shapes, in the order of the header.
pub(crate) fn shapes() -> Vec<Shape> {
    let mut all = shapes! {
        AbiVersion { major, minor }
        View { ptr, len, life }
        Status { 0 }
        MessageClass { 0 }
        BatchPriority { 0 }
        RawSegment { literal, var, reserved }
        RawTemplate { segments, count, stride }
        RawAttachment { name, media_type, bytes, url, file, digest, size, flags, reserved }
        RawPair { key, value }
        RawContent {
            size, class, flags, reserved, content_id, channel, language, subject, text, html, attachments, attachment_count,
            attachment_stride, meta, meta_count, meta_stride,
        }
        RawRecipient { message_id, address, unsubscribe_url, vars, var_count, permit, attempt, flags }
        RawBatch { size, priority, flags, reserved, id, content, recipients, count, stride, deadline_ms }
        OutcomeCode { 0 }
        RawOutcome {
            batch, index, code, flags, retry_after_ms, remote_code, remote_id, detail, remote_ids, remote_id_count,
            cost_micro, currency, parts,
        }
        RawBegun { batch, index, reserved }
        InboundKind { 0 }
        SenderTrust { 0 }
        RawInboundFile { name, media_type, bytes, file, size, flags, reserved }
        RawInbound {
            kind, sender_trust, flags, reserved, channel, from, aliases, alias_count, display_name, conversation, text,
            payload, remote_id, quoted_remote_id, quoted_message_id, attachments, attachment_count, attachment_stride,
            at_ms,
        }
        ReceiptKind { 0 }
        RawReceipt { kind, code, flags, message_id, remote_id, at_ms, remote_code, reserved, detail }
        LogLevel { 0 }
        Sink { ctx, write }
        HostTable { size, minor, ctx, complete, begun, inbound, receipt, ready, log, extension }
        OpenArgs { size, threads, config, name, state_dir, window, flags }
        TransportTable { size, flags, open, submit, drain, close, extension }
        Reach { 0 }
        RawAddress { channel, value }
        RawLookup { size, flags, id, addresses, count, stride }
        RawLookupAnswer { lookup, index, reach, detail }
        LookupTable { size, flags, begin }
        LookupHost { size, flags, answer }
        RecallTable { size, flags, recall }
        RawHeader { name, value }
        RawWebhookRequest {
            size, flags, id, method, path, query, source, body, headers, header_count, header_stride,
        }
        RawWebhookResponse { size, status, id, media_type, body }
        WebhookTable { size, flags, request }
        WebhookHost { size, flags, answer }
        RawForget { size, flags, id, addresses, count, stride }
        RawForgotten { size, status, id, detail }
        ForgetTable { size, flags, forget }
        ForgetHost { size, flags, answer }
        Readiness { 0 }
        Hearing { 0 }
        RawHealth {
            size, readiness, id, hearing, flags, detail, account, remote_version, limits, credits_micro, alarm_micro,
            currency, reserved, heard_at_ms, heard_by,
        }
        HealthTable { size, flags, ask }
        HealthHost { size, flags, answer }
        SetupKind { 0 }
        RawSetupAnswer { size, flags, id, step, answer }
        RawSetupStep { size, kind, id, name, text, qr, setting, bytes, wait_ms, reserved }
        SetupTable { size, flags, next }
        SetupHost { size, flags, answer }
        Entry { magic, abi, size, flags, toolchain, descriptor }
        Descriptor { size, flags, id, version, table }
    };
    for shape in &mut all {
        // The inside of a number has no name in C, and what has no size does not exist there.
        shape.fields.retain(|f| f.size > 0 && f.name != "0");
    }
    all
}

/// All constants: name and value as text.
pub(crate) fn constants() -> Vec<(&'static str, String)> {
    let mut all = vec![
        ("ABI", format!("{}.{}", ABI.major, ABI.minor)),
        ("manifest::SECTION", SECTION.to_owned()),
        ("manifest::MAX_SIZE", MAX_SIZE.to_string()),
        ("NO_VAR", NO_VAR.to_string()),
        ("MUST_UNDERSTAND", MUST_UNDERSTAND.to_string()),
        ("RawInbound::GROUP", RawInbound::GROUP.to_string()),
        ("TransportTable::TELLS_BEGUN", TransportTable::TELLS_BEGUN.to_string()),
        ("LOOKUP", LOOKUP.to_owned()),
        ("RECALL", RECALL.to_owned()),
        ("WEBHOOK", WEBHOOK.to_owned()),
        ("FORGET", FORGET.to_owned()),
        ("HEALTH", HEALTH.to_owned()),
        ("RawHealth::HAS_CREDITS", RawHealth::HAS_CREDITS.to_string()),
        ("RawHealth::HAS_ALARM", RawHealth::HAS_ALARM.to_string()),
        ("SETUP", SETUP.to_owned()),
        ("OpenArgs::SETUP", OpenArgs::SETUP.to_string()),
        ("MAGIC", MAGIC.to_string()),
        ("ENTRY_SYMBOL", std::ffi::CStr::from_bytes_with_nul(ENTRY_SYMBOL).unwrap().to_str().unwrap().to_owned()),
        ("Entry::PANIC_ABORT", Entry::PANIC_ABORT.to_string()),
        ("Entry::GO_RUNTIME", Entry::GO_RUNTIME.to_string()),
    ];
    all.extend(sizes! {
        RawSegment, RawAttachment, RawPair, RawContent, RawRecipient, RawBatch, RawOutcome, RawBegun, RawInboundFile,
        RawInbound, RawReceipt, HostTable, OpenArgs, TransportTable, RawAddress, RawLookup, RawLookupAnswer,
        LookupTable, LookupHost, RecallTable, RawHeader, RawWebhookRequest, RawWebhookResponse, WebhookTable, WebhookHost,
        RawForget, RawForgotten, ForgetTable, ForgetHost, RawHealth, HealthTable, HealthHost, RawSetupAnswer, RawSetupStep,
        SetupTable, SetupHost, Entry, Descriptor,
    });
    all.extend(numbers! {
        Status { OK, BUSY, CLOSED, NULL_POINTER, PANICKED, BAD_ARGUMENT, UNSUPPORTED, BAD_CONFIG, FAILED }
        OutcomeCode {
            SENT, DELIVERED, RETRY, UNTOUCHED, BAD_RECIPIENT, BAD_CONTENT, UNSUPPORTED, EXPIRED, OPTED_OUT,
            IDENTITY_CHANGED, ELSEWHERE, MAYBE_SENT, INTERNAL, ACCOUNT_AUTH, ACCOUNT_CREDIT, ACCOUNT_RATE,
        }
        MessageClass { PROMOTIONAL, CONFIRMATION, SERVICE, STOP_ACKNOWLEDGEMENT, LEGAL, TEST }
        BatchPriority { BULK, AHEAD }
        InboundKind { TEXT, REACTION, EDIT, OPT_OUT, DELETE, LOCATION, BUTTON, POLL }
        SenderTrust { UNSURE, VOUCHED, PROVEN }
        ReceiptKind { DELIVERED, READ, BOUNCED, COMPLAINED }
        LogLevel { ERROR, WARN, INFO, DEBUG, TRACE }
        Reach { UNKNOWN, YES, NO }
        Readiness { UNKNOWN, READY, NOT_READY }
        Hearing { UNKNOWN, HEARS, DEAF }
        SetupKind { FAILED, DONE, SHOW, ASK, ASK_SECRET, FILE, WAIT }
    });
    all
}

/// The table as text: one fact in a line. The C probe prints the same.
pub(crate) fn lines() -> Vec<String> {
    let mut out = Vec::new();
    for shape in shapes() {
        out.push(format!("{} size {} align {}", shape.name, shape.size, shape.align));
        out.extend(shape.fields.iter().map(|f| format!("{}.{} at {} size {}", shape.name, f.name, f.offset, f.size)));
    }
    out.extend(constants().into_iter().map(|(name, value)| format!("{name} = {value}")));
    out
}
