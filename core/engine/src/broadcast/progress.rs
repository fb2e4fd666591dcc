//! How fast a broadcast goes.

use crate::content::{self, BroadcastContent};
use crate::context::EngineContext;
use crate::view::BroadcastStatus;
use rundruf_store::{BroadcastRow, BroadcastState};
use std::sync::PoisonError;
use std::time::{Duration, Instant};

/// Most broadcasts whose progress is remembered.
const REMEMBERED: usize = 1_000;
/// Shortest time over which a rate is measured.
const SPAN: Duration = Duration::from_millis(500);

/// A broadcast with its rate: the difference to an earlier call, at least half a second ago.
pub(crate) fn status(context: &EngineContext, row: BroadcastRow) -> BroadcastStatus {
    let t = &row.tally;
    let finished = t.sent + t.failed + t.unknown + t.skipped + t.held;
    let now = Instant::now();
    let rate = {
        let mut progress = context.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if progress.len() > REMEMBERED {
            progress.clear();
        }
        let entry = progress.entry(row.id.0).or_insert((now, finished, 0.0));
        let span = now.duration_since(entry.0);
        if span >= SPAN {
            let rate = finished.saturating_sub(entry.1) as f64 / span.as_secs_f64();
            *entry = (now, finished, rate);
        }
        entry.2
    };
    let left = t.queued + t.in_flight + t.retry;
    let eta_s = match left {
        0 => Some(0),
        left if rate > 0.0 => Some((left as f64 / rate).ceil() as u64),
        _ => None,
    };
    let list = context.list(row.list).map(|l| l.name.clone()).unwrap_or_default();
    let is_active = matches!(row.state, BroadcastState::Scheduled | BroadcastState::Running);
    let waits_for_clock = is_active && context.clock.is_held();
    let source: Option<BroadcastContent> = serde_json::from_str(&row.content).ok();
    let subject = source.map_or_else(String::new, |s| content::subject_line(&s, &context.config.default_language));
    BroadcastStatus { waits_for_clock, row, list, subject, rate_per_s: rate, eta_s }
}
