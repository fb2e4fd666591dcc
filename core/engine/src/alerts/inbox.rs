//! Notices about messages that wait for a person: numbers, never texts; several messages in one notice.

use crate::clock::local_time;
use crate::context::{EngineContext, InboxNoticeState};
use crate::error::Result;
use rundruf_lang::{Language, msg};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// How long a notice waits for further messages.
const GATHER: Duration = Duration::from_secs(10);
/// Shortest time between two notices.
const EVERY: Duration = Duration::from_secs(3_600);
/// After this time messages that still wait are named again.
const AGAIN: Duration = Duration::from_secs(86_400);

/// When the next notice is due, if the newest message that waits is this one.
fn due(state: &mut InboxNoticeState, newest: i64, now: Instant) -> Instant {
    if newest > state.told_up_to {
        let gathered = *state.seen_at.get_or_insert(now) + GATHER;
        return state.told_at.map_or(gathered, |told| gathered.max(told + EVERY));
    }
    state.told_at.map_or(now, |told| told + AGAIN)
}

/// The text of a notice if one is due, and how long until the next look.
pub(super) async fn notice(context: &EngineContext) -> Result<(Option<String>, Duration)> {
    if context.config.admin.notify.is_empty() {
        return Ok((None, AGAIN));
    }
    let counts = context.store.inbox_counts().await?;
    let now = Instant::now();
    {
        let mut state = context.inbox_notice.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.messages == 0 {
            state.seen_at = None;
            return Ok((None, AGAIN));
        }
        let next = due(&mut state, counts.newest, now);
        if now < next {
            return Ok((None, next.duration_since(now)));
        }
        *state = InboxNoticeState { told_up_to: counts.newest, told_at: Some(now), seen_at: None };
    }
    let since = counts.oldest.map_or_else(|| "".into(), |at| local_time(at, &context.config.time_zone));
    let text = msg!("engine-inbox-messages-wait", count = counts.messages.cast_signed(), since = since);
    Ok((Some(text.text(Language::from_tag(context.config.admin.language))), AGAIN))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notices_are_gathered_and_rare() {
        let begin = Instant::now();
        let at = |s: u64| begin + Duration::from_secs(s);
        let mut state = InboxNoticeState::default();
        assert_eq!(due(&mut state, 1, at(0)), at(0) + GATHER);
        assert_eq!(due(&mut state, 2, at(5)), at(0) + GATHER, "a second message does not put it off");
        state = InboxNoticeState { told_up_to: 2, told_at: Some(at(10)), seen_at: None };
        assert_eq!(due(&mut state, 2, at(20)), at(10) + AGAIN, "nothing new");
        assert_eq!(due(&mut state, 3, at(20)), at(10) + EVERY, "not within the hour");
    }
}
