//! Pictures that a text shows: `![what it shows](photo.jpg)`. An e-mail carries them and shows them in their place; other channels get them as an
//! attachment, with what they show as text. A picture with a web address is never fetched: it stays a link.

use super::source::{BroadcastContent, StoredAttachment};
use crate::error::{EngineError, Result};
use pulldown_cmark::{Event, Options, Parser, Tag};
use rundruf_consent::text::{hex, sha256};
use rundruf_host::MessageAttachment;
use rundruf_lang::{Message, msg};

/// Most attachments and pictures of one message.
pub(crate) const MAX_ATTACHMENTS: usize = 16;

/// Addresses of all pictures in a text, in order.
fn images(markdown: &str) -> impl Iterator<Item = String> {
    Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).filter_map(|event| match event {
        Event::Start(Tag::Image { dest_url, .. }) => Some(dest_url.into_string()),
        _ => None,
    })
}

/// Paths of the pictures that a text shows and brings along, each once, in order.
#[must_use]
pub fn pictures(markdown: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for path in images(markdown) {
        if is_brought(&path) && !found.contains(&path) {
            found.push(path);
        }
    }
    found
}

/// Whether a picture comes along with the message.
pub(super) fn is_brought(url: &str) -> bool {
    !url.is_empty() && !is_remote(url)
}

/// Whether a picture is somewhere in the web.
fn is_remote(url: &str) -> bool {
    url.split_once(':').is_some_and(|(scheme, _)| ["http", "https"].iter().any(|s| scheme.eq_ignore_ascii_case(s)))
}

/// The media type by the first bytes: what mail programs show.
fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a, ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A picture as it is stored; refuses a file that mail programs do not show.
pub(crate) fn stored_picture(path: &str, file: &MessageAttachment) -> Result<StoredAttachment> {
    let Some(media_type) = media_type(&file.bytes) else {
        let message = msg!("engine-picture-format", path = path);
        return Err(EngineError::refused("picture", message, msg!("engine-picture-format-help")));
    };
    Ok(StoredAttachment {
        name: file.name.clone(),
        media_type: media_type.to_owned(),
        digest: hex(&sha256(&file.bytes)),
        size: file.bytes.len() as u64,
        picture: Some(path.to_owned()),
    })
}

/// Refuses a text that shows a picture which did not come with it. Answers remarks about pictures that stay links.
pub(crate) fn check_pictures(source: &BroadcastContent) -> Result<Vec<Message>> {
    let mut remarks = Vec::new();
    for text in source.text.values() {
        for url in images(text) {
            if is_remote(&url) {
                remarks.push(msg!("engine-picture-is-link", url = url));
            } else if is_brought(&url) && !source.attachments.iter().any(|a| a.picture.as_ref() == Some(&url)) {
                let message = msg!("engine-picture-missing", path = url);
                return Err(EngineError::refused("picture", message, msg!("engine-picture-missing-help")));
            }
        }
    }
    Ok(remarks)
}

/// A picture that a message shows.
pub(super) struct ShownPicture {
    /// The path in the text.
    pub(super) path: String,
    /// Index of its attachment.
    pub(super) attachment: usize,
    /// Content-ID, without angle brackets.
    pub(super) content_id: String,
}

/// The Content-IDs of all pictures: the same for the same picture, so that a retry is identical to the byte.
pub(super) fn content_ids(attachments: &[StoredAttachment], domain: &str) -> Vec<ShownPicture> {
    let shown = attachments.iter().enumerate().filter_map(|(n, a)| {
        let path = a.picture.clone()?;
        let digest = a.digest.get(..16).unwrap_or_default();
        Some(ShownPicture { path, attachment: n, content_id: format!("{digest}.{n}@{domain}") })
    });
    shown.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_pictures() {
        for (text, want) in [
            ("Hallo", &[][..]),
            ("![Brot](brot.jpg) und ![](<bilder/neuer laden.png>)", &["brot.jpg", "bilder/neuer laden.png"]),
            ("![a](x.jpg)\n\n![b](x.jpg)", &["x.jpg"]),
            ("![a](https://krume.example/x.jpg) ![a](HTTP://krume.example/x.jpg)", &[]),
            ("[kein Bild](brot.jpg) `![a](x.jpg)` \\![a](x.jpg)", &[]),
            ("![a](file:///x.jpg) ![b](C:/x.jpg)", &["file:///x.jpg", "C:/x.jpg"]),
            ("![a][r]\n\n[r]: y.gif", &["y.gif"]),
            ("![a]()", &[]),
        ] {
            assert_eq!(pictures(text), want, "{text}");
        }
    }

    #[test]
    fn formats() {
        for (bytes, want) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some("image/jpeg")),
            (b"\x89PNG\r\n\x1a\nrest", Some("image/png")),
            (b"GIF89a", Some("image/gif")),
            (b"RIFF\0\0\0\0WEBPVP8", Some("image/webp")),
            (b"<svg xmlns", None),
            (b"%PDF-1.7", None),
            (b"", None),
        ] {
            assert_eq!(media_type(bytes), want);
        }
    }
}
