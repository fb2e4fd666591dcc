//! Claimed rows → letters, grouped by content. What was compiled is kept: a broadcast is compiled once for each language and channel.

use super::Transport;
use crate::content::{self, Capabilities, Compiled, ContentSpec, LoadedAttachment};
use crate::error::EngineError;
use crate::start::Inner;
use rundruf_consent::text::unhex;
use rundruf_consent::token::{Purpose, leave_id, token};
use rundruf_consent::{BroadcastId, Channel, Time};
use rundruf_host::{Content, Letter, Priority};
use rundruf_store::{Claimed, Work};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Compiled contents that are kept.
const KEPT: usize = 16;
/// How long a link to an attachment works.
const LINK_FOR: Duration = Duration::from_secs(30 * 86_400);

/// What a service message says: stored with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Payload {
    pub(crate) language: String,
    pub(crate) subject: String,
    pub(crate) text: String,
}

type Group = (Arc<Content>, Vec<Letter>, Priority);

pub(super) struct Renderer {
    can: Capabilities,
    kept: Vec<(BroadcastId, String, Channel, Compiled)>,
    groups: Vec<Group>,
}

impl Renderer {
    pub(super) fn new(transport: &Transport) -> Self {
        let manifest = transport.instance.manifest();
        let can = Capabilities { html: manifest.can("html"), attachments: manifest.can("attachments") };
        Self { can, kept: Vec::new(), groups: Vec::new() }
    }

    /// The letters so far, by content.
    pub(super) fn take(&mut self) -> Vec<Group> {
        std::mem::take(&mut self.groups)
    }

    /// Makes the letter of a claimed row.
    pub(super) async fn add(&mut self, engine: &Inner, claimed: Claimed, now: Time) -> Result<(), EngineError> {
        let language = claimed.language.as_deref().unwrap_or("de");
        let mut message_id = [0; 16];
        let (key, number) = message_id.split_at_mut(8);
        number.copy_from_slice(&claimed.permit.delivery().0.to_be_bytes());
        let mut leave = String::new();
        if let Some(list) = claimed.list.filter(|_| !matches!(claimed.work, Work::Service { .. })) {
            leave.reserve(engine.config.public_url.len() + 56);
            leave.push_str(&engine.config.public_url);
            leave.push_str("/u/");
            engine.leave.append(leave_id(claimed.address_id, list), None, &mut leave);
        }
        let (compiled, priority) = match &claimed.work {
            Work::Broadcast { broadcast, key: broadcast_key, .. } => {
                key.copy_from_slice(broadcast_key);
                (self.compiled(engine, *broadcast, language, claimed.channel).await?, Priority::Bulk)
            }
            Work::Service { class, payload } => {
                key.copy_from_slice(&engine.store.secrets().instance_key);
                let payload: Payload = serde_json::from_str(payload)
                    .map_err(|_| EngineError::refused("payload", "a service message is damaged", ""))?;
                let list = claimed.list.and_then(|id| engine.list(id));
                let list = list.map(|l| (l.name.as_str(), l.title.get(&payload.language)));
                let sender = &engine.config.sender;
                let compiled = content::plain(
                    *class,
                    &payload.language,
                    claimed.channel,
                    (&payload.subject, &payload.text),
                    sender,
                    list,
                    now,
                );
                (compiled, Priority::Ahead)
            }
        };
        let vars = compiled.vars(&claimed.vars, &leave)?;
        let letter = Letter::new(claimed.permit, message_id, claimed.address, leave.into(), vars, claimed.attempt);
        let content = compiled.content();
        match self.groups.iter_mut().find(|(c, _, _)| c.id == content.id) {
            Some((_, letters, _)) => letters.push(letter),
            None => self.groups.push((Arc::clone(content), vec![letter], priority)),
        }
        Ok(())
    }

    async fn compiled(
        &mut self,
        engine: &Inner,
        broadcast: BroadcastId,
        language: &str,
        channel: Channel,
    ) -> Result<Compiled, EngineError> {
        let known = |(b, l, c, _): &&(BroadcastId, String, Channel, Compiled)| {
            *b == broadcast && *c == channel && l == language
        };
        if let Some((.., compiled)) = self.kept.iter().find(known) {
            return Ok(compiled.clone());
        }
        let missing = || EngineError::Unknown { what: "broadcast", name: broadcast.to_string() };
        let row = engine.store.broadcast_get(broadcast).await?.ok_or_else(missing)?;
        let spec: ContentSpec = serde_json::from_str(&row.content)
            .map_err(|_| EngineError::refused("content", "the broadcast's content is damaged", ""))?;
        let mut loaded = Vec::new();
        for file in &spec.attachments {
            let digest = unhex::<32>(&file.digest).ok_or_else(missing)?;
            let (_, _, bytes) = engine.store.file_get(digest).await?.ok_or_else(missing)?;
            let id = digest.first_chunk::<16>().copied().unwrap_or_default();
            let link = token(&engine.store.secrets().token_key, Purpose::File, id, Some(row.created.plus(LINK_FOR)));
            loaded.push(LoadedAttachment {
                name: file.name.clone(),
                media_type: file.media_type.clone(),
                bytes: bytes.into(),
                url: format!("{}/f/{link}", engine.config.public_url),
            });
        }
        // The broadcast's own date: the content of a retry is the same to the byte.
        let date = row.start_at.unwrap_or(row.created).max(row.created);
        let compiled = content::compile(&spec, &engine.config.sender, language, channel, &loaded, self.can, date)?;
        if self.kept.len() >= KEPT {
            self.kept.remove(0);
        }
        self.kept.push((broadcast, language.to_owned(), channel, compiled.clone()));
        Ok(compiled)
    }
}
