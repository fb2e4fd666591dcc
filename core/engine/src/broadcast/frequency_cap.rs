//! The frequency cap: at most N messages of a list for each person in a period: contacts that share a mailbox, by a +tag, count as one.
//!
//! Sent, unknown and open deliveries count; failed and skipped ones do not. Fan-out computes the capped contacts before it writes the first page
//! of a broadcast. It writes the broadcasts of a capped list one after the other, so that each counts for the next.

use crate::config::ListConfig;
use crate::context::EngineContext;
use crate::error::Result;
use rundruf_consent::{BroadcastId, ContactId, DeliveryId, ListId, Time};
use rundruf_store::{BroadcastRow, BroadcastState, DeliveryRow, DeliveryState};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The newest broadcasts: older ones are not counted.
const NEWEST: u32 = 1_000;
/// Deliveries that are read together.
const PAGE: u32 = 10_000;
/// Longest time from begin to last message of a broadcast that has ended: one that was paused for longer is not counted.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// Who the cap of a list allows a message. Nobody is capped where the list has no cap.
#[derive(Debug, Default)]
pub(crate) struct FrequencyLimit {
    most: u32,
    /// Contacts at the cap, by the one that stands for their group.
    capped: HashSet<ContactId>,
    /// Contacts that share a mailbox with another, or were merged: each with the one that stands for all of them.
    groups: HashMap<ContactId, ContactId>,
    /// Of each group: how many messages were counted.
    counts: HashMap<ContactId, u32>,
    /// Of each group: the contacts that this broadcast has chosen.
    chosen: Mutex<HashMap<ContactId, HashSet<ContactId>>>,
}

/// Shared between the pages of a broadcast.
pub(crate) type CappedContacts = Arc<FrequencyLimit>;

impl FrequencyLimit {
    fn group(&self, contact: ContactId) -> ContactId {
        self.groups.get(&contact).copied().unwrap_or(contact)
    }

    /// Whether a contact may get this broadcast. Of contacts that share a mailbox no more than the cap allows; asked again, the answer is the same.
    pub(crate) fn admits(&self, contact: ContactId) -> bool {
        let group = self.group(contact);
        if self.capped.contains(&group) {
            return false;
        }
        if !self.groups.contains_key(&contact) {
            return true;
        }
        let counted = self.counts.get(&group).copied().unwrap_or(0);
        let mut chosen = self.chosen.lock().unwrap_or_else(PoisonError::into_inner);
        let chosen = chosen.entry(group).or_default();
        let others = u32::try_from(chosen.len()).unwrap_or(u32::MAX);
        chosen.contains(&contact) || (counted.saturating_add(others) < self.most && chosen.insert(contact))
    }

    #[cfg(test)]
    pub(crate) fn at_cap(contact: ContactId) -> Self {
        Self { most: 1, capped: HashSet::from([contact]), ..Self::default() }
    }
}

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
    let groups: HashMap<ContactId, ContactId> = context.store.contact_groups().await?.into_iter().collect();
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
                let group = groups.get(&row.contact).copied().unwrap_or(row.contact);
                let count = counts.entry(group).or_default();
                *count += 1;
                if *count >= most {
                    capped.insert(group);
                }
            }
        }
    }
    // Only groups are counted on while the broadcast is written.
    counts.retain(|group, _| groups.contains_key(group));
    Ok(Arc::new(FrequencyLimit { most, capped, groups, counts, chosen: Mutex::default() }))
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
