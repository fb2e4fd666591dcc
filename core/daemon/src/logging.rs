//! Log lines on stderr in the form that systemd reads. They contain ids, never personal data: code that logs masks it first.

use tracing::Level;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

/// Adds the time unless the journal does so under systemd.
struct OptionalTimestamp(bool);

impl FormatTime for OptionalTimestamp {
    fn format_time(&self, w: &mut tracing_subscriber::fmt::format::Writer<'_>) -> std::fmt::Result {
        if self.0 { SystemTime.format_time(w) } else { Ok(()) }
    }
}

/// Starts logging at this level.
pub(crate) fn start(level: &str) {
    let level = level.parse().unwrap_or(Level::INFO);
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_ansi(false)
        .with_target(level >= Level::DEBUG)
        .with_timer(OptionalTimestamp(!journal))
        .with_writer(std::io::stderr);
    // A second start in one process (the quick start) keeps the first logger.
    let _ = tracing::subscriber::set_global_default(subscriber.finish());
}
