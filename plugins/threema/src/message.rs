//! What is inside a box: a type byte and its data, both ways. Numbers are little-endian. `file` has the JSON of files.

mod file; // the JSON of a file message
mod protobuf; // the few fields of reactions, edits and deletions

use crate::id::{ThreemaMessageId, hex};
pub use file::{FileMessage, Rendering};
use std::fmt::Write as _;

/// Longest content of a box, in bytes.
pub const MAX_BOX: usize = 7_812;
/// Longest message in a box with the most padding, in bytes.
pub const MAX_MESSAGE: usize = MAX_BOX - crate::seal::TAG - 255;

const TEXT: u8 = 0x01;
const OLD_IMAGE: u8 = 0x02;
const LOCATION: u8 = 0x10;
const OLD_VIDEO: u8 = 0x13;
const OLD_AUDIO: u8 = 0x14;
const POLL: u8 = 0x15;
const VOTE: u8 = 0x16;
const FILE: u8 = 0x17;
const RECEIPT: u8 = 0x80;
const REACTION: u8 = 0x82;
const TYPING: u8 = 0x90;
const EDIT: u8 = 0x91;
const DELETE: u8 = 0x92;
/// Profile pictures, calls, typing, and what apps send among themselves: nothing that a person says to us.
const SILENT: &[u8] = &[0x18, 0x19, 0x1a, 0x60, 0x61, 0x62, 0x63, 0x64, TYPING, 0xa0, 0xfc, 0xfd, 0xfe, 0xff];

const QUOTE: &str = "> quote #";

/// What the app of a person, or the person, did with a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReceiptStatus {
    /// It is on the device.
    Received,
    /// The person has read it.
    Read,
    /// The person has agreed to it (👍).
    Acknowledged,
    /// The person has disagreed (👎).
    Declined,
}

impl ReceiptStatus {
    const ALL: [Self; 4] = [Self::Received, Self::Read, Self::Acknowledged, Self::Declined];

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.get(usize::from(byte.checked_sub(1)?)).copied()
    }
}

/// A place on earth.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct GeoLocation {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Name; may be empty.
    pub name: String,
    /// Address; may be empty.
    pub address: String,
}

/// What is inside a box.
#[derive(Clone, PartialEq, Debug)]
pub enum ThreemaMessage {
    /// A text, perhaps an answer to an earlier message.
    Text {
        /// The message that is answered.
        quoted: Option<ThreemaMessageId>,
        /// The text without the quote.
        text: String,
    },
    /// A file; its content is a blob at the gateway.
    File(FileMessage),
    /// A place.
    Location(GeoLocation),
    /// What happened to messages.
    Receipt {
        /// What happened.
        status: ReceiptStatus,
        /// To which messages.
        ids: Vec<ThreemaMessageId>,
    },
    /// A reaction to a message, or its withdrawal.
    Reaction {
        /// The message.
        id: ThreemaMessageId,
        /// The emoji.
        emoji: String,
        /// Whether it was taken back.
        withdrawn: bool,
    },
    /// A new text for an earlier message.
    Edit {
        /// The message.
        id: ThreemaMessageId,
        /// The new text.
        text: String,
    },
    /// An earlier message is deleted.
    Delete(ThreemaMessageId),
    /// A vote in a poll. The JSON has all choices.
    Vote {
        /// Id of the poll.
        poll: [u8; 8],
        /// Choices, each with whether it was chosen.
        choices: Vec<(i64, bool)>,
    },
    /// Something that this plugin cannot show, but that a person meant to say: one word for it.
    Unshown(&'static str),
    /// Nothing that a person says.
    Silent,
    /// A type that is not known.
    Unknown(u8),
}

/// Why the content of a box cannot be read. It names no content.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a message of type {0:#04x} has another layout")]
pub struct LayoutError(pub u8);

impl ThreemaMessage {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { quoted: None, text: text.into() }
    }

    /// The bytes of the message. What the apps do not take from a gateway has none.
    ///
    /// # Errors
    /// The type is one that is only received.
    pub fn encode(&self) -> Result<Vec<u8>, LayoutError> {
        let typed = |kind: u8, data: &[u8]| [&[kind][..], data].concat();
        Ok(match self {
            Self::Text { quoted: None, text } => typed(TEXT, text.as_bytes()),
            Self::Text { quoted: Some(id), text } => typed(TEXT, format!("{QUOTE}{id}\n\n{text}").as_bytes()),
            Self::File(file) => typed(FILE, &file.encode()?),
            Self::Location(place) => typed(LOCATION, place.encode().as_bytes()),
            Self::Receipt { status, ids } if !ids.is_empty() => {
                let ids: Vec<u8> = ids.iter().flat_map(|id| id.0).collect();
                typed(RECEIPT, &[&[*status as u8 + 1][..], &ids].concat())
            }
            Self::Reaction { id, emoji, withdrawn } => {
                typed(REACTION, &protobuf::encode(*id, if *withdrawn { 3 } else { 2 }, emoji))
            }
            Self::Edit { id, text } => typed(EDIT, &protobuf::encode(*id, 2, text)),
            Self::Delete(id) => typed(DELETE, &protobuf::encode_id(*id)),
            Self::Receipt { .. } => return Err(LayoutError(RECEIPT)),
            Self::Vote { .. } => return Err(LayoutError(VOTE)),
            Self::Unknown(kind) => return Err(LayoutError(*kind)),
            Self::Unshown(_) | Self::Silent => return Err(LayoutError(0)),
        })
    }

    /// Reads a message without its padding.
    ///
    /// # Errors
    /// The data do not have the layout of the type.
    pub fn decode(bytes: &[u8]) -> Result<Self, LayoutError> {
        let (&kind, data) = bytes.split_first().ok_or(LayoutError(0))?;
        let wrong = LayoutError(kind);
        Ok(match kind {
            TEXT => decode_text(&clean(data)),
            FILE => Self::File(FileMessage::decode(data).ok_or(wrong)?),
            LOCATION => Self::Location(GeoLocation::decode(&clean(data)).ok_or(wrong)?),
            RECEIPT => {
                let (&status, ids) = data.split_first().ok_or(wrong)?;
                let (ids, rest) = ids.as_chunks::<8>();
                let status = ReceiptStatus::of(status).ok_or(wrong)?;
                if ids.is_empty() || !rest.is_empty() {
                    return Err(wrong);
                }
                Self::Receipt { status, ids: ids.iter().map(|id| ThreemaMessageId(*id)).collect() }
            }
            REACTION => {
                let fields = protobuf::decode(data).ok_or(wrong)?;
                let (text, withdrawn) = match (fields.second, fields.third) {
                    (Some(emoji), _) => (emoji, false),
                    (None, Some(emoji)) => (emoji, true),
                    (None, None) => return Err(wrong),
                };
                Self::Reaction { id: fields.id, emoji: clean(text), withdrawn }
            }
            EDIT => {
                let fields = protobuf::decode(data).ok_or(wrong)?;
                Self::Edit { id: fields.id, text: clean(fields.second.unwrap_or_default()) }
            }
            DELETE => Self::Delete(protobuf::decode(data).ok_or(wrong)?.id),
            VOTE => decode_vote(data).ok_or(wrong)?,
            OLD_IMAGE => Self::Unshown("picture"),
            OLD_VIDEO => Self::Unshown("video"),
            OLD_AUDIO => Self::Unshown("voice message"),
            POLL => Self::Unshown("poll"),
            kind if SILENT.contains(&kind) => Self::Silent,
            kind => Self::Unknown(kind),
        })
    }
}

/// A text as people wrote it: valid UTF-8 without control characters other than tabs and line breaks.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// Takes the quote off a text: a STOP that answers a message is a STOP.
fn decode_text(text: &str) -> ThreemaMessage {
    let quote = text.strip_prefix(QUOTE).and_then(|rest| rest.split_once("\n\n"));
    match quote.and_then(|(id, text)| Some((ThreemaMessageId::parse(id)?, text))) {
        Some((id, text)) => ThreemaMessage::Text { quoted: Some(id), text: text.to_owned() },
        None => ThreemaMessage::text(text),
    }
}

fn decode_vote(data: &[u8]) -> Option<ThreemaMessage> {
    let (_creator, rest) = data.split_first_chunk::<8>()?;
    let (poll, json) = rest.split_first_chunk::<8>()?;
    let choices: Vec<(i64, i64)> = serde_json::from_slice(json).ok()?;
    Some(ThreemaMessage::Vote {
        poll: *poll,
        choices: choices.into_iter().map(|(id, chosen)| (id, chosen != 0)).collect(),
    })
}

impl GeoLocation {
    fn encode(&self) -> String {
        let line = |text: &str| text.split(['\n', '\r']).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(", ");
        let mut out = format!("{},{}", self.latitude, self.longitude);
        for text in [line(&self.name), line(&self.address)] {
            if !text.is_empty() {
                let _ = write!(out, "\n{text}");
            }
        }
        out
    }

    fn decode(text: &str) -> Option<Self> {
        let mut lines = text.split('\n').map(str::trim);
        let mut numbers = lines.next()?.split(',').map(|n| n.trim().parse::<f64>().ok().filter(|n| n.is_finite()));
        let (latitude, longitude) = (numbers.next()??, numbers.next()??);
        let in_range = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
        let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
        // One line alone is the address.
        let (name, address) = if second.is_empty() { ("", first) } else { (first, second) };
        in_range.then(|| Self { latitude, longitude, name: name.to_owned(), address: address.to_owned() })
    }
}

/// The id of a poll as text.
#[must_use]
pub fn poll_id(id: [u8; 8]) -> String {
    hex(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: ThreemaMessageId = ThreemaMessageId([0x00, 0x0a, 0xff, 4, 5, 6, 7, 8]);

    fn both_ways(message: &ThreemaMessage) -> Vec<u8> {
        let bytes = message.encode().unwrap();
        assert_eq!(&ThreemaMessage::decode(&bytes).unwrap(), message);
        bytes
    }

    #[test]
    fn every_message_comes_back() {
        assert_eq!(both_ways(&ThreemaMessage::text("Grüß Gott")), [&[1][..], "Grüß Gott".as_bytes()].concat());
        let quote = ThreemaMessage::Text { quoted: Some(ID), text: "STOP".to_owned() };
        assert_eq!(both_ways(&quote), b"\x01> quote #000aff0405060708\n\nSTOP");
        for status in ReceiptStatus::ALL {
            both_ways(&ThreemaMessage::Receipt {
                status,
                ids: vec![ID, ThreemaMessageId([0x0a; 8]), ThreemaMessageId([0xff; 8])],
            });
        }
        both_ways(&ThreemaMessage::Reaction { id: ID, emoji: "👍🏽".to_owned(), withdrawn: false });
        both_ways(&ThreemaMessage::Reaction { id: ID, emoji: "👎".to_owned(), withdrawn: true });
        both_ways(&ThreemaMessage::Edit { id: ID, text: "ä".repeat(3_000) });
        both_ways(&ThreemaMessage::Delete(ID));
        let place =
            GeoLocation { latitude: 47.3769, longitude: -8.5417, name: "Krume".into(), address: "Marktplatz 1".into() };
        assert_eq!(both_ways(&ThreemaMessage::Location(place)), b"\x1047.3769,-8.5417\nKrume\nMarktplatz 1");
    }

    #[test]
    fn texts() {
        for (bytes, quoted, text) in [
            (&b"STOP"[..], None, "STOP"),
            (b"> quote #0102030405060708\n\nSTOP", Some("0102030405060708"), "STOP"),
            (b"> quote #0102030405060708\n\n", Some("0102030405060708"), ""),
            (b"> quote #0102030405060708\nSTOP", None, "> quote #0102030405060708\nSTOP"),
            (b"> quote #01020304050607\n\nSTOP", None, "> quote #01020304050607\n\nSTOP"),
            (b"a > quote #0102030405060708\n\nSTOP", None, "a > quote #0102030405060708\n\nSTOP"),
            (b"S\0T\x1bO\x7fP\r\n", None, "STOP\n"),
            (b"\xffSTOP", None, "\u{fffd}STOP"),
            (b"", None, ""),
        ] {
            let expected =
                ThreemaMessage::Text { quoted: quoted.and_then(ThreemaMessageId::parse), text: text.to_owned() };
            assert_eq!(ThreemaMessage::decode(&[&[1][..], bytes].concat()), Ok(expected), "{bytes:?}");
        }
    }

    #[test]
    fn what_has_another_layout_is_refused_and_never_a_text() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x80, 1],
            &[0x80, 0, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0x80, 5, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0x80, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9],
            &[0x82, 0x09, 1, 2, 3, 4, 5, 6, 7, 8],
            &[0x82, 0x12, 1, b'x'],
            &[0x91, 0x09, 1, 2, 3],
            &[0x91, 0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x12, 200, b'x'],
            &[0x92],
            &[0x16, 1, 2],
            b"\x17{}",
            b"\x17{\"b\":1}",
            b"\x10",
            b"\x10north",
            b"\x1091,0",
            b"\x10NaN,inf",
        ] {
            assert!(ThreemaMessage::decode(bytes).is_err(), "{bytes:?}");
        }
        for (byte, expected) in [
            (0x02, ThreemaMessage::Unshown("picture")),
            (0x14, ThreemaMessage::Unshown("voice message")),
            (0x90, ThreemaMessage::Silent),
            (0xa0, ThreemaMessage::Silent),
            (0x55, ThreemaMessage::Unknown(0x55)),
        ] {
            assert_eq!(ThreemaMessage::decode(&[byte, b'S', b'T', b'O', b'P']), Ok(expected));
        }
    }

    #[test]
    fn places_and_votes() {
        let place = |text: &str| match ThreemaMessage::decode(&[&[0x10][..], text.as_bytes()].concat()) {
            Ok(ThreemaMessage::Location(place)) => (place.latitude, place.name, place.address),
            other => panic!("{other:?}"),
        };
        assert_eq!(place("47.5,8.5,13"), (47.5, String::new(), String::new()));
        assert_eq!(place("47.5,8.5\nMarkt 1"), (47.5, String::new(), "Markt 1".into()));
        assert_eq!(place("47.5,8.5\nKrume\nMarkt 1"), (47.5, "Krume".into(), "Markt 1".into()));
        let vote = [&b"\x16*KRUME01abcdefgh"[..], b"[[0,1],[1,0]]"].concat();
        assert_eq!(
            ThreemaMessage::decode(&vote),
            Ok(ThreemaMessage::Vote { poll: *b"abcdefgh", choices: vec![(0, true), (1, false)] })
        );
    }
}
