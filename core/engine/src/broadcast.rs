//! Broadcasts: from the form to a stored broadcast, its audience, pages of deliveries, begin and end.

pub(crate) mod audience; // which address of a contact gets it
mod dry_run; // what it would do
mod fan_out; // pages of deliveries
mod form; // form → stored broadcast
mod progress; // how fast it goes
mod same_text; // the same text within a day
mod schedule; // begin and end
mod test_message; // the message to its author

pub(crate) use dry_run::{dry_run, files_of};
pub(crate) use fan_out::run as fan_out;
pub(crate) use form::send;
pub(crate) use progress::status;
pub(crate) use schedule::start_and_expire;
pub(crate) use test_message::prepare as prepare_test;
