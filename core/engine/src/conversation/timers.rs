//! What the law does by time: a consent that nobody uses becomes stale (R29).

use super::evidence::{Provenance, change, draft};
use crate::context::EngineContext;
use crate::error::Result;
use rundruf_consent::{AddressId, ContactId, Event, ListId, Time};
use rundruf_store::{ConsentChange, ConsentResult};
use std::sync::Arc;
use std::time::Duration;

/// Consents that are read and changed together.
const PAGE: u32 = 5_000;

/// This long before now.
fn ago(now: Time, by: Duration) -> Time {
    Time(now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}

/// Makes consents of a list stale; answers how many changed.
async fn apply(context: &EngineContext, list: ListId, of: Vec<AddressId>, now: Time) -> Result<u64> {
    let one = |address| -> ConsentChange {
        let draft = draft(context, list, "de", Provenance::new("system", "timer", "timer"));
        change(address, list, Event::GoStale, Arc::new(draft))
    };
    let done = context.store.consent_apply(of.into_iter().map(one).collect(), now).await?;
    Ok(done.iter().filter(|d| matches!(d, ConsentResult::Done { changed: true, .. })).count() as u64)
}

/// Makes consents stale for which nothing was sent within the set time, and counts those for which half of it has gone by.
pub(crate) async fn go_stale(context: &EngineContext, now: Time) -> Result<()> {
    let before = ago(now, context.config.timers.stale_after);
    let half = ago(now, context.config.timers.stale_after / 2);
    let mut waiting = Vec::new();
    for list in context.store.list_all().await?.into_iter().filter(|list| !list.closed) {
        let mut after = Some(ContactId(0));
        let mut stale = 0;
        while let Some(from) = after {
            let (unused, next) = context.store.unused_since(list.id, before, from, PAGE).await?;
            if !unused.is_empty() {
                stale += apply(context, list.id, unused, now).await?;
            }
            after = next;
        }
        if stale > 0 {
            tracing::info!(list = %list.name, stale, "consents became stale: nothing was sent for too long");
        }
        let (mut after, mut unused) = (Some(ContactId(0)), 0);
        while let Some(from) = after {
            let (some, next) = context.store.unused_since(list.id, half, from, PAGE).await?;
            (unused, after) = (unused + some.len() as u64, next);
        }
        if unused > 0 {
            tracing::warn!(list = %list.name, unused, "nothing was sent to these consents for half of `consent.stale_after`: then they count no more");
            waiting.push((list.name, unused));
        }
    }
    context.set_unused(waiting);
    Ok(())
}
