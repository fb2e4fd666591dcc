//! Sends `tracing` events to the host's log, with everything masked that looks like an address.

use crate::host::HostHandle;
use rundruf_abi::LogLevel;
use std::fmt::Write;
use std::sync::{Arc, Weak};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

struct HostLayer(Weak<HostHandle>);

/// A dispatcher that logs to this host, for the threads of one instance.
pub(crate) fn dispatch(host: &Arc<HostHandle>) -> tracing::Dispatch {
    tracing::Dispatch::new(tracing_subscriber::registry().with(HostLayer(Arc::downgrade(host))))
}

impl<S: Subscriber> Layer<S> for HostLayer {
    fn enabled(&self, metadata: &tracing::Metadata<'_>, _: Context<'_, S>) -> bool {
        *metadata.level() <= Level::DEBUG
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let Some(host) = self.0.upgrade() else { return };
        let level = match *event.metadata().level() {
            Level::ERROR => LogLevel::ERROR,
            Level::WARN => LogLevel::WARN,
            Level::INFO => LogLevel::INFO,
            Level::DEBUG => LogLevel::DEBUG,
            Level::TRACE => LogLevel::TRACE,
        };
        let mut line = LogLine(String::new());
        event.record(&mut line);
        host.log(level, event.metadata().target(), &mask(&line.0));
    }
}

struct LogLine(String);

impl Visit for LogLine {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if !self.0.is_empty() {
            self.0.push(' ');
        }
        let written = if field.name() == "message" {
            write!(self.0, "{value:?}")
        } else {
            write!(self.0, "{}={value:?}", field.name())
        };
        debug_assert!(written.is_ok(), "writing to a string does not fail");
    }
}

/// Replaces every word that contains an `@` or a number as long as a telephone number. Digits inside a hexadecimal id do not count.
pub(crate) fn mask(line: &str) -> String {
    let long_number = |part: &str| part.len() >= 9 && part.bytes().all(|b| b.is_ascii_digit());
    let masked = |word: &str| {
        let digits = word.bytes().filter(u8::is_ascii_digit).count();
        word.contains('@')
            || word.split(|c: char| !c.is_alphanumeric()).any(long_number)
            || (word.trim_start_matches(['+', '"', '<', '(']).starts_with(|c: char| c.is_ascii_digit()) && digits >= 9)
    };
    line.split(' ').map(|word| if masked(word) { "…" } else { word }).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_are_masked() {
        assert_eq!(super::mask("to anna@krume.example code=550"), "to … code=550");
        assert_eq!(super::mask("to +491701234567: no"), "to … no");
        assert_eq!(super::mask("to=\"+491701234567\" call (0170)-1234-567"), "… call …");
        let id = "id=00000000123456789abcdef001234567";
        assert_eq!(super::mask(id), id);
        assert_eq!(super::mask("550 5.1.1 user unknown after 1200 ms"), "550 5.1.1 user unknown after 1200 ms");
    }
}
