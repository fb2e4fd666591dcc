//! The only maker of [`SendPermit`].

use crate::class::{ClassRule, rule};
use crate::{AddressFlags, Class, DeliveryId, EventId, Refusal, SendPermit, State, Time};

/// What the store knows about one (address, list) pair at this moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct GateInput {
    /// State of the consent.
    pub state: State,
    /// The event that brought it there.
    pub evidence: EventId,
    /// Flags of the address.
    pub flags: AddressFlags,
    /// How many messages of the class in question this state has seen already.
    pub already: u32,
}

/// May this delivery leave now? `None` means that no consent is known or it could not be read, and doubt is a no (R1).
///
/// The matrix of §2.3 decides, then the flags of the address: nothing goes to an address that came back for good, and only answers and the
/// acknowledgement of a stop go to one that is suppressed.
///
/// # Errors
/// The reason why not.
pub fn authorize(
    delivery: DeliveryId,
    standing: Option<&GateInput>,
    class: Class,
    now: Time,
) -> Result<SendPermit, Refusal> {
    // Time decides nothing today: states carry it. It stays an argument, so that a rule with a clock needs no new signature.
    let _ = now;
    let Some(standing) = standing else {
        // Who asks gets an answer, known or not.
        let answers = matches!(class, Class::Answer | Class::PrivacyAnswer | Class::Service);
        return if answers { Ok(SendPermit::new(delivery, EventId(0))) } else { Err(Refusal::NotAsked) };
    };
    match rule(class, standing.state) {
        ClassRule::Yes => {}
        ClassRule::Once if standing.already == 0 => {}
        ClassRule::Once => return Err(Refusal::NotPermitted),
        ClassRule::No => return Err(Refusal::from_state(standing.state)),
    }
    flags_allow(standing.flags, class)?;
    Ok(SendPermit::new(delivery, standing.evidence))
}

fn flags_allow(flags: AddressFlags, class: Class) -> Result<(), Refusal> {
    if flags.is_clear() {
        return Ok(());
    }
    if flags.has(AddressFlags::UNDELIVERABLE) {
        return Err(Refusal::Undeliverable);
    }
    let asked_for = matches!(class, Class::StopAck | Class::Answer | Class::PrivacyAnswer);
    if asked_for {
        return Ok(());
    }
    if flags.has(AddressFlags::SUPPRESSED) {
        // A new sign-up is the only way out of a suppression: its request must be able to leave (R25).
        return if class == Class::Request { Ok(()) } else { Err(Refusal::Suppressed) };
    }
    Err(Refusal::Reassigned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_without_any_flag_permits_advertising() {
        for state in State::ALL {
            for bits in 0..8 {
                let standing = GateInput { state, evidence: EventId(7), flags: AddressFlags(bits), already: 0 };
                let got = authorize(DeliveryId(1), Some(&standing), Class::Promotion, Time(0));
                let want = matches!(state, State::Confirmed | State::Customer) && bits == 0;
                assert_eq!(got.is_ok(), want, "{state:?} {bits:03b}");
                if let Ok(permit) = got {
                    assert_eq!((permit.delivery(), permit.evidence()), (DeliveryId(1), EventId(7)));
                }
            }
        }
    }

    #[test]
    fn no_consent_is_a_no() {
        for class in Class::ALL {
            let got = authorize(DeliveryId(1), None, class, Time(0));
            let answers = matches!(class, Class::Answer | Class::PrivacyAnswer | Class::Service);
            assert_eq!(got.is_ok(), answers, "{class:?}");
        }
    }

    #[test]
    fn once_is_once() {
        for (class, state) in
            [(Class::Request, State::Requested), (Class::Welcome, State::Confirmed), (Class::StopAck, State::Withdrawn)]
        {
            let mut standing = GateInput { state, evidence: EventId(1), flags: AddressFlags::default(), already: 0 };
            assert!(authorize(DeliveryId(-1), Some(&standing), class, Time(0)).is_ok(), "{class:?}");
            standing.already = 1;
            assert_eq!(
                authorize(DeliveryId(-1), Some(&standing), class, Time(0)),
                Err(Refusal::NotPermitted),
                "{class:?}"
            );
        }
    }
}
