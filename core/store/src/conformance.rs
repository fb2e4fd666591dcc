//! What the trait means: every backend runs all of it, none has exceptions of its own.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a suite says by a panic what does not hold"
)]

mod alert; // what the admin is told
mod broadcast; // pause, resume, cancel, expire
mod claim; // the gate, leases, lanes
mod consent; // moves, requests, limits
mod fixture;
mod history; // random lives, the counters always agree
mod import; // verdicts
mod inbound; // messages from outside
mod instance; // names, people, files, opening again
mod log; // checkpoints and proofs
mod outcome; // settlements, what is in doubt, receipts // a store with a list, a transport and people

use crate::{Store, StoreError};
use fixture::Fixture;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;

/// Something that can open stores.
pub trait Backend: Send + Sync {
    /// Opens the store of this name; the same name again is the same store.
    ///
    /// # Errors
    /// Whatever opening says.
    fn open(&self, name: &str) -> Result<Arc<dyn Store>, StoreError>;
}

type CaseFuture = Pin<Box<dyn Future<Output = ()>>>;

/// One promise.
pub struct Case {
    /// The promise, as a name.
    pub name: &'static str,
    run: fn(Fixture) -> CaseFuture,
}

macro_rules! cases {
    ($($module:ident: $($name:ident),+;)+) => {
        &[$($(Case { name: concat!(stringify!($module), "::", stringify!($name)), run: |s| Box::pin($module::$name(s)) }),+),+]
    };
}

/// All promises.
pub const CASES: &[Case] = cases! {
    instance: a_second_daemon_is_refused, what_was_stored_is_there_after_opening_again, names_keep_their_numbers,
        people_are_never_merged_by_accident, people_are_found_by_parts_of_what_is_known, files_are_found_by_digest,
        texts_are_kept_once;
    consent: asked_for_given_and_taken_back, a_repeat_changes_nothing, an_illegal_move_writes_nothing, nobody_is_asked_too_often,
        a_new_request_replaces_the_open_one, requests_run_out, messages_follow_only_a_change, once_is_once,
        a_proof_has_everything;
    claim: everybody_gets_it_once, a_stop_between_two_claims_wins, two_claims_share_nothing, sql_and_gate_say_what_the_gate_says,
        a_retry_is_judged_again, service_messages_and_retries_come_first, some_are_claimed_by_name, a_claim_spans_leases_and_broadcasts,
        broadcasts_take_turns, each_transport_gets_its_own, a_dry_run_says_what_fan_out_does;
    outcome: every_end_is_counted, a_second_outcome_is_a_stray, untouched_counts_no_attempt, what_was_in_flight_is_found,
        service_messages_end_too, a_person_decides_about_the_unknown, receipts_move_forward_only;
    broadcast: pause_and_resume_lose_nothing, cancel_is_exact, a_retry_does_not_outlive_its_broadcast, time_runs_out,
        time_runs_out_for_retries, a_schedule_is_kept, nobody_is_a_broadcast_too;
    import: strictest_wins, an_address_twice_in_one_array, one_person_with_several_addresses, without_proof_nothing_is_sent,
        what_is_suppressed_stays, a_new_yes_lifts_a_stop, all_rows_or_none;
    log: nothing_new_nothing_signed, every_event_is_proven, a_log_goes_on_after_opening_again;
    alert: a_trouble_is_one_until_it_is_over, a_message_tells_it_and_can_be_taken_back;
    inbound: a_repeat_is_dropped, what_is_done_is_not_pending;
    history: counters_always_agree, nobody_gets_it_without_consent;
};

/// Runs all promises, each with a store of its own.
///
/// # Panics
/// With the names of those that do not hold.
pub fn run(backend: &Arc<dyn Backend>) {
    let mut broken = Vec::new();
    for case in CASES {
        let backend = Arc::clone(backend);
        let tell = AssertUnwindSafe(|| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            runtime.block_on(async { (case.run)(Fixture::build(backend, case.name.replace("::", "-")).await).await });
        });
        if let Err(panic) = catch_unwind(tell) {
            broken.push(format!("{}: {}", case.name, words(&*panic)));
        }
    }
    assert!(broken.is_empty(), "{} of {} promises are broken:\n{}", broken.len(), CASES.len(), broken.join("\n"));
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned())).unwrap_or_default()
}
