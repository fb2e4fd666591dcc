//! From the form that a person filled in to a stored broadcast.

use super::audience::choose;
use super::same_text;
use crate::content::{self, BareVariable, BroadcastContent, ListTitles, MAX_ATTACHMENTS, StoredAttachment};
use crate::context::{EngineContext, Wake};
use crate::conversation::evidence::random;
use crate::error::{EngineError, Result};
use crate::suggest::suggestion;
use crate::view::BroadcastForm;
use rundruf_consent::text::{Text, TextKind, hex, sha256};
use rundruf_consent::{BroadcastId, ContactId, ListId, Time};
use rundruf_host::MessageAttachment;
use rundruf_lang::{Message, msg};
use rundruf_store::{FanOutChooser, NewBroadcast};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

/// Recipients whose variables are read to find a misspelled one.
const VARIABLES_OF: u32 = 200;
/// A start that is less than this in the past is "now": the minute that somebody typed has just begun.
const GRACE: Duration = Duration::from_secs(60);

/// Texts without the byte order mark that some editors write first.
fn unmarked(texts: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    texts.iter().map(|(k, v)| (k.clone(), v.strip_prefix('\u{feff}').unwrap_or(v).to_owned())).collect()
}

/// Checks a form and makes the content that would be stored, with warnings; nothing is stored.
pub(super) fn content_of(
    context: &EngineContext,
    list: ListId,
    form: &BroadcastForm,
) -> Result<(BroadcastContent, Vec<Message>)> {
    let config = context.open_list(list)?;
    if form.attachments.len() + form.pictures.len() > MAX_ATTACHMENTS {
        return Err(EngineError::refused(
            "attachment",
            msg!("engine-attachments-too-many", most = MAX_ATTACHMENTS),
            msg!("engine-attachments-too-many-help"),
        ));
    }
    let mut attachments = Vec::new();
    let mut names = BTreeSet::new();
    let pictures = form.pictures.iter().map(|(path, file)| (Some(path), file));
    for (picture, file) in form.attachments.iter().map(|file| (None, file)).chain(pictures) {
        let MessageAttachment { name, media_type, bytes, .. } = file;
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
        if !names.insert(name.to_lowercase()) {
            let message = msg!("engine-attachment-twice", name = name);
            return Err(EngineError::refused("attachment", message, msg!("engine-attachment-twice-help")));
        }
        if let Some(path) = picture {
            attachments.push(content::stored_picture(path, file)?);
            continue;
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
            picture: None,
        });
    }
    if let Some(unknown) = context.unknown_transport_of(config) {
        let message = msg!("engine-transport-unknown", name = &unknown.config.name);
        return Err(EngineError::refused("transport_unknown", message, msg!("engine-transport-unknown-help")));
    }
    let source = BroadcastContent {
        text: unmarked(&form.text),
        subject: unmarked(&form.subject),
        attachments,
        list: ListTitles { name: config.name.clone(), title: config.title.0.clone() },
    };
    let warnings = content::check(&source, &context.config.sender)?;
    let size = source.text.values().map(|t| t.len() as u64).max().unwrap_or(0)
        + source.attachments.iter().map(|a| a.size).sum::<u64>();
    for transport in context.transports_of(config) {
        let manifest = transport.instance.manifest();
        let most = manifest.content_limit(&transport.config.config);
        if manifest.can("attachments") && size > most {
            let most = if most < 10 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
            let message = msg!("engine-content-too-large", transport = &transport.config.name, most = most);
            return Err(EngineError::refused("attachment", message, msg!("engine-attachment-too-large-help")));
        }
    }
    Ok((source, warnings))
}

/// Refuses a variable that no recipient has: it is misspelled, and every recipient would read an empty place.
pub(super) async fn check_variables(
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
    known.extend(people.iter().flat_map(|person| person.vars.keys().cloned()));
    let missing = bare.into_iter().find(|b| !known.contains(&b.name)).filter(|_| !people.is_empty());
    let Some(BareVariable { name, position }) = missing else { return Ok(()) };
    let near = suggestion(&name, known.iter().map(String::as_str));
    let message = msg!("engine-template-unknown-variable", people = people.len(), name = &name);
    let help = msg!("engine-template-unknown-variable-help", near = near, name = &name);
    Err(position.refused(message, help))
}

/// Refuses times that have gone by.
pub(super) fn check_times(form: &BroadcastForm, now: Time) -> Result<()> {
    if form.at.is_some_and(|at| at.plus(GRACE) <= now) {
        return Err(EngineError::refused(
            "gone_by",
            msg!("engine-broadcast-gone-by"),
            msg!("engine-broadcast-gone-by-help"),
        ));
    }
    if form.expires_at.is_some_and(|e| e <= form.at.unwrap_or(now).max(now)) {
        return Err(EngineError::refused(
            "expires",
            msg!("engine-broadcast-expires"),
            msg!("engine-broadcast-expires-help"),
        ));
    }
    Ok(())
}

/// Stores the files of a form.
pub(super) async fn store_files(context: &EngineContext, source: &BroadcastContent, form: BroadcastForm) -> Result<()> {
    let now = context.clock.now();
    let pictures = form.pictures.into_iter().map(|(_, file)| file);
    for (stored, file) in source.attachments.iter().zip(form.attachments.into_iter().chain(pictures)) {
        context.store.file_put(file.name, stored.media_type.clone(), file.bytes.to_vec(), now).await?;
    }
    Ok(())
}

/// Checks, stores and starts or schedules a broadcast.
pub(crate) async fn send(context: &EngineContext, list: ListId, form: BroadcastForm) -> Result<BroadcastId> {
    let (source, _) = content_of(context, list, &form)?;
    check_variables(context, list, &source, &choose(context, context.open_list(list)?)).await?;
    let now = context.clock.now();
    check_times(&form, now)?;
    if !form.again
        && let Some((_, message, help)) = same_text::find(context, list, &source, form.at.unwrap_or(now)).await?
    {
        return Err(EngineError::refused("again", message, help));
    }
    let (start_at, expires_at, actor) = (form.at, form.expires_at, form.actor.clone());
    store_files(context, &source, form).await?;
    // The texts are stored by digest, so that a proof can show what was sent.
    for (language, body) in &source.text {
        let text = Text { kind: TextKind::Broadcast, language: language.clone(), body: body.clone() };
        context.store.text_put(text).await?;
    }
    let id = random()?;
    let key = id.first_chunk::<8>().copied().unwrap_or_default();
    let content = serde_json::to_string(&source).map_err(std::io::Error::other)?;
    let new = NewBroadcast { list, key, content, start_at, expires_at, actor };
    let id = context.store.broadcast_add(new, now).await?;
    context.wake(Wake::Broadcasts);
    Ok(id)
}
