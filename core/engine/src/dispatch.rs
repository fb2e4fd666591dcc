//! One task for each transport: claim, render, hand over, gather outcomes, settle.

mod account_probe; // one message at a time while the account is refused
mod adaptive_window; // how much the plugin may hold
mod claims; // what was claimed, and what to claim next
mod destinations; // those that only postpone rest
mod dispatcher; // the task: its parts, its loop
mod follow_up; // what outcomes mean beside the state of their deliveries
mod hand_over; // messages → plugin, and back if it does not take them
mod in_flight; // messages that are claimed and not settled
mod outage; // a provider that takes nothing
mod outcomes; // outcomes → settlements
mod poison; // which message crashes the plugin
mod poison_trial; // messages that were in flight during a crash are claimed again by name
mod process_events; // the plugin's process stops and starts
mod recall; // what is not begun comes back
mod render; // claimed rows → messages
pub(crate) mod retry; // what an outcome means
mod settlements; // outcomes that wait for the next transaction
mod store_backoff; // pause while the store fails
mod turn; // one transaction
mod unsent; // messages that the plugin could not take yet

pub(crate) use dispatcher::Dispatcher;
