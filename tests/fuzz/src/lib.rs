//! Turns the bytes of the fuzzer into values. Every value has memory of its own, so that the sanitizer sees a read beyond it.
#![forbid(unsafe_code)]

use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::{MessageId, OutboundMessage};

/// Reads from the front; zero after the end.
pub struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    /// Whether no byte is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One byte.
    pub fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// A number below `end`, from one byte.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// A number of four bytes.
    pub fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// Up to 254 bytes, or rarely 70,000.
    pub fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte());
        if length == 255 {
            return vec![self.byte(); 70_000];
        }
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece.to_vec()
    }

    /// Up to 254 bytes of text, or rarely 70,000.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// A message with a permit.
#[must_use]
pub fn message(n: u8, address: String, url: String, vars: Vec<String>) -> OutboundMessage {
    let permit = trial::permit(DeliveryId(n.into()));
    OutboundMessage::new(
        permit,
        MessageId([n; 16]),
        address.into(),
        url.into(),
        vars.into_iter().map(Into::into).collect(),
        1,
    )
}
