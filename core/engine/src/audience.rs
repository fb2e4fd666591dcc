//! Who gets a broadcast by which address: the best consented one by the list's own order of transports; else the most telling refusal.

use crate::cap::Sated;
use crate::config::ListConfig;
use crate::start::Inner;
use rundruf_consent::{AddressFlags, Channel, Refusal, State};
use rundruf_store::{FanOutCandidate, FanOutChoice, FanOutChooser, TransportId};
use std::sync::Arc;

/// Chooses for one contact of a list, of which some have had enough.
pub(crate) fn choose(engine: &Inner, list: &ListConfig, sated: Sated) -> FanOutChooser {
    let order = list
        .transports
        .iter()
        .filter_map(|name| engine.transports.iter().find(|t| t.config.name == *name))
        .map(|t| (t.id, Channel::ALL.into_iter().filter(|c| t.serves(*c)).collect()))
        .collect();
    by_order(order, sated)
}

/// Chooses by this order of transports with the channels that each serves.
fn by_order(order: Vec<(TransportId, Vec<Channel>)>, sated: Sated) -> FanOutChooser {
    Arc::new(move |candidates| {
        let may = |c: &FanOutCandidate| is_permitting(c.state) && c.flags.is_clear();
        for (transport, channels) in &order {
            if let Some(at) = candidates.iter().position(|c| may(c) && channels.contains(&c.channel)) {
                let has_enough = candidates.first().is_some_and(|c| sated.contains(&c.contact));
                return if has_enough {
                    FanOutChoice::Skip(at, Refusal::FrequencyCap)
                } else {
                    FanOutChoice::Send(at, *transport)
                };
            }
        }
        let told = candidates.iter().enumerate().map(|(at, c)| (telling(c), at)).max_by_key(|((rank, _), _)| *rank);
        told.map_or(FanOutChoice::Skip(0, Refusal::NoAddress), |((_, refusal), at)| FanOutChoice::Skip(at, refusal))
    })
}

const fn is_permitting(state: State) -> bool {
    matches!(state, State::Confirmed | State::Customer)
}

/// Why not, and how telling that is: what a person has said comes before what we know of an address.
fn telling(c: &FanOutCandidate) -> (u8, Refusal) {
    let flagged = |flag, rank, refusal| c.flags.has(flag).then_some((rank, refusal));
    let by_state = match c.state {
        state if is_permitting(state) => None,
        State::Withdrawn | State::Objected => Some(8),
        State::Held => Some(4),
        State::Requested => Some(3),
        _ => Some(2),
    };
    [
        by_state.map(|rank| (rank, Refusal::from_state(c.state))),
        flagged(AddressFlags::SUPPRESSED, 7, Refusal::Suppressed),
        flagged(AddressFlags::UNDELIVERABLE, 6, Refusal::Undeliverable),
        flagged(AddressFlags::REASSIGNED, 5, Refusal::Reassigned),
    ]
    .into_iter()
    .flatten()
    .max_by_key(|(rank, _)| *rank)
    // It may be written to, but by no transport that this list has: the admin can mend that.
    .unwrap_or((9, Refusal::NoAddress))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rundruf_consent::{AddressId, ContactId, EventId};

    const MAIL: TransportId = TransportId(1);
    const CHAT: TransportId = TransportId(2);

    #[track_caller]
    fn check(candidates: &[(Channel, State, u8)], want: FanOutChoice) {
        let order = vec![(CHAT, vec![Channel::Threema, Channel::Signal]), (MAIL, vec![Channel::Email])];
        let of = |(n, (channel, state, flags)): (i64, &(Channel, State, u8))| FanOutCandidate {
            contact: ContactId(1),
            address: AddressId(n),
            channel: *channel,
            flags: AddressFlags(*flags),
            state: *state,
            evidence: EventId(1),
        };
        let candidates: Vec<_> = (1..).zip(candidates).map(of).collect();
        assert_eq!(by_order(order.clone(), Sated::default())(&candidates), want, "{candidates:?}");
        let enough = match want {
            FanOutChoice::Send(at, _) => FanOutChoice::Skip(at, Refusal::FrequencyCap),
            // What the person has said is told first.
            skip => skip,
        };
        assert_eq!(by_order(order, Arc::new([ContactId(1)].into()))(&candidates), enough, "{candidates:?}");
    }

    #[test]
    fn the_list_prefers_and_the_person_decides() {
        use Channel::{Email, Signal, Sms, Threema};
        use State::{Confirmed, Customer, Held, Objected, Quarantined, Requested, Withdrawn};
        check(&[(Email, Confirmed, 0), (Threema, Confirmed, 0)], FanOutChoice::Send(1, CHAT));
        check(&[(Signal, Confirmed, 0), (Threema, Confirmed, 0)], FanOutChoice::Send(0, CHAT));
        check(&[(Email, Confirmed, 0), (Threema, Withdrawn, 0)], FanOutChoice::Send(0, MAIL));
        check(&[(Email, Customer, 0)], FanOutChoice::Send(0, MAIL));
        check(&[(Email, Confirmed, 1), (Signal, Requested, 0)], FanOutChoice::Skip(0, Refusal::Suppressed));
        check(&[(Email, Held, 1)], FanOutChoice::Skip(0, Refusal::Suppressed));
        check(&[(Email, Held, 0), (Threema, Withdrawn, 1)], FanOutChoice::Skip(1, Refusal::Withdrawn));
        check(&[(Email, Confirmed, 2), (Signal, Held, 0)], FanOutChoice::Skip(0, Refusal::Undeliverable));
        check(&[(Email, Quarantined, 0), (Signal, Requested, 0)], FanOutChoice::Skip(1, Refusal::Unconfirmed));
        check(&[(Email, Objected, 0)], FanOutChoice::Skip(0, Refusal::Objected));
        check(&[(Email, Withdrawn, 0), (Sms, Confirmed, 0)], FanOutChoice::Skip(1, Refusal::NoAddress));
        check(&[], FanOutChoice::Skip(0, Refusal::NoAddress));
    }
}
