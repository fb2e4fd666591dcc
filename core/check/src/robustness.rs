//! Checks 22 to 25: faults of the provider and of the host, and many calls at once.

use crate::context::{
    CheckContext, EndpointHandle, OUTCOME_TIMEOUT, await_outcomes, ensure_accepted, ensure_no_violation, kit_fault,
    not_opened,
};
use crate::fake_server::Behaviour;
use crate::instance::{HostTableShape, TestInstance};
use crate::outcome::{CheckOutcome, CheckResult, ensure};
use crate::random::SeededRandom;
use crate::recorder::InboundRecord;
use crate::settings::resolve_text;
use rundruf_abi::{OutcomeCode, Status, TransportTable};
use rundruf_host::confinement::MissingFeature;
use rundruf_lang::{Message, msg};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// What happened to a message in spite of a fault, and so what its outcome must say.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExpectedOutcome {
    /// Nothing was sent: try again, or an account fault.
    NotSent,
    /// No reply came: any class but "sent" and "never".
    NoReply,
    /// The server had all of it and did not reply: unknown.
    Unknown,
    /// The server accepted it.
    Accepted,
    /// The server refused it with a temporary error.
    RefusedForNow,
    /// The server refused it with a permanent error.
    RefusedForGood,
}

/// Whether an outcome class is right.
enum Judgement {
    Right,
    /// Allowed, but the author should look at it.
    Questionable,
    Wrong,
}

impl ExpectedOutcome {
    fn judge(self, class: u16, repeat_is_safe: bool) -> Judgement {
        let (right, questionable): (&[u16], &[u16]) = match self {
            Self::NotSent => (&[2, 5], &[]),
            Self::NoReply => (&[2, 4, 5], &[]),
            Self::Unknown if repeat_is_safe => (&[2, 4], &[]),
            Self::Unknown => (&[4], &[]),
            Self::Accepted => (&[1, 4], &[]),
            Self::RefusedForNow => (&[2, 5], &[4]),
            Self::RefusedForGood => (&[3, 5], &[2, 4]),
        };
        if right.contains(&class) {
            Judgement::Right
        } else if questionable.contains(&class) {
            Judgement::Questionable
        } else {
            Judgement::Wrong
        }
    }

    /// Which classes would be right, and why.
    const fn explanation(self) -> Message {
        match self {
            Self::NotSent => msg!("check-expected-not-sent"),
            Self::NoReply => msg!("check-expected-no-reply"),
            Self::Unknown => msg!("check-expected-unknown"),
            Self::Accepted => msg!("check-expected-accepted"),
            Self::RefusedForNow => msg!("check-expected-refused-for-now"),
            Self::RefusedForGood => msg!("check-expected-refused-for-good"),
        }
    }
}

/// 22: each fault of the provider leads to the right outcome.
pub(crate) fn remote_faults(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let settings = context.settings()?;
    if settings.protocol.is_none() {
        return if settings.has_folder() {
            removed_folder(context, table)
        } else {
            Err(CheckOutcome::skipped(msg!("check-no-provider")))
        };
    }
    let mut questionable = Vec::new();
    let mut send = |what: Message, expected: ExpectedOutcome, endpoint: &EndpointHandle<'_>, config: &str| {
        context.step(what.clone());
        let opened = context.open_instance_with(table, endpoint, config.as_bytes(), 64, HostTableShape::Current);
        let instance = match opened {
            Ok(instance) => instance,
            // A plugin may connect when it is opened, and refuse.
            Err(_) if expected == ExpectedOutcome::NotSent => return Ok(()),
            Err(refused) => return Err(not_opened(refused)),
        };
        let code = context
            .send_one(&instance)
            .map_err(|e| e.with_context(|why| msg!("check-during", what = &what, why = why)))?;
        match expected.judge(OutcomeCode(code).class(), context.manifest.repeat_is_safe) {
            Judgement::Right => {}
            Judgement::Questionable => questionable.push(msg!("check-fault-questionable", what = &what, code = code)),
            Judgement::Wrong => {
                let expected = expected.explanation();
                return Err(CheckOutcome::failed(msg!(
                    "check-fault-wrong",
                    what = &what,
                    code = code,
                    expected = expected
                )));
            }
        }
        // What is still queued can go now.
        endpoint.set_behaviour(Behaviour::Accept);
        await_outcomes(&instance, OUTCOME_TIMEOUT)?;
        instance.close();
        Ok(())
    };
    let closed = context.closed_endpoint()?;
    send(msg!("check-fault-refused-connection"), ExpectedOutcome::NotSent, &closed, &closed.config())?;
    let faults = [
        (Behaviour::ResetOnConnect, msg!("check-fault-reset-on-connect"), ExpectedOutcome::NoReply),
        (Behaviour::ResetMidMessage, msg!("check-fault-reset-mid-message"), ExpectedOutcome::NoReply),
        (Behaviour::ResetAfterMessage, msg!("check-fault-reset-after-message"), ExpectedOutcome::Unknown),
        (Behaviour::Garbage, msg!("check-fault-garbage"), ExpectedOutcome::Unknown),
        (Behaviour::Drip, msg!("check-fault-drip"), ExpectedOutcome::Accepted),
        (Behaviour::RefuseForNow, msg!("check-fault-refused-for-now"), ExpectedOutcome::RefusedForNow),
        (Behaviour::RefuseForGood, msg!("check-fault-refused-for-good"), ExpectedOutcome::RefusedForGood),
    ];
    for (behaviour, what, expected) in faults {
        let endpoint = context.endpoint(behaviour)?;
        send(what, expected, &endpoint, &endpoint.config())?;
        let (complete, connections) = endpoint.counts();
        if connections == 0 {
            return Err(CheckOutcome::skipped(msg!("check-never-connected")));
        }
        // A fault after the whole message proves something only if a whole message arrived.
        if expected == ExpectedOutcome::Unknown && complete == 0 {
            return Err(CheckOutcome::skipped(msg!("check-no-whole-message")));
        }
    }
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let tls = match endpoint.settings.resolved_with_tls(&endpoint.placeholders()) {
        Some(config) => {
            send(msg!("check-fault-no-tls"), ExpectedOutcome::NotSent, &endpoint, &config.to_string())?;
            msg!("check-word-with-tls")
        }
        None => msg!("check-without-tls"),
    };
    match questionable.into_iter().next() {
        Some(first) => Ok(CheckOutcome::warned(first)),
        None => Ok(CheckOutcome::passed(msg!("check-faults-ok", tls = tls))),
    }
}

/// The fault for a plugin that writes to a folder: the folder is gone.
fn removed_folder(context: &CheckContext, table: &'static TransportTable) -> CheckResult {
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 64)?;
    context.send_one(&instance)?;
    context.step(msg!("check-step-folder-gone"));
    endpoint.remove_folder()?;
    let code = context.send_one(&instance)?;
    let expected = ExpectedOutcome::NoReply;
    let is_right = !matches!(expected.judge(OutcomeCode(code).class(), false), Judgement::Wrong);
    ensure(is_right, || msg!("check-folder-gone-wrong", code = code, expected = expected.explanation()))?;
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-folder-gone-ok", code = code)))
}

/// The messages from outside that the check has made, and what the plugin did with them.
struct InboundTracker {
    files: Vec<PathBuf>,
    random: SeededRandom,
    /// Messages that the plugin handed over.
    received: Vec<TrackedMessage>,
    fault: Option<Message>,
}

struct TrackedMessage {
    address: String,
    remote_id: String,
    /// Whether the host has answered OK to it.
    stored: bool,
}

impl InboundTracker {
    fn fail(&mut self, what: Message) {
        self.fault.get_or_insert(what);
    }

    /// Answers a message: OK or `refusal`, at random.
    fn receive(&mut self, message: &InboundRecord, refusal: Status) -> Status {
        let Some(file) = self.files.iter().find(|f| f.to_string_lossy().contains(&message.address)) else {
            self.fail(msg!("check-inbound-unknown"));
            return Status::OK;
        };
        if !file.exists() {
            self.fail(msg!("check-inbound-acknowledged-early"));
        }
        if message.text.trim() != "JA" {
            self.fail(msg!("check-inbound-other-text"));
        }
        let stored = self.random.below(2) == 0;
        match self.received.iter_mut().find(|m| m.address == message.address) {
            Some(known) if known.remote_id != message.remote_id => self.fail(msg!("check-inbound-other-id")),
            Some(known) => known.stored |= stored,
            None => {
                let (address, remote_id) = (message.address.clone(), message.remote_id.clone());
                self.received.push(TrackedMessage { address, remote_id, stored });
            }
        }
        if stored { Status::OK } else { refusal }
    }

    fn stored(&self) -> usize {
        self.received.iter().filter(|m| m.stored).count()
    }
}

/// 23: the plugin acknowledges a message after the host has stored it, not before.
pub(crate) fn inbound_backpressure(context: &CheckContext) -> CheckResult {
    const MESSAGES: usize = 12;
    let table = context.load()?;
    let settings = context.settings()?;
    let Some(form) = settings.inbound.clone() else {
        return Err(if !context.manifest.can("inbound") {
            CheckOutcome::skipped(msg!("check-inbound-no-capability"))
        } else if context.manifest.can("webhook") {
            // It is called by the provider, which the kit cannot play yet.
            CheckOutcome::skipped(msg!("check-inbound-webhook"))
        } else {
            CheckOutcome::failed(msg!("check-inbound-no-file"))
        });
    };
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let open = || -> Result<TestInstance, CheckOutcome> { context.open_instance(table, &endpoint, 64) };
    // The plugin makes its folders when it is opened.
    open()?.close();
    let form = resolve_text(&form, &endpoint.placeholders());
    let files: Vec<PathBuf> = (0..MESSAGES).map(|n| form.replace("{n}", &format!("{n:03}")).into()).collect();
    for file in &files {
        if let Some(folder) = file.parent() {
            let _ = std::fs::create_dir_all(folder);
        }
        let temporary = file.with_extension("kit");
        let written = std::fs::write(&temporary, "JA").and_then(|()| std::fs::rename(&temporary, file));
        written.map_err(kit_fault)?;
    }
    let tracker = InboundTracker { files, random: context.random(), received: Vec::new(), fault: None };
    let tracker = Arc::new(Mutex::new(tracker));
    let lock = || tracker.lock().unwrap_or_else(PoisonError::into_inner);
    let until = Instant::now() + OUTCOME_TIMEOUT;
    // Three starts, as if the process had died in between; the host is busy, fails, is busy.
    for start in 0..3 {
        context.step(msg!("check-step-inbound", count = MESSAGES, start = start));
        let instance = open()?;
        let refusal = if start % 2 == 0 { Status::BUSY } else { Status::FAILED };
        let shared = Arc::clone(&tracker);
        instance.recorder.on_inbound(Box::new(move |message| {
            shared.lock().unwrap_or_else(PoisonError::into_inner).receive(message, refusal)
        }));
        let enough = if start < 2 { MESSAGES * (start + 1) / 3 } else { MESSAGES };
        let is_over = || {
            let tracker = lock();
            tracker.fault.is_some() || tracker.stored() >= enough
        };
        while !is_over() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        ensure_no_violation(&instance)?;
        instance.close();
    }
    let tracker = lock();
    if let Some(fault) = &tracker.fault {
        return Err(CheckOutcome::failed(fault.clone()));
    }
    let stored = tracker.stored();
    ensure(stored == MESSAGES, || msg!("check-inbound-lost", lost = MESSAGES - stored, count = MESSAGES))?;
    let ids: BTreeSet<&String> = tracker.received.iter().map(|m| &m.remote_id).collect();
    ensure(ids.len() == MESSAGES, || msg!("check-inbound-same-id"))?;
    Ok(CheckOutcome::passed(msg!("check-inbound-ok", count = MESSAGES)))
}

/// 24: the plugin survives a host that answers with faults, and one with few functions.
pub(crate) fn host_faults(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let recipients = 8.min(context.max_batch());
    for status in [Status::FAILED, Status::BUSY, Status::PANICKED, Status(12_345)] {
        context.step(msg!("check-step-complete-fault", status = status.0));
        let instance = context.open_instance(table, &endpoint, 64)?;
        instance.recorder.complete_status.store(status.0, Ordering::SeqCst);
        for _ in 0..4 {
            let (_, answer) = instance.send(&context.message(recipients), OUTCOME_TIMEOUT);
            ensure_accepted(answer)?;
        }
        await_outcomes(&instance, OUTCOME_TIMEOUT)?;
        // A plugin that completes again may do so a little later.
        std::thread::sleep(Duration::from_millis(50));
        ensure_no_violation(&instance)
            .map_err(|e| e.with_context(|why| msg!("check-during-complete-fault", why = why)))?;
        instance.close();
    }
    context.step(msg!("check-step-bare-host"));
    let config = endpoint.config();
    let instance = context
        .open_instance_with(table, &endpoint, config.as_bytes(), 64, HostTableShape::CompleteOnly)
        .map_err(|refused| CheckOutcome::failed(msg!("check-refuses-bare-host", why = refused.why())))?;
    context.send_one(&instance)?;
    instance.close();
    Ok(CheckOutcome::passed(msg!("check-host-faults-ok")))
}

/// How much of the confinement there is.
fn confinement(gaps: Option<&[MissingFeature]>) -> Message {
    match gaps {
        None => msg!("check-unconfined"),
        Some([]) => msg!("check-confined"),
        Some(gaps) => {
            let gaps = gaps.iter().map(|gap| gap.message()).reduce(|all, gap| msg!("check-and", all = all, next = gap));
            msg!("check-partly-confined", gaps = gaps.unwrap_or_else(|| "".into()))
        }
    }
}

/// 25: many threads call the plugin at once, at random, confined or not according to the mode.
pub(crate) fn confinement_and_fuzz(context: &CheckContext) -> CheckResult {
    const UNKNOWN_EXTENSION: &str = "example.org.nothing/1";
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 256)?;
    let first_code = context.send_one(&instance)?;
    // A fast plugin gets more batches than the memory of the confinement could hold.
    instance.recorder.unmaps_ended.store(true, Ordering::SeqCst);
    let until = Instant::now() + Duration::from_millis(context.job.effort.fuzz_ms);
    let calls = AtomicU64::new(0);
    let seed = context.random().next();
    context.step(msg!("check-step-fuzz", seed = context.job.seed));
    let call_at_random = |thread: u64| -> Result<(), CheckOutcome> {
        let mut random = SeededRandom::new(seed ^ (thread << 32));
        while Instant::now() < until {
            let mut message = context.message(1 + random.below(8.min(context.max_batch())));
            if random.below(16) == 0 {
                message.extra_text = vec![b'x'; 4_096];
            }
            if random.below(16) == 0 {
                let is_null = instance.extension(UNKNOWN_EXTENSION.as_bytes()).is_null();
                ensure(is_null, || msg!("check-claims-extension", id = UNKNOWN_EXTENSION))?;
            }
            let (_, status) = instance.submit(&message);
            if status != Status::BUSY {
                ensure_accepted(Some(status))?;
            }
            calls.fetch_add(1, Ordering::Relaxed);
            if status == Status::BUSY || random.below(4) == 0 {
                instance.recorder.wait_until(Duration::from_millis(2), |c| c.open < 128);
            }
        }
        Ok(())
    };
    let call_at_random = &call_at_random;
    let results = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || call_at_random(n))).collect();
        threads.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    for result in results {
        result.map_err(|_| CheckOutcome::failed(msg!("check-thread-panicked")))??;
    }
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    instance.drain(Duration::from_secs(5));
    instance.close();
    let was_sent = |code: u16| OutcomeCode(code).class() == 1;
    let is_unsent = context.confinement_gaps.is_some() && !was_sent(first_code);
    ensure(!is_unsent || context.job.unconfined_code.is_none_or(|c| !was_sent(c)), || {
        msg!("check-only-confined", why = msg!("check-unsent-confined", code = first_code))
    })?;
    let (calls, seed) = (calls.load(Ordering::Relaxed), context.job.seed);
    let confinement = confinement(context.confinement_gaps.as_deref());
    if is_unsent && context.job.unconfined_code.is_none() {
        // Nobody has tried it without the confinement, so nobody knows whether that is the reason.
        return Ok(CheckOutcome::warned(msg!("check-unsent-confined", code = first_code)));
    }
    Ok(CheckOutcome::passed(msg!("check-fuzz-ok", calls = calls, seed = seed, confinement = confinement)))
}
