//! The frequency cap: at most N messages of a list for each contact in a period.
//!
//! Sent, unknown and open deliveries count; failed and skipped ones do not. Fan-out computes the capped contacts before it writes the first page
//! of a broadcast. It writes the broadcasts of a capped list one after the other, so that each counts for the next.

use crate::config::ListConfig;
use crate::context::EngineContext;
use crate::error::Result;
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, ListId, Time};
use rundruf_store::{BroadcastRow, BroadcastState, DeliveryRow, DeliveryState};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// The newest broadcasts: older ones are not counted.
const NEWEST: u32 = 1_000;
/// Deliveries that are read together.
const PAGE: u32 = 10_000;
/// Longest time from begin to last message of a broadcast that has ended: one that was paused for longer is not counted.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// Contacts at the cap of a list. Empty where the list has no cap.
pub(crate) type CappedContacts = Arc<HashSet<ContactId>>;

/// Finds the contacts at the cap of a list. `except` is not counted: the broadcast that asks, of which pages may be written already.
///
/// # Errors
/// If the store fails.
pub(crate) async fn capped_contacts(
    context: &EngineContext,
    (list, config): (ListId, &ListConfig),
    except: Option<BroadcastId>,
) -> Result<CappedContacts> {
    let Some((most, per)) = config.frequency_cap else { return Ok(CappedContacts::default()) };
    let since = Time(context.clock.now().0.saturating_sub(i64::try_from(per.as_millis()).unwrap_or(i64::MAX)));
    let mut counts: HashMap<ContactId, u32> = HashMap::new();
    let mut capped = HashSet::new();
    for broadcast in context.store.broadcast_list(false, NEWEST).await? {
        if broadcast.list != list || Some(broadcast.id) == except || is_over(&broadcast, since) {
            continue;
        }
        let mut after = DeliveryId(0);
        loop {
            let page = context.store.delivery_list(broadcast.id, None, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.id;
            for row in page.iter().filter(|row| counts_since(row, since)) {
                let count = counts.entry(row.contact).or_default();
                *count += 1;
                if *count >= most {
                    capped.insert(row.contact);
                }
            }
        }
    }
    Ok(Arc::new(capped))
}

/// Whether no message of a broadcast can have been sent since then.
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
