//! Which address of a contact gets a broadcast: the first one with consent in the list's order of transports; if there is none, the refusal that
//! explains most.

use crate::config::ListConfig;
use crate::context::EngineContext;
use rundruf_consent::{AddressFlags, Channel, Refusal, State};
use rundruf_store::{FanOutCandidate, FanOutChoice, FanOutChooser, TransportId};
use std::sync::Arc;

/// Chooses the address for each contact of a list.
pub(crate) fn choose(context: &EngineContext, list: &ListConfig) -> FanOutChooser {
    let order = context
        .transports_of(list)
        .map(|t| (t.id, Channel::ALL.into_iter().filter(|c| t.serves(*c)).collect()))
        .collect();
    by_order(order)
}

/// Chooses by this order of transports with the channels that each serves.
fn by_order(order: Vec<(TransportId, Vec<Channel>)>) -> FanOutChooser {
    Arc::new(move |candidates| {
        let may = |c: &FanOutCandidate| is_permitting(c.state) && c.flags.is_clear();
        for (transport, channels) in &order {
            if let Some(at) = candidates.iter().position(|c| may(c) && channels.contains(&c.channel)) {
                return FanOutChoice::Send(at, *transport);
            }
        }
        let ranked = candidates.iter().enumerate().map(|(at, c)| (refusal(c), at));
        ranked
            .max_by_key(|((rank, _), _)| *rank)
            .map_or(FanOutChoice::Skip(0, Refusal::NoAddress), |((_, refusal), at)| FanOutChoice::Skip(at, refusal))
    })
}

const fn is_permitting(state: State) -> bool {
    matches!(state, State::Confirmed | State::Customer)
}

/// Why a candidate gets nothing, and the rank of that reason: a person's own decision comes before the state of an address.
fn refusal(c: &FanOutCandidate) -> (u8, Refusal) {
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
    // There is consent, but no transport of this list serves the channel: the admin can change that.
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
        assert_eq!(by_order(order)(&candidates), want, "{candidates:?}");
    }

    #[test]
    fn the_list_orders_and_consent_decides() {
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
