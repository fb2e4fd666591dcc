//! Checks 15 to 21: batches of every size and kind, and what a plugin does with them.

use crate::batch::{TestMessage, names_test_recipient};
use crate::context::{CheckContext, OUTCOME_TIMEOUT, await_outcomes, ensure_accepted, ensure_no_violation};
use crate::fake_server::Behaviour;
use crate::guard_pages::ForbiddenAccess;
use crate::instance::TestInstance;
use crate::outcome::{CheckOutcome, CheckResult, ensure};
use rundruf_abi::{OutcomeCode, Status};
use rundruf_lang::{Message, msg};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Sends a message and waits for its outcome codes, by index.
fn codes(instance: &TestInstance, message: &TestMessage) -> Result<Vec<u16>, CheckOutcome> {
    let (id, status) = instance.send(message, OUTCOME_TIMEOUT);
    ensure_accepted(status)?;
    await_outcomes(instance, OUTCOME_TIMEOUT)?;
    Ok(instance.recorder.calls().batches.get(&id).map(|b| b.codes.clone()).unwrap_or_default())
}

/// The classes of outcome codes: what must not differ between two ways of sending the same.
fn classes(codes: &[u16]) -> Vec<u16> {
    codes.iter().map(|c| OutcomeCode(*c).class()).collect()
}

/// 15: each message has exactly one outcome.
pub(crate) fn exactly_once(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let window = u64::from(context.manifest.max_in_flight).max(context.max_batch());
    let instance = context.open_instance(table, &endpoint, u32::try_from(window).unwrap_or(u32::MAX))?;
    instance.recorder.unmaps_ended.store(true, Ordering::SeqCst);
    let most = context.max_batch();
    let mut sizes: Vec<u64> = [1, 2, 255, 256, most].into_iter().filter(|s| *s <= most).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let until = Instant::now() + Duration::from_secs(context.job.effort.seconds);
    let (mut sent, mut next) = (0, sizes.iter().cycle());
    while sent < context.job.effort.messages && (Instant::now() < until || sent < most) {
        let Some(size) = next.next() else { break };
        // As the host, the check never exceeds the window.
        instance.recorder.wait_until(OUTCOME_TIMEOUT, |c| c.open as u64 + size <= window || !c.violations.is_empty());
        ensure_no_violation(&instance)?;
        context.step(msg!("check-step-batch", size = *size));
        let (_, status) = instance.send(&context.message(*size), OUTCOME_TIMEOUT);
        ensure_accepted(status)?;
        sent += size;
    }
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    context.step(msg!("check-step-large-batch"));
    let (_, status) = instance.submit(&context.message(most + 1));
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    let calls = instance.recorder.calls();
    let mut texts = calls.details.iter().chain(&calls.log_lines);
    ensure(!texts.any(|t| names_test_recipient(&context.manifest.channels, t)), || msg!("check-names-recipient"))?;
    let good = calls.sent;
    let other = calls.details.iter().find(|d| !d.is_empty()).cloned().unwrap_or_default();
    drop(calls);
    instance.close();
    if good == 0 {
        return Ok(CheckOutcome::warned(msg!("check-none-sent", count = sent, detail = other)));
    }
    let larger = if status == Status::OK { msg!("check-word-accepted") } else { msg!("check-word-refused") };
    Ok(CheckOutcome::passed(msg!("check-once-ok", count = sent, most = most, larger = larger)))
}

/// 16: the plugin goes from element to element of an array by the stride.
pub(crate) fn stride(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let mut message = context.message(16.min(context.max_batch()));
    let expected = classes(&codes(&instance, &message)?);
    let mut random = context.random();
    // The last two do not fit into 8 and into 16 bits.
    for padding in [8, 24, 160, 400, 66_000] {
        context.step(msg!("check-step-padding", bytes = padding));
        (message.padding, message.seed) = (padding, random.next());
        message.marker = format!("with-padding-{padding}");
        let padded = codes(&instance, &message)?;
        ensure(classes(&padded) == expected, || msg!("check-ignores-stride", bytes = padding))?;
    }
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-stride-ok")))
}

/// 17: the plugin only reads a batch, and not after its last outcome.
pub(crate) fn poisoned_batch(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    instance.recorder.guards_ended.store(true, Ordering::SeqCst);
    context.step(msg!("check-step-guarded"));
    let mut count = 0;
    for n in 0..200_u64 {
        let size = [1, 2, 16].get((n % 3) as usize).copied().unwrap_or(1).min(context.max_batch());
        let batch = Arc::new(context.message(size).to_batch(1 << 40 | n));
        batch.guard(ForbiddenAccess::BatchWrite);
        let until = Instant::now() + OUTCOME_TIMEOUT;
        let mut status = instance.submit_batch(&batch);
        while status == Status::BUSY && Instant::now() < until {
            ensure_no_violation(&instance)?;
            instance.recorder.wait_until(Duration::from_millis(5), |c| c.open == 0);
            status = instance.submit_batch(&batch);
        }
        ensure_accepted(Some(status))?;
        count += size;
    }
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    // A plugin that reads a little later is found as well.
    std::thread::sleep(Duration::from_millis(50));
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-guarded-ok", count = count)))
}

/// 18: a full plugin answers BUSY, and calls `ready` when there is room again.
pub(crate) fn busy(context: &CheckContext) -> CheckResult {
    const WINDOW: u32 = 16;
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Hang)?;
    let instance = context.open_instance(table, &endpoint, WINDOW)?;
    let each = 4.min(context.max_batch());
    context.step(msg!("check-step-beyond-window"));
    let mut accepted = 0;
    let mut refused = None;
    while accepted < 16 * u64::from(WINDOW) && refused.is_none() {
        match instance.submit(&context.message(each)) {
            (_, Status::OK) => accepted += each,
            (id, Status::BUSY) => refused = Some(id),
            (_, other) => ensure_accepted(Some(other))?,
        }
    }
    let open = instance.recorder.calls().open as u64;
    let Some(id) = refused else {
        ensure(open <= 4 * u64::from(WINDOW), || msg!("check-endless-queue", window = WINDOW, count = open))?;
        endpoint.set_behaviour(Behaviour::Accept);
        await_outcomes(&instance, OUTCOME_TIMEOUT)?;
        instance.close();
        return Ok(CheckOutcome::passed(msg!("check-never-busy", count = accepted)));
    };
    let ready = instance.recorder.calls().ready;
    endpoint.set_behaviour(Behaviour::Accept);
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    let untouched = instance.recorder.calls().batches.get(&id).is_some_and(|b| b.codes.iter().all(|c| *c == 0));
    ensure(untouched, || msg!("check-completed-refused"))?;
    // It may have called `ready` before the server went on.
    let was_ready = ready > 0 || instance.recorder.wait_until(Duration::from_secs(5), |c| c.ready > 0);
    ensure(was_ready, || msg!("check-never-ready"))?;
    let (_, status) = instance.send(&context.message(each), OUTCOME_TIMEOUT);
    ensure_accepted(status)?;
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-busy-ok", count = accepted, window = WINDOW)))
}

/// A message that no good host sends.
struct BadInput {
    what: Message,
    message: TestMessage,
    /// Whether the plugin must accept the batch, because it has good recipients too.
    must_accept: bool,
    /// Indices of good recipients, which must get the outcome of an ordinary message.
    good: &'static [usize],
}

fn bad_inputs(context: &CheckContext) -> Vec<BadInput> {
    let addresses: [(Message, Vec<u8>); 6] = [
        (msg!("check-input-empty-address"), Vec::new()),
        (msg!("check-input-huge-address"), vec![b'a'; 64 * 1024]),
        (msg!("check-input-nul-address"), b"kit\0@kit.example".to_vec()),
        (msg!("check-input-binary-address"), b"kit-\xff\xfe@kit.example".to_vec()),
        (msg!("check-input-two-line-address"), b"kit@kit.example>\r\nBcc: all@kit.example".to_vec()),
        (msg!("check-input-blank-address"), b"   ".to_vec()),
    ];
    let recipients = 3.min(context.max_batch());
    let mut all = Vec::new();
    for (what, bad) in addresses {
        let mut message = context.message(recipients);
        // Between two good ones, if the batch is large enough.
        if let Some(address) = message.addresses.get_mut(usize::from(recipients > 1)) {
            *address = bad;
        }
        let good: &[usize] = if recipients == 3 { &[0, 2] } else { &[] };
        all.push(BadInput { what, message, must_accept: true, good });
    }
    let mut add = |what, message, must_accept| all.push(BadInput { what, message, must_accept, good: &[] });
    let mut message = context.message(recipients);
    message.empty = true;
    add(msg!("check-input-no-text"), message, true);
    let mut message = context.message(1);
    message.extra_text = b"\xc3\x28\xff text that is not UTF-8 \0".to_vec();
    add(msg!("check-input-binary-text"), message, true);
    let mut message = context.message(1);
    let most = usize::try_from(context.manifest.max_content).unwrap_or(usize::MAX).min(64 << 20);
    message.extra_text = vec![b'x'; most + 1];
    add(msg!("check-input-huge-text"), message, false);
    add(msg!("check-input-no-recipient"), context.message(0), false);
    all
}

/// 19: every message has an outcome, however bad it is.
pub(crate) fn bad_input(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let ordinary = OutcomeCode(context.send_one(&instance)?).class();
    let all = bad_inputs(context);
    let count = all.len();
    for BadInput { what, message, must_accept, good } in all {
        context.step(msg!("check-step-send", what = &what));
        let (id, status) = instance.send(&message, OUTCOME_TIMEOUT);
        ensure(status == Some(Status::OK) || (!must_accept && status.is_some()), || {
            msg!("check-refuses-whole-batch", what = &what, status = status.map_or(1, |s| s.0))
        })?;
        await_outcomes(&instance, OUTCOME_TIMEOUT)
            .map_err(|e| e.with_context(|why| msg!("check-during", what = &what, why = why)))?;
        let codes = instance.recorder.calls().batches.get(&id).map(|b| b.codes.clone()).unwrap_or_default();
        let harmed = good.iter().any(|n| codes.get(*n).is_some_and(|c| OutcomeCode(*c).class() != ordinary));
        ensure(!harmed, || msg!("check-harms-neighbour", what = &what))?;
    }
    context.step(msg!("check-step-send-after-bad"));
    context.send_one(&instance)?;
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-bad-input-ok", count = count)))
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(0)
}

/// 20: a message whose deadline has passed is not begun. (The contract cancels by deadline and drain only.)
pub(crate) fn cancel(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    endpoint.record();
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let recipients = 8.min(context.max_batch());
    let mut message = context.message(recipients);
    (message.deadline_ms, message.marker) = (now_ms() - 5_000, "it-was-too-late".to_owned());
    context.step(msg!("check-step-expired"));
    for code in codes(&instance, &message)? {
        let is_right = code == OutcomeCode::EXPIRED.0 || code == OutcomeCode::UNTOUCHED.0;
        ensure(is_right, || msg!("check-expired-outcome", code = code))?;
    }
    ensure(endpoint.texts().iter().all(|t| !t.contains("it-was-too-late")), || msg!("check-expired-sent"))?;
    (message.deadline_ms, message.marker) = (now_ms() + 3_600_000, "in-time".to_owned());
    let without_deadline = codes(&instance, &context.message(recipients))?;
    let in_time = codes(&instance, &message)?;
    ensure(classes(&without_deadline) == classes(&in_time), || msg!("check-deadline-matters"))?;
    // The deadline passes while messages wait: each one has an outcome, of whatever class.
    endpoint.set_behaviour(Behaviour::Hang);
    message.deadline_ms = now_ms() + 50;
    let (_, status) = instance.send(&message, OUTCOME_TIMEOUT);
    ensure_accepted(status)?;
    std::thread::sleep(Duration::from_millis(60));
    endpoint.set_behaviour(Behaviour::Accept);
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-cancel-ok")))
}

/// 21: calls return at once, whatever the provider does.
pub(crate) fn latency_of_calls(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Hang)?;
    let instance = context.open_instance(table, &endpoint, 256)?;
    let (mut times, mut slow) = (Vec::new(), 0);
    context.step(msg!("check-step-hanging"));
    for n in 0..100 {
        let batch = Arc::new(context.message(1).to_batch(1 << 41 | n));
        let started = Instant::now();
        let status = instance.submit_batch(&batch);
        let time = started.elapsed();
        if status != Status::BUSY {
            ensure_accepted(Some(status))?;
        }
        slow += u32::from(time > Duration::from_millis(100));
        times.push(time);
        // A busy machine may interrupt a call or two; a call that waits for the provider is slow every time.
        ensure(slow < 3, || msg!("check-submit-waits"))?;
    }
    let started = Instant::now();
    instance.drain(Duration::from_secs(10));
    let drained = started.elapsed();
    endpoint.set_behaviour(Behaviour::Accept);
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    instance.close();
    let ms = u64::try_from(drained.as_millis()).unwrap_or(u64::MAX);
    ensure(ms < 1_000, || msg!("check-drain-slow", ms = ms))?;
    times.sort_unstable();
    let us = |n: usize| times.get(n).map_or(0, |t| u64::try_from(t.as_micros()).unwrap_or(u64::MAX));
    let (p50, p90) = (us(49), us(89));
    if p90 > 1_000 {
        return Ok(CheckOutcome::warned(msg!("check-submit-slow", p50 = p50, p90 = p90)));
    }
    Ok(CheckOutcome::passed(msg!("check-latency-ok", p50 = p50, p90 = p90)))
}
