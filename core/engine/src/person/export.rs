//! Everything about one person, as JSON and as a page to read (GDPR Art. 15 and 20). Nothing about anybody else.

use super::page;
use crate::content::{BroadcastContent, ServiceContent, language_of};
use crate::context::EngineContext;
use crate::error::{EngineError, Result};
use rundruf_consent::text::{Text, unhex};
use rundruf_consent::{Address, Class, Time};
use rundruf_lang::{Language, msg};
use rundruf_store::{AddressRow, ContactRow, InboxRow, PersonDelivery, PersonMessages, PersonService, TransportId};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::io::Write;

/// Names of the files in the archive.
const JSON: &str = "export.json";
const PAGE: &str = "readme.html";

/// The archive: both files, stored without compression so that every program opens it.
pub(crate) async fn export(context: &EngineContext, contact: &ContactRow, language: Language) -> Result<Vec<u8>> {
    let data = collect(context, contact).await?;
    let files = [(JSON, json_file(&data)), (PAGE, page::page(&data, language).into_bytes())];
    let archive = || -> zip::result::ZipResult<Vec<u8>> {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored)
            .large_file(true);
        for (name, bytes) in &files {
            zip.start_file(*name, options)?;
            zip.write_all(bytes)?;
        }
        Ok(zip.finish()?.into_inner())
    };
    archive().map_err(|e| EngineError::refused("archive", msg!("engine-export-archive", cause = e.to_string()), ""))
}

/// One of the two files.
pub(crate) async fn export_part(
    context: &EngineContext,
    contact: &ContactRow,
    name: &str,
    language: Language,
) -> Result<Vec<u8>> {
    let data = collect(context, contact).await?;
    match name {
        JSON => Ok(json_file(&data)),
        PAGE => Ok(page::page(&data, language).into_bytes()),
        _ => Err(EngineError::Unknown(msg!("engine-export-no-part", name = %name.escape_debug()))),
    }
}

fn json_file(data: &Value) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(data).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// A time as RFC 3339.
fn time(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap_or_default().to_string()
}

fn shown(address: &Address) -> Value {
    json!({"channel": address.channel().word(), "value": address.value()})
}

async fn collect(context: &EngineContext, contact: &ContactRow) -> Result<Value> {
    let messages = context.store.person_messages(contact.id).await?;
    let lists = context.store.list_all().await?;
    let list_name = |id| lists.iter().find(|l| l.id == id).map_or_else(|| format!("#{id}"), |l| l.name.clone());
    let (mut consents, mut sources) = (Vec::new(), BTreeSet::new());
    for row in &contact.addresses {
        for consent in &row.consents {
            let (value, from) = one_consent(context, row, consent.list, &list_name(consent.list)).await?;
            let mut value = value;
            value.insert("state".to_owned(), consent.state.word().into());
            value.insert("since".to_owned(), time(consent.since).into());
            consents.push(Value::Object(value));
            sources.extend(from);
        }
    }
    let address_of = |id| contact.addresses.iter().find(|a| a.id == id).map(|a| shown(&a.address));
    let transport =
        |id: TransportId| context.transport(id).map_or_else(|| format!("#{}", id.0), |t| t.config.name.clone());
    let sent = messages.deliveries.iter().map(|d| delivery(d, contact, &list_name(d.list), &transport));
    let services = messages.services.iter().map(|s| {
        let mut value = service(s, &transport);
        value.insert("address".to_owned(), address_of(s.address).unwrap_or(Value::Null));
        value.insert("list".to_owned(), s.list.map(list_name).into());
        Value::Object(value)
    });
    let suppression = messages.suppressed.iter().map(
        |(id, list, since)| json!({"address": address_of(*id), "list": list.map(list_name), "since": time(*since)}),
    );
    let resting = context.store.undeliverable_of(contact.addresses.iter().map(|a| a.id).collect()).await?;
    let undeliverable = resting.iter().map(|why| {
        let address = address_of(why.address);
        json!({"address": address, "since": time(why.at), "transport": why.transport, "reply": why.reply})
    });
    let hold = context.store.legal_hold_get(contact.id).await?;
    let legal_hold =
        hold.map(|hold| json!({"since": time(hold.since), "until": time(hold.until), "reason": hold.reason}));
    let sender = &context.config.sender;
    let days = |d: std::time::Duration| d.as_secs() / 86_400;
    Ok(json!({
        "schema": "rundruf-person/1",
        "generated_at": time(context.clock.now()),
        "controller": {"name": sender.name, "imprint_url": sender.imprint_url, "privacy_url": sender.privacy_url},
        // What the person gave us, for Art. 20.
        "subject": {
            "contact": contact.id.0,
            "entered_at": messages.created.map(time),
            "addresses": contact.addresses.iter().map(|a| shown(&a.address)).collect::<Vec<_>>(),
            "language": contact.language,
            "variables": contact.vars,
        },
        "consents": consents,
        "messages_sent": sent.collect::<Vec<_>>(),
        "service_messages": services.collect::<Vec<_>>(),
        "messages_received": messages.inbound.iter().map(|row| inbound(row, &transport)).collect::<Vec<_>>(),
        "suppression": suppression.collect::<Vec<_>>(),
        "undeliverable": undeliverable.collect::<Vec<_>>(),
        "legal_hold": legal_hold,
        "sources": sources.into_iter().collect::<Vec<_>>(),
        "recipients": recipients(context, contact, &messages),
        "retention": {
            "inbound_days": days(context.config.retention.inbound),
            "unanswered_request_days": days(context.config.optin.expires_after),
            "service_message_days": 90,
        },
        "automated_decisions": "none",
    }))
}

/// One consent with all its events and the texts that they name, and the sources of the events.
async fn one_consent(
    context: &EngineContext,
    row: &AddressRow,
    list: rundruf_consent::ListId,
    name: &str,
) -> Result<(Map<String, Value>, BTreeSet<String>)> {
    let (mut events, mut texts, mut sources) = (Vec::new(), Map::new(), BTreeSet::new());
    for event in context.store.consent_events(row.id, list).await? {
        let record: Value = event.json.as_deref().and_then(|j| serde_json::from_str(j).ok()).unwrap_or(Value::Null);
        let digest = record.pointer("/text/sha256").and_then(Value::as_str);
        if let Some(digest) = digest.filter(|d| !texts.contains_key(*d))
            && let Some(bytes) = unhex::<32>(digest)
            && let Some(Text { language, body, .. }) = context.store.text_get(bytes).await?
        {
            texts.insert(digest.to_owned(), json!({"language": language, "text": body}));
        }
        let field = |at: &str| record.pointer(at).and_then(Value::as_str).unwrap_or("");
        let (kind, detail) = (field("/source/kind"), field("/source/detail"));
        if !kind.is_empty() {
            sources.insert([kind, detail].join(" ").trim().to_owned());
        }
        events.push(json!({
            "event": event.event, "state_after": event.state_after.word(), "at": time(event.at), "log_index": event.id.0 - 1, "record": record,
        }));
    }
    let title = context.list(list).map(|c| c.title.0.clone()).unwrap_or_default();
    let purpose = context.list(list).map(|c| c.purpose.0.clone()).unwrap_or_default();
    let mut value = Map::new();
    for (key, part) in [
        ("list", json!(name)),
        ("title", json!(title)),
        ("purpose", json!(purpose)),
        ("address", shown(&row.address)),
        ("events", Value::Array(events)),
        ("texts", Value::Object(texts)),
    ] {
        value.insert(key.to_owned(), part);
    }
    Ok((value, sources))
}

/// A message of a broadcast: subject and text as they were written, with the placeholders that were filled in for the person.
fn delivery(d: &PersonDelivery, contact: &ContactRow, list: &str, transport: &impl Fn(TransportId) -> String) -> Value {
    let content: Option<BroadcastContent> = serde_json::from_str(&d.content).ok();
    let said = content.map(|c| {
        let tag = language_of(&c.text, contact.language.as_deref().unwrap_or("de")).to_owned();
        let files: Vec<String> = c.attachments.into_iter().map(|a| a.name).collect();
        (c.subject.get(&tag).cloned(), c.text.get(&tag).cloned(), files)
    });
    let (subject, text, files) = said.unwrap_or_default();
    json!({
        "broadcast": d.broadcast.0, "list": list, "address": d.delivery.address.as_ref().map(shown), "transport": d.delivery.transport.map(transport),
        "state": d.delivery.state.word(), "reason": d.delivery.reason, "attempts": d.delivery.attempts, "at": d.delivery.at.map(time),
        "message_id": d.delivery.remote_id, "subject": subject, "text": text, "attachments": files,
        "permitted_by_event": d.delivery.evidence.map(|e| e.0 - 1),
    })
}

fn service(s: &PersonService, transport: &impl Fn(TransportId) -> String) -> Map<String, Value> {
    let content = ServiceContent::parse(&s.payload).ok();
    let class = match s.class {
        Some(Class::Request) => "confirmation_request",
        Some(Class::Reminder) => "reminder",
        Some(Class::Welcome) => "receipt",
        Some(Class::StopAck) => "stop_acknowledgement",
        Some(Class::StillInterested) => "still_interested",
        Some(Class::Legal) => "legal_notice",
        Some(Class::Promotion) => "promotion",
        Some(Class::Answer | Class::PrivacyAnswer) => "answer",
        Some(Class::Service) | None => "service",
    };
    let mut value = Map::new();
    for (key, part) in [
        ("kind", json!(class)),
        ("transport", json!(transport(s.transport))),
        ("state", json!(s.state)),
        ("at", json!(time(s.at.unwrap_or(s.due)))),
        ("message_id", json!(s.remote_id)),
        ("subject", json!(content.as_ref().map(|c| &c.subject))),
        ("text", json!(content.as_ref().map(|c| &c.text))),
    ] {
        value.insert(key.to_owned(), part);
    }
    value
}

fn inbound(row: &InboxRow, transport: &impl Fn(TransportId) -> String) -> Value {
    let m = &row.message;
    let kinds = ["text", "reaction", "edit", "opt_out", "delete", "location", "button", "poll"];
    let kind = kinds.get(m.kind as usize).copied().unwrap_or("other");
    let notes = row.notes.iter().map(|n| {
        json!({"action": n.action.map(rundruf_store::InboxAction::word), "by": n.actor, "text": n.body, "at": time(n.at)})
    });
    json!({
        "at": time(m.at), "address": shown(&m.address), "transport": transport(m.transport), "kind": kind, "text": m.text,
        "name": m.extras.display_name, "other_addresses": m.extras.aliases, "payload": m.extras.payload,
        "attachments": m.extras.attachments, "message_id": m.remote_id, "handled": row.what, "waits_for_a_person": row.open, "notes": notes.collect::<Vec<_>>(),
    })
}

/// The transports that had, or may get, data of the person, each with what its operator learns.
fn recipients(context: &EngineContext, contact: &ContactRow, messages: &PersonMessages) -> Vec<Value> {
    let mut used: BTreeSet<i64> =
        messages.deliveries.iter().filter_map(|d| d.delivery.transport).map(|t| t.0).collect();
    used.extend(messages.services.iter().map(|s| s.transport.0));
    used.extend(messages.inbound.iter().map(|m| m.message.transport.0));
    for row in &contact.addresses {
        let lists = row.consents.iter().filter_map(|c| context.list(c.list));
        used.extend(lists.filter_map(|l| context.transport_for(l, row.address.channel())).map(|t| t.id.0));
    }
    used.into_iter()
        .map(|id| match context.transport(TransportId(id)) {
            Some(t) => {
                let manifest = t.instance.manifest();
                json!({"transport": t.config.name, "plugin": manifest.id, "channels": manifest.channels, "privacy_label": manifest.label.as_json()})
            }
            None => json!({"transport": format!("#{id}")}),
        })
        .collect()
}
