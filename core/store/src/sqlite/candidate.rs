//! A row that may be claimed, and what the gate says about it.

use super::counters::CounterDeltas;
use super::{frequency, suppression};
use crate::error::Result;
use crate::{ClaimKind, Claimed, Destination, DestinationRest, DispatchResult, FrequencyLimit, Session, TransportId};
use const_format::formatcp;
use rundruf_consent::gate::claim::{GateInput, authorize};
use rundruf_consent::suppression::Pepper;
use rundruf_consent::{
    Address, AddressFlags, AddressId, Channel, Class, ContactId, DeliveryId, ListId, Refusal, SendPermit, Time,
};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use std::collections::HashMap;

/// One claim: what it is asked for and what it has gathered.
pub(super) struct ClaimRun<'a> {
    pub(super) c: &'a Connection,
    pub(super) pepper: &'a Pepper,
    pub(super) transport: TransportId,
    pub(super) session: Session,
    pub(super) now: Time,
    pub(super) left: u32,
    /// Destinations that rest.
    pub(super) resting: &'a HashMap<Destination, DestinationRest>,
    /// Frequency caps of lists.
    pub(super) limits: &'a [FrequencyLimit],
    pub(super) step: &'a mut DispatchResult,
    pub(super) deltas: &'a mut CounterDeltas,
}

/// The flags of an address as they hold for a consent: a person who left everything and came back to this list is not suppressed for it.
/// Tables `a` and `c`; a value of another type than ours stays as it is, so that the gate finds it unreadable.
pub(super) const FLAGS: &str = formatcp!(
    "CASE WHEN c.reopened = 1 AND typeof(a.flags) = 'integer' THEN a.flags & ~{} ELSE a.flags END",
    AddressFlags::SUPPRESSED.0
);

/// The columns that all three queries begin with.
pub(super) struct ClaimCandidate {
    pub(super) id: i64,
    pub(super) address: AddressId,
    channel: Option<Channel>,
    value: Box<str>,
    pub(super) gate: GateInput,
    language: Option<Box<str>>,
    vars: Box<str>,
    attempts: u32,
    first_try: Option<Time>,
    /// Random part of the address's links; 0 where no link is needed.
    pub(super) link: i64,
    /// The contact of a delivery; 0 of a service message.
    pub(super) contact: ContactId,
}

pub(super) fn boxed(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Box<str>>> {
    // Straight from the page into its box: no String in between.
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Box::from))
}

/// What the gate needs to know of a row. A column of another type than ours must refuse this row, not fail the whole claim.
fn gate_input(row: &Row<'_>) -> rusqlite::Result<GateInput> {
    let optional = |column| match row.get_ref(column)? {
        ValueRef::Null => Ok(Ok(None)),
        ValueRef::Integer(number) => Ok(Ok(Some(number))),
        _ => Ok::<_, rusqlite::Error>(Err(())),
    };
    Ok(match (optional(4)?, optional(5)?, optional(6)?) {
        (Ok(Some(flags)), Ok(state), Ok(evidence)) => GateInput::from_columns(flags, state, evidence),
        _ => GateInput::unreadable(),
    })
}

pub(super) fn candidate(row: &Row<'_>) -> rusqlite::Result<ClaimCandidate> {
    Ok(ClaimCandidate {
        id: row.get(0)?,
        address: AddressId(row.get(1)?),
        channel: Channel::from_code(row.get(2)?),
        value: boxed(row, 3)?.unwrap_or_default(),
        gate: gate_input(row)?,
        language: boxed(row, 7)?,
        vars: boxed(row, 8)?.unwrap_or_default(),
        attempts: row.get(9)?,
        first_try: row.get::<_, Option<i64>>(10)?.map(Time),
        link: 0,
        contact: ContactId(0),
    })
}

impl ClaimRun<'_> {
    pub(super) fn take(
        &mut self,
        candidate: ClaimCandidate,
        permit: SendPermit,
        work: ClaimKind,
        list: Option<ListId>,
    ) {
        let Some(channel) = candidate.channel else { return };
        self.step.claimed.push(Claimed {
            permit,
            work,
            list,
            address_id: candidate.address,
            link: candidate.link,
            channel,
            address: candidate.value,
            language: candidate.language,
            vars: candidate.vars,
            attempt: candidate.attempts + 1,
            first_try: candidate.first_try.unwrap_or(self.now),
        });
        self.left -= 1;
    }

    /// When the row may be tried, if its destination rests now. The rows of a destination are spread, so that they do not come back at once.
    pub(super) fn rests_until(&self, candidate: &ClaimCandidate) -> Option<Time> {
        if self.resting.is_empty() {
            return None;
        }
        let rest = self.resting.get(&Destination::of(candidate.channel?, &candidate.value)?)?;
        let part = f64::from((candidate.id.cast_unsigned() as u32).wrapping_mul(0x9e37_79b9)) / f64::from(u32::MAX);
        (rest.until > self.now).then(|| rest.until.plus(rest.spread.mul_f64(part)))
    }

    /// Whether the mailbox behind a +tag is suppressed. Every other address was stopped with its consent; a failure to read is a yes.
    fn is_stopped_by_mailbox(&self, channel: Channel, value: &str, list: Option<ListId>) -> bool {
        if channel != Channel::Email || !value.contains('+') {
            return false;
        }
        let address = Address::from_normal(channel, value);
        let found = suppression::look(self.c, self.pepper, &address, list.unwrap_or(suppression::EVERYWHERE));
        found.map_or(true, suppression::SuppressionMatch::any)
    }

    pub(super) fn judge(
        &self,
        candidate: &ClaimCandidate,
        id: DeliveryId,
        class: Class,
        list: Option<ListId>,
    ) -> std::result::Result<SendPermit, Refusal> {
        let Some(channel) = candidate.channel else {
            // Of an erased address the consent says so.
            return Err(authorize(id, &candidate.gate, class, self.now).err().unwrap_or(Refusal::NoAddress));
        };
        if class == Class::Promotion && self.is_stopped_by_mailbox(channel, &candidate.value, list) {
            return Err(Refusal::Suppressed);
        }
        authorize(id, &candidate.gate, class, self.now)
    }

    /// Judges a delivery of a broadcast: by the gate, then by the list's frequency cap.
    pub(super) fn judge_delivery(
        &self,
        candidate: &ClaimCandidate,
        list: ListId,
    ) -> Result<std::result::Result<SendPermit, Refusal>> {
        let permit = self.judge(candidate, DeliveryId(candidate.id), Class::Promotion, Some(list));
        if permit.is_ok()
            && let Some(limit) = self.limits.iter().find(|limit| limit.list == list)
            && frequency::is_reached(self.c, limit, candidate.contact, candidate.id)?
        {
            return Ok(Err(Refusal::FrequencyCap));
        }
        Ok(permit)
    }
}
