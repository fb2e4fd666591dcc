//! Dates and times as office programs write them: RFC 3339, ISO, German, with the month's name, serial numbers of spreadsheets, Unix seconds.
//! A date that can be read in two ways is refused: it is somebody's proof.

use crate::view::DateOrder;
use jiff::Timestamp;
use jiff::civil::{Date, Time as ClockTime};
use jiff::tz::{Offset, TimeZone};
use rundruf_consent::Time;
use rundruf_lang::{Message, msg};

/// Day 0 of the serial numbers of spreadsheets, and their first day that is taken: 1 January 2000.
const SERIAL_EPOCH: (i16, i8, i8) = (1899, 12, 30);
const FIRST_SERIAL: i64 = 36_526;
/// Longest text that is read as a time, in bytes.
const MAX: usize = 64;

const MONTHS: [&[&str]; 12] = [
    &["januar", "jänner", "jan", "january"],
    &["februar", "feber", "feb", "february"],
    &["märz", "mär", "mrz", "mar", "march", "maerz"],
    &["april", "apr"],
    &["mai", "may"],
    &["juni", "jun", "june"],
    &["juli", "jul", "july"],
    &["august", "aug"],
    &["september", "sep", "sept"],
    &["oktober", "okt", "oct", "october"],
    &["november", "nov"],
    &["dezember", "dez", "dec", "december"],
];
const WEEKDAYS: [&str; 14] =
    ["mo", "di", "mi", "do", "fr", "sa", "so", "mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// A moment that a cell names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ParsedTime {
    pub(super) time: Time,
    /// The day in the settings' time zone, or in the offset that the cell names.
    pub(super) day: Date,
    /// The cell names a day and no time of day: `time` is where that day begins.
    pub(super) is_day: bool,
    /// The cell is written as RFC 3339 says.
    pub(super) is_rfc3339: bool,
}

/// Why a text is not a moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum DateFault {
    /// It is none that is known here.
    Unknown,
    /// Day and month can be either way round.
    Ambiguous,
}

impl DateFault {
    pub(super) fn message(self, name: &str, text: &str) -> Message {
        let text: String = text.escape_debug().take(40).collect();
        match self {
            Self::Unknown => msg!("engine-row-time", name = name, text = text),
            Self::Ambiguous => msg!("engine-row-time-ambiguous", name = name, text = text),
        }
    }
}

type Parsed<T> = Result<T, DateFault>;

/// Reads a cell. What has no offset is a time of `zone`; `order` decides which of two numbers is the day, where the cell itself does not.
pub(super) fn parse(text: &str, zone: &TimeZone, order: DateOrder, now: Time) -> Parsed<ParsedTime> {
    let text = text.trim();
    if text.len() > MAX {
        return Err(DateFault::Unknown);
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        let is_rfc3339 = !text.contains(' ');
        return Ok(ParsedTime { is_rfc3339, ..moment(timestamp, &TimeZone::UTC, false) });
    }
    if let Some(parsed) = number(text, zone, now) {
        return parsed;
    }
    let (date, clock, offset) = split(text)?;
    let date = self::date(&date, order, now)?;
    let is_day = clock.is_none();
    let at = date.to_datetime(clock.unwrap_or(ClockTime::midnight()));
    let zone = offset.map_or_else(|| zone.clone(), TimeZone::fixed);
    let timestamp = zone.to_timestamp(at).map_err(|_| DateFault::Unknown)?;
    Ok(ParsedTime { day: date, ..moment(timestamp, &zone, is_day) })
}

fn moment(timestamp: Timestamp, zone: &TimeZone, is_day: bool) -> ParsedTime {
    let day = zone.to_datetime(timestamp).date();
    ParsedTime { time: Time(timestamp.as_millisecond()), day, is_day, is_rfc3339: false }
}

/// A cell of digits alone: `20240501`, a serial number of a spreadsheet, Unix seconds or milliseconds. `None` if it is something else.
fn number(text: &str, zone: &TimeZone, now: Time) -> Option<Parsed<ParsedTime>> {
    let (whole, fraction) = text.split_once(['.', ',']).unwrap_or((text, ""));
    let is_digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !is_digits(whole) || !is_digits(fraction) || (whole.len() != 5 && !fraction.is_empty()) {
        return None;
    }
    let n: i64 = whole.parse().ok()?;
    let local = |date: Date, clock: Option<ClockTime>| {
        let timestamp = zone.to_timestamp(date.to_datetime(clock.unwrap_or(ClockTime::midnight()))).ok()?;
        Some(ParsedTime { day: date, ..moment(timestamp, zone, clock.is_none()) })
    };
    let read = match whole.len() {
        8 => civil(n / 10_000, n / 100 % 100, n % 100).ok().and_then(|date| local(date, None)),
        14 => {
            let (date, clock) = (n / 1_000_000, n % 1_000_000);
            let date = civil(date / 10_000, date / 100 % 100, date % 100).ok();
            date.and_then(|date| local(date, Some(clock_time(clock / 10_000, clock / 100 % 100, clock % 100)?)))
        }
        10 => Timestamp::from_second(n).ok().map(|t| moment(t, zone, false)),
        13 => Timestamp::from_millisecond(n).ok().map(|t| moment(t, zone, false)),
        5 => {
            // A serial number of the years since 2000 is a number of nothing else.
            let (year, month, day) = SERIAL_EPOCH;
            let date = Date::new(year, month, day).ok()?.checked_add(jiff::Span::new().days(n)).ok()?;
            let seconds =
                if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().unwrap_or(0.0) * 86_400.0 };
            // A fraction that is rounded up to midnight stays the last second of its day.
            #[allow(clippy::cast_possible_truncation, reason = "at most a day in seconds")]
            let second = (f64::round(seconds) as i64).min(86_399);
            let clock = clock_time(second / 3_600, second / 60 % 60, second % 60)?;
            let known = local(date, (!fraction.is_empty()).then_some(clock));
            known.filter(|t| n >= FIRST_SERIAL && t.time.0 <= now.0 + 86_400_000)
        }
        _ => None,
    };
    Some(read.ok_or(DateFault::Unknown))
}

fn clock_time(hour: i64, minute: i64, second: i64) -> Option<ClockTime> {
    ClockTime::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, i8::try_from(second).ok()?, 0).ok()
}

fn civil(year: i64, month: i64, day: i64) -> Parsed<Date> {
    let fault = |_| DateFault::Unknown;
    let (year, month) = (i16::try_from(year).map_err(fault)?, i8::try_from(month).map_err(fault)?);
    let date = Date::new(year, month, i8::try_from(day).map_err(fault)?).map_err(|_| DateFault::Unknown)?;
    if (1_900..2_200).contains(&year) { Ok(date) } else { Err(DateFault::Unknown) }
}

/// The words of the date, the time of day and the offset.
fn split(text: &str) -> Parsed<(Vec<String>, Option<ClockTime>, Option<Offset>)> {
    // `2024-05-01T14:30`: the T is between two digits.
    let bytes = text.as_bytes();
    let spaced: String = text
        .char_indices()
        .map(|(at, c)| {
            let digit = |n: Option<usize>| n.and_then(|n| bytes.get(n)).is_some_and(u8::is_ascii_digit);
            let is_between = matches!(c, 'T' | 't') && digit(at.checked_sub(1)) && digit(at.checked_add(1));
            if is_between || c == ',' || c == '\u{a0}' || c == '\u{202f}' { ' ' } else { c }
        })
        .collect();
    let mut words: Vec<String> = spaced.split_whitespace().map(str::to_lowercase).collect();
    let begins_with_weekday = words.first().is_some_and(|first| {
        let first = first.trim_end_matches('.');
        WEEKDAYS.contains(&first) || ["tag", "woch", "day", "abend"].iter().any(|end| first.ends_with(end))
    });
    if begins_with_weekday && words.len() > 1 {
        words.remove(0);
    }
    let says_uhr = words.last().is_some_and(|w| w == "uhr" || w == "h");
    if says_uhr {
        words.pop();
    }
    let clock_at = words.iter().position(|w| w.contains(':')).or_else(|| {
        // `14.30 Uhr`, `14 Uhr`
        words.len().checked_sub(1).filter(|last| says_uhr && *last > 0)
    });
    let Some(clock_at) = clock_at else { return Ok((words, None, None)) };
    let behind = words.split_off(clock_at);
    let (clock, rest) = behind.split_first().ok_or(DateFault::Unknown)?;
    let (clock, attached) = match clock.find(['+', '-', 'z']) {
        Some(at) => clock.split_at(at),
        None => (clock.as_str(), ""),
    };
    let (clock, half) =
        match clock.strip_suffix("am").map(|c| (c, "am")).or(clock.strip_suffix("pm").map(|c| (c, "pm"))) {
            Some((clock, half)) => (clock, Some(half)),
            None => (clock, None),
        };
    let mut half = half.map(str::to_owned);
    let mut offset = if attached.is_empty() { None } else { Some(offset_of(attached)?) };
    for word in rest {
        match word.trim_end_matches('.') {
            "am" | "pm" | "a.m" | "p.m" if half.is_none() => half = Some(word.replace('.', "")),
            "uhr" => {}
            other if offset.is_none() => offset = Some(offset_of(other)?),
            _ => return Err(DateFault::Unknown),
        }
    }
    Ok((words, Some(clock_of(clock, half.as_deref())?), offset))
}

fn clock_of(text: &str, half: Option<&str>) -> Parsed<ClockTime> {
    let text = text.split_once(['.', ',']).filter(|_| text.contains(':')).map_or(text, |(whole, _)| whole);
    let parts: Vec<&str> = text.split([':', '.']).collect();
    let part = |n: usize| match parts.get(n) {
        None => Ok(0),
        Some(text) if !text.is_empty() && text.len() <= 2 => text.parse().map_err(|_| DateFault::Unknown),
        Some(_) => Err(DateFault::Unknown),
    };
    if parts.len() > 3 {
        return Err(DateFault::Unknown);
    }
    let (hour, minute, second): (i64, i64, i64) = (part(0)?, part(1)?, part(2)?);
    let hour = match half {
        None => hour,
        Some(_) if !(1..=12).contains(&hour) => return Err(DateFault::Unknown),
        Some("am") => hour % 12,
        Some(_) => hour % 12 + 12,
    };
    clock_time(hour, minute, second).ok_or(DateFault::Unknown)
}

fn offset_of(text: &str) -> Parsed<Offset> {
    let hours = match text {
        "z" | "utc" | "gmt" => 0,
        "mez" | "cet" => 1,
        "mesz" | "cest" => 2,
        _ => {
            let (sign, digits) = match text.split_at_checked(1) {
                Some(("+", digits)) => (1, digits.replace(':', "")),
                Some(("-", digits)) => (-1, digits.replace(':', "")),
                _ => return Err(DateFault::Unknown),
            };
            let digits = if digits.len() == 2 { format!("{digits}00") } else { digits };
            let n: i32 = digits.parse().map_err(|_| DateFault::Unknown)?;
            if digits.len() != 4 || n / 100 > 14 || n % 100 > 59 {
                return Err(DateFault::Unknown);
            }
            let seconds = sign * (n / 100 * 3_600 + n % 100 * 60);
            return Offset::from_seconds(seconds).map_err(|_| DateFault::Unknown);
        }
    };
    Offset::from_hours(hours).map_err(|_| DateFault::Unknown)
}

fn month_named(word: &str) -> Option<i64> {
    let word = word.trim_end_matches('.');
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    i64::try_from(at + 1).ok()
}

fn date(words: &[String], order: DateOrder, now: Time) -> Parsed<Date> {
    let joined = words.join(" ");
    let separator =
        ['/', '-', '.'].into_iter().find(|s| joined.contains(*s) && !(*s == '.' && has_month_name(&joined)));
    let parts: Vec<&str> = match separator {
        Some(separator) => joined.split(separator).map(str::trim).collect(),
        None => joined.split([' ', '.']).filter(|p| !p.is_empty()).collect(),
    };
    let [first, second, third] = parts.as_slice() else { return Err(DateFault::Unknown) };
    let small = |text: &str| -> Parsed<i64> {
        if text.is_empty() || text.len() > 2 {
            return Err(DateFault::Unknown);
        }
        text.parse().map_err(|_| DateFault::Unknown)
    };
    if let Some(month) = month_named(second) {
        return civil(year(third, true, now)?, month, small(first)?);
    }
    if let Some(month) = month_named(first) {
        let day = second.trim_end_matches("st").trim_end_matches("nd").trim_end_matches("rd").trim_end_matches("th");
        return civil(year(third, false, now)?, month, small(day)?);
    }
    if first.len() == 4 {
        return civil(year(first, false, now)?, small(second)?, small(third)?);
    }
    let (a, b) = (small(first)?, small(second)?);
    if separator == Some('.') {
        // With full stops the day is first, everywhere.
        return civil(year(third, true, now)?, b, a);
    }
    let year = year(third, false, now)?;
    match order {
        DateOrder::DayFirst => civil(year, b, a),
        DateOrder::MonthFirst => civil(year, a, b),
        DateOrder::Unsaid if a == b || b > 12 => civil(year, a, b),
        DateOrder::Unsaid if a > 12 => civil(year, b, a),
        DateOrder::Unsaid => {
            civil(year, b, a)?;
            Err(DateFault::Ambiguous)
        }
    }
}

fn has_month_name(text: &str) -> bool {
    text.split([' ', '.']).any(|word| month_named(word).is_some())
}

/// A year of four digits; of two, if those are usual there: the last one that is not in the future.
fn year(text: &str, short: bool, now: Time) -> Parsed<i64> {
    let n: i64 = text.parse().map_err(|_| DateFault::Unknown)?;
    match text.len() {
        4 => Ok(n),
        2 if short => {
            let this = Timestamp::from_millisecond(now.0).map_or(2026, |t| TimeZone::UTC.to_datetime(t).year());
            Ok(if 2_000 + n > i64::from(this) { 1_900 + n } else { 2_000 + n })
        }
        _ => Err(DateFault::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1 December 2026.
    const NOW: Time = Time(1_796_119_200_000);

    fn read(text: &str, order: DateOrder) -> Parsed<String> {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let parsed = parse(text, &zone, order, NOW)?;
        let shown = Timestamp::from_millisecond(parsed.time.0).unwrap().to_string();
        Ok(if parsed.is_day { format!("{shown} day {}", parsed.day) } else { shown })
    }

    #[test]
    fn what_office_programs_write() {
        for (text, want) in [
            ("2024-05-01T14:30:00+02:00", "2024-05-01T12:30:00Z"),
            ("2024-05-01T14:30:00Z", "2024-05-01T14:30:00Z"),
            ("2024-05-01T14:30:00.123Z", "2024-05-01T14:30:00.123Z"),
            ("2024-05-01 14:30:00+02", "2024-05-01T12:30:00Z"),
            ("2024-05-01T14:30", "2024-05-01T12:30:00Z"),
            ("2024-05-01 14:30", "2024-05-01T12:30:00Z"),
            ("2024-05-01 14:30:15.123", "2024-05-01T12:30:15Z"),
            ("2024-01-01 14:30:00 UTC", "2024-01-01T14:30:00Z"),
            ("2024-05-01", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("2024/05/01", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("20240501", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("20240501143000", "2024-05-01T12:30:00Z"),
            ("01.05.2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("1.5.24", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("1. 5. 2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("31.12.99", "1999-12-30T23:00:00Z day 1999-12-31"),
            ("01.05.2024 14:30", "2024-05-01T12:30:00Z"),
            ("01.05.2024, 14:30 Uhr", "2024-05-01T12:30:00Z"),
            ("01.05.2024 14.30 Uhr", "2024-05-01T12:30:00Z"),
            ("01.05.2024 14 Uhr", "2024-05-01T12:00:00Z"),
            ("01.12.2024 14:30:10 MEZ", "2024-12-01T13:30:10Z"),
            ("1. Mai 2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("Mittwoch, 1. Mai 2024 14:30", "2024-05-01T12:30:00Z"),
            ("Mi, 01.05.2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("1 May 2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("May 1, 2024 2:30 PM", "2024-05-01T12:30:00Z"),
            ("01-Mai-2024", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("03-Okt-24", "2024-10-02T22:00:00Z day 2024-10-03"),
            ("45413", "2024-04-30T22:00:00Z day 2024-05-01"),
            ("45413,604166667", "2024-05-01T12:30:00Z"),
            ("45413.604166667", "2024-05-01T12:30:00Z"),
            ("1714566600", "2024-05-01T12:30:00Z"),
            ("1714566600000", "2024-05-01T12:30:00Z"),
            ("31/12/2024", "2024-12-30T23:00:00Z day 2024-12-31"),
            ("12/31/2024 2:30 PM", "2024-12-31T13:30:00Z"),
            ("12/31/2024 12:05 am", "2024-12-30T23:05:00Z"),
            ("05/05/2024", "2024-05-04T22:00:00Z day 2024-05-05"),
            // In the hour that summer time skips or repeats.
            ("31.03.2024 02:30", "2024-03-31T01:30:00Z"),
            ("27.10.2024 02:30", "2024-10-27T00:30:00Z"),
        ] {
            assert_eq!(read(text, DateOrder::Unsaid).as_deref(), Ok(want), "{text}");
        }
        assert_eq!(read("05/01/2024", DateOrder::DayFirst).as_deref(), Ok("2024-01-04T23:00:00Z day 2024-01-05"));
        assert_eq!(read("05/01/2024", DateOrder::MonthFirst).as_deref(), Ok("2024-04-30T22:00:00Z day 2024-05-01"));
    }

    #[test]
    fn what_is_no_date_or_could_be_two() {
        for text in ["05/01/2024", "1/5/2024", "05/01/2024 2:30 PM", "05-01-2024"] {
            assert_eq!(read(text, DateOrder::Unsaid), Err(DateFault::Ambiguous), "{text}");
        }
        for text in [
            "",
            "x",
            "gestern",
            "05/01/24",
            "30.02.2024",
            "2024-02-30",
            "13/13/2024",
            "1.5.",
            "1.5",
            "2024",
            "10524",
            "99999",
            "1,5",
            "010524",
            "01.05.2024 25:00",
            "01.05.2024 14:30 irgendwann",
            "1.5.24.7",
            "14:30",
            "2024-05-01T14:30:00+99:00",
            "1.5.20240",
            "-45413",
            "0",
            "..",
            "//",
            "::",
            "+",
            "1714566600.5",
            "12/31/2024 14:30 PM",
        ] {
            assert_eq!(read(text, DateOrder::Unsaid), Err(DateFault::Unknown), "{text}");
        }
        let long = "1".repeat(10_000);
        assert_eq!(read(&long, DateOrder::Unsaid), Err(DateFault::Unknown));
    }
}
