//! Erases a person: consents end, keys are shredded, texts and spellings go from database, log and files. Numbers and the keyed hash stay.

use super::files::{self, FileSearch, SearchRules};
use crate::context::{EngineContext, Wake};
use crate::conversation::evidence::{Provenance, change, draft};
use crate::error::{EngineError, Result};
use crate::extensions::forget;
use crate::view::{Erasure, PluginErasure};
use rundruf_consent::{Address, AddressFlags, AddressId, Event, Time};
use rundruf_lang::msg;
use rundruf_store::{AddressRow, ConsentChange, ErasureCounts, Spellings};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// How long an erasure waits for messages that are in flight, and how often it looks.
const WAIT: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(50);
/// Addresses that are erased together.
const TOGETHER: u32 = 200;
/// How long an address is kept at least that was asked and did not say yes; the timers look once an hour, so that it is gone within a day (T_purge).
const KEPT_UNANSWERED: Duration = Duration::from_secs(23 * 3_600);

/// Who has an address erased, and what stays.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ErasureOrder<'a> {
    pub(crate) actor: &'a str,
    /// `command` or `timer`.
    source: &'static str,
    /// Whether nobody may write to the address again until the person signs up.
    keeps_stop: bool,
}

impl<'a> ErasureOrder<'a> {
    /// A person asked for it.
    pub(crate) const fn of(actor: &'a str) -> Self {
        Self { actor, source: "command", keeps_stop: true }
    }

    /// A request was not answered with yes.
    const UNANSWERED: ErasureOrder<'static> = ErasureOrder { actor: "system", source: "timer", keeps_stop: false };
}

/// Erases these addresses. May be repeated after it was interrupted.
pub(crate) async fn erase(context: &EngineContext, rows: &[AddressRow], order: ErasureOrder<'_>) -> Result<Erasure> {
    let now = context.clock.now();
    let ids: Vec<AddressId> = rows.iter().map(|row| row.id).collect();
    let too_many = || EngineError::refused("erase", msg!("engine-erase-too-many"), "");
    let spelled = context.store.address_spellings(ids.clone()).await?;
    let spellings = Spellings::new(&spelled).ok_or_else(too_many)?;
    // First nothing new may be claimed for them.
    let mut changes: Vec<ConsentChange> = Vec::new();
    for row in rows {
        if order.keeps_stop {
            context.store.address_flag(row.id, AddressFlags::SUPPRESSED, AddressFlags(0), now).await?;
        }
        for consent in &row.consents {
            let act = if order.source == "timer" { "timer" } else { "operator" };
            let by = Provenance::new(order.actor, order.source, act);
            let draft = Arc::new(draft(context, consent.list, "de", by));
            changes.push(change(row.id, consent.list, Event::Erase, draft));
        }
    }
    if !changes.is_empty() {
        context.store.consent_apply(changes, now).await?;
    }
    context.wake(Wake::Broadcasts);
    let mut waited = Duration::ZERO;
    while waited < WAIT && context.store.erase_in_flight(ids.clone()).await? > 0 {
        tokio::time::sleep(LOOK).await;
        waited += LOOK;
    }
    // Plugins before files: what a plugin forgets itself it need not find overwritten. Noted before the rows go, which name the address.
    let mut plugins = forget::note(context, &named(rows, &spelled)).await?;
    if order.source == "command" {
        forget::tell_now(context, &mut plugins).await?;
    }
    let left_out = plugins.left_out.clone();
    let masked = rows.iter().map(|row| row.address.masked()).collect();
    // Files before rows: if this is interrupted the addresses can still be named.
    let before = search(context, spellings.clone(), (true, &left_out)).await?;
    let counts = context.store.erase(ids.clone(), spellings.clone(), order.keeps_stop, now).await?;
    context.store.compact(false).await?;
    let mut after = search(context, spellings.clone(), (false, &left_out)).await?;
    if after.is_in_database {
        // Free pages of an older version, or the leftovers of a page that was split.
        context.store.compact(true).await?;
        after = search(context, spellings, (false, &left_out)).await?;
    }
    let in_flight = context.store.erase_in_flight(ids).await?;
    tracing::info!(addresses = rows.len(), in_flight, by = order.source, "addresses were erased");
    Ok(Erasure {
        addresses: masked,
        counts,
        files: before.cleared,
        in_flight,
        plugins,
        is_complete: !after.is_in_database,
        elsewhere: after.elsewhere,
        kept: None,
    })
}

/// Each spelling with the number of its row; a merged one with that of the first row of its channel.
fn named(rows: &[AddressRow], spelled: &[Address]) -> Vec<(AddressId, Address)> {
    let owner = |address: &Address| {
        let same = rows.iter().find(|row| row.address == *address);
        same.or_else(|| rows.iter().find(|row| row.address.channel() == address.channel())).or_else(|| rows.first())
    };
    spelled.iter().filter_map(|address| Some((owner(address)?.id, address.clone()))).collect()
}

async fn search(
    context: &EngineContext,
    spellings: Spellings,
    (clear, left_out): (bool, &[String]),
) -> Result<FileSearch> {
    let (folder, left_out) = (context.config.data_dir.clone(), left_out.to_vec());
    let rules =
        move |folder: &Path| files::search(folder, SearchRules { spellings: &spellings, clear, left_out: &left_out });
    let found = tokio::task::spawn_blocking(move || rules(&folder)).await;
    Ok(found.map_err(std::io::Error::other)??)
}

/// What an erasure would do: the masked addresses.
impl Erasure {
    /// Of these addresses, before anything was done.
    pub(crate) fn planned<'a>(addresses: impl IntoIterator<Item = &'a Address>) -> Self {
        let addresses = addresses.into_iter().map(Address::masked).collect();
        let (counts, files, elsewhere) = (ErasureCounts::default(), 0, Vec::new());
        let plugins = PluginErasure::default();
        Self { addresses, counts, files, in_flight: 0, plugins, is_complete: false, elsewhere, kept: None }
    }
}

/// Goes on with erasures that were interrupted or wait for messages in flight.
pub(crate) async fn resume(context: &EngineContext) -> Result<u64> {
    Ok(context.store.erase_finish(context.clock.now()).await?)
}

/// Erases again who was erased before and came back with an older copy of the database.
pub(crate) async fn forget_again(context: &EngineContext) -> Result<()> {
    let returned = context.store.erased_returned().await?;
    for part in returned.chunks(TOGETHER as usize) {
        erase(context, part, ErasureOrder::of("system")).await?;
    }
    if !returned.is_empty() {
        tracing::warn!(
            addresses = returned.len(),
            "the database is an older copy: who was erased since then was erased again"
        );
    }
    Ok(())
}

/// Forgets who was asked and did not say yes (R12). True if there may be more.
pub(crate) async fn forget_unanswered(context: &EngineContext, now: Time) -> Result<bool> {
    let before = Time(now.0.saturating_sub(i64::try_from(KEPT_UNANSWERED.as_millis()).unwrap_or(i64::MAX)));
    let mut rows = context.store.request_unanswered(before, TOGETHER).await?;
    let more = rows.len() >= TOGETHER as usize;
    // Alerts go there.
    rows.retain(|row| context.config.admin.notify.iter().all(|n| n.address != row.address));
    if rows.is_empty() {
        return Ok(false);
    }
    erase(context, &rows, ErasureOrder::UNANSWERED).await?;
    Ok(more)
}
