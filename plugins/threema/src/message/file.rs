//! The JSON of a file message.

use super::{FILE, LayoutError};
use crate::id::{hex, unhex_array};
use crate::seal::FileKey;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::fmt::Write as _;

/// How an app shows a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Rendering {
    /// As a file with its name.
    #[default]
    File,
    /// As a picture, a video or a voice message.
    Media,
    /// As a picture without a frame.
    Sticker,
}

/// A file message: where the sealed file is, its key, and how it is shown. `Debug` shows neither key nor name.
#[derive(Clone, PartialEq)]
pub struct FileMessage {
    /// Id of the blob with the sealed file.
    pub blob: [u8; 16],
    /// Id of the blob with the sealed preview.
    pub thumbnail: Option<[u8; 16]>,
    /// Media type of the preview.
    pub thumbnail_type: String,
    /// Key of both.
    pub key: FileKey,
    /// Media type of the file.
    pub media_type: String,
    /// Name of the file; may be empty.
    pub name: String,
    /// Size of the file in bytes.
    pub size: u64,
    /// Text below the file; may be empty.
    pub caption: String,
    /// How it is shown.
    pub rendering: Rendering,
    /// Width and height in pixels, of a picture.
    pub pixels: Option<(u32, u32)>,
}

impl std::fmt::Debug for FileMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FileMessage").field("type", &self.media_type).field("size", &self.size).finish_non_exhaustive()
    }
}

/// The keys as they are on the wire.
#[derive(Serialize, Deserialize)]
struct FileJson {
    b: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<String>,
    k: String,
    m: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    s: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    d: Option<String>,
    #[serde(default)]
    j: Option<u8>,
    #[serde(default)]
    i: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<Value>,
}

const JPEG: &str = "image/jpeg";

impl FileMessage {
    /// A file that is shown by its name.
    #[must_use]
    pub fn new(blob: [u8; 16], key: FileKey, media_type: &str, name: &str, size: u64) -> Self {
        Self {
            blob,
            thumbnail: None,
            thumbnail_type: JPEG.to_owned(),
            key,
            media_type: media_type.to_owned(),
            name: name.to_owned(),
            size,
            caption: String::new(),
            rendering: Rendering::File,
            pixels: None,
        }
    }

    pub(super) fn encode(&self) -> Result<Vec<u8>, LayoutError> {
        let j = self.rendering as u8;
        let json = FileJson {
            b: hex(&self.blob),
            t: self.thumbnail.map(|id| hex(&id)),
            p: (self.thumbnail.is_some() && self.thumbnail_type != JPEG).then(|| self.thumbnail_type.clone()),
            k: self.key.to_hex(),
            m: self.media_type.clone(),
            // The official Python library refuses a file without a name.
            n: Some(self.name.clone()),
            s: self.size,
            d: (!self.caption.is_empty()).then(|| self.caption.clone()),
            j: Some(j),
            // The older form of `j`, for older apps.
            i: Some(j.min(1)),
            x: self.pixels.filter(|_| j > 0).map(|(w, h)| json!({ "w": w, "h": h })),
        };
        serde_json::to_string(&json).map(|text| ascii(&text)).map_err(|_| LayoutError(FILE))
    }

    pub(super) fn decode(data: &[u8]) -> Option<Self> {
        let json: FileJson = serde_json::from_slice(data).ok()?;
        let text = |text: Option<String>| super::clean(text.unwrap_or_default().as_bytes());
        let pixel = |key: &str| json.x.as_ref()?.get(key)?.as_u64().and_then(|n| u32::try_from(n).ok());
        Some(Self {
            blob: unhex_array(&json.b)?,
            // A preview that cannot be named is none.
            thumbnail: json.t.as_deref().and_then(unhex_array),
            thumbnail_type: json.p.clone().unwrap_or_else(|| JPEG.to_owned()),
            key: FileKey::new(unhex_array(&json.k)?),
            pixels: pixel("w").zip(pixel("h")),
            media_type: text(Some(json.m)),
            name: text(json.n),
            size: json.s,
            caption: text(json.d),
            rendering: match json.j.or(json.i) {
                Some(1) => Rendering::Media,
                Some(2) => Rendering::Sticker,
                _ => Rendering::File,
            },
        })
    }
}

/// JSON with every character beyond ASCII as an escape (RFC 8259 §7): the official Python library reads nothing else.
fn ascii(json: &str) -> Vec<u8> {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::ThreemaMessage;

    fn key() -> FileKey {
        FileKey::new(std::array::from_fn(|n| u8::try_from(n).unwrap()))
    }

    #[test]
    fn files_come_back() {
        let mut file = FileMessage::new([0xab; 16], key(), "application/pdf", "Preise für „Ostern“.pdf", 2_048);
        let bytes = ThreemaMessage::File(file.clone()).encode().unwrap();
        let json: Value = serde_json::from_slice(&bytes[1..]).unwrap();
        let expected = json!({
            "b": "ab".repeat(16), "k": key().to_hex(), "m": "application/pdf", "n": "Preise für „Ostern“.pdf", "s": 2_048, "j": 0, "i": 0,
        });
        assert_eq!(json, expected);
        assert!(bytes.is_ascii());
        assert_eq!(ThreemaMessage::decode(&bytes), Ok(ThreemaMessage::File(file.clone())));
        (file.rendering, file.pixels, file.thumbnail) = (Rendering::Media, Some((640, 480)), Some([1; 16]));
        file.caption = "Neu: *Sauerteig*".to_owned();
        let bytes = ThreemaMessage::File(file.clone()).encode().unwrap();
        let json: Value = serde_json::from_slice(&bytes[1..]).unwrap();
        assert_eq!(
            (&json["j"], &json["i"], &json["x"], &json["d"]),
            (&json!(1), &json!(1), &json!({"w": 640, "h": 480}), &json!("Neu: *Sauerteig*"))
        );
        assert_eq!(ThreemaMessage::decode(&bytes), Ok(ThreemaMessage::File(file)));
    }

    #[test]
    fn files_of_other_programs() {
        let decode = |json: Value| match ThreemaMessage::decode(&[&b"\x17"[..], json.to_string().as_bytes()].concat()) {
            Ok(ThreemaMessage::File(file)) => file,
            other => panic!("{other:?}"),
        };
        let (b, k) = ("0123456789abcdef0123456789ABCDEF", key().to_hex());
        let least = decode(json!({"b": b, "k": k, "m": "audio/aac", "s": 3}));
        assert_eq!((least.rendering, &*least.name, least.size), (Rendering::File, "", 3));
        let older = decode(
            json!({"b": b, "k": k, "m": "image/jpeg", "s": 3, "i": 1, "d": "ST\u{0}OP", "x": {"w": "a"}, "t": "zz", "new": []}),
        );
        assert_eq!(
            (older.rendering, &*older.caption, older.pixels, older.thumbnail),
            (Rendering::Media, "STOP", None, None)
        );
        assert!(!format!("{older:?}").contains(&k), "the key is not shown");
    }
}
