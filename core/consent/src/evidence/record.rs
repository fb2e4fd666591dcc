//! The canonical JSON of an event: what is committed to, encrypted, and shown in a proof.

use super::{
    ConsentAction, Controller, EarlierOptIn, EvidenceDraft, EvidenceSource, LIST_CHANGED, ListChange, ListRef,
    OutboundRef, RecordContext, RecordId, TextRef,
};
use crate::Time;
use crate::text::hex;
use serde::Serialize;
use serde_json::{Value, json};

/// Bytes that most records need, with the tag that encryption appends.
const USUAL: usize = 1_280;

/// Canonical JSON of an event (RFC 8785): keys sorted, no white space, so that any language can hash it again. All fields here, and those of
/// every type above, are in the order of their names, and all values are texts and whole numbers: then plain compact JSON is canonical, at a
/// tenth of the cost of sorting. A test compares with the canonicalizer.
#[derive(Serialize)]
struct Record<'a> {
    act: &'a ConsentAction,
    actor: &'a str,
    address: RecordAddress<'a>,
    consent_id: String,
    controller: &'a Controller,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<&'a EarlierOptIn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip_prefix: Option<&'a str>,
    list: &'a ListRef,
    n: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    outbound: Option<&'a OutboundRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    record: String,
    source: &'a EvidenceSource,
    state_after: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a TextRef>,
    time: Time,
    #[serde(rename = "type")]
    kind: &'static str,
    v: u32,
}

#[derive(Serialize)]
struct RecordAddress<'a> {
    channel: &'static str,
    normalised: &'a str,
}

/// Serializes an event as canonical JSON.
pub(super) fn json(draft: &EvidenceDraft, place: &RecordContext<'_>) -> serde_json::Result<Vec<u8>> {
    let record = Record {
        act: &draft.act,
        actor: &draft.actor,
        address: RecordAddress { channel: place.address.channel().word(), normalised: place.address.value() },
        consent_id: hex(&place.consent),
        controller: &draft.controller,
        earlier: draft.earlier.as_ref(),
        ip_prefix: draft.ip_prefix.as_deref(),
        list: &draft.list,
        n: place.number,
        outbound: draft.outbound.as_ref(),
        prev: place.previous.as_ref().map(|p| hex(p)),
        record: hex(&place.record),
        source: &draft.source,
        state_after: place.state_after.word(),
        text: draft.text.as_ref(),
        time: draft.time,
        kind: place.event.word(),
        v: 1,
    };
    let mut json = Vec::with_capacity(USUAL);
    serde_json::to_writer(&mut json, &record)?;
    Ok(json)
}

/// Serializes what an admin said about a list as canonical JSON.
pub(super) fn list_change(change: &ListChange<'_>, record: RecordId) -> serde_json::Result<Vec<u8>> {
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|_| Value::String(text.to_owned()));
    serde_json_canonicalizer::to_vec(&json!({
        "actor": change.actor, "after": parsed(change.after), "before": parsed(change.before), "list": change.list,
        "reason": change.reason, "record": hex(&record), "time": change.time, "type": LIST_CHANGED, "v": 1,
    }))
}
