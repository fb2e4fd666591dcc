//! The same text to the same list within a day is nearly always a slip: a command run twice, an answer that did not come.

use crate::clock::local_time;
use crate::content::BroadcastContent;
use crate::context::EngineContext;
use crate::error::Result;
use rundruf_consent::{BroadcastId, ListId, Time};
use rundruf_lang::{Message, msg};
use rundruf_store::{BroadcastRow, BroadcastState};

/// A day, in milliseconds.
const DAY: u64 = 86_400_000;
/// The newest broadcasts: older ones are not compared.
const NEWEST: u32 = 200;

/// The broadcast of this list less than a day from this start that has the same text, with what to say about it. One of which nobody has got
/// anything and nobody will is not counted.
pub(super) async fn find(
    context: &EngineContext,
    list: ListId,
    source: &BroadcastContent,
    start: Time,
) -> Result<Option<(BroadcastId, Message, Message)>> {
    let begin = |row: &BroadcastRow| row.start_at.map_or(row.created, |at| at.max(row.created));
    let texts = |source: &BroadcastContent| -> Vec<(String, String)> {
        source.text.iter().map(|(language, text)| (language.clone(), text.trim().to_owned())).collect()
    };
    let new = texts(source);
    let rows = context.store.broadcast_list(false, NEWEST).await?;
    let same = rows.into_iter().find(|row| {
        row.list == list
            && begin(row).0.abs_diff(start.0) < DAY
            && reaches_somebody(row)
            && serde_json::from_str::<BroadcastContent>(&row.content).is_ok_and(|old| texts(&old) == new)
    });
    Ok(same.map(|row| {
        let message =
            msg!("engine-broadcast-again", id = %row.id, time = local_time(begin(&row), &context.config.time_zone));
        (row.id, message, msg!("engine-broadcast-again-help", id = %row.id))
    }))
}

/// Whether somebody has got it, or may still get it.
fn reaches_somebody(row: &BroadcastRow) -> bool {
    use BroadcastState::{Cancelled, Done, Expired, Paused, Running, Scheduled};
    let tally = &row.tally;
    match row.state {
        Scheduled | Running | Paused => true,
        Done | Cancelled | Expired => tally.sent + tally.unknown + tally.in_flight > 0,
    }
}
