//! The few fields of reactions, edits and deletions: field 1 is the message id, fields 2 and 3 are texts. Others are skipped.

use crate::id::ThreemaMessageId;

/// The fields.
pub(super) struct ProtobufFields<'a> {
    pub(super) id: ThreemaMessageId,
    pub(super) second: Option<&'a [u8]>,
    pub(super) third: Option<&'a [u8]>,
}

/// Field 1 alone.
pub(super) fn encode_id(id: ThreemaMessageId) -> Vec<u8> {
    [&[0x09][..], &id.0].concat()
}

/// Field 1 and a text in field `field`, below 16.
pub(super) fn encode(id: ThreemaMessageId, field: u8, text: &str) -> Vec<u8> {
    let mut out = encode_id(id);
    out.push(field << 3 | 2);
    let mut length = text.len();
    while length > 0x7f {
        out.push(u8::try_from(length & 0x7f).unwrap_or_default() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap_or_default());
    out.extend_from_slice(text.as_bytes());
    out
}

/// Reads the fields; `None` if the bytes are none, or field 1 is missing.
pub(super) fn decode(mut rest: &[u8]) -> Option<ProtobufFields<'_>> {
    let (mut id, mut second, mut third) = (None, None, None);
    while !rest.is_empty() {
        let tag = varint(&mut rest)?;
        match (tag >> 3, tag & 7) {
            (1, 1) => id = Some(ThreemaMessageId(*take(&mut rest, 8)?.as_array()?)),
            (_, 0) => _ = varint(&mut rest)?,
            (_, 1) => _ = take(&mut rest, 8)?,
            (_, 5) => _ = take(&mut rest, 4)?,
            (field, 2) => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let bytes = take(&mut rest, length)?;
                match field {
                    2 => second = Some(bytes),
                    3 => third = Some(bytes),
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    Some(ProtobufFields { id: id?, second, third })
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..63).step_by(7) {
        let byte = *take(rest, 1)?.first()?;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_fields_are_skipped() {
        let id = ThreemaMessageId([1; 8]);
        let mut bytes = vec![0x20, 0x96, 0x01, 0x29, 0, 0, 0, 0, 0, 0, 0, 0, 0x35, 0, 0, 0, 0, 0x3a, 2, b'x', b'y'];
        bytes.extend(encode(id, 2, &"x".repeat(300)));
        let fields = decode(&bytes).unwrap();
        assert_eq!((fields.id, fields.second.map(<[u8]>::len), fields.third), (id, Some(300), None));
        for cut in 1..bytes.len() {
            // Never a panic, and no id out of nothing.
            let cut = decode(&bytes[..cut]);
            assert!(cut.is_none_or(|fields| fields.id == id));
        }
        assert!(decode(&[0x80; 40]).is_none(), "a number without end");
        assert!(decode(&[0x0b]).is_none(), "groups");
    }
}
