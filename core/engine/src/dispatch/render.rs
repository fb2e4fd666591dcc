//! Claimed rows → letters, grouped by content. What was compiled is kept: a broadcast is compiled once for each language and channel.

use super::Transport;
use crate::content::{self, Capabilities, Compiled, ContentSpec, LoadedAttachment};
use crate::error::EngineError;
use crate::start::Inner;
use rundruf_consent::text::unhex;
use rundruf_consent::token::{Purpose, sign, unsubscribe_id};
use rundruf_consent::{BroadcastId, Channel, Time};
use rundruf_host::{MessageBatch, MessageContent, Priority};
use rundruf_store::{ClaimKind, Claimed};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Broadcasts that are kept, …
const KEPT: usize = 16;
/// … as long as their attachments together have no more bytes than this.
const KEPT_BYTES: usize = 64 << 20;
/// How long a link to an attachment works.
const LINK_FOR: Duration = Duration::from_secs(30 * 86_400);
/// Bytes of a leave link behind the public URL: `/u/` and the token.
const LEAVE_LINK: usize = 3 + 51;
/// A contact without a language.
const NO_LANGUAGE: &str = "de";

/// What a service message says: stored with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Payload {
    language: String,
    subject: String,
    text: String,
}

/// A service message as it is stored.
pub(crate) fn payload(language: &str, subject: &str, text: &str) -> String {
    let payload = Payload { language: language.to_owned(), subject: subject.to_owned(), text: text.to_owned() };
    serde_json::to_string(&payload).unwrap_or_default()
}

/// Messages of one content.
pub(super) struct Group {
    pub(super) content: Arc<MessageContent>,
    /// As large as the plugin takes them.
    pub(super) batches: Vec<MessageBatch>,
    pub(super) priority: Priority,
    /// Not begun after this, Unix time; 0 for none.
    pub(super) deadline_ms: i64,
}

/// Why there is no letter.
pub(super) enum NotMade {
    /// Perhaps later: the store could not be read.
    Now(EngineError),
    /// Never for this person.
    Ever(EngineError),
}

/// A broadcast that was read.
struct Kept {
    id: BroadcastId,
    spec: ContentSpec,
    attachments: Vec<LoadedAttachment>,
    date: Time,
    deadline_ms: i64,
    /// By language of the text and channel.
    compiled: Vec<(String, Channel, Compiled)>,
}

pub(super) struct Renderer {
    can: Capabilities,
    /// Most letters in a batch.
    most: usize,
    kept: Vec<Kept>,
    /// Why the broadcast asked for last could not be read.
    unread: Option<(BroadcastId, EngineError)>,
    groups: Vec<Group>,
}

impl Renderer {
    pub(super) fn new(transport: &Transport) -> Self {
        let manifest = transport.instance.manifest();
        let can = Capabilities { html: manifest.can("html"), attachments: manifest.can("attachments") };
        let most = manifest.max_batch.max(1) as usize;
        Self { can, most, kept: Vec::new(), unread: None, groups: Vec::new() }
    }

    /// The letters so far, by content.
    pub(super) fn take(&mut self) -> Vec<Group> {
        self.unread = None;
        std::mem::take(&mut self.groups)
    }

    /// Whether a broadcast was read, or just could not be.
    pub(super) fn knows(&self, broadcast: BroadcastId) -> bool {
        self.kept.iter().any(|k| k.id == broadcast) || self.unread.as_ref().is_some_and(|(id, _)| *id == broadcast)
    }

    /// Reads a broadcast with its attachments.
    pub(super) async fn learn(&mut self, engine: &Inner, broadcast: BroadcastId) {
        match read(engine, broadcast).await {
            Ok(kept) => {
                let bytes = |k: &Kept| k.attachments.iter().map(|a| a.bytes.len()).sum::<usize>();
                let mut all = self.kept.iter().map(bytes).sum::<usize>() + bytes(&kept);
                while !self.kept.is_empty() && (self.kept.len() >= KEPT || all > KEPT_BYTES) {
                    all -= bytes(&self.kept.remove(0));
                }
                self.kept.push(kept);
            }
            Err(error) => self.unread = Some((broadcast, error)),
        }
    }

    /// Makes the letter of a claimed row.
    pub(super) fn add(&mut self, engine: &Inner, claimed: Claimed, now: Time) -> Result<(), NotMade> {
        let mut message_id = [0; 16];
        let (key, number) = message_id.split_at_mut(8);
        number.copy_from_slice(&claimed.permit.delivery().0.to_be_bytes());
        let (leave, vars);
        let (content, priority, deadline_ms) = match &claimed.work {
            ClaimKind::Broadcast { broadcast, key: first, .. } => {
                key.copy_from_slice(first);
                leave = leave_link(engine, &claimed);
                let language = claimed.language.as_deref().unwrap_or(NO_LANGUAGE);
                let (compiled, deadline_ms) = self.compiled(engine, *broadcast, language, claimed.channel)?;
                vars = compiled.vars(&claimed.vars, &leave).map_err(NotMade::Ever)?;
                (Arc::clone(compiled.content()), Priority::Bulk, deadline_ms)
            }
            ClaimKind::Service { class, payload } => {
                key.copy_from_slice(&engine.store.secrets().instance_key);
                let payload: Payload = serde_json::from_str(payload)
                    .map_err(|_| NotMade::Ever(EngineError::refused("payload", "a service message is damaged", "")))?;
                let list = claimed.list.and_then(|id| engine.list(id));
                let list = list.map(|l| (l.name.as_str(), l.title.get(&payload.language)));
                let (texts, sender) = ((payload.subject.as_str(), payload.text.as_str()), &engine.config.sender);
                let compiled = content::plain(*class, &payload.language, claimed.channel, texts, sender, list, now);
                (leave, vars) = (String::new(), Vec::new());
                (Arc::clone(compiled.content()), Priority::Ahead, 0)
            }
        };
        let at = self.groups.iter().position(|g| g.content.id == content.id).unwrap_or(self.groups.len());
        if at == self.groups.len() {
            self.groups.push(Group { content, batches: Vec::new(), priority, deadline_ms });
        }
        if let Some(group) = self.groups.get_mut(at) {
            if group.batches.last().is_none_or(|letters| letters.len() >= self.most) {
                group.batches.push(MessageBatch::default());
            }
            if let Some(letters) = group.batches.last_mut() {
                letters.push(claimed.permit, message_id, &claimed.address, &leave, &vars, claimed.attempt);
            }
        }
        Ok(())
    }

    fn compiled(
        &mut self,
        engine: &Inner,
        broadcast: BroadcastId,
        language: &str,
        channel: Channel,
    ) -> Result<(&Compiled, i64), NotMade> {
        let can = self.can;
        let Some(kept) = self.kept.iter_mut().find(|k| k.id == broadcast) else {
            let error = self.unread.as_ref().filter(|(id, _)| *id == broadcast).map(|(_, e)| e);
            return Err(match error {
                Some(EngineError::Store(why)) => NotMade::Now(EngineError::refused("store", why.to_string(), "")),
                Some(why) => NotMade::Ever(EngineError::refused("content", why.to_string(), "")),
                None => NotMade::Now(EngineError::Unknown { what: "broadcast", name: broadcast.to_string() }),
            });
        };
        // However many languages contacts have: there are as many contents as texts.
        let language = content::language_of(&kept.spec.text, language);
        let at = match kept.compiled.iter().position(|(l, c, _)| *c == channel && l == language) {
            Some(at) => at,
            None => {
                let language = language.to_owned();
                let sender = &engine.config.sender;
                let compiled =
                    content::compile(&kept.spec, sender, &language, channel, &kept.attachments, can, kept.date)
                        .map_err(NotMade::Ever)?;
                kept.compiled.push((language, channel, compiled));
                kept.compiled.len() - 1
            }
        };
        let deadline_ms = kept.deadline_ms;
        let made = kept.compiled.get(at).map(|(_, _, compiled)| (compiled, deadline_ms));
        made.ok_or_else(|| NotMade::Ever(EngineError::Unknown { what: "content", name: broadcast.to_string() }))
    }
}

fn leave_link(engine: &Inner, claimed: &Claimed) -> String {
    let mut leave = String::new();
    if let Some(list) = claimed.list {
        leave.reserve_exact(engine.config.public_url.len() + LEAVE_LINK);
        leave.push_str(&engine.config.public_url);
        leave.push_str("/u/");
        engine.leave.append(unsubscribe_id(claimed.address_id, list), None, &mut leave);
    }
    leave
}

async fn read(engine: &Inner, broadcast: BroadcastId) -> Result<Kept, EngineError> {
    let missing = || EngineError::Unknown { what: "broadcast", name: broadcast.to_string() };
    let row = engine.store.broadcast_get(broadcast).await?.ok_or_else(missing)?;
    let spec: ContentSpec = serde_json::from_str(&row.content)
        .map_err(|_| EngineError::refused("content", "the broadcast's content is damaged", ""))?;
    let mut attachments = Vec::new();
    for file in &spec.attachments {
        let digest = unhex::<32>(&file.digest).ok_or_else(missing)?;
        let (_, _, bytes) = engine.store.file_get(digest).await?.ok_or_else(missing)?;
        let id = digest.first_chunk::<16>().copied().unwrap_or_default();
        let link = sign(&engine.store.secrets().token_key, Purpose::File, id, Some(row.created.plus(LINK_FOR)));
        attachments.push(LoadedAttachment {
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            bytes: bytes.into(),
            url: format!("{}/f/{link}", engine.config.public_url),
        });
    }
    // The broadcast's own date: the content of a retry is the same to the byte.
    let date = row.start_at.unwrap_or(row.created).max(row.created);
    let deadline_ms = row.expires_at.map_or(0, |t| t.0);
    Ok(Kept { id: broadcast, spec, attachments, date, deadline_ms, compiled: Vec::new() })
}
