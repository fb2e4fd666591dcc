//! The gate: the only maker of [`SendPermit`](crate::SendPermit).
//!
//! Rust cannot limit a function to one other crate, so the limit is in three places: the fields of [`GateInput`](claim::GateInput) and of the
//! permit are private, the functions are in the hidden module [`claim`] instead of the crate's root, and `tests/tests/tidy.rs` refuses every
//! other crate that names that module.

/// For the claim of `core/store`, in the transaction that read the row. No other crate may name this module.
#[doc(hidden)]
pub mod claim {
    use crate::class::{ClassRule, rule};
    use crate::{AddressFlags, Class, DeliveryId, EventId, Refusal, SendPermit, State, Time};

    /// What the database says about one (address, list) pair at the moment of the claim, and about the message class.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    pub struct GateInput(Result<Known, Unreadable>);

    /// A column holds something that this program does not understand.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    struct Unreadable;

    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    struct Known {
        state: State,
        evidence: EventId,
        flags: AddressFlags,
        already: u32,
    }

    impl GateInput {
        /// From the columns `flags` of the address, `state` and `evidence` of the consent; `None` for the latter two means that there is no
        /// consent row: nobody asked. A state or flag that this program does not know, a state without evidence and evidence without a
        /// state are unreadable.
        #[must_use]
        pub fn from_columns(flags: i64, state: Option<i64>, evidence: Option<i64>) -> Self {
            let read = || {
                let flags = AddressFlags::from_bits(u8::try_from(flags).ok()?)?;
                let (state, evidence) = match (state, evidence) {
                    (None, None) => (State::None, EventId(0)),
                    (Some(code), Some(evidence)) if evidence > 0 => {
                        (State::from_code(u8::try_from(code).ok()?)?, EventId(evidence))
                    }
                    _ => return None,
                };
                Some(Known { state, evidence, flags, already: 0 })
            };
            Self(read().ok_or(Unreadable))
        }

        /// A row of which a column has not even the right type.
        #[must_use]
        pub const fn unreadable() -> Self {
            Self(Err(Unreadable))
        }

        /// The same, where the state has seen this many messages of the class already.
        #[must_use]
        pub fn with_already(self, already: u32) -> Self {
            Self(self.0.map(|known| Known { already, ..known }))
        }
    }

    /// Decides whether a delivery of this class may leave now.
    ///
    /// A consent that cannot be read is a no for every class (R1). Otherwise the matrix of SPEC §2.3 decides, then the flags of the address:
    /// nothing goes to an address that is undeliverable, and only answers and the acknowledgement of a stop go to one that is suppressed.
    ///
    /// # Errors
    /// The reason why not.
    pub fn authorize(delivery: DeliveryId, input: &GateInput, class: Class, now: Time) -> Result<SendPermit, Refusal> {
        // Time decides nothing today: states carry it. It stays an argument, so that a rule with a clock needs no new signature.
        let _ = now;
        let known = input.0.map_err(|Unreadable| Refusal::Unreadable)?;
        match rule(class, known.state) {
            ClassRule::Yes => {}
            ClassRule::Once if known.already == 0 => {}
            ClassRule::Once => return Err(Refusal::NotPermitted),
            ClassRule::No => return Err(Refusal::from_state(known.state)),
        }
        flags_allow(known.flags, class)?;
        Ok(SendPermit::new(delivery, known.evidence))
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
}

/// For messages that belong to no store: `rundruf plugin run` to an address that the operator typed, and tests of the host.
#[doc(hidden)]
pub mod trial {
    use crate::{DeliveryId, EventId, SendPermit};

    /// A permit without evidence. The store never settles such a delivery: it has no row.
    pub const fn permit(delivery: DeliveryId) -> SendPermit {
        SendPermit::new(delivery, EventId(0))
    }
}

#[cfg(test)]
mod tests {
    use super::claim::{GateInput, authorize};
    use crate::{Class, DeliveryId, EventId, Refusal, State, Time};

    fn ask(input: GateInput, class: Class) -> Result<EventId, Refusal> {
        authorize(DeliveryId(1), &input, class, Time(0)).map(|permit| {
            assert_eq!(permit.delivery(), DeliveryId(1));
            permit.evidence()
        })
    }

    fn known(state: State, flags: i64) -> GateInput {
        GateInput::from_columns(flags, Some(state.code().into()), Some(7))
    }

    #[test]
    fn only_a_yes_without_any_flag_permits_promotion() {
        for state in State::ALL {
            for flags in 0..8 {
                let want = matches!(state, State::Confirmed | State::Customer) && flags == 0;
                let got = ask(known(state, flags), Class::Promotion);
                assert_eq!(got.is_ok(), want, "{state:?} {flags:03b}");
                assert!(got.is_err() || got == Ok(EventId(7)), "the permit names the evidence");
            }
        }
    }

    /// Every state, set of flags and class, each once readable and once in every way unreadable.
    #[test]
    fn unreadable_is_a_no_for_every_class() {
        let damaged = [
            ("state", GateInput::from_columns(0, Some(14), Some(7))),
            ("state beyond a byte", GateInput::from_columns(0, Some(258), Some(7))),
            ("negative state", GateInput::from_columns(0, Some(-1), Some(7))),
            ("flags", GateInput::from_columns(8, Some(2), Some(7))),
            ("flags without a consent", GateInput::from_columns(256, None, None)),
            ("no evidence", GateInput::from_columns(0, Some(2), None)),
            ("evidence 0", GateInput::from_columns(0, Some(2), Some(0))),
            ("no state", GateInput::from_columns(0, None, Some(7))),
            ("type", GateInput::unreadable()),
        ];
        for class in Class::ALL {
            for (what, input) in damaged {
                assert_eq!(ask(input, class), Err(Refusal::Unreadable), "{what} {class:?}");
                assert_eq!(ask(input.with_already(1), class), Err(Refusal::Unreadable), "{what} {class:?}");
            }
            for state in State::ALL {
                for flags in 0..8 {
                    assert_ne!(
                        ask(known(state, flags), class),
                        Err(Refusal::Unreadable),
                        "{state:?} {flags} {class:?}"
                    );
                    for wrong in [flags | 8, flags | 128, flags | 256, -1 - flags] {
                        assert_eq!(
                            ask(known(state, wrong), class),
                            Err(Refusal::Unreadable),
                            "{state:?} {wrong} {class:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn without_a_consent_only_answers_leave() {
        for class in Class::ALL {
            let want = match class {
                Class::Answer | Class::PrivacyAnswer | Class::Service => Ok(EventId(0)),
                _ => Err(Refusal::NotAsked),
            };
            assert_eq!(ask(GateInput::from_columns(0, None, None), class), want, "{class:?}");
        }
    }

    #[test]
    fn once_means_once_per_state() {
        for (class, state) in
            [(Class::Request, State::Requested), (Class::Welcome, State::Confirmed), (Class::StopAck, State::Withdrawn)]
        {
            assert!(ask(known(state, 0), class).is_ok(), "{class:?}");
            assert_eq!(ask(known(state, 0).with_already(1), class), Err(Refusal::NotPermitted), "{class:?}");
        }
    }
}
