//! Messages that wait for a person: what they say, what the sender's consents are, and what a person does about them.

use crate::clock::local_time;
use crate::content::ServiceContent;
use crate::context::{EngineContext, Wake};
use crate::conversation::evidence::{Provenance, change, draft, locked_language};
use crate::conversation::unsubscribe;
use crate::error::{EngineError, Result};
use crate::view::{InboxItem, InboxView};
use rundruf_consent::evidence::ConsentAction;
use rundruf_consent::{Class, DeliveryId, Event, State};
use rundruf_lang::{Message, msg};
use rundruf_store::{
    AddressRow, ConsentChange, ConsentResult, HeldConsent, InboxAction, InboxRow, NewContact, NewService,
};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Longest reply, name and remark, in characters.
const LONGEST: usize = 4_000;
/// Most of the person's own words in the evidence, in characters.
const VERBATIM: usize = 500;
/// Most held consents that are listed.
const HELD: u32 = 1_000;

/// What waits, or all that is kept.
pub(crate) async fn items(context: &EngineContext, after: i64, limit: u32, all: bool) -> Result<InboxView> {
    let mut view = InboxView::default();
    let mut seen = BTreeSet::new();
    for row in context.store.inbox_list(after, limit, all).await? {
        let item = with_sender(context, row).await?;
        seen.extend(item.sender.as_ref().filter(|_| item.row.open).map(|s| s.id.0));
        view.messages.push(item);
    }
    if after == 0 {
        view.unknown = context.store.inbox_counts().await?.unknown;
        for held in context.store.held_list(HELD).await? {
            if seen.contains(&held.address.0) {
                continue;
            }
            if let Some(address) = context.store.address_get(held.address).await? {
                view.held.push((held, address));
            }
        }
    }
    Ok(view)
}

async fn with_sender(context: &EngineContext, row: InboxRow) -> Result<InboxItem> {
    let sender = context.store.address_find(row.message.address.clone()).await?;
    Ok(InboxItem { row, sender })
}

/// One message, with the consents of its sender.
pub(crate) async fn show(context: &EngineContext, id: i64) -> Result<InboxItem> {
    let row = context.store.inbox_get(id).await?;
    let row = row.ok_or_else(|| EngineError::Unknown(msg!("engine-inbox-no-message", id = id)))?;
    with_sender(context, row).await
}

/// Text that a person typed: not empty, not too long, without control characters other than line breaks.
fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if text.is_empty() || text.chars().count() > LONGEST || !is_plain {
        let message = msg!("engine-inbox-text", longest = %LONGEST);
        return Err(EngineError::refused("text", message, ""));
    }
    Ok(text)
}

/// Answers the sender by the transport that the message came by, through the gate.
pub(crate) async fn reply(context: &EngineContext, id: i64, text: &str, actor: &str) -> Result<DeliveryId> {
    let text = checked(text)?;
    let InboxItem { row, sender } = show(context, id).await?;
    let transport = context.transport(row.message.transport).ok_or_else(|| {
        EngineError::refused("no_transport", msg!("engine-inbox-no-transport"), msg!("engine-inbox-no-transport-help"))
    })?;
    let now = context.clock.now();
    let address = match sender {
        Some(row) => row.id,
        None => {
            let new = NewContact { addresses: vec![row.message.address.clone()], ..NewContact::default() };
            let contact = context.store.contact_add(new, now).await?;
            let of_sender = contact.addresses.into_iter().find(|a| a.address == row.message.address);
            of_sender.ok_or_else(|| EngineError::Unknown(msg!("engine-inbox-no-message", id = id)))?.id
        }
    };
    let contact = match context.store.address_get(address).await? {
        Some(row) => context.store.contact_get(row.contact).await?,
        None => None,
    };
    let language = locked_language(contact.and_then(|c| c.language).as_deref().unwrap_or("de"));
    let subject = msg!("engine-inbox-reply-subject", sender = &context.config.sender.name);
    let subject = subject.text(rundruf_lang::Language::from_tag(language));
    let service = NewService {
        class: Class::Answer,
        transport: transport.id,
        address: Some(address),
        list: None,
        payload: ServiceContent::json(language, &subject, text),
        expires: None,
    };
    let queued = context.store.service_add(vec![service], now).await?;
    context.store.inbox_act(id, InboxAction::Reply, actor.to_owned(), text.to_owned(), now).await?;
    context.wake(Wake::Service(transport.id));
    queued.first().copied().ok_or_else(|| EngineError::Unknown(msg!("engine-inbox-no-message", id = id)))
}

/// Stores what a person decided. `Continue` and `Stop` change the sender's consents, with evidence. Answers how many changed.
pub(crate) async fn act(context: &EngineContext, id: i64, action: InboxAction, note: &str, actor: &str) -> Result<u64> {
    let InboxItem { row, sender } = show(context, id).await?;
    let note = match action {
        // A hold ends by the person's own word, or for a reason that can be shown (SPEC §2.2).
        InboxAction::Assign | InboxAction::Continue => checked(note)?,
        _ if note.trim().is_empty() => "",
        _ => checked(note)?,
    };
    let now = context.clock.now();
    let mut changed = 0;
    if let (InboxAction::Continue | InboxAction::Stop, Some(sender)) = (action, &sender) {
        let changes = changes(context, (&row, sender), action, note, actor);
        let results = context.store.consent_apply(changes, now).await?;
        changed = results.iter().filter(|r| matches!(r, ConsentResult::Done { changed: true, .. })).count() as u64;
        context.wake(Wake::Broadcasts);
    }
    if action == InboxAction::Continue && changed == 0 {
        return Err(EngineError::refused(
            "not_held",
            msg!("engine-inbox-not-held"),
            msg!("engine-inbox-not-held-help"),
        ));
    }
    context.store.inbox_act(id, action, actor.to_owned(), note.to_owned(), now).await?;
    Ok(changed)
}

fn changes(
    context: &EngineContext,
    (row, sender): (&InboxRow, &AddressRow),
    action: InboxAction,
    note: &str,
    actor: &str,
) -> Vec<ConsentChange> {
    let words: String = row.message.text.chars().take(VERBATIM).collect();
    let message_id = (!row.message.remote_id.is_empty()).then(|| row.message.remote_id.clone());
    let act =
        ConsentAction { kind: "operator".to_owned(), verbatim: Some(words), message_id, ..ConsentAction::default() };
    let detail =
        if note.is_empty() { format!("inbox {}", row.message.id) } else { format!("inbox {}: {note}", row.message.id) };
    let by = Provenance { detail: Some(detail), act, ..Provenance::new(actor, "command", "") };
    if action == InboxAction::Stop {
        // As a stop by the person: all lists of the sender.
        return unsubscribe::withdrawals(context, sender, || by.clone());
    }
    let go_on = |list| change(sender.id, list, Event::Resume, Arc::new(draft(context, list, "de", by.clone())));
    sender.consents.iter().filter(|c| c.state == State::Held).map(|c| go_on(c.list)).collect()
}

/// What waits for a person, for `doctor`: each with since when.
pub(crate) async fn waiting(context: &EngineContext) -> Result<Vec<Message>> {
    let counts = context.store.inbox_counts().await?;
    let mut found = Vec::new();
    if let Some(oldest) = counts.oldest {
        let (count, since) = (counts.messages.cast_signed(), local_time(oldest, &context.config.time_zone));
        found.push(msg!("engine-inbox-messages-wait", count = count, since = since));
        if context.config.admin.notify.is_empty() {
            found.push(msg!("engine-inbox-nobody-told"));
        }
    }
    for (broadcast, count) in counts.unknown {
        found.push(msg!("engine-inbox-unknown-wait", id = %broadcast, count = count.cast_signed()));
    }
    let held = context.store.held_list(HELD).await?;
    if let Some(HeldConsent { since, .. }) = held.first() {
        found.push(msg!(
            "engine-inbox-held-wait",
            count = held.len() as i64,
            since = local_time(*since, &context.config.time_zone)
        ));
    }
    Ok(found)
}
