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
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("").to_owned();
        let text = panic.payload_as_str().map(without_quotes).unwrap_or_default();
        tracing::error!(at, thread, text, "panicked: this is a bug");
        let backtrace = std::backtrace::Backtrace::capture();
        if backtrace.status() == std::backtrace::BacktraceStatus::Captured {
            tracing::error!(%backtrace, "of the panic before");
        }
    }));
}

/// The text of a panic up to the first thing that it quotes: that may be something that a person wrote.
fn without_quotes(text: &str) -> &str {
    text.split(['`', '"', '\'', '\n']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_does_not_quote() {
        let text = "byte index 1 is not a char boundary; it is inside 'ü' (bytes 0..2) of `über anna@kunde.example`";
        assert_eq!(without_quotes(text), "byte index 1 is not a char boundary; it is inside ");
        assert_eq!(without_quotes("attempt to add with overflow"), "attempt to add with overflow");
    }
}
