//! Bytes of the fuzzer → what a target needs. Every piece gets memory of its own, so that the sanitizer sees who reads beyond it.
#![forbid(unsafe_code)]

use rundruf_consent::{DeliveryId, gate::trial};
use rundruf_host::OutboundMessage;

/// Takes from the front; what is not there is zero.
pub struct Reader<'a>(pub &'a [u8]);

impl Reader<'_> {
    /// Whether nothing is left.
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

    /// A small number.
    pub fn below(&mut self, end: usize) -> usize {
        usize::from(self.byte()) % end
    }

    /// Four bytes.
    pub fn number(&mut self) -> u32 {
        u32::from_le_bytes([self.byte(), self.byte(), self.byte(), self.byte()])
    }

    /// Some bytes; now and then very many.
    pub fn bytes(&mut self) -> Vec<u8> {
        let length = usize::from(self.byte());
        if length == 255 {
            return vec![self.byte(); 70_000];
        }
        let (piece, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        piece.to_vec()
    }

    /// Some text.
    pub fn text(&mut self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

/// A letter that may leave.
#[must_use]
pub fn letter(n: u8, address: String, url: String, vars: Vec<String>) -> OutboundMessage {
    let permit = trial::permit(DeliveryId(n.into()));
    OutboundMessage::new(permit, [n; 16], address.into(), url.into(), vars.into_iter().map(Into::into).collect(), 1)
}
