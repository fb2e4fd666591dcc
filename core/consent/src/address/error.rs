//! Why a text is not an address.

/// Why a text is not an address. The text itself is not repeated: it may be a person.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// There is no text.
    #[error("the address is empty")]
    Empty,
    /// Longer than the channel allows.
    #[error("the address is longer than {0} bytes")]
    TooLong(usize),
    /// Contains a line break, NUL or another control character.
    #[error("the address contains a control character")]
    Control,
    /// Not of the channel's form; the text says what that is.
    #[error("{0}")]
    Form(&'static str),
    /// A national number and no region to read it in.
    #[error("the number has no country code; write +49…, or set `default_region`")]
    NoRegion,
}
