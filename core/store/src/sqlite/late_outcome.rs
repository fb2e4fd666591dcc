//! Outcomes that come after a message counted as unknown: the plugin knows better, so they correct it.

use super::codes::{DONE, RETRY, RUNNING, SENT, SKIPPED, UNKNOWN};
use super::counters::{self, CounterDeltas};
use super::writer::Writer;
use crate::error::Result;
use crate::{OutcomeCorrection, TransportId};
use const_format::formatcp;
use rundruf_consent::BroadcastId;
use rusqlite::{OptionalExtension, params};

const FIND: &str = formatcp!(
    "SELECT d.broadcast FROM delivery d JOIN broadcast b ON b.id = d.broadcast WHERE d.id = ?1 AND b.key = ?2 AND d.transport = ?3 \
     AND d.state = {UNKNOWN}"
);
const MOVE_SENT: &str = formatcp!(
    "UPDATE delivery SET state = {SENT}, at = ?2, remote_id = nullif(?3, ''), detail = NULL WHERE id = ?1 AND state = {UNKNOWN}"
);
/// It was never begun: the attempt does not count.
const MOVE_BACK: &str = formatcp!(
    "UPDATE delivery SET state = {RETRY}, due = ?2, at = ?2, attempts = max(attempts - 1, 0), detail = NULL WHERE id = ?1 AND state = {UNKNOWN}"
);
const MOVE_SKIPPED: &str = formatcp!(
    "UPDATE delivery SET state = {SKIPPED}, at = ?2, reason = ?3, detail = NULL WHERE id = ?1 AND state = {UNKNOWN}"
);
const GO_ON: &str = formatcp!("UPDATE broadcast SET state = {RUNNING} WHERE id = ?1 AND state = {DONE}");
const SERVICE_SENT: &str = formatcp!(
    "UPDATE service SET state = {SENT}, at = ?2, remote_id = nullif(?3, ''), detail = NULL WHERE id = ?1 AND transport = ?4 AND state = {UNKNOWN}"
);

/// Corrects unknown deliveries of this transport. Returns how many. What a person or a receipt has decided meanwhile stays.
pub(super) fn correct(w: &Writer, transport: TransportId, corrections: &[OutcomeCorrection]) -> Result<u64> {
    let c = &w.connection;
    let (mut corrected, mut deltas) = (0, CounterDeltas::default());
    for correction in corrections {
        let Some((key, number)) = correction.message_id.split_first_chunk::<8>() else { continue };
        let Ok(number) = <[u8; 8]>::try_from(number) else { continue };
        let (id, at) = (i64::from_be_bytes(number), correction.at.0);
        if id < 0 {
            if let Some(remote_id) = correction.sent.as_ref().filter(|_| *key == w.secrets.instance_key) {
                let row = params![id.unsigned_abs().cast_signed(), at, remote_id, transport.0];
                corrected += c.prepare_cached(SERVICE_SENT)?.execute(row)? as u64;
            }
            continue;
        }
        let found = c.prepare_cached(FIND)?.query_row(params![id, key, transport.0], |r| r.get(0)).optional()?;
        let Some(broadcast) = found.map(BroadcastId) else { continue };
        corrected += 1;
        deltas.of(broadcast).unknown -= 1;
        match (&correction.sent, counters::reason_of_end(c, broadcast)?) {
            (Some(remote_id), _) => {
                c.prepare_cached(MOVE_SENT)?.execute(params![id, at, remote_id])?;
                deltas.of(broadcast).sent += 1;
            }
            (None, Some((reason, _))) => {
                c.prepare_cached(MOVE_SKIPPED)?.execute(params![id, at, reason.code()])?;
                deltas.skip(broadcast, reason);
            }
            (None, None) => {
                c.prepare_cached(MOVE_BACK)?.execute(params![id, at])?;
                deltas.of(broadcast).retry += 1;
                c.prepare_cached(GO_ON)?.execute([broadcast.0])?;
            }
        }
    }
    deltas.write(c)?;
    Ok(corrected)
}
