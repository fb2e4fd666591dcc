//! What is handed over, as frames.

use crate::letter::{Content, Letter, Priority};
use crate::pipe;
use crate::wire::{Down, WireBatch, WireContent, WireLetter};
use rundruf_abi::NO_VAR;

pub(crate) fn content(content: &Content) -> std::io::Result<Vec<u8>> {
    fn pairs(template: &crate::Template) -> Vec<(&str, u32)> {
        template.segments.iter().map(|(s, v)| (s.as_str(), v.unwrap_or(NO_VAR))).collect()
    }
    let wire = WireContent {
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
    };
    pipe::encode(&Down::Content(wire), content.size() + 1_024)
}

pub(crate) fn batch(
    id: u64,
    content: u64,
    letters: &[Letter],
    priority: Priority,
    deadline_ms: i64,
) -> std::io::Result<Vec<u8>> {
    let wire = WireBatch {
        id,
        content,
        priority: u32::from(priority == Priority::Ahead),
        deadline_ms,
        letters: letters
            .iter()
            .map(|l| WireLetter {
                message_id: l.message_id,
                address: &l.address,
                unsubscribe_url: &l.unsubscribe_url,
                permit: l.permit().evidence().0.cast_unsigned(),
                attempt: l.attempt,
                vars: u32::try_from(l.vars.len()).unwrap_or(u32::MAX),
            })
            .collect(),
        vars: letters.iter().flat_map(|l| l.vars.iter().map(|v| &**v)).collect(),
    };
    pipe::encode(&Down::Batch(wire), letters.len() * 160)
}
