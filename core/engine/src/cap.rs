//! Who has had enough: at most so many messages of a list for each person in a period.
//!
//! Counted is what a person got or will get: sent, in doubt, and everything that is still open; not what failed or was skipped. Fan-out asks
//! before it writes a broadcast's first page. It writes the broadcasts of such a list one after the other, so that each is counted for the next.

use crate::config::ListConfig;
use crate::error::EngineError;
use crate::start::Inner;
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, ListId, Time};
use rundruf_store::{BroadcastRow, BroadcastState, DeliveryRow, DeliveryState};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// Broadcasts that are looked at: the newest.
const NEWEST: u32 = 1_000;
/// Deliveries that are read together.
const PAGE: u32 = 10_000;
/// A broadcast that has ended sent its last message at most so long after it began: pauses of weeks are counted, longer ones are not.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// People who have had enough. Nobody, where the list has no cap.
pub(crate) type Sated = Arc<HashSet<ContactId>>;

/// Finds who has had enough of a list. `but` is not counted: the broadcast in question, of which pages may be written already.
///
/// # Errors
/// If the store fails.
pub(crate) async fn sated(
    engine: &Inner,
    (list, config): (ListId, &ListConfig),
    but: Option<BroadcastId>,
) -> Result<Sated, EngineError> {
    let Some((most, per)) = config.frequency_cap else { return Ok(Sated::default()) };
    let since = Time(engine.clock.now().0.saturating_sub(i64::try_from(per.as_millis()).unwrap_or(i64::MAX)));
    let mut counts: HashMap<ContactId, u32> = HashMap::new();
    let mut sated = HashSet::new();
    for broadcast in engine.store.broadcast_list(false, NEWEST).await? {
        if broadcast.list != list || Some(broadcast.id) == but || is_over(&broadcast, since) {
            continue;
        }
        let mut after = DeliveryId(0);
        loop {
            let page = engine.store.delivery_list(broadcast.id, None, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in page.iter().filter(|row| counts_since(row, since)) {
                let count = counts.entry(row.contact).or_default();
                *count += 1;
                if *count >= most {
                    sated.insert(row.contact);
                }
            }
        }
    }
    Ok(Arc::new(sated))
}

/// Whether nothing of a broadcast can have been sent since then.
fn is_over(broadcast: &BroadcastRow, since: Time) -> bool {
    use BroadcastState::{Cancelled, Done, Expired, Paused, Running, Scheduled};
    match broadcast.state {
        Scheduled | Running | Paused => false,
        Done | Cancelled | Expired => {
            let begun = broadcast.start_at.map_or(broadcast.created, |at| at.max(broadcast.created));
            begun.plus(LONGEST) < since
        }
    }
}

fn counts_since(row: &DeliveryRow, since: Time) -> bool {
    use DeliveryState::{Delivered, Failed, Held, InFlight, Queued, Read, Retry, Sent, Skipped, Unknown};
    match row.state {
        Queued | InFlight | Retry | Held => true,
        Sent | Delivered | Read | Unknown => row.at.is_none_or(|at| at > since),
        Failed | Skipped => false,
    }
}
