//! Encodes a content as a frame.

use crate::message::MessageContent;
use crate::wire::framing;
use crate::wire::{ContentFrame, ToChild};
use rundruf_abi::NO_VAR;

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
            .map(|a| (a.name.as_str(), a.media_type.as_str(), a.url.as_str(), &*a.bytes))
            .collect(),
        meta: content.meta.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect(),
    }
}

pub(crate) fn content(content: &MessageContent) -> std::io::Result<Vec<u8>> {
    framing::encode(&ToChild::Content(frame(content)), content.size() + 1_024)
}
