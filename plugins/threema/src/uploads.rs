//! Files of broadcasts: each is sealed and uploaded once, and every message names the same blob.

use crate::answer;
use crate::gateway::{Gateway, GatewayError};
use crate::message::{FileMessage, Rendering};
use crate::picture;
use crate::seal::{self, FILE_NONCE, FileKey, SealError, THUMBNAIL_NONCE};
use rundruf_plugin::{Attachment, Outcome};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::OnceCell;

/// An upload is used again for this time.
const KEPT: Duration = Duration::from_secs(24 * 3_600);
/// Most uploads that are remembered.
const MAX_KEPT: usize = 256;

/// Files at the gateway, by the SHA-256 of their content.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<Vec<UploadSlot>>);

struct UploadSlot {
    digest: [u8; 32],
    name: String,
    since: Instant,
    /// Several batches wait for one upload.
    uploaded: Arc<OnceCell<FileMessage>>,
}

impl Uploads {
    /// The file message for an attachment; the file is uploaded unless it was.
    ///
    /// # Errors
    /// The outcome for every recipient: nothing was sent to anybody.
    pub(crate) async fn message(
        &self,
        gateway: &Gateway,
        file: &Attachment<'_>,
        largest: usize,
    ) -> Result<FileMessage, Outcome> {
        if file.size.max(file.bytes.len() as u64) > largest as u64 {
            return Err(too_large(largest));
        }
        let digest = match file.digest {
            none if none == [0; 32] && file.file.is_none() => digest(file.bytes),
            given => given,
        };
        let cell = self.slot(digest, &file.name);
        let uploaded = cell.get_or_try_init(|| async {
            let read;
            let content = match &file.file {
                Some(path) => {
                    let unreadable = |_| Outcome::retry(None, "a file of the message cannot be read");
                    read = tokio::fs::read(path).await.map_err(unreadable)?;
                    read.as_slice()
                }
                None => file.bytes,
            };
            match content.len() {
                0 => Err(Outcome::bad_content("a file of the message is empty")),
                size if size > largest => Err(too_large(largest)),
                _ => {
                    let uploaded = upload(gateway, content, &file.media_type, &file.name).await;
                    uploaded.map_err(|error| answer::before_sending(&error))
                }
            }
        });
        uploaded.await.cloned()
    }

    fn slot(&self, digest: [u8; 32], name: &str) -> Arc<OnceCell<FileMessage>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slots.retain(|slot| slot.since.elapsed() < KEPT);
        if let Some(slot) = slots.iter().find(|slot| slot.digest == digest && slot.name == name) {
            return Arc::clone(&slot.uploaded);
        }
        if slots.len() >= MAX_KEPT {
            slots.remove(0);
        }
        let uploaded = Arc::new(OnceCell::new());
        slots.push(UploadSlot {
            digest,
            name: name.to_owned(),
            since: Instant::now(),
            uploaded: Arc::clone(&uploaded),
        });
        uploaded
    }
}

fn too_large(largest: usize) -> Outcome {
    Outcome::bad_content(format!("a file has more than {} KiB, see `max_file`", largest / 1_024))
}

fn digest(content: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, content);
    digest.as_ref().first_chunk().copied().unwrap_or_default()
}

/// What one file becomes at the gateway.
struct SealedFile {
    key: FileKey,
    content: Vec<u8>,
    preview: Option<((u32, u32), Vec<u8>)>,
}

/// Seals a file and, if it is a picture, its preview.
fn seal_file(content: &[u8], is_picture: bool) -> Result<SealedFile, SealError> {
    let key = FileKey::generate()?;
    let preview = if is_picture { picture::preview(content) } else { None };
    let preview = preview.map(|p| Ok((p.pixels, seal::seal_file(&p.jpeg, &THUMBNAIL_NONCE, &key)?))).transpose()?;
    Ok(SealedFile { content: seal::seal_file(content, &FILE_NONCE, &key)?, key, preview })
}

async fn upload(gateway: &Gateway, content: &[u8], media_type: &str, name: &str) -> Result<FileMessage, GatewayError> {
    let is_picture = picture::is_picture(media_type);
    let copy = content.to_vec();
    let sealed = tokio::task::spawn_blocking(move || seal_file(&copy, is_picture))
        .await
        .ok()
        .and_then(Result::ok)
        .ok_or_else(|| GatewayError::NotSent("a file could not be sealed".to_owned()))?;
    let blob = gateway.upload(&sealed.content).await?;
    let mut message = FileMessage::new(blob, sealed.key, media_type, name, content.len() as u64);
    if is_picture {
        message.rendering = Rendering::Media;
    }
    if let Some((pixels, preview)) = &sealed.preview {
        message.pixels = Some(*pixels);
        message.thumbnail = Some(gateway.upload(preview).await?);
    }
    Ok(message)
}
