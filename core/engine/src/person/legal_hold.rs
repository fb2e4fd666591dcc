//! Keeps a person's data for legal claims (R34, GDPR Art. 17(3)(e)): with a reason and an end. Nothing is deleted or erased meanwhile; who asks to be
//! forgotten gets nothing any more at once, and is erased at the end.

use super::erase::{ErasureOrder, erase};
use crate::context::EngineContext;
use crate::conversation::evidence::person_draft;
use crate::error::{EngineError, Result};
use crate::view::LegalHoldForm;
use jiff::civil::Date;
use rundruf_consent::{ContactId, Time};
use rundruf_lang::msg;
use rundruf_store::LegalHold;
use std::sync::Arc;

/// Longest hold: the longest limitation of civil claims that is common, and their end of the year.
const LONGEST_YEARS: i32 = 11;
/// Holds that end together.
const TOGETHER: u32 = 100;

/// The end of a day, where the sender is.
fn end_of(context: &EngineContext, day: &str) -> Result<Time> {
    let refused = || EngineError::refused("until", msg!("engine-hold-until"), msg!("engine-hold-until-help"));
    let date: Date = day.trim().parse().map_err(|_| refused())?;
    let midnight = date.tomorrow().map_err(|_| refused())?.to_datetime(jiff::civil::Time::midnight());
    let end = context.config.time_zone.to_timestamp(midnight).map_err(|_| refused())?;
    let (until, now) = (Time(end.as_millisecond()), context.clock.now());
    let years = i64::from(LONGEST_YEARS) * 366 * 86_400_000;
    if until <= now || until.0 - now.0 > years { Err(refused()) } else { Ok(until) }
}

/// Begins a hold of a contact, or changes its end and reason.
pub(crate) async fn hold(
    context: &EngineContext,
    contact: ContactId,
    form: &LegalHoldForm,
    reason: &str,
) -> Result<LegalHold> {
    let until = end_of(context, &form.until)?;
    let now = context.clock.now();
    let hold =
        LegalHold { contact, since: now, until, actor: form.actor.clone(), reason: reason.to_owned(), erase: false };
    let draft = Arc::new(person_draft(context, &form.actor));
    context.store.legal_hold_set(hold, form.until.trim().to_owned(), draft, now).await?;
    let stored = context.store.legal_hold_get(contact).await?;
    stored.ok_or_else(|| EngineError::Unknown(msg!("engine-no-contact")))
}

/// Ends a hold. Answers whether the person was erased, as it was asked for meanwhile.
pub(crate) async fn release(context: &EngineContext, contact: ContactId, reason: &str, actor: &str) -> Result<bool> {
    let draft = Arc::new(person_draft(context, actor));
    let ended = context.store.legal_hold_end(contact, reason.to_owned(), draft, context.clock.now()).await?;
    let Some(hold) = ended else {
        return Err(EngineError::refused("not_on_hold", msg!("engine-not-on-hold"), ""));
    };
    if hold.erase
        && let Some(row) = context.store.contact_get(contact).await?
    {
        erase(context, &row.addresses, ErasureOrder::of(actor)).await?;
    }
    Ok(hold.erase)
}

/// Ends holds whose time is over. True if there may be more.
pub(crate) async fn end_legal_holds(context: &EngineContext, now: Time) -> Result<bool> {
    let over = context.store.legal_hold_over(now, TOGETHER).await?;
    for hold in &over {
        let erased = release(context, hold.contact, "its time is over", "system").await?;
        tracing::info!(contact = hold.contact.0, erased, "a legal hold has ended");
    }
    Ok(over.len() >= TOGETHER as usize)
}
