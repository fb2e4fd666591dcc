//! What the trait `Store` means. Every backend runs every case; none has exceptions of its own.
//! A second backend adds one `backend!` line at the end of this file.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "tests")]

mod alert; // what the admin is told
mod broadcast; // pause, resume, cancel, expire
mod claim; // the gate, leases, order of claims
mod clock; // the clock of the last process; an earlier one is right
mod consent; // changes of consents, requests, limits
mod damage; // rows that cannot be read
mod erase; // erased addresses, and messages that wait for a person
mod fixture; // a store with a list, a transport and people
mod history; // random histories: counters always agree with rows
mod import; // verdicts
mod inbound; // inbound messages
mod instance; // names, people, files, opening again
mod log; // checkpoints and proofs
mod outcome; // settlements, what is in doubt, receipts
mod person; // spellings, mailboxes, contacts that become one
mod stop_reaches; // a stop holds for every list until the person comes back

use fixture::Fixture;
use rundruf_store::{OpenOptions, Store, StoreError, open};
use std::path::PathBuf;
use std::sync::Arc;

/// A database of its own for one case.
trait Backend {
    /// Opens the store; again for the same database after [`Store::close`].
    fn open(&self) -> Result<Arc<dyn Store>, StoreError>;
    /// Runs SQL past the trait, to damage rows. The store is closed meanwhile.
    fn execute(&self, sql: &str);
}

struct Sqlite(tempfile::TempDir);

impl Sqlite {
    fn create() -> Box<dyn Backend> {
        Box::new(Self(tempfile::tempdir().unwrap()))
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("s.db")
    }
}

impl Backend for Sqlite {
    fn open(&self) -> Result<Arc<dyn Store>, StoreError> {
        open(&format!("sqlite:{}", self.path().display()), OpenOptions::default())
    }

    fn execute(&self, sql: &str) {
        rusqlite::Connection::open(self.path()).unwrap().execute_batch(sql).unwrap();
    }
}

fn run<F: Future<Output = ()>>(backend: Box<dyn Backend>, case: impl FnOnce(Fixture) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async { case(Fixture::build(backend).await).await });
}

/// One test for each case.
macro_rules! backend {
    ($name:ident: $create:path) => {
        backend! { @ $name: $create:
            instance: a_second_daemon_is_refused, what_was_stored_is_there_after_opening_again, names_keep_their_numbers,
                people_are_never_merged_by_accident, people_are_found_by_parts_of_what_is_known, files_are_found_by_digest,
                texts_are_kept_once;
            clock: a_clock_is_there_after_opening_again, what_lies_in_the_future_counts_from_now;
            consent: asked_for_given_and_taken_back, a_repeat_changes_nothing, an_illegal_change_writes_nothing,
                nobody_is_asked_too_often, a_new_request_replaces_the_open_one, requests_run_out, messages_follow_only_a_change,
                once_is_once, a_proof_has_everything;
            claim: everybody_gets_it_once, a_stop_between_two_claims_wins, two_claims_share_nothing,
                sql_and_gate_say_what_the_gate_says, a_retry_is_judged_again, service_messages_and_retries_come_first,
                half_of_a_claim_is_for_those_never_tried, a_destination_that_rests_is_passed_over,
                a_destination_that_rests_hides_no_other, a_lease_whose_last_rows_are_gone_ends,
                some_are_claimed_by_id, a_claim_spans_leases_and_broadcasts, broadcasts_take_turns, each_transport_gets_its_own,
                a_dry_run_says_what_fan_out_does;
            damage: an_unreadable_consent_permits_nothing, an_unreadable_message_class_is_not_sent, doctor_names_states_that_nobody_knows;
            outcome: every_end_is_counted, a_second_outcome_is_a_stray, untouched_counts_no_attempt, what_was_in_flight_is_found,
                service_messages_end_too, a_person_decides_about_the_unknown, only_the_failed_are_sent_again, receipts_move_forward_only,
                a_late_outcome_corrects_an_unknown_one, a_person_gets_the_message_elsewhere_once, a_receipt_finds_its_message_by_the_providers_id;
            broadcast: pause_and_resume_lose_nothing, cancel_is_exact, a_retry_does_not_outlive_its_broadcast, time_runs_out,
                time_runs_out_for_retries, a_schedule_is_kept, nobody_is_a_broadcast_too;
            import: strictest_wins, an_address_twice_in_one_array, one_person_with_several_addresses, without_proof_nothing_is_sent,
                what_is_suppressed_stays, a_new_yes_lifts_a_stop, all_rows_or_none;
            person: spellings_are_one_address, a_stop_reaches_the_mailbox, a_yes_counts_for_its_own_key,
                a_mailbox_is_not_asked_too_often, contacts_of_one_mailbox_are_one_for_the_cap, contacts_become_one_on_purpose, a_change_of_a_person_is_recorded;
            stop_reaches: no_way_back_but_the_person, a_stop_holds_for_lists_that_come_later, a_stop_for_everything_has_evidence_once,
                a_request_is_answered_by_its_own_link, what_is_unused_is_found;
            log: nothing_new_nothing_signed, every_event_is_proven, a_log_goes_on_after_opening_again;
            alert: a_trouble_is_one_until_it_is_over, a_message_tells_it_and_can_be_taken_back;
            inbound: a_repeat_is_dropped, what_is_done_is_not_pending;
            erase: whatever_a_delivery_was_it_stays_counted, keys_and_texts_are_gone_and_the_stop_stays,
                what_is_done_goes_and_what_waits_stays, what_limits_requests_outlives_the_address;
            history: counters_always_agree, nobody_gets_it_without_consent;
        }
    };
    (@ $name:ident: $create:path: $($module:ident: $($case:ident),+;)+) => {
        mod $name { $(mod $module { $(
            #[test]
            fn $case() {
                crate::run($create(), crate::$module::$case);
            }
        )+ })+ }
    };
}

backend!(sqlite: crate::Sqlite::create);
