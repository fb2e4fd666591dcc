//! The only maker of [`SendPermit`].

use crate::{Class, DeliveryId, EventId, Flags, Refusal, SendPermit, State, Time};

/// What the store knows about one (address, list) pair at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// State of the consent.
    pub state: State,
    /// The event that brought it there.
    pub evidence: EventId,
    /// Flags of the address.
    pub flags: Flags,
    /// How many messages of the class in question this state has seen already.
    pub already: u32,
}

/// May this delivery leave now? `None` means that no consent is known or it could not be read, and doubt is a no.
///
/// # Errors
/// The reason why not.
pub fn authorize(
    delivery: DeliveryId,
    standing: Option<&Standing>,
    class: Class,
    now: Time,
) -> Result<SendPermit, Refusal> {
    let _ = (class, now);
    let Some(s) = standing else { return Err(Refusal::NotAsked) };
    if s.state != State::Confirmed {
        return Err(Refusal::NotAsked);
    }
    Ok(SendPermit::new(delivery, s.evidence))
}
