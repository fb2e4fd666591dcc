//! Broadcasts: from the form to a stored broadcast, its audience, pages of deliveries, begin and end.

mod audience; // which address of a contact gets it
mod fan_out; // pages of deliveries
mod form; // form → stored broadcast; dry run
mod progress; // how fast it goes
mod schedule; // begin and end

pub(crate) use fan_out::run as fan_out;
pub(crate) use form::{dry_run, send};
pub(crate) use progress::status;
pub(crate) use schedule::start_and_expire;
