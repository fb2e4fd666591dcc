//! From what a person wrote to a broadcast that is stored; and how it is told.

use crate::audience::choose;
use crate::cap::{Sated, sated};
use crate::content::{self, AttachmentRef, Bare, Capabilities, ContentSpec, ListTexts, LoadedAttachment};
use crate::engine::nearest::help;
use crate::error::EngineError;
use crate::start::Inner;
use crate::view::{BroadcastForm, BroadcastStatus, DryRun};
use crate::wake::Wake;
use rundruf_consent::text::{Text, TextKind, hex, sha256};
use rundruf_consent::{BroadcastId, ContactId, ListId};
use rundruf_store::{BroadcastRow, FanOutChooser, NewBroadcast};
use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, EngineError>;

/// People explained in a dry run.
const EXPLAINED: u32 = 1_000;
/// People who are asked whether a variable exists.
const ASKED: u32 = 200;
/// Messages rendered in a dry run.
const SAMPLES: usize = 8;
/// Attachments of one message.
const MAX_ATTACHMENTS: usize = 16;

/// Checks a form and makes the content; nothing is stored.
fn spec(engine: &Inner, list: ListId, form: &BroadcastForm) -> Result<(ContentSpec, Vec<String>)> {
    let config = engine.open_list(list)?;
    if form.attachments.len() > MAX_ATTACHMENTS {
        return Err(EngineError::refused(
            "attachment",
            format!("more than {MAX_ATTACHMENTS} attachments"),
            "send fewer",
        ));
    }
    let mut attachments = Vec::new();
    for (name, media_type, bytes) in &form.attachments {
        let bad_name = matches!(name.as_str(), "" | "." | "..")
            || name.len() > 200
            || name.contains(['/', '\\'])
            || name.chars().any(char::is_control);
        if bad_name {
            return Err(EngineError::refused(
                "attachment",
                "an attachment's name is empty, too long or contains a slash",
                "rename the file",
            ));
        }
        if bytes.len() as u64 > engine.config.max_attachment {
            let most = engine.config.max_attachment >> 20;
            return Err(EngineError::refused(
                "attachment",
                format!("`{name}` is larger than {most} MiB"),
                "make it smaller, or link to it",
            ));
        }
        let safe_type =
            media_type.len() <= 100 && media_type.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b));
        let media_type = if safe_type && media_type.contains('/') {
            media_type.clone()
        } else {
            "application/octet-stream".to_owned()
        };
        attachments.push(AttachmentRef {
            name: name.clone(),
            media_type,
            digest: hex(&sha256(bytes)),
            size: bytes.len() as u64,
        });
    }
    let spec = ContentSpec {
        text: form.text.clone(),
        subject: form.subject.clone(),
        attachments,
        list: ListTexts { name: config.name.clone(), title: config.title.0.clone() },
    };
    let warnings = content::check(&spec, &engine.config.sender)?;
    Ok((spec, warnings))
}

/// A variable that nobody has is a slip of the pen: everybody would read an empty place.
async fn variables(engine: &Inner, list: ListId, spec: &ContentSpec, choose: &FanOutChooser) -> Result<()> {
    let bare = content::bare(spec)?;
    if bare.is_empty() {
        return Ok(());
    }
    let mut people = engine.store.fan_out_explain(list, Arc::clone(choose), ContactId(0), ASKED).await?;
    people.retain(|person| person.verdict.is_ok());
    let mut known = BTreeSet::new();
    for person in &people {
        known.extend(engine.store.contact_get(person.contact).await?.map(|c| c.vars).unwrap_or_default().into_keys());
    }
    let missing = bare.into_iter().find(|b| !known.contains(&b.name)).filter(|_| !people.is_empty());
    let Some(Bare { name, place }) = missing else { return Ok(()) };
    let near = help(&name, known.iter().map(String::as_str));
    let message = format!("nobody among the first {} people has a variable `{name}`", people.len());
    Err(place.refused(&message, &format!("{near}; if it may be missing: {{{{ {name} | default(\"\") }}}}")))
}

pub(crate) async fn send(engine: &Inner, list: ListId, form: BroadcastForm) -> Result<BroadcastId> {
    let (spec, _) = spec(engine, list, &form)?;
    variables(engine, list, &spec, &choose(engine, engine.open_list(list)?, Sated::default())).await?;
    let now = engine.clock.now();
    if form.expires_at.is_some_and(|e| e <= form.at.unwrap_or(now)) {
        return Err(EngineError::refused(
            "expires",
            "the broadcast would expire before it begins",
            "give a later time",
        ));
    }
    for (file, (name, media_type, bytes)) in spec.attachments.iter().zip(form.attachments) {
        let _ = media_type;
        engine.store.file_put(name, file.media_type.clone(), bytes, now).await?;
    }
    // What was sent is kept by its digest, so that a proof can show it.
    for (language, body) in &spec.text {
        let text = Text { kind: TextKind::Broadcast, language: language.clone(), body: body.clone() };
        engine.store.text_put(text).await?;
    }
    let id = crate::evidence::random()?;
    let key = id.first_chunk::<8>().copied().unwrap_or_default();
    let content = serde_json::to_string(&spec).map_err(std::io::Error::other)?;
    let new = NewBroadcast { list, key, content, start_at: form.at, expires_at: form.expires_at };
    let id = engine.store.broadcast_add(new, now).await?;
    engine.wake(Wake::Broadcasts);
    Ok(id)
}

pub(crate) async fn dry_run(engine: &Inner, list: ListId, form: BroadcastForm) -> Result<DryRun> {
    let (spec, warnings) = spec(engine, list, &form)?;
    let config = engine.open_list(list)?;
    let choose = choose(engine, config, sated(engine, (list, config), None).await?);
    variables(engine, list, &spec, &choose).await?;
    let preview = engine.store.fan_out_preview(list, Arc::clone(&choose)).await?;
    let people = engine.store.fan_out_explain(list, choose, ContactId(0), EXPLAINED).await?;
    let mut samples: Vec<(String, String, String)> = Vec::new();
    for person in &people {
        if samples.len() >= SAMPLES {
            break;
        }
        let Ok(transport) = person.verdict else { continue };
        let channel = person.address.channel();
        let Some(contact) = engine.store.contact_get(person.contact).await? else { continue };
        let language = contact.language.clone().unwrap_or_else(|| "de".to_owned());
        if samples.iter().any(|(c, l, _)| c == channel.word() && *l == language) {
            continue;
        }
        let can = engine.transport(transport).map_or(Capabilities { html: false, attachments: false }, |t| {
            let manifest = t.instance.manifest();
            Capabilities { html: manifest.can("html"), attachments: manifest.can("attachments") }
        });
        let attachments: Vec<LoadedAttachment> = spec
            .attachments
            .iter()
            .map(|a| LoadedAttachment {
                name: a.name.clone(),
                media_type: a.media_type.clone(),
                bytes: Arc::from([]),
                url: format!("{}/f/…", engine.config.public_url),
            })
            .collect();
        let compiled =
            content::compile(&spec, &engine.config.sender, &language, channel, &attachments, can, engine.clock.now())?;
        let vars = serde_json::to_string(&contact.vars).unwrap_or_default();
        let values = compiled.vars(&vars, &format!("{}/u/…", engine.config.public_url))?;
        let mut text = String::new();
        for (literal, var) in &compiled.content().text.segments {
            text.push_str(literal);
            text.push_str(var.and_then(|v| values.get(v as usize)).map_or("", |v| v));
        }
        samples.push((channel.word().to_owned(), language, text));
    }
    Ok(DryRun { preview, people, samples, warnings })
}

/// A broadcast with how fast it goes: the difference to an earlier look, at least half a second ago.
pub(crate) fn status(engine: &Inner, row: BroadcastRow) -> BroadcastStatus {
    let t = &row.tally;
    let finished = t.sent + t.failed + t.unknown + t.skipped + t.held;
    let now = Instant::now();
    let rate = {
        let mut rates = engine.rates.lock().unwrap_or_else(PoisonError::into_inner);
        if rates.len() > 1_000 {
            rates.clear();
        }
        let entry = rates.entry(row.id.0).or_insert((now, finished, 0.0));
        let span = now.duration_since(entry.0);
        if span >= Duration::from_millis(500) {
            let rate = finished.saturating_sub(entry.1) as f64 / span.as_secs_f64();
            *entry = (now, finished, rate);
        }
        entry.2
    };
    let left = t.queued + t.in_flight + t.retry;
    let eta_s = match left {
        0 => Some(0),
        left if rate > 0.0 => Some((left as f64 / rate).ceil() as u64),
        _ => None,
    };
    let list = engine.list(row.list).map(|l| l.name.clone()).unwrap_or_default();
    BroadcastStatus { row, list, rate_per_s: rate, eta_s }
}
