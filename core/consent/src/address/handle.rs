//! Normal forms of names that are not mail addresses and not numbers.

use super::error::AddressError;
use super::phone;
use crate::Channel;

/// A Threema ID: eight of `A-Z0-9`, the first may be `*` (a gateway).
pub(super) fn threema(text: &str) -> Result<String, AddressError> {
    let id = text.to_ascii_uppercase();
    let ok = id.len() == 8
        && id.bytes().enumerate().all(|(n, b)| b.is_ascii_uppercase() || b.is_ascii_digit() || (n == 0 && b == b'*'));
    if ok { Ok(id) } else { Err(AddressError::Form(Channel::Threema)) }
}

/// A Signal account: its ACI (a UUID), or a number until the ACI is known.
pub(super) fn signal(text: &str, region: Option<&str>) -> Result<String, AddressError> {
    if text.contains('-') && text.len() == 36 {
        let id = text.to_ascii_lowercase();
        let ok = id
            .bytes()
            .enumerate()
            .all(|(n, b)| if [8, 13, 18, 23].contains(&n) { b == b'-' } else { b.is_ascii_hexdigit() });
        return if ok { Ok(id) } else { Err(AddressError::Form(Channel::Signal)) };
    }
    phone::normal(text, region)
}

/// A Matrix user: `@name:server`.
pub(super) fn matrix(text: &str) -> Result<String, AddressError> {
    let form = AddressError::Form(Channel::Matrix);
    let (name, server) = text.strip_prefix('@').and_then(|t| t.split_once(':')).ok_or(form)?;
    let name_ok = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._=-/+".contains(&b));
    let server_ok = !server.is_empty() && server.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b));
    if name_ok && server_ok && text.len() <= 255 {
        Ok(format!("@{name}:{}", server.to_ascii_lowercase()))
    } else {
        Err(form)
    }
}

/// A bare XMPP address, in lower case; the resource is dropped.
pub(super) fn xmpp(text: &str) -> Result<String, AddressError> {
    let form = AddressError::Form(Channel::Xmpp);
    let bare = text.split('/').next().unwrap_or(text).to_lowercase();
    let (name, server) = bare.split_once('@').ok_or(form)?;
    let forbidden = |c: char| c.is_whitespace() || "\"&'/:<>@".contains(c);
    let ok = !name.is_empty() && !name.chars().any(forbidden) && server.contains('.') && !server.chars().any(forbidden);
    if ok { Ok(bare) } else { Err(form) }
}
