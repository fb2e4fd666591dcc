//! From the form that a person filled in to a stored broadcast; and its dry run.

use super::audience::choose;
use crate::content::{self, BareVariable, BroadcastContent, Capabilities, ListTitles, StoredAttachment};
use crate::context::{EngineContext, Wake};
use crate::conversation::evidence::random;
use crate::error::{EngineError, Result};
use crate::suggest::suggestion;
use crate::view::{BroadcastForm, DryRun};
use rundruf_consent::text::{Text, TextKind, hex, sha256};
use rundruf_consent::{BroadcastId, ContactId, ListId};
use rundruf_host::MessageAttachment;
use rundruf_lang::{Message, msg};
use rundruf_store::{FanOutChooser, NewBroadcast};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Contacts that a dry run lists with their verdict.
const EXPLAINED: u32 = 1_000;
/// Recipients whose variables are read to find a misspelled one.
const VARIABLES_OF: u32 = 200;
/// Most messages that a dry run renders.
const SAMPLES: usize = 8;
/// Most attachments of one message.
const MAX_ATTACHMENTS: usize = 16;

/// Checks a form and makes the content that would be stored, with warnings; nothing is stored.
fn content_of(context: &EngineContext, list: ListId, form: &BroadcastForm) -> Result<(BroadcastContent, Vec<Message>)> {
    let config = context.open_list(list)?;
    if form.attachments.len() > MAX_ATTACHMENTS {
        return Err(EngineError::refused(
            "attachment",
            msg!("engine-attachments-too-many", most = MAX_ATTACHMENTS),
            msg!("engine-attachments-too-many-help"),
        ));
    }
    let mut attachments = Vec::new();
    for MessageAttachment { name, media_type, bytes, .. } in &form.attachments {
        let bad_name = matches!(name.as_str(), "" | "." | "..")
            || name.len() > 200
            || name.contains(['/', '\\'])
            || name.chars().any(char::is_control);
        if bad_name {
            return Err(EngineError::refused(
                "attachment",
                msg!("engine-attachment-name"),
                msg!("engine-attachment-name-help"),
            ));
        }
        if bytes.len() as u64 > context.config.max_attachment {
            let most = context.config.max_attachment >> 20;
            return Err(EngineError::refused(
                "attachment",
                msg!("engine-attachment-too-large", name = name, most = most),
                msg!("engine-attachment-too-large-help"),
            ));
        }
        let safe_type =
            media_type.len() <= 100 && media_type.bytes().all(|b| b.is_ascii_alphanumeric() || b"/+-.".contains(&b));
        let media_type = if safe_type && media_type.contains('/') {
            media_type.clone()
        } else {
            "application/octet-stream".to_owned()
        };
        attachments.push(StoredAttachment {
            name: name.clone(),
            media_type,
            digest: hex(&sha256(bytes)),
            size: bytes.len() as u64,
        });
    }
    let source = BroadcastContent {
        text: form.text.clone(),
        subject: form.subject.clone(),
        attachments,
        list: ListTitles { name: config.name.clone(), title: config.title.0.clone() },
    };
    let warnings = content::check(&source, &context.config.sender)?;
    Ok((source, warnings))
}

/// Refuses a variable that no recipient has: it is misspelled, and every recipient would read an empty place.
async fn check_variables(
    context: &EngineContext,
    list: ListId,
    source: &BroadcastContent,
    choose: &FanOutChooser,
) -> Result<()> {
    let bare = content::bare_variables(source)?;
    if bare.is_empty() {
        return Ok(());
    }
    let mut people =
        context.store.fan_out_explain(list, Arc::clone(choose), None, (ContactId(0), VARIABLES_OF)).await?;
    people.retain(|person| person.verdict.is_ok());
    let mut known = BTreeSet::new();
    for person in &people {
        known.extend(context.store.contact_get(person.contact).await?.map(|c| c.vars).unwrap_or_default().into_keys());
    }
    let missing = bare.into_iter().find(|b| !known.contains(&b.name)).filter(|_| !people.is_empty());
    let Some(BareVariable { name, position }) = missing else { return Ok(()) };
    let near = suggestion(&name, known.iter().map(String::as_str));
    let message = msg!("engine-template-unknown-variable", people = people.len(), name = &name);
    let help = msg!("engine-template-unknown-variable-help", near = near, name = &name);
    Err(position.refused(message, help))
}

/// Checks, stores and starts or schedules a broadcast.
pub(crate) async fn send(context: &EngineContext, list: ListId, form: BroadcastForm) -> Result<BroadcastId> {
    let (source, _) = content_of(context, list, &form)?;
    check_variables(context, list, &source, &choose(context, context.open_list(list)?)).await?;
    let now = context.clock.now();
    if form.expires_at.is_some_and(|e| e <= form.at.unwrap_or(now)) {
        return Err(EngineError::refused(
            "expires",
            msg!("engine-broadcast-expires"),
            msg!("engine-broadcast-expires-help"),
        ));
    }
    for (stored, file) in source.attachments.iter().zip(form.attachments) {
        context.store.file_put(file.name, stored.media_type.clone(), file.bytes.to_vec(), now).await?;
    }
    // The texts are stored by digest, so that a proof can show what was sent.
    for (language, body) in &source.text {
        let text = Text { kind: TextKind::Broadcast, language: language.clone(), body: body.clone() };
        context.store.text_put(text).await?;
    }
    let id = random()?;
    let key = id.first_chunk::<8>().copied().unwrap_or_default();
    let content = serde_json::to_string(&source).map_err(std::io::Error::other)?;
    let new = NewBroadcast { list, key, content, start_at: form.at, expires_at: form.expires_at };
    let id = context.store.broadcast_add(new, now).await?;
    context.wake(Wake::Broadcasts);
    Ok(id)
}

/// Answers who would get what, and why the others would not; nothing is stored or sent.
pub(crate) async fn dry_run(context: &EngineContext, list: ListId, form: BroadcastForm) -> Result<DryRun> {
    let (source, warnings) = content_of(context, list, &form)?;
    let config = context.open_list(list)?;
    let choose = choose(context, config);
    let limit = config.frequency_limit(list, context.clock.now());
    check_variables(context, list, &source, &choose).await?;
    let preview = context.store.fan_out_preview(list, Arc::clone(&choose), limit).await?;
    let people = context.store.fan_out_explain(list, choose, limit, (ContactId(0), EXPLAINED)).await?;
    let mut samples: Vec<(String, String, String)> = Vec::new();
    for person in &people {
        if samples.len() >= SAMPLES {
            break;
        }
        let Ok(transport) = person.verdict else { continue };
        let channel = person.address.channel();
        let Some(contact) = context.store.contact_get(person.contact).await? else { continue };
        let language = contact.language.clone().unwrap_or_else(|| context.config.default_language.clone());
        if samples.iter().any(|(c, l, _)| c == channel.word() && *l == language) {
            continue;
        }
        let can = context.transport(transport).map_or(
            Capabilities { html: false, attachments: false, replies: false },
            |t| {
                let manifest = t.instance.manifest();
                Capabilities {
                    html: manifest.can("html"),
                    attachments: manifest.can("attachments"),
                    replies: manifest.can("inbound"),
                }
            },
        );
        let url = format!("{}/f/…", context.config.public_url);
        let attachments: Vec<MessageAttachment> =
            source.attachments.iter().map(|a| a.load(Arc::from([]), url.clone())).collect();
        let compiled = content::compile(
            &source,
            &context.config.sender,
            &language,
            channel,
            &attachments,
            can,
            context.clock.now(),
        )?;
        let vars = serde_json::to_string(&contact.vars).unwrap_or_default();
        let values = compiled.vars(&vars, &format!("{}/u/…", context.config.public_url))?;
        let mut text = String::new();
        for (literal, var) in &compiled.content().text.segments {
            text.push_str(literal);
            text.push_str(var.and_then(|v| values.get(v as usize)).map_or("", |v| v));
        }
        samples.push((channel.word().to_owned(), language, text));
    }
    Ok(DryRun { preview, people, samples, warnings })
}
