//! One recipient. A recipient gives no access to another one.

use crate::content::text;
use rundruf_abi::{RawRecipient, View};
use std::borrow::Cow;
use std::marker::PhantomData;

/// One recipient. `Debug` does not show the address.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    raw: RawRecipient<'static>,
    /// Keeps the message that it belongs to, and so the memory behind the views.
    life: PhantomData<&'a ()>,
}

impl std::fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recipient").field("message_id", &self.message_id_hex()).finish_non_exhaustive()
    }
}

impl<'a> Recipient<'a> {
    /// A recipient of a batch that stays valid for `'a`; an empty one if there is none.
    pub(crate) fn new(raw: Option<RawRecipient<'static>>) -> Self {
        let none = RawRecipient {
            message_id: [0; 16],
            address: View::EMPTY,
            unsubscribe_url: View::EMPTY,
            vars: std::ptr::null(),
            var_count: 0,
            permit: 0,
            attempt: 0,
            flags: 0,
        };
        Self { raw: raw.unwrap_or(none), life: PhantomData }
    }

    /// Id of the message to this recipient; the same when the message is sent again.
    #[must_use]
    pub const fn message_id(&self) -> [u8; 16] {
        self.raw.message_id
    }

    /// The message id as 32 hexadecimal digits.
    #[must_use]
    pub fn message_id_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let digit = |n: u8| DIGITS.get(usize::from(n)).copied().map_or('0', char::from);
        self.raw.message_id.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]).collect()
    }

    /// The address in the channel's normal form.
    #[must_use]
    pub fn address(&self) -> Cow<'a, str> {
        text(&self.raw.address)
    }

    /// The URL where a POST ends the subscription, if there is one.
    #[must_use]
    pub fn unsubscribe_url(&self) -> Option<Cow<'a, str>> {
        let url = text(&self.raw.unsubscribe_url);
        (!url.is_empty()).then_some(url)
    }

    /// Value number `n` of the recipient; empty if there is none.
    #[must_use]
    pub fn var(&self, n: u32) -> Cow<'a, str> {
        if n as usize >= self.raw.var_count || self.raw.vars.is_null() || !self.raw.vars.is_aligned() {
            return Cow::Borrowed("");
        }
        // SAFETY: clause *batch*: `var_count` views lie side by side, and the number is below it.
        text(unsafe { &*self.raw.vars.add(n as usize) })
    }

    /// Number of values of the recipient.
    #[must_use]
    pub const fn var_count(&self) -> usize {
        self.raw.var_count
    }

    /// Number of the consent event that permits the message.
    #[must_use]
    pub const fn permit(&self) -> u64 {
        self.raw.permit
    }

    /// Number of the attempt, from 1.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.raw.attempt
    }
}
