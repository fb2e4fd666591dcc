//! Claimed rows → messages, grouped by content. A broadcast is compiled once for each language and channel, and cached.

use crate::content::{self, BroadcastContent, Capabilities, CompiledContent, ServiceContent, TrialMessage};
use crate::context::EngineContext;
use crate::conversation::link;
use crate::error::{EngineError, Result};
use crate::transports::TransportHandle;
use rundruf_consent::text::unhex;
use rundruf_consent::token::{Purpose, sign};
use rundruf_consent::{BroadcastId, Channel, Time};
use rundruf_host::{MessageAttachment, MessageBatch, MessageContent, MessageId, Priority};
use rundruf_lang::msg;
use rundruf_store::{ClaimKind, Claimed};
use std::sync::Arc;
use std::time::Duration;

/// Most broadcasts in the cache, and most bytes of their attachments together.
const CACHED: usize = 16;
const CACHED_BYTES: usize = 64 << 20;
/// How long a link to an attachment works.
const LINK_FOR: Duration = Duration::from_secs(30 * 86_400);

/// Messages with the same content.
pub(super) struct MessageGroup {
    pub(super) content: Arc<MessageContent>,
    /// Each at most as large as the plugin takes.
    pub(super) batches: Vec<MessageBatch>,
    pub(super) priority: Priority,
    /// Not begun after this, Unix time in milliseconds; 0 for none.
    pub(super) deadline_ms: i64,
}

/// Why a message could not be rendered.
pub(super) enum RenderError {
    /// The store could not be read: it may work later.
    Temporary(EngineError),
    /// It never works for this person.
    Permanent(EngineError),
}

/// A broadcast that was loaded.
struct CachedBroadcast {
    id: BroadcastId,
    source: BroadcastContent,
    attachments: Vec<MessageAttachment>,
    date: Time,
    deadline_ms: i64,
    /// By language of the text and channel.
    compiled: Vec<(String, Channel, CompiledContent)>,
}

pub(super) struct Renderer {
    can: Capabilities,
    /// Most messages in a batch.
    max_batch: usize,
    cache: Vec<CachedBroadcast>,
    /// The attachments of test messages that are rendered now, by the payload.
    trials: Vec<(Box<str>, Vec<MessageAttachment>)>,
    /// The last broadcast that could not be loaded, and why.
    load_error: Option<(BroadcastId, EngineError)>,
    groups: Vec<MessageGroup>,
}

impl Renderer {
    pub(super) fn new(transport: &TransportHandle) -> Self {
        let manifest = transport.instance.manifest();
        let can = Capabilities {
            html: manifest.can("html"),
            attachments: manifest.can("attachments"),
            replies: manifest.can("inbound"),
        };
        let max_batch = manifest.max_batch.max(1) as usize;
        Self { can, max_batch, cache: Vec::new(), trials: Vec::new(), load_error: None, groups: Vec::new() }
    }

    /// Takes the messages that were rendered so far, by content.
    pub(super) fn take(&mut self) -> Vec<MessageGroup> {
        self.load_error = None;
        self.trials.clear();
        std::mem::take(&mut self.groups)
    }

    /// Whether a broadcast is in the cache, or was found to be unreadable just now.
    pub(super) fn knows(&self, broadcast: BroadcastId) -> bool {
        self.cache.iter().any(|k| k.id == broadcast) || self.load_error.as_ref().is_some_and(|(id, _)| *id == broadcast)
    }

    /// Loads a broadcast with its attachments into the cache.
    pub(super) async fn load(&mut self, context: &EngineContext, broadcast: BroadcastId) {
        match load(context, broadcast).await {
            Ok(loaded) => {
                let bytes = |k: &CachedBroadcast| k.attachments.iter().map(|a| a.bytes.len()).sum::<usize>();
                let mut all = self.cache.iter().map(bytes).sum::<usize>() + bytes(&loaded);
                while !self.cache.is_empty() && (self.cache.len() >= CACHED || all > CACHED_BYTES) {
                    all -= bytes(&self.cache.remove(0));
                }
                self.cache.push(loaded);
            }
            Err(error) => self.load_error = Some((broadcast, error)),
        }
    }

    /// Loads the attachments of a test message; any other service message has none.
    pub(super) async fn load_trial(&mut self, context: &EngineContext, payload: &str) {
        let Ok(ServiceContent { trial: Some(trial), .. }) = ServiceContent::parse(payload) else { return };
        if let Ok(files) = load_attachments(context, &trial.content, context.clock.now()).await {
            self.trials.push((payload.into(), files));
        }
    }

    /// Renders the message of a claimed row.
    pub(super) fn add(&mut self, context: &EngineContext, claimed: Claimed, now: Time) -> Result<(), RenderError> {
        let mut message_id = MessageId::default();
        let (key, number) = message_id.0.split_at_mut(8);
        number.copy_from_slice(&claimed.permit.delivery().0.to_be_bytes());
        let (unsubscribe, vars);
        let (content, priority, deadline_ms) = match &claimed.work {
            ClaimKind::Broadcast { broadcast, key: first, .. } => {
                key.copy_from_slice(first);
                unsubscribe = claimed.list.map_or_else(String::new, |list| {
                    link::unsubscribe(context, claimed.address_id, list, claimed.link)
                });
                let language = claimed.language.as_deref().unwrap_or(&context.config.default_language);
                let (compiled, deadline_ms) = self.compiled(context, *broadcast, language, claimed.channel)?;
                vars = compiled.vars(&claimed.vars, &unsubscribe).map_err(RenderError::Permanent)?;
                (Arc::clone(compiled.content()), Priority::Bulk, deadline_ms)
            }
            ClaimKind::Service { class, payload } => {
                key.copy_from_slice(&context.store.secrets().instance_key);
                let at = self.trials.iter().position(|(of, _)| of == payload);
                let payload = ServiceContent::parse(payload).map_err(RenderError::Permanent)?;
                if let Some(trial) = payload.trial {
                    let files = at.map(|at| self.trials.swap_remove(at).1).ok_or_else(|| {
                        RenderError::Permanent(EngineError::refused("content", msg!("engine-content-damaged"), ""))
                    })?;
                    let compiled = self.trial(context, &payload.language, (&trial, &files), (claimed.channel, now))?;
                    let values = serde_json::to_string(&trial.vars).unwrap_or_default();
                    // The link of a test ends nobody's consent.
                    let link = format!("{}/u/test", context.config.public_url);
                    let vars = compiled.vars(&values, &link).map_err(RenderError::Permanent)?;
                    let content = Arc::clone(compiled.content());
                    self.put((content, Priority::Ahead, 0), (claimed, message_id), ("", &vars));
                    return Ok(());
                }
                let list = claimed.list.and_then(|id| context.list(id));
                let list = list.map(|l| (l.name.as_str(), l.title.get(&payload.language)));
                let (texts, sender) = ((payload.subject.as_str(), payload.text.as_str()), &context.config.sender);
                let compiled =
                    content::compile_plain(*class, &payload.language, claimed.channel, texts, sender, list, now);
                (unsubscribe, vars) = (String::new(), Vec::new());
                (Arc::clone(compiled.content()), Priority::Ahead, 0)
            }
        };
        self.put((content, priority, deadline_ms), (claimed, message_id), (&unsubscribe, &vars));
        Ok(())
    }

    /// Compiles a test message.
    fn trial(
        &self,
        context: &EngineContext,
        language: &str,
        (trial, files): (&TrialMessage, &[MessageAttachment]),
        (channel, now): (Channel, Time),
    ) -> Result<CompiledContent, RenderError> {
        let sender = &context.config.sender;
        let compiled = content::compile(&trial.content, sender, language, channel, files, self.can, now);
        Ok(compiled.map_err(RenderError::Permanent)?.into_trial(language))
    }

    /// Adds a message to the group of its content.
    fn put(
        &mut self,
        (content, priority, deadline_ms): (Arc<MessageContent>, Priority, i64),
        (claimed, message_id): (Claimed, MessageId),
        (unsubscribe, vars): (&str, &[Box<str>]),
    ) {
        let at = self.groups.iter().position(|g| g.content.id == content.id).unwrap_or(self.groups.len());
        if at == self.groups.len() {
            self.groups.push(MessageGroup { content, batches: Vec::new(), priority, deadline_ms });
        }
        if let Some(group) = self.groups.get_mut(at) {
            if group.batches.last().is_none_or(|batch| batch.len() >= self.max_batch) {
                group.batches.push(MessageBatch::default());
            }
            if let Some(batch) = group.batches.last_mut() {
                batch.push(claimed.permit, message_id, &claimed.address, unsubscribe, vars, claimed.attempt);
            }
        }
    }

    fn compiled(
        &mut self,
        context: &EngineContext,
        broadcast: BroadcastId,
        language: &str,
        channel: Channel,
    ) -> Result<(&CompiledContent, i64), RenderError> {
        let can = self.can;
        let Some(cached) = self.cache.iter_mut().find(|k| k.id == broadcast) else {
            let error = self.load_error.as_ref().filter(|(id, _)| *id == broadcast).map(|(_, e)| e);
            return Err(match error {
                Some(EngineError::Store(why)) => {
                    RenderError::Temporary(EngineError::refused("store", why.to_string(), ""))
                }
                Some(why) => RenderError::Permanent(EngineError::refused("content", why.message(), "")),
                None => RenderError::Temporary(EngineError::Unknown(msg!("engine-no-broadcast", name = %broadcast))),
            });
        };
        // There are as many contents as texts, even if contacts have more languages.
        let language = content::language_of(&cached.source.text, language);
        let at = match cached.compiled.iter().position(|(l, c, _)| *c == channel && l == language) {
            Some(at) => at,
            None => {
                let language = language.to_owned();
                let sender = &context.config.sender;
                let compiled =
                    content::compile(&cached.source, sender, &language, channel, &cached.attachments, can, cached.date)
                        .map_err(RenderError::Permanent)?;
                cached.compiled.push((language, channel, compiled));
                cached.compiled.len() - 1
            }
        };
        let deadline_ms = cached.deadline_ms;
        let made = cached.compiled.get(at).map(|(_, _, compiled)| (compiled, deadline_ms));
        made.ok_or_else(|| RenderError::Permanent(EngineError::Unknown(msg!("engine-no-content", name = %broadcast))))
    }
}

async fn load(context: &EngineContext, broadcast: BroadcastId) -> Result<CachedBroadcast> {
    let missing = || EngineError::Unknown(msg!("engine-no-broadcast", name = %broadcast));
    let row = context.store.broadcast_get(broadcast).await?.ok_or_else(missing)?;
    let source: BroadcastContent = serde_json::from_str(&row.content)
        .map_err(|_| EngineError::refused("content", msg!("engine-content-damaged"), ""))?;
    let attachments = load_attachments(context, &source, row.created).await?;
    // The broadcast's own date, so that the content of a retry is identical to the byte.
    let date = row.start_at.unwrap_or(row.created).max(row.created);
    let deadline_ms = row.expires_at.map_or(0, |t| t.0);
    Ok(CachedBroadcast { id: broadcast, source, attachments, date, deadline_ms, compiled: Vec::new() })
}

/// Loads the files of a content; their links work for a while from `created`.
async fn load_attachments(
    context: &EngineContext,
    source: &BroadcastContent,
    created: Time,
) -> Result<Vec<MessageAttachment>> {
    let missing = || EngineError::refused("content", msg!("engine-content-damaged"), "");
    let mut attachments = Vec::new();
    for file in &source.attachments {
        let digest = unhex::<32>(&file.digest).ok_or_else(missing)?;
        let (_, _, bytes) = context.store.file_get(digest).await?.ok_or_else(missing)?;
        let id = digest.first_chunk::<16>().copied().unwrap_or_default();
        let link = sign(&context.store.secrets().token_key, Purpose::File, id, Some(created.plus(LINK_FOR)));
        attachments.push(file.load(bytes.into(), format!("{}/f/{link}", context.config.public_url)));
    }
    Ok(attachments)
}
