//! A delivery or service message as people see it, read from a row.

use crate::{DeliveryRow, DeliveryState, TransportId};
use rundruf_consent::{Address, Channel, ContactId, DeliveryId, EventId, Refusal, Time};
use rusqlite::Row;

/// Reads a row whose columns from `first` on are channel, value, transport, state, reason, detail, attempts, evidence, remote_id, at.
/// `None` if the channel or the state has a number that this program does not know.
pub(super) fn read(
    r: &Row<'_>,
    id: DeliveryId,
    (contact, first): (ContactId, usize),
) -> rusqlite::Result<Option<DeliveryRow>> {
    // An erased address has the channel 0, and no value.
    let code: u8 = r.get(first)?;
    let channel = Channel::from_code(code);
    if channel.is_none() && code != 0 {
        return Ok(None);
    }
    let Some(state) = DeliveryState::from_code(r.get(first + 3)?) else { return Ok(None) };
    Ok(Some(DeliveryRow {
        id,
        contact,
        address: channel
            .map(|c| r.get::<_, String>(first + 1).map(|value| Address::from_normal(c, &value)))
            .transpose()?,
        transport: r.get::<_, Option<i64>>(first + 2)?.map(TransportId),
        state,
        reason: reason(state, r.get(first + 4)?, r.get(first + 5)?),
        attempts: r.get(first + 6)?,
        evidence: r.get::<_, Option<i64>>(first + 7)?.filter(|e| *e > 0).map(EventId),
        remote_id: r.get::<_, Option<String>>(first + 8)?.filter(|r| !r.is_empty()),
        at: r.get::<_, Option<i64>>(first + 9)?.map(Time),
    }))
}

/// The reason in words.
fn reason(state: DeliveryState, code: Option<u16>, detail: Option<String>) -> Option<String> {
    if state == DeliveryState::Skipped {
        return code.and_then(|c| u8::try_from(c).ok()).and_then(Refusal::from_code).map(|r| r.word().to_owned());
    }
    let detail = detail.filter(|d| !d.is_empty());
    match (code, detail) {
        (Some(code), Some(detail)) => Some(format!("{code} {detail}")),
        (Some(code), None) => Some(code.to_string()),
        (None, detail) => detail,
    }
}
