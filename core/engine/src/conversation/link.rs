//! The links in messages, and what may be shown of the address behind one.

use crate::context::EngineContext;
use rundruf_consent::token::{Purpose, UnsubscribeTarget, sign};
use rundruf_consent::{Address, AddressId, ListId, Time};

/// Bytes of an unsubscribe link behind the public URL: `/u/` and the token.
const UNSUBSCRIBE_LENGTH: usize = 3 + 51;

/// The link by which an address leaves a list. `random` is the random part of the address's links.
pub(crate) fn unsubscribe(context: &EngineContext, address: AddressId, list: ListId, random: i64) -> String {
    let mut out = String::with_capacity(context.config.public_url.len() + UNSUBSCRIBE_LENGTH);
    out.push_str(&context.config.public_url);
    out.push_str("/u/");
    context.unsubscribe_tokens.append_unsubscribe(&UnsubscribeTarget { address, list, random }, &mut out);
    out
}

/// The link by which a request is confirmed.
pub(crate) fn confirm(context: &EngineContext, request: [u8; 16], expires: Time) -> String {
    let token = sign(&context.store.secrets().token_key, Purpose::Confirm, request, Some(expires));
    format!("{}/c/{token}", context.config.public_url)
}

/// An address so that its owner recognises it and others do not learn it.
pub(crate) fn masked(address: &Address) -> String {
    address.masked().split_once(':').map_or_else(String::new, |(_, m)| m.to_owned())
}
