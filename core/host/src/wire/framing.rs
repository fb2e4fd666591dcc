//! Frames: a length of four bytes, little-endian, then postcard or a [batch](crate::wire::batch). The length is checked before anything is read.

use serde::Serialize;
use std::io::{self, BufRead, Write};

/// Largest frame to the plugin process, in bytes: a content with its attachments.
pub(crate) const MAX_DOWN: usize = 64 << 20;
/// Largest frame to the daemon, in bytes: [`OUTCOMES_AT_ONCE`] outcomes, or an inbound message.
pub(crate) const MAX_UP: usize = 4 << 20;
/// Bytes that are reserved for a frame before they have arrived.
const RESERVED: usize = 64 << 10;
/// Largest number of outcomes in one frame.
pub(crate) const OUTCOMES_AT_ONCE: usize = 4_096;

/// Encodes a frame into a new buffer; `room` is the expected size.
pub(crate) fn encode<T: Serialize>(value: &T, room: usize) -> io::Result<Vec<u8>> {
    let mut buffer = Vec::with_capacity(room + 4);
    encode_into(value, &mut buffer)?;
    Ok(buffer)
}

/// Encodes a frame into a buffer that is cleared first.
pub(crate) fn encode_into<T: Serialize>(value: &T, buffer: &mut Vec<u8>) -> io::Result<()> {
    buffer.clear();
    buffer.extend_from_slice(&[0; 4]);
    let mut full = postcard::to_extend(value, std::mem::take(buffer)).map_err(|e| io::Error::other(e.to_string()))?;
    let length = full.len() - 4;
    if length > MAX_DOWN {
        return Err(io::Error::other("the frame is too large"));
    }
    let length = u32::try_from(length).unwrap_or(u32::MAX);
    if let Some(head) = full.first_chunk_mut::<4>() {
        *head = length.to_le_bytes();
    }
    *buffer = full;
    Ok(())
}

pub(crate) fn write<T: Serialize>(to: &mut impl Write, value: &T) -> io::Result<()> {
    to.write_all(&encode(value, 64)?)
}

/// Reads one frame of at most `most` bytes into the buffer; false at the end of the stream. A frame that is cut off counts as the end.
pub(crate) fn read(from: &mut impl BufRead, buffer: &mut Vec<u8>, most: usize) -> io::Result<bool> {
    let mut head = [0; 4];
    if !fill(from, &mut head)? {
        return Ok(false);
    }
    let length = u32::from_le_bytes(head) as usize;
    if length > most {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame claims more bytes than are allowed"));
    }
    buffer.clear();
    // The buffer grows as bytes arrive, so a false length reserves little memory.
    buffer.reserve(length.min(RESERVED));
    while buffer.len() < length {
        let some = match from.fill_buf() {
            Ok(some) => some,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let piece = some.get(..length - buffer.len()).unwrap_or(some);
        if piece.is_empty() {
            return Ok(false);
        }
        buffer.extend_from_slice(piece);
        let taken = piece.len();
        from.consume(taken);
    }
    Ok(true)
}

fn fill(from: &mut impl BufRead, buffer: &mut [u8]) -> io::Result<bool> {
    match from.read_exact(buffer) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::FromChild;

    #[test]
    fn frames_are_read_back_and_false_lengths_refused() {
        let mut bytes = Vec::new();
        write(&mut bytes, &FromChild::Log { level: 3, target: "t", message: "m" }).unwrap();
        write(&mut bytes, &FromChild::Ready).unwrap();
        let mut from = bytes.as_slice();
        let mut buffer = Vec::new();
        assert!(read(&mut from, &mut buffer, MAX_UP).unwrap());
        assert!(matches!(postcard::from_bytes(&buffer).unwrap(), FromChild::Log { level: 3, .. }));
        assert!(read(&mut from, &mut buffer, MAX_UP).unwrap());
        assert!(!read(&mut from, &mut buffer, MAX_UP).unwrap());
        assert!(!read(&mut &bytes[..5], &mut buffer, MAX_UP).unwrap(), "cut inside a frame");
        assert!(read(&mut [255, 255, 255, 255, 0].as_slice(), &mut buffer, MAX_UP).is_err());
        assert!(postcard::from_bytes::<FromChild<'_>>(&[99, 1, 2]).is_err());
    }
}
