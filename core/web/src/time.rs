//! Times in JSON: RFC 3339, UTC.

use rundruf_consent::Time;

/// Formats a time as RFC 3339 in UTC, to the millisecond.
pub(crate) fn text(time: Time) -> String {
    jiff::Timestamp::from_millisecond(time.0).map_or_else(|_| time.0.to_string(), |t| t.to_string())
}

/// Parses RFC 3339; `None` if the text is not such a time.
pub(crate) fn parse(text: &str) -> Option<Time> {
    text.parse::<jiff::Timestamp>().ok().map(|t| Time(t.as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let t = Time(1_764_000_000_123);
        assert_eq!(parse(&text(t)), Some(t));
        assert_eq!(parse("2026-11-25T10:00:00+01:00"), Some(Time(1_795_597_200_000)));
        assert_eq!(parse("yesterday"), None);
    }
}
