//! The engine from end to end: a real store in a temporary folder, real plugins, a clock that the test moves.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that panics has failed")]

#[path = "delivery/account.rs"]
mod account; // the provider refuses the account; an operator pauses
#[path = "delivery/broadcast.rs"]
mod broadcast; // from a text to files
#[path = "delivery/clock.rs"]
mod clock; // the wall clock jumps
#[path = "delivery/contract.rs"]
mod contract; // what the plugin contract 0.2 brings
#[path = "delivery/control.rs"]
mod control; // pause, resume, cancel, schedule, expiry
#[path = "delivery/conversation.rs"]
mod conversation; // JA, NEIN, STOP, START, soft refusals
#[path = "delivery/crash.rs"]
mod crash; // what a killed daemon leaves
#[path = "support/engine_fixture.rs"]
mod engine_fixture; // an engine with lists, transports and contacts
#[path = "delivery/form.rs"]
mod form; // what a form may ask for
#[path = "delivery/frequency_cap.rs"]
mod frequency_cap; // no contact gets more than the list allows
#[path = "delivery/link.rs"]
mod link; // pages: confirm, unsubscribe
#[path = "delivery/one_recipient.rs"]
mod one_recipient; // no message contains a second recipient
#[path = "delivery/refusal.rs"]
mod refusal; // permanent, temporary, unknown
#[path = "delivery/stop_reaches.rs"]
mod stop_reaches; // a stop, a changed purpose, a closed list
#[path = "delivery/task_death.rs"]
mod task_death; // a task of the daemon dies by a bug
#[path = "delivery/timers.rs"]
mod timers; // holds, unused consents, addresses that did not answer
