//! Batches → requests. All parts of a message go to its recipient one after the other: the second part of anybody leaves only after the gateway has
//! taken the first, so each request carries one part of each message.

mod parted_message; // a message of one or more parts

use crate::answer::{self, AnswerScope};
use crate::gateway::{BulkResult, Gateway, GatewayError, MAX_BULK, SealedMessage};
use crate::hearing::HearingWatch;
use crate::id::{ThreemaId, ThreemaMessageId, message_id_of, remote_id};
use crate::key_store::{KeyState, PublicKeyStore};
use crate::message::{FileMessage, MAX_MESSAGE, ThreemaMessage};
use crate::seal::{self, PrivateKey, PublicKey, SealError};
use crate::settings::ThreemaSettings;
use crate::text;
use crate::uploads::Uploads;
use futures_util::{StreamExt, stream};
use parted_message::{NextStep, PartedMessage, partly, sent};
use rundruf_plugin::{Attachment, Batch, Content, Outcome, PendingMessage};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// Most bytes of one bulk request; one message is always sent.
const MAX_REQUEST: usize = 4 << 20;
/// Most parts of one message: each costs a credit, and a person's phone rings for each.
const MAX_PARTS: usize = 20;
/// Fewest messages that are worth a thread of their own to seal.
const SEALED_AT_ONCE: usize = 32;
/// Messages at once to a gateway that takes only one in a request.
const SINGLES_AT_ONCE: usize = 8;

/// Sends batches.
pub(crate) struct BatchSender {
    hearing: Arc<HearingWatch>,
    gateway: Arc<Gateway>,
    keys: Arc<PublicKeyStore>,
    uploads: Uploads,
    /// `None` in basic mode.
    private: Option<PrivateKey>,
    id: ThreemaId,
    /// The gateway knows our public key.
    own_key: OnceCell<()>,
    /// The gateway does not know the call for many messages.
    lacks_bulk: AtomicBool,
    text_limit: usize,
    max_file: usize,
    /// Requests at once.
    slots: Semaphore,
    requests: usize,
    cores: usize,
}

impl BatchSender {
    pub(crate) fn new(
        settings: &ThreemaSettings,
        gateway: Arc<Gateway>,
        keys: Arc<PublicKeyStore>,
        hearing: Arc<HearingWatch>,
    ) -> Self {
        Self {
            hearing,
            gateway,
            keys,
            uploads: Uploads::default(),
            private: settings.key.clone(),
            id: settings.id,
            own_key: OnceCell::new(),
            lacks_bulk: AtomicBool::new(false),
            text_limit: settings.text_limit,
            max_file: settings.max_file,
            slots: Semaphore::new(settings.requests),
            requests: settings.requests,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }

    /// Sends a batch; returns when each message has its outcome.
    pub(crate) async fn send(&self, batch: Batch) {
        let Some(content) = batch.content() else { return };
        let Some(private) = &self.private else { return self.send_basic(batch).await };
        if let Err(outcome) = self.check_own_key(private).await {
            return finish_all(batch.into_messages(), &outcome);
        }
        let files = match self.upload(&content).await {
            Ok(files) => files,
            Err(outcome) => return finish_all(batch.into_messages(), &outcome),
        };
        let links: Vec<String> = content.attachments().map(|file| file.url.into_owned()).collect();
        let mut addressed = Vec::new();
        for pending in batch.into_messages().filter_map(still_wanted) {
            match ThreemaId::parse(&pending.recipient().address()) {
                Some(id) => addressed.push((pending, id)),
                None => pending.finish(Outcome::bad_recipient("it is not a Threema ID")),
            }
        }
        let ids: Vec<ThreemaId> = addressed.iter().map(|(_, id)| *id).collect();
        let keys = match self.keys.get(&self.gateway, &ids).await {
            Ok(keys) => keys,
            Err(error) => {
                return finish_all(addressed.into_iter().map(|(pending, _)| pending), &answer::before_sending(&error));
            }
        };
        let takers = if files.is_empty() { None } else { Some(self.keys.take_files(&self.gateway, &ids).await) };
        let mut ready = Vec::with_capacity(addressed.len());
        for ((pending, to), key) in addressed.into_iter().zip(keys) {
            match self.prepare(&pending, to, key, &files, &links, takers.as_ref()) {
                Ok((key, parts)) => {
                    let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
                    ready.push(PartedMessage { pending, to, key, parts, count, taken: Vec::new(), attempts: 0 });
                }
                Err(outcome) => pending.finish(outcome),
            }
        }
        self.send_parts(ready).await;
    }

    /// Uploads the files of a content.
    async fn upload(&self, content: &Content<'_>) -> Result<Vec<FileMessage>, Outcome> {
        let all: Vec<Attachment<'_>> = content.attachments().collect();
        let mut files = Vec::with_capacity(all.len());
        for file in &all {
            files.push(self.uploads.message(&self.gateway, file, self.max_file).await?);
        }
        Ok(files)
    }

    /// The key of a recipient, and the parts of their message, the last one first.
    fn prepare(
        &self,
        pending: &PendingMessage,
        to: ThreemaId,
        key: KeyState,
        files: &[FileMessage],
        links: &[String],
        takers: Option<&HashSet<ThreemaId>>,
    ) -> Result<(PublicKey, Vec<Vec<u8>>), Outcome> {
        let key = match key {
            KeyState::Known(key) => key,
            KeyState::Missing => return Err(Outcome::bad_recipient("the gateway knows no such Threema ID")),
            KeyState::Changed => {
                return Err(Outcome::identity_changed(
                    "the gateway says another key than before: compare the QR code, then write the key under `trusted_keys`",
                ));
            }
        };
        let (content, recipient) = (pending.content(), pending.recipient());
        let mut body = text::text_for(&content, &recipient);
        let takes_files = takers.is_none_or(|takers| takers.contains(&to));
        if !takes_files {
            // The app of this person takes no files: they get the links, if there are any.
            if links.iter().any(String::is_empty) {
                return Err(Outcome::elsewhere("the person's app takes no files, and there are no links to them"));
            }
            body = [&[body][..], links].concat().join("\n");
        }
        let mut parts = self.parts(&content, &body, if takes_files { files } else { &[] })?;
        parts.reverse();
        Ok((key, parts))
    }

    /// The parts of a message, in order. The text of a single file is its caption.
    fn parts(&self, content: &Content<'_>, body: &str, files: &[FileMessage]) -> Result<Vec<Vec<u8>>, Outcome> {
        // Counted before it is cut: a huge text would take long.
        if body.len() > MAX_PARTS * self.text_limit {
            return Err(too_many_parts(body.len().div_ceil(self.text_limit)));
        }
        let unsent = |e: crate::message::LayoutError| Outcome::bad_content(e.to_string());
        if let ([file], true) = (files, body.len() <= self.text_limit) {
            let captioned = FileMessage { caption: body.to_owned(), ..file.clone() };
            let bytes = ThreemaMessage::File(captioned).encode().map_err(unsent)?;
            if bytes.len() <= MAX_MESSAGE {
                return Ok(vec![bytes]);
            }
        }
        let quoted = content.meta("quoted-remote-id").and_then(|id| message_id_of(&id));
        let texts = text::split(body, self.text_limit).into_iter().filter(|text| !text.is_empty());
        let texts = texts
            .enumerate()
            .map(|(n, text)| ThreemaMessage::Text { quoted: quoted.filter(|_| n == 0), text: text.to_owned() });
        let all = texts.chain(files.iter().map(|file| ThreemaMessage::File(file.clone())));
        let parts = all.map(|message| message.encode().map_err(unsent)).collect::<Result<Vec<_>, _>>()?;
        match parts.iter().map(Vec::len).max() {
            None => Err(Outcome::bad_content("the message is empty")),
            Some(_) if parts.len() > MAX_PARTS => Err(too_many_parts(parts.len())),
            Some(longest) if longest > MAX_MESSAGE => Err(Outcome::bad_content("a part of the message is too large")),
            Some(_) => Ok(parts),
        }
    }

    /// Sends every part of every message.
    async fn send_parts(&self, mut waiting: Vec<PartedMessage>) {
        while !waiting.is_empty() {
            let chunks = chunks(waiting);
            let sent = stream::iter(chunks).map(|chunk| self.send_chunk(chunk)).buffer_unordered(self.requests);
            let again: Vec<(PartedMessage, Option<Duration>)> = sent.flat_map(stream::iter).collect().await;
            // Parts that are tried again wait together; the others of the same request have taken that long anyway.
            if let Some(pause) = again.iter().filter_map(|(_, pause)| *pause).max() {
                tokio::time::sleep(pause).await;
            }
            waiting = again.into_iter().map(|(message, _)| message).collect();
        }
    }

    /// Sends the next part of each of these messages in one request. Returns what has more to send, with the pause before.
    async fn send_chunk(&self, chunk: Vec<PartedMessage>) -> Vec<(PartedMessage, Option<Duration>)> {
        let Ok(_slot) = self.slots.acquire().await else { return Vec::new() };
        // Waiting for the slot may have taken long.
        let chunk = chunk.into_iter().filter_map(|message| {
            if !message.taken.is_empty() {
                return Some(message);
            }
            let PartedMessage { pending, to, key, parts, count, taken, attempts } = message;
            let pending = still_wanted(pending)?;
            Some(PartedMessage { pending, to, key, parts, count, taken, attempts })
        });
        let (mut messages, sealed) = self.seal(chunk.collect()).await;
        if messages.is_empty() {
            return Vec::new();
        }
        messages.iter_mut().for_each(|message| message.pending.begin());
        let (results, scope) = self.request(&sealed).await;
        self.hearing.sent(results.iter().filter(|result| result.is_ok()).count());
        let step = |(message, result): (PartedMessage, Result<ThreemaMessageId, GatewayError>)| match message
            .after(result, scope)
        {
            NextStep::Again(message) => {
                let pause = (message.attempts > 0).then(|| message.pause());
                Some((message, pause))
            }
            NextStep::Done => None,
        };
        messages.into_iter().zip(results).filter_map(step).collect()
    }

    /// Sends sealed messages in one request; one result for each.
    async fn request(&self, sealed: &[SealedMessage]) -> (Vec<Result<ThreemaMessageId, GatewayError>>, AnswerScope) {
        if let [one] = sealed {
            return (vec![self.gateway.send_e2e(one).await], AnswerScope::One);
        }
        if !self.lacks_bulk.load(Ordering::Relaxed) {
            match self.gateway.send_bulk(sealed).await {
                Ok(results) => {
                    let each = |result: BulkResult| result.map_err(|status| GatewayError::Status(status, None));
                    return (results.into_iter().map(each).collect(), AnswerScope::Entry);
                }
                // A server of one's own may be older than this call; nothing was taken.
                Err(GatewayError::Status(404 | 405 | 501, _)) => self.lacks_bulk.store(true, Ordering::Relaxed),
                Err(error) => return (sealed.iter().map(|_| Err(error.clone())).collect(), AnswerScope::Many),
            }
        }
        let each: Vec<_> = sealed.iter().map(|one| self.gateway.send_e2e(one)).collect();
        (stream::iter(each).buffered(SINGLES_AT_ONCE).collect().await, AnswerScope::One)
    }

    /// Why nobody could read what we send, if so; `None` also while the gateway does not say.
    pub(crate) async fn account_fault(&self) -> Option<String> {
        let fault = self.check_own_key(self.private.as_ref()?).await.err()?;
        (fault.code().class() == 5).then(|| fault.detail().to_owned())
    }

    /// Makes sure, once, that the gateway knows our public key: with another private key nobody could read what we send.
    async fn check_own_key(&self, private: &PrivateKey) -> Result<(), Outcome> {
        let check = self.own_key.get_or_try_init(|| async {
            let registered = self.gateway.public_key(self.id).await.map_err(|e| answer::before_sending(&e))?;
            match registered {
                None => Err(Outcome::account_auth("the gateway does not know `gateway_id`: is `base_url` right?")),
                key if key == private.public() => Ok(()),
                Some(_) => Err(Outcome::account_auth(
                    "`private_key` does not belong to `gateway_id`: the gateway knows another public key, so nobody could read the messages",
                )),
            }
        });
        check.await.copied()
    }

    /// Seals the next part of each message, on all cores. What cannot be sealed is finished.
    async fn seal(&self, messages: Vec<PartedMessage>) -> (Vec<PartedMessage>, Vec<SealedMessage>) {
        let Some(private) = &self.private else { return (Vec::new(), Vec::new()) };
        let each = messages.len().div_ceil(self.cores).max(SEALED_AT_ONCE);
        let mut rest = messages;
        let mut tasks = Vec::new();
        while !rest.is_empty() {
            let after = rest.split_off(rest.len().min(each));
            let some = std::mem::replace(&mut rest, after);
            let private = private.clone();
            tasks.push(tokio::task::spawn_blocking(move || seal_all(some, &private)));
        }
        let (mut messages, mut sealed) = (Vec::new(), Vec::new());
        for task in tasks {
            // A task that panics has dropped its messages: not begun, or after their first part in doubt.
            let Ok(pairs) = task.await else { continue };
            for (message, result) in pairs {
                match result {
                    Ok(one) => {
                        messages.push(message);
                        sealed.push(one);
                    }
                    Err(error) => message.refuse(Outcome::bad_recipient(error.to_string())),
                }
            }
        }
        (messages, sealed)
    }

    /// Sends a batch in basic mode: the gateway encrypts.
    async fn send_basic(&self, batch: Batch) {
        let has_files = batch.content().is_some_and(|content| content.attachments().next().is_some());
        let each = stream::iter(batch.into_messages()).for_each_concurrent(self.requests, |pending| async move {
            let Ok(_slot) = self.slots.acquire().await else { return };
            let Some(mut pending) = still_wanted(pending) else { return };
            if has_files {
                return pending.finish(Outcome::unsupported("mode = \"basic\" sends no files"));
            }
            let body = text::text_for(&pending.content(), &pending.recipient());
            let Some(to) = ThreemaId::parse(&pending.recipient().address()) else {
                return pending.finish(Outcome::bad_recipient("it is not a Threema ID"));
            };
            let limit = self.text_limit.min(BASIC_LIMIT);
            if body.len() > MAX_PARTS * limit {
                return pending.finish(too_many_parts(body.len().div_ceil(limit)));
            }
            let parts = text::split(&body, limit);
            if parts.iter().all(|part| part.is_empty()) {
                return pending.finish(Outcome::bad_content("the message is empty"));
            }
            if parts.len() > MAX_PARTS {
                return pending.finish(too_many_parts(parts.len()));
            }
            let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
            let mut taken: Vec<String> = Vec::new();
            pending.begin();
            for part in parts {
                match self.gateway.send_simple(to, part).await {
                    Ok(id) => taken.push(remote_id(to, id)),
                    Err(error) => {
                        return pending.finish(partly(answer::failed(&error, AnswerScope::One), taken, count));
                    }
                }
            }
            pending.finish(sent(taken, count));
        });
        each.await;
    }
}

/// Longest text in basic mode, in bytes.
const BASIC_LIMIT: usize = 3_500;

fn too_many_parts(count: usize) -> Outcome {
    Outcome::bad_content(format!("the message would be sent in {count} parts: shorten it, {MAX_PARTS} is the most"))
}

/// Drops a message that the host wants back, and finishes one whose deadline has passed.
fn still_wanted(pending: PendingMessage) -> Option<PendingMessage> {
    if pending.is_recalled() {
        return None;
    }
    if pending.is_expired() {
        pending.finish(Outcome::expired());
        return None;
    }
    Some(pending)
}

fn finish_all(messages: impl Iterator<Item = PendingMessage>, outcome: &Outcome) {
    messages.filter_map(still_wanted).for_each(|pending| pending.finish(outcome.clone()));
}

/// The messages in requests that are not too large.
fn chunks(messages: Vec<PartedMessage>) -> Vec<Vec<PartedMessage>> {
    let (mut chunks, mut bytes) = (vec![Vec::new()], 0);
    for message in messages {
        let size = message.parts.last().map_or(0, Vec::len) * 4 / 3 + 500;
        match chunks.last_mut() {
            Some(last) if last.len() < MAX_BULK && (bytes + size <= MAX_REQUEST || last.is_empty()) => {
                last.push(message);
                bytes += size;
            }
            _ => {
                chunks.push(vec![message]);
                bytes = size;
            }
        }
    }
    chunks.retain(|chunk| !chunk.is_empty());
    chunks
}

type Sealing = (PartedMessage, Result<SealedMessage, SealError>);

fn seal_all(messages: Vec<PartedMessage>, private: &PrivateKey) -> Vec<Sealing> {
    let seal = |message: &PartedMessage| -> Result<SealedMessage, SealError> {
        let part = message.parts.last().map(Vec::as_slice).unwrap_or_default();
        let (padded, nonce) = (seal::padded(part)?, seal::random()?);
        let sealed = seal::seal(&padded, &nonce, &message.key, private)?;
        Ok(SealedMessage { to: message.to, nonce, sealed })
    };
    messages.into_iter().map(|message| (seal(&message), message)).map(|(sealed, message)| (message, sealed)).collect()
}
