//! Checks 9 to 14: opening, draining and closing instances, again and again.

use crate::context::{
    CheckContext, EndpointHandle, OUTCOME_TIMEOUT, await_outcomes, ensure_accepted, ensure_no_violation, not_loaded,
};
use crate::fake_server::Behaviour;
use crate::instance::{HostTableShape, TestInstance};
use crate::outcome::{CheckOutcome, CheckResult, ensure};
use crate::proc_info::{self, ProcessAttributes};
use crate::recorder::Recorder;
use rundruf_abi::{Entry, Status};
use rundruf_lang::{Message, msg};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Resident memory may grow by this much over all rounds, because allocators keep memory that was used once.
const MAX_GROWTH_KIB: u64 = 24 * 1024;
/// Heap bytes for each round, and for each message, above which the check warns. A plugin may keep an id of each message to match its receipt.
const WARN_BYTES_PER_ROUND: u64 = 512;
const WARN_BYTES_PER_MESSAGE: u64 = 2_048;
/// Heap bytes for each round or message above which the check fails.
const MAX_BYTES: u64 = 8_192;
/// All refused settings together may leave this much; the mebibyte of noise alone is more.
const MAX_REFUSED_KIB: u64 = 1_024;
/// Processor time in half a second from which threads count as working; threads that wake now and then need less, even on a busy machine.
const WORKING_MS: u64 = 25;
/// The check that reports leaks.
const LEAK_CHECK: &str = "open-close-loop";

/// Waits until threads and descriptors are down to these numbers. Ends the check if they are not after the timeout.
fn wait_for_release(threads: usize, descriptors: usize, timeout: Duration) -> Result<(), CheckOutcome> {
    let until = Instant::now() + timeout;
    loop {
        let (t, d) = (proc_info::threads(), proc_info::descriptors());
        if t <= threads && d.len() <= descriptors {
            return Ok(());
        }
        if Instant::now() > until {
            if t > threads {
                let outcome = CheckOutcome::failed(msg!("check-leaked-threads", count = t - threads));
                return Err(if is_working(WORKING_MS) { outcome.owned_by("close-quiet") } else { outcome });
            }
            let last = d.values().next_back().cloned().unwrap_or_default();
            let count = d.len() - descriptors;
            return Err(CheckOutcome::failed(msg!("check-leaked-descriptors", count = count, last = last)));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether threads of the plugin use at least this much processor time in half a second.
fn is_working(least_ms: u64) -> bool {
    let before = proc_info::cpu_ms();
    std::thread::sleep(Duration::from_millis(500));
    proc_info::cpu_ms() - before >= least_ms
}

const fn is_go(entry: &Entry) -> bool {
    entry.flags & Entry::GO_RUNTIME != 0
}

/// Threads and descriptors that a plugin may hold beyond those after the first rounds: a Go runtime starts its collector and its poller when it
/// likes, and keeps what they use.
const fn allowance(entry: &Entry) -> (usize, usize) {
    if is_go(entry) { (16, 3) } else { (0, 0) }
}

struct BadSettings {
    config: Vec<u8>,
    what: Message,
    /// Whether a plugin may accept them, because it has no keys or its schema allows them.
    may_open: bool,
}

fn bad_settings(context: &CheckContext, endpoint: &EndpointHandle<'_>) -> Vec<BadSettings> {
    let schema = &context.manifest.config_schema;
    let has_keys = schema.get("properties").and_then(Value::as_object).is_some_and(|p| !p.is_empty());
    let has_required = schema.get("required").and_then(Value::as_array).is_some_and(|r| !r.is_empty());
    let good = endpoint.settings.resolved(&endpoint.placeholders());
    let text = good.to_string();
    let half = text.as_bytes().get(..text.len() / 2).unwrap_or_default().to_vec();
    let bad = |config, what, may_open| BadSettings { config, what, may_open };
    let mut all = vec![
        bad(Vec::new(), msg!("check-settings-empty"), !has_required),
        bad(half, msg!("check-settings-cut"), !has_keys),
        bad(context.random().bytes(1 << 20), msg!("check-settings-noise"), !has_keys),
        bad(b"[[[[".to_vec(), msg!("check-settings-brackets"), !has_keys),
    ];
    let rules = jsonschema::validator_for(schema).ok();
    for key in good.as_object().into_iter().flat_map(serde_json::Map::keys) {
        let mut changed = good.clone();
        // No schema of a plugin asks for an array in an array in an array.
        if let Some(value) = changed.get_mut(key) {
            *value = json!([[[7]]]);
        }
        // The daemon accepts what the schema allows.
        let allowed = rules.as_ref().is_none_or(|r| r.is_valid(&changed));
        all.push(bad(changed.to_string().into_bytes(), msg!("check-settings-wrong-type", key = key), allowed));
    }
    all
}

/// 9: the plugin refuses invalid settings, with a text.
pub(crate) fn open_bad_config(context: &CheckContext) -> CheckResult {
    let (entry, _, table) = context.load_tables().map_err(not_loaded)?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let all = bad_settings(context, &endpoint);
    let (mut threads, mut descriptors, mut heap) = (usize::MAX, usize::MAX, u64::MAX);
    let mut refused = 0;
    for round in 0..5 {
        // What is allocated once and kept is not a leak: the first round does not count.
        if round == 1 {
            (threads, descriptors, heap) =
                (proc_info::threads(), proc_info::descriptors().len(), proc_info::heap_bytes());
        }
        for BadSettings { config, what, may_open } in &all {
            context.step(msg!("check-step-open-with", settings = what));
            match context.open_instance_with(table, &endpoint, config, 64, HostTableShape::Current) {
                Ok(instance) => {
                    instance.close();
                    ensure(*may_open, || msg!("check-opens-with", settings = what))?;
                }
                Err(refusal) => {
                    let length = refusal.text.len();
                    ensure(length > 0, || msg!("check-refuses-silently", settings = what))?;
                    ensure(length < 4_096, || msg!("check-long-refusal", settings = what, bytes = length))?;
                    refused += u32::from(round == 0);
                }
            }
        }
    }
    let (more, polls) = allowance(entry);
    wait_for_release(threads.saturating_add(more), descriptors.saturating_add(polls), Duration::from_secs(5))
        .map_err(|e| e.owned_by(LEAK_CHECK))?;
    let kept = proc_info::heap_bytes().saturating_sub(heap) / 1024;
    ensure(kept < MAX_REFUSED_KIB, || msg!("check-leaked-kib", kib = kept)).map_err(|e| e.owned_by(LEAK_CHECK))?;
    Ok(CheckOutcome::passed(msg!("check-bad-settings-ok", refused = refused, count = all.len())))
}

/// 10: opened and closed again and again, the plugin leaks nothing.
pub(crate) fn open_close_loop(context: &CheckContext) -> CheckResult {
    let (entry, _, table) = context.load_tables().map_err(not_loaded)?;
    // Without settings nothing else can be looked at: that is said here, once.
    if let Err(none) = context.settings() {
        return Err(CheckOutcome::failed(msg!("check-give-settings", why = none.why)));
    }
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let open = || {
        let config = endpoint.config();
        context.open_instance_with(table, &endpoint, config.as_bytes(), 64, HostTableShape::Current).map_err(
            |refused| {
                let why = msg!("check-not-opened", why = refused.why());
                CheckOutcome::failed(if endpoint.settings.given { why } else { msg!("check-give-settings", why = why) })
            },
        )
    };
    let round = |n: u32| -> Result<(), CheckOutcome> {
        let instance = open()?;
        if n.is_multiple_of(8) {
            context.send_one(&instance)?;
        }
        instance.close().clear();
        Ok(())
    };
    let attributes = ProcessAttributes::now();
    // What is allocated once and kept (tables, caches) is not a leak.
    for n in 0..8 {
        round(n)?;
    }
    std::thread::sleep(Duration::from_millis(20));
    let (threads, descriptors) = (proc_info::threads(), proc_info::descriptors().len());
    let (memory, heap) = (proc_info::memory_kib(), proc_info::heap_bytes());
    let until = Instant::now() + Duration::from_secs(2 * context.job.effort.seconds);
    let mut rounds = 0;
    while rounds < context.job.effort.rounds && Instant::now() < until {
        context.step(msg!("check-step-round", round = rounds));
        round(rounds)?;
        rounds += 1;
    }
    let (more, polls) = allowance(entry);
    wait_for_release(threads + more, descriptors + polls, Duration::from_secs(5))
        .map_err(|e| e.with_context(|why| msg!("check-after-rounds", rounds = rounds, why = why)))?;
    if let Some(what) = attributes.first_change(is_go(entry)) {
        return Err(CheckOutcome::failed(msg!("check-open-changed", what = what)));
    }
    let grown = proc_info::memory_kib().saturating_sub(memory);
    ensure(grown < MAX_GROWTH_KIB, || msg!("check-grows", rounds = rounds, kib = grown))?;
    // The recorder of each instance belongs to the check, and is never freed.
    let recorders = u64::from(rounds) * (size_of::<Recorder>() as u64 + 32);
    let heap = proc_info::heap_bytes().saturating_sub(heap).saturating_sub(recorders);
    context.step(msg!("check-step-send-singly"));
    let per_message = heap_per_message(context, &open()?, 64 * rounds)?;
    let per_round = heap / u64::from(rounds.max(1));
    let kept = msg!("check-bytes-kept", round = per_round, message = per_message);
    ensure(per_round < MAX_BYTES && per_message < MAX_BYTES, || kept.clone())?;
    if per_round > WARN_BYTES_PER_ROUND || per_message > WARN_BYTES_PER_MESSAGE {
        return Ok(CheckOutcome::warned(kept));
    }
    Ok(CheckOutcome::passed(msg!("check-loop-ok", rounds = rounds, round = per_round, message = per_message)))
}

/// Heap bytes that the plugin keeps for each message.
fn heap_per_message(context: &CheckContext, instance: &TestInstance, messages: u32) -> Result<u64, CheckOutcome> {
    let send = |count: u32| -> Result<u64, CheckOutcome> {
        let until = Instant::now() + Duration::from_secs(2);
        for _ in 0..count {
            if Instant::now() >= until {
                break;
            }
            context.send_one(instance)?;
        }
        instance.recorder.clear();
        Ok(proc_info::heap_bytes())
    };
    let before = send(64)?;
    let after = send(messages)?;
    Ok(after.saturating_sub(before) / u64::from(messages.max(1)))
}

/// 11: two instances share nothing.
pub(crate) fn two_instances(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoints = [context.endpoint(Behaviour::Accept)?, context.endpoint(Behaviour::Accept)?];
    endpoints.iter().for_each(EndpointHandle::record);
    let [first, second] = &endpoints;
    let a = context.open_instance(table, first, 256)?;
    let b = context.open_instance(table, second, 256)?;
    for _ in 0..20 {
        for (instance, marker) in [(&a, "belongs-to-the-first"), (&b, "belongs-to-the-second")] {
            let mut message = context.message(4.min(context.max_batch()));
            message.marker = marker.to_owned();
            let (_, status) = instance.send(&message, OUTCOME_TIMEOUT);
            ensure_accepted(status)?;
        }
    }
    // An instance that gets an outcome of the other one reports a violation at once; the other one would wait in vain.
    let mixed = || ensure_no_violation(&a).and(ensure_no_violation(&b)).is_err();
    let until = Instant::now() + OUTCOME_TIMEOUT;
    while !mixed() && (a.recorder.calls().open > 0 || b.recorder.calls().open > 0) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    ensure(!mixed(), || msg!("check-outcomes-mixed"))?;
    await_outcomes(&a, OUTCOME_TIMEOUT)?;
    await_outcomes(&b, OUTCOME_TIMEOUT)?;
    let mut found = 0;
    for (endpoint, other) in [(first, "belongs-to-the-second"), (second, "belongs-to-the-first")] {
        for text in endpoint.texts() {
            ensure(!text.contains(other), || msg!("check-settings-mixed"))?;
            found += 1;
        }
    }
    context.step(msg!("check-step-close-one"));
    a.close();
    context.send_one(&b).map_err(|e| e.with_context(|why| msg!("check-after-other-closed", why = why)))?;
    b.close();
    Ok(CheckOutcome::passed(if found > 0 {
        msg!("check-instances-ok", count = found)
    } else {
        msg!("check-instances-outcomes-ok")
    }))
}

/// 12: after `close` the plugin calls nothing and works no more.
pub(crate) fn close_quiet(context: &CheckContext) -> CheckResult {
    let (entry, _, table) = context.load_tables().map_err(not_loaded)?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let threads = proc_info::threads();
    let instance = context.open_instance(table, &endpoint, 256)?;
    for _ in 0..10 {
        let (_, status) = instance.send(&context.message(4.min(context.max_batch())), OUTCOME_TIMEOUT);
        ensure_accepted(status)?;
    }
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    context.step(msg!("check-step-close-listen"));
    let recorder = instance.close_and_forbid();
    let until = Instant::now() + Duration::from_millis(400);
    while Instant::now() < until {
        ensure(recorder.late_calls.load(Ordering::SeqCst) == 0, || msg!("check-called-after-close"))?;
        std::thread::sleep(Duration::from_millis(10));
    }
    let left = proc_info::threads().saturating_sub(threads);
    if left == 0 {
        return Ok(CheckOutcome::passed(msg!("check-quiet-ok")));
    }
    let is_go = is_go(entry);
    // A Go collector may still have work.
    let least = if is_go { 10 * WORKING_MS } else { WORKING_MS };
    ensure(!is_working(least), || msg!("check-threads-work", count = left))?;
    if is_go {
        return Ok(CheckOutcome::passed(msg!("check-quiet-go", count = left)));
    }
    Ok(CheckOutcome::warned(msg!("check-threads-sleep", count = left)))
}

/// Submits batches until `most` messages are accepted or the plugin is busy; returns the number of messages.
fn fill(context: &CheckContext, instance: &TestInstance, most: u64) -> Result<u64, CheckOutcome> {
    let mut accepted = 0;
    while accepted < most {
        let count = context.max_batch().min(most - accepted).min(100);
        let (_, status) = instance.submit(&context.message(count));
        match status {
            Status::OK => accepted += count,
            Status::BUSY => break,
            other => ensure_accepted(Some(other))?,
        }
    }
    Ok(accepted)
}

/// 13: `close` completes the messages that are in flight.
pub(crate) fn close_in_flight(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Hang)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let count = fill(context, &instance, 1_000)?;
    let open = instance.recorder.calls().open;
    context.step(msg!("check-step-close-in-flight", count = open));
    let started = Instant::now();
    let recorder = std::thread::scope(|scope| {
        let closing = scope.spawn(move || instance.close());
        // The server goes on while `close` waits.
        std::thread::sleep(Duration::from_millis(200));
        endpoint.set_behaviour(Behaviour::Accept);
        closing.join()
    });
    let recorder = recorder.map_err(|_| CheckOutcome::failed(msg!("check-thread-panicked")))?;
    let (calls, took) = (recorder.calls(), started.elapsed());
    if let Some(first) = calls.violations.first() {
        return Err(first.outcome());
    }
    ensure(calls.open == 0, || msg!("check-close-lost", lost = calls.open, count = count))?;
    ensure(took < OUTCOME_TIMEOUT, || msg!("check-close-slow", seconds = took.as_secs()))?;
    Ok(CheckOutcome::passed(msg!("check-close-ok", count = count, open = open)))
}

/// 14: after `drain` the plugin begins nothing and loses nothing.
pub(crate) fn drain(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Hang)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let count = fill(context, &instance, 500)?;
    context.step(msg!("check-step-drain"));
    let status = instance.drain(Duration::from_secs(10));
    ensure(status == Status::OK, || msg!("check-drain-status", status = status.0))?;
    for _ in 0..3 {
        let (_, status) = instance.submit(&context.message(1));
        ensure(status == Status::CLOSED, || msg!("check-not-closed", status = status.0))?;
    }
    endpoint.set_behaviour(Behaviour::Accept);
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    let codes: BTreeSet<u16> =
        instance.recorder.calls().batches.values().flat_map(|b| b.codes.clone()).filter(|c| *c > 0).collect();
    instance.close();
    let codes: Vec<String> = codes.iter().map(u16::to_string).collect();
    Ok(CheckOutcome::passed(msg!("check-drain-ok", count = count, codes = codes.join(", "))))
}
