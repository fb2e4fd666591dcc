//! Encodes a content as a frame.

use crate::message::MessageContent;
use crate::wire::framing;
use crate::wire::{AttachmentFrame, ContentFrame, ToChild};
use ring::digest::{SHA256, digest};
use rundruf_abi::NO_VAR;

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut sum = [0; 32];
    sum.copy_from_slice(digest(&SHA256, bytes).as_ref());
    sum
}

/// The content as it goes over the pipe.
pub(crate) fn frame(content: &MessageContent) -> ContentFrame<'_> {
    fn pairs(template: &crate::MessageTemplate) -> Vec<(&str, u32)> {
        template.segments.iter().map(|(s, v)| (s.as_str(), v.unwrap_or(NO_VAR))).collect()
    }
    ContentFrame {
        id: content.id,
        class: content.class,
        channel: &content.channel,
        language: &content.language,
        subject: pairs(&content.subject),
        text: pairs(&content.text),
        html: pairs(&content.html),
        attachments: content
            .attachments
            .iter()
            .map(|a| AttachmentFrame {
                name: &a.name,
                media_type: &a.media_type,
                url: &a.url,
                bytes: &a.bytes,
                digest: sha256(&a.bytes),
            })
            .collect(),
        meta: content.meta.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
    }
}

pub(crate) fn content(content: &MessageContent) -> std::io::Result<Vec<u8>> {
    framing::encode(&ToChild::Content(frame(content)), content.size() + 1_024)
}
