//! The times of `--at` and `--expires`.

use super::super::Result;
use crate::client::CommandFailure;
use rundruf_lang::msg;

/// A time for the daemon, in RFC 3339.
pub(super) fn read(text: &str) -> Result<String> {
    parse_time(text).ok_or_else(|| {
        let message = msg!("daemon-not-a-time", text = %text);
        CommandFailure::new("usage", message, "2026-12-01T10:00:00+01:00, \"2026-12-01 10:00 Europe/Berlin\"")
    })
}

/// Reads RFC 3339, or a date and time in a named zone: `2026-12-01 10:00 Europe/Berlin` or `2026-12-01T10:00[Europe/Berlin]`. A time that
/// is skipped or doubled when clocks change is read by the zone's rules. A time without a zone is refused (`None`).
fn parse_time(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(t) = text.parse::<jiff::Timestamp>() {
        return Some(t.to_string());
    }
    if let Ok(t) = text.parse::<jiff::ZonedDateTime>() {
        return Some(t.timestamp().to_string());
    }
    let (when, zone) = text.rsplit_once(' ')?;
    let civil: jiff::civil::DateTime = when.trim().parse().ok()?;
    civil.in_tz(zone).ok().map(|z| z.timestamp().to_string())
}

#[cfg(test)]
mod tests {
    use super::parse_time;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(parse_time(text).as_deref(), want, "{text}");
    }

    #[test]
    fn moments() {
        check("2026-12-01T10:00:00+01:00", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01T09:00:00Z", Some("2026-12-01T09:00:00Z"));
        check("2026-12-01 10:00 Europe/Berlin", Some("2026-12-01T09:00:00Z"));
        check("2026-07-01 10:00 Europe/Berlin", Some("2026-07-01T08:00:00Z"));
        check("2026-12-01T10:00[Europe/Berlin]", Some("2026-12-01T09:00:00Z"));
        // On that day there is no time between 02:00 and 03:00: the offset from before the change counts.
        check("2026-03-29 02:30 Europe/Berlin", Some("2026-03-29T01:30:00Z"));
        // 02:30 comes twice: the first one counts.
        check("2026-10-25 02:30 Europe/Berlin", Some("2026-10-25T00:30:00Z"));
        for text in
            ["", "tomorrow", "2026-12-01 10:00", "2026-12-01 10:00 Europe/Nowhere", "2026-13-01T10:00:00Z", "10:00"]
        {
            check(text, None);
        }
    }
}
