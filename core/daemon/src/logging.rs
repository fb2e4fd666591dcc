//! Lines on stderr, as systemd likes them. Ids, never people: whatever logs here masks before.

use tracing::Level;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// Time only where nobody else adds it: under systemd the journal does.
struct OptionalTimestamp(bool);

impl FormatTime for OptionalTimestamp {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        if self.0 { SystemTime.format_time(w) } else { Ok(()) }
    }
}

/// Begins to log at this level.
pub(crate) fn start(level: &str) {
    let level = level.parse().unwrap_or(Level::INFO);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_target(level >= Level::DEBUG)
        .with_timer(OptionalTimestamp(!journal))
        .with_writer(std::io::stderr);
    // A second start in one process (the quick start) keeps the first.
    let _ = tracing::subscriber::set_global_default(subscriber.finish());
}
