//! The frame of a batch: fields of fixed width, little-endian, followed by the texts. The plugin process reads the texts in place. Every length
//! is checked against the size of the frame.

use crate::id::MessageId;
use crate::message::{MessageBatch, MessageHeader, Priority};
use std::io;

/// First byte of the frame. Frames of [`ToChild`](super::ToChild) begin with the number of their variant, which is below 128.
pub(crate) const BATCH: u8 = 0xff;

/// Size of the batch header in bytes, with the first byte and the number of recipients.
const HEADER_SIZE: usize = 1 + 8 + 8 + 8 + 4 + 4;
/// Size of a recipient header in bytes.
const RECIPIENT_SIZE: usize = 16 + 8 + 4 * 4;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct BatchHeader {
    pub(crate) id: u64,
    pub(crate) content: u64,
    pub(crate) deadline_ms: i64,
    pub(crate) priority: u32,
}

impl BatchHeader {
    pub(crate) fn new(id: u64, content: u64, deadline_ms: i64, priority: Priority) -> Self {
        Self { id, content, deadline_ms, priority: u32::from(priority == Priority::Ahead) }
    }
}

/// The fields of a recipient except the texts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct RecipientHeader {
    pub(crate) message_id: MessageId,
    pub(crate) permit: u64,
    pub(crate) attempt: u32,
    pub(crate) address: u32,
    pub(crate) unsubscribe_url: u32,
    pub(crate) vars: u32,
}

impl From<&MessageHeader> for RecipientHeader {
    fn from(h: &MessageHeader) -> Self {
        Self {
            message_id: h.message_id,
            permit: h.permit.evidence().0.cast_unsigned(),
            attempt: h.attempt,
            address: h.address,
            unsubscribe_url: h.unsubscribe_url,
            vars: h.vars,
        }
    }
}

/// Appends the frame of a batch, with its length, to a buffer.
pub(crate) fn write(header: BatchHeader, messages: &MessageBatch, to: &mut Vec<u8>) -> io::Result<()> {
    let (heads, vars, texts) = (&messages.heads, &messages.vars, &messages.texts);
    let length = HEADER_SIZE + heads.len() * RECIPIENT_SIZE + vars.len() * 4 + texts.len();
    let too_large = || io::Error::other("the frame is too large");
    let count = u32::try_from(heads.len()).map_err(|_| too_large())?;
    let claim =
        u32::try_from(length).ok().filter(|_| length <= crate::wire::framing::MAX_DOWN).ok_or_else(too_large)?;
    to.reserve(4 + length);
    to.extend_from_slice(&claim.to_le_bytes());
    to.push(BATCH);
    let mut put = |bytes: &[u8]| to.extend_from_slice(bytes);
    put(&header.id.to_le_bytes());
    put(&header.content.to_le_bytes());
    put(&header.deadline_ms.to_le_bytes());
    put(&header.priority.to_le_bytes());
    put(&count.to_le_bytes());
    for head in heads {
        put(&RecipientHeader::from(head).bytes());
    }
    for var in vars {
        put(&var.to_le_bytes());
    }
    put(texts.as_bytes());
    Ok(())
}

impl RecipientHeader {
    fn bytes(&self) -> [u8; RECIPIENT_SIZE] {
        let mut bytes = [0; RECIPIENT_SIZE];
        let (id, rest) = bytes.split_at_mut(16);
        let (permit, rest) = rest.split_at_mut(8);
        id.copy_from_slice(&self.message_id.0);
        permit.copy_from_slice(&self.permit.to_le_bytes());
        let words = [self.attempt, self.address, self.unsubscribe_url, self.vars];
        for (to, word) in rest.chunks_exact_mut(4).zip(words) {
            to.copy_from_slice(&word.to_le_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8; RECIPIENT_SIZE]) -> Option<Self> {
        let (message_id, rest) = bytes.split_first_chunk()?;
        let (permit, rest) = rest.split_first_chunk()?;
        let (words, _) = rest.as_chunks::<4>();
        let &[attempt, address, unsubscribe_url, vars] = words else { return None };
        Some(Self {
            message_id: MessageId(*message_id),
            permit: u64::from_le_bytes(*permit),
            attempt: u32::from_le_bytes(attempt),
            address: u32::from_le_bytes(address),
            unsubscribe_url: u32::from_le_bytes(unsubscribe_url),
            vars: u32::from_le_bytes(vars),
        })
    }
}

/// A decoded frame. Everything but the lengths of the texts was checked.
pub(crate) struct BatchFrame<'a> {
    pub(crate) header: BatchHeader,
    recipients: &'a [[u8; RECIPIENT_SIZE]],
    vars: &'a [[u8; 4]],
    pub(crate) texts: &'a [u8],
}

impl<'a> BatchFrame<'a> {
    /// Decodes a whole frame; `None` if it is not a batch.
    pub(crate) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (kind, rest) = bytes.split_first()?;
        let (id, rest) = rest.split_first_chunk()?;
        let (content, rest) = rest.split_first_chunk()?;
        let (deadline, rest) = rest.split_first_chunk()?;
        let (priority, rest) = rest.split_first_chunk()?;
        let (count, rest) = rest.split_first_chunk()?;
        let count = u32::from_le_bytes(*count) as usize;
        let (recipients, rest) = rest.split_at_checked(count.checked_mul(RECIPIENT_SIZE)?)?;
        let (recipients, _) = recipients.as_chunks::<RECIPIENT_SIZE>();
        let vars =
            recipients.iter().try_fold(0_usize, |sum, l| sum.checked_add(RecipientHeader::read(l)?.vars as usize))?;
        let (vars, texts) = rest.split_at_checked(vars.checked_mul(4)?)?;
        let header = BatchHeader {
            id: u64::from_le_bytes(*id),
            content: u64::from_le_bytes(*content),
            deadline_ms: i64::from_le_bytes(*deadline),
            priority: u32::from_le_bytes(*priority),
        };
        (*kind == BATCH).then_some(Self { header, recipients, vars: vars.as_chunks().0, texts })
    }

    pub(crate) fn recipients(&self) -> impl Iterator<Item = RecipientHeader> + use<'a> {
        self.recipients.iter().filter_map(RecipientHeader::read)
    }

    pub(crate) const fn count(&self) -> usize {
        self.recipients.len()
    }

    /// Lengths of the values, recipient by recipient.
    pub(crate) fn vars(&self) -> impl ExactSizeIterator<Item = u32> + use<'a> {
        self.vars.iter().map(|v| u32::from_le_bytes(*v))
    }
}
