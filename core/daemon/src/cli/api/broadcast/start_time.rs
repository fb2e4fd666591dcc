//! The times of `--at` and `--expires`.

use super::super::Result;
use crate::client::CommandFailure;
use jiff::tz::TimeZone;
use rundruf_lang::msg;

/// A time for the daemon, in RFC 3339. A day and a time without a zone are meant where the sender is.
pub(super) fn read(text: &str, zone: &TimeZone) -> Result<String> {
    parse_time(text).or_else(|| parse_local(text, zone)).ok_or_else(|| {
        let message = msg!("daemon-not-a-time", text = %text);
        let help =
            "2026-12-01T10:00:00+01:00, \"2026-12-01 10:00\", \"01.12.2026 10:00\", \"2026-12-01 10:00 Europe/Berlin\"";
        CommandFailure::new("usage", message, help)
    })
}

/// Reads a day and a time as people write them, in this zone.
fn parse_local(text: &str, zone: &TimeZone) -> Option<String> {
    let text = text.trim().replace(" um ", " ");
    let forms = ["%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%d.%m.%Y %H:%M"];
    let civil =
        forms.iter().find_map(|form| jiff::civil::DateTime::strptime(form, text.trim_end_matches(" Uhr")).ok())?;
    civil.to_zoned_datetime(zone.clone()).ok().map(|z| z.timestamp().to_string())
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
    use super::{parse_local, parse_time};
    use jiff::tz::TimeZone;

    #[track_caller]
    fn check(text: &str, want: Option<&str>) {
        assert_eq!(parse_time(text).as_deref(), want, "{text}");
    }

    #[test]
    fn a_time_without_a_zone_is_the_senders() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        for (text, want) in [
            ("2026-12-01 10:00", Some("2026-12-01T09:00:00Z")),
            ("01.07.2026 10:00", Some("2026-07-01T08:00:00Z")),
            ("1.12.2026 um 7:30 Uhr", Some("2026-12-01T06:30:00Z")),
            ("12/01/2026 10:00", None),
            ("10:00", None),
            ("morgen", None),
        ] {
            assert_eq!(parse_local(text, &zone).as_deref(), want, "{text}");
        }
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
