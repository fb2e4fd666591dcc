//! Erasing a person (GDPR Art. 17).

/// What was cleared when addresses were erased.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ErasureCounts {
    /// Records of consents whose text is gone; their leaves stay in the log.
    pub events: u64,
    /// Messages from the person that were deleted.
    pub inbound: u64,
    /// Messages to the person, outside of broadcasts, whose text is gone.
    pub services: u64,
    /// Texts of other people from which the address was removed.
    pub mentions: u64,
}
