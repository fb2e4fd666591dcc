//! Times as operators read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rundruf_consent::Time;
use rundruf_lang::{Message, msg};

/// A time as an operator reads it: day and minute, where the sender is.
pub(crate) fn local_time(time: Time, zone: &TimeZone) -> Message {
    let local = Timestamp::from_millisecond(time.0).unwrap_or_default().to_zoned_datetime(zone.clone());
    let part = |form: &str| local.strftime(form).to_string();
    msg!("engine-time", year = part("%Y"), month = part("%m"), day = part("%d"), clock = part("%H:%M"))
}
