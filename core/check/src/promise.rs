//! Checks 26 to 28: what leaves is each person's own message, once and whole; nothing of a person is left where it does not belong; what the manifest
//! claims is there. Each recipient, each variable, the text and the attachment is a canary: a text that is nowhere else.

use crate::batch::{ATTACHMENT, TestMessage, canary};
use crate::context::{CheckContext, EndpointHandle, OUTCOME_TIMEOUT, await_outcomes, ensure_accepted};
use crate::fake_server::Behaviour;
use crate::instance::TestInstance;
use crate::outcome::{CheckOutcome, CheckResult, ensure};
use crate::readings::Reading;
use crate::recall::ensure_recall;
use rundruf_abi::{LOOKUP, OutcomeCode, WEBHOOK};
use rundruf_lang::{Message, msg};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// Recipients of one batch of canaries.
const RECIPIENTS: u64 = 8;
/// The number of the first one: all have as many digits.
const FIRST: u64 = 4_100;
/// How long a plugin that claims receipts has to report one.
const RECEIPT_WITHIN: Duration = Duration::from_secs(5);
/// Files that are looked at for traces, and how much of each.
const MAX_FILES: usize = 4_000;
const MAX_FILE: u64 = 1 << 20;

/// What was sent, and what became of it.
struct SentCanaries {
    message: TestMessage,
    codes: Vec<u16>,
}

impl SentCanaries {
    /// Sends canaries in one batch, and waits for their outcomes.
    fn send(context: &CheckContext, instance: &TestInstance, with_attachment: bool) -> Result<Self, CheckOutcome> {
        let channel = context.manifest.channels.first().map_or("", String::as_str);
        let mut message = TestMessage::new(channel, FIRST..FIRST + RECIPIENTS.min(context.max_batch()));
        let own = std::process::id();
        message.marker = format!("canary-text-{own}-end");
        message.names = (0..message.addresses.len()).map(|n| canary(own, n)).collect();
        message.has_attachment = with_attachment;
        let (id, status) = instance.send(&message, OUTCOME_TIMEOUT);
        ensure_accepted(status)?;
        await_outcomes(instance, OUTCOME_TIMEOUT)?;
        let codes = instance.recorder.calls().batches.get(&id).map(|b| b.codes.clone()).unwrap_or_default();
        Ok(Self { message, codes })
    }

    /// Indices of those that the plugin calls sent.
    fn sent(&self) -> impl Iterator<Item = usize> {
        self.codes.iter().enumerate().filter(|(_, code)| OutcomeCode(**code).class() == 1).map(|(n, _)| n)
    }

    /// An address as providers write it.
    fn address(&self, n: usize) -> String {
        let bytes = self.message.addresses.get(n).map(Vec::as_slice).unwrap_or_default();
        String::from_utf8_lossy(bytes).trim_start_matches(['+', '*', '@']).to_owned()
    }

    fn name(&self, n: usize) -> &str {
        self.message.names.get(n).map_or("", String::as_str)
    }

    /// The words of the plugin about the first message that it did not send.
    fn detail(instance: &TestInstance) -> Message {
        let detail = instance.recorder.calls().details.iter().find(|d| !d.is_empty()).cloned();
        Message::quoted(detail.unwrap_or_default())
    }

    /// Looks whether each recipient's own message left, once and whole. `Err`: what is wrong.
    fn judge(&self, readings: &[Reading], with_attachment: bool) -> Result<(), Message> {
        let all = 0..self.message.addresses.len();
        // First of all: is there anything of each?
        if let Some(n) = self.sent().find(|n| !readings.iter().any(|r| r.contains(self.name(*n)))) {
            let has_text = readings.iter().any(|r| r.contains(&self.message.marker));
            return Err(if has_text {
                msg!("check-promise-own-text", index = n)
            } else {
                msg!("check-promise-no-text", index = n)
            });
        }
        for n in self.sent() {
            let (name, address) = (self.name(n), self.address(n));
            let mine: Vec<&Reading> = readings.iter().filter(|r| r.contains(name)).collect();
            let Some(first) = mine.first() else { continue };
            if !first.contains(&self.message.marker) {
                return Err(msg!("check-promise-no-text", index = n));
            }
            if mine.len() > 1 {
                return Err(msg!("check-promise-twice", index = n, count = mine.len()));
            }
            if !first.contains(&address) {
                return Err(msg!("check-promise-wrong-recipient", index = n));
            }
            for other in all.clone().filter(|other| *other != n) {
                match (first.contains(&self.address(other)), first.contains(self.name(other))) {
                    (true, false) => return Err(msg!("check-promise-wrong-recipient", index = n)),
                    (false, true) => return Err(msg!("check-promise-other-person", index = n)),
                    // One request for several people.
                    (true, true) if !first.same_order(&[&address, &self.address(other)], &[name, self.name(other)]) => {
                        return Err(msg!("check-promise-order"));
                    }
                    _ => {}
                }
            }
        }
        let canary = String::from_utf8_lossy(ATTACHMENT);
        if with_attachment && !readings.iter().any(|r| r.contains(&canary)) {
            return Err(msg!("check-promise-attachment"));
        }
        Ok(())
    }
}

/// The endpoint of a plugin whose messages can be seen. Ends the check if they cannot: the author is told what to give.
fn seen_endpoint(context: &CheckContext) -> Result<EndpointHandle<'_>, CheckOutcome> {
    let settings = context.settings()?;
    if settings.sends_to_nobody {
        return Err(CheckOutcome::skipped(msg!("check-sends-to-nobody")));
    }
    if settings.protocol.is_none() && !settings.has_folder() {
        return Err(CheckOutcome::failed(msg!("check-give-provider")));
    }
    let endpoint = context.endpoint(Behaviour::Accept)?;
    endpoint.record();
    Ok(endpoint)
}

/// 26: each recipient's own message, once and whole.
pub(crate) fn core_promise(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = seen_endpoint(context)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    context.step(msg!("check-step-canaries"));
    let with_attachment = context.manifest.can("attachments");
    let plain = SentCanaries::send(context, &instance, false)?;
    let sent = plain.sent().count();
    if sent == 0 {
        let (count, detail) = (plain.codes.len(), SentCanaries::detail(&instance));
        return Err(CheckOutcome::failed(msg!("check-nothing-sent-here", count = count, detail = detail)));
    }
    let readings = endpoint.readings();
    let is_sealed = !context.manifest.label.content_visible;
    if is_sealed {
        ensure(readings.len() >= sent.min(1), || msg!("check-promise-own-text", index = 0))?;
        instance.close();
        return Ok(CheckOutcome::passed(msg!("check-promise-sealed", count = sent)));
    }
    plain.judge(&readings, false).map_err(CheckOutcome::failed)?;
    if with_attachment {
        context.step(msg!("check-step-attachment"));
        let own = context.endpoint(Behaviour::Accept)?;
        own.record();
        let other = context.open_instance(table, &own, 1_024)?;
        let with = SentCanaries::send(context, &other, true)?;
        // One that claims attachments and refuses them all: `claims` reports it.
        if with.sent().count() > 0 {
            with.judge(&own.readings(), true).map_err(CheckOutcome::failed)?;
        }
        other.close();
    }
    instance.close();
    let done = if with_attachment {
        msg!("check-promise-ok-attachment", count = sent)
    } else {
        msg!("check-promise-ok", count = sent)
    };
    Ok(CheckOutcome::passed(done))
}

/// 27: nothing of a person is left where it does not belong.
pub(crate) fn no_traces(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    // The folder was made just before: what is older was not written by this check.
    let begin =
        std::fs::metadata(endpoint.state()).and_then(|about| about.modified()).map_err(crate::context::kit_fault)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    context.step(msg!("check-step-canaries"));
    let sent = SentCanaries::send(context, &instance, false)?;
    let trace =
        |what: Message, place: Message| Err(CheckOutcome::failed(msg!("check-trace", what = what, place = place)));
    // The addresses in log and details are looked for by `exactly-once`.
    let calls = instance.recorder.calls();
    for (texts, place) in [
        (&calls.log_lines, msg!("check-place-log")),
        (&calls.details, msg!("check-place-detail")),
        (&calls.remote_ids, msg!("check-place-remote-id")),
    ] {
        for text in texts.iter() {
            if (0..sent.codes.len()).any(|n| text.contains(sent.name(n))) {
                return trace(msg!("check-word-name"), place);
            }
            if text.contains(&sent.message.marker) {
                return trace(msg!("check-word-text"), place);
            }
        }
    }
    let ids = calls.remote_ids.iter();
    if ids.into_iter().any(|id| (0..sent.codes.len()).any(|n| id.contains(&sent.address(n)))) {
        return trace(msg!("check-word-address"), msg!("check-place-remote-id"));
    }
    drop(calls);
    instance.close();
    let is_trace =
        |text: &str| (0..sent.codes.len()).any(|n| text.contains(sent.name(n)) || text.contains(&sent.address(n)));
    if context.manifest.label.storage == "none" && find_file(endpoint.state(), begin, &[], &is_trace).is_some() {
        return trace(msg!("check-word-person"), msg!("check-place-state"));
    }
    // A confined plugin can write nowhere else.
    if context.confinement_gaps.is_none() {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        let places =
            ["/tmp", "/var/tmp", "/dev/shm"].map(PathBuf::from).into_iter().chain(home).chain(std::env::current_dir());
        for place in places {
            if let Some(file) = find_file(&place, begin, &context.own_folders(), &is_trace) {
                let file = file.display().to_string();
                return trace(msg!("check-word-person"), msg!("check-place-file", path = file));
            }
        }
    }
    Ok(CheckOutcome::passed(msg!("check-traces-ok", count = sent.codes.len())))
}

/// The first file below this folder that was written since `begin` and has a trace; `except` are left out.
fn find_file(folder: &Path, begin: SystemTime, except: &[PathBuf], is_trace: &dyn Fn(&str) -> bool) -> Option<PathBuf> {
    let mut folders = vec![(folder.to_owned(), 0)];
    let mut left = MAX_FILES;
    while let Some((folder, depth)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            left = left.checked_sub(1)?;
            let path = entry.path();
            let Ok(about) = entry.metadata() else { continue };
            if except.iter().any(|other| path.starts_with(other)) {
                continue;
            }
            if about.is_dir() && depth < 2 {
                folders.push((path, depth + 1));
            } else if about.is_file() && about.len() <= MAX_FILE && about.modified().is_ok_and(|at| at >= begin) {
                let has_it = is_trace(&path.display().to_string())
                    || std::fs::read(&path).is_ok_and(|bytes| is_trace(&String::from_utf8_lossy(&bytes)));
                if has_it {
                    return Some(path);
                }
            }
        }
    }
    None
}

/// 28: what the manifest claims is there.
pub(crate) fn claims(context: &CheckContext) -> CheckResult {
    let table = context.load()?;
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 1_024)?;
    let m = &context.manifest;
    context.step(msg!("check-step-claims"));
    for (capability, id) in [("lookup", LOOKUP), ("webhook", WEBHOOK)] {
        let is_missing = m.can(capability) && instance.extension(id.as_bytes()).is_null();
        ensure(!is_missing, || msg!("check-claim-no-extension", capability = capability, id = id))?;
    }
    let settings = context.settings()?;
    if m.can("attachments") && !settings.sends_to_nobody {
        let with = SentCanaries::send(context, &instance, true)?;
        let codes = &with.codes;
        let refuses = codes.iter().all(|code| OutcomeCode(*code).class() == 3);
        let code = codes.first().copied().unwrap_or(0);
        ensure(!refuses, || msg!("check-claim-attachments-refused", code = code))?;
    }
    let mut unseen = None;
    if m.can("receipts") {
        unseen = receipts(context, &endpoint, &instance)?;
    }
    // What is not claimed is not called: the daemon refuses it.
    let called = instance.recorder.calls().unclaimed(|capability| m.can(capability));
    if let Some((function, capability)) = called {
        return Err(CheckOutcome::failed(msg!("check-unclaimed", function = function, capability = capability)));
    }
    instance.close();
    let back = ensure_recall(context, table)?;
    if let Some(unseen) = unseen {
        return Ok(CheckOutcome::warned(unseen));
    }
    let claimed = if m.capabilities.is_empty() { "–".to_owned() } else { m.capabilities.join(", ") };
    Ok(CheckOutcome::passed(match back {
        Some(back) => msg!("check-claims-ok-recall", list = claimed, back = back),
        None => msg!("check-claims-ok", list = claimed),
    }))
}

/// Waits for a receipt of a message that was sent; the first is refused as BUSY and has to come again. Answers a remark if the kit has no way to
/// make one.
fn receipts(
    context: &CheckContext,
    endpoint: &EndpointHandle<'_>,
    instance: &TestInstance,
) -> Result<Option<Message>, CheckOutcome> {
    let hint = endpoint.settings.receipts.clone();
    if hint.is_none() && context.manifest.can("webhook") {
        return Ok(Some(msg!("check-claim-receipts-webhook")));
    }
    instance.recorder.refuse_receipts(1);
    let sent = SentCanaries::send(context, instance, false)?;
    let count = sent.sent().count();
    let ids = instance.recorder.calls().remote_ids.clone();
    if let Some(file) = hint.as_ref().and_then(|hint| hint.file.as_deref()) {
        for id in &ids {
            let path = crate::settings::resolve_text(file, &endpoint.placeholders()).replace("{id}", id);
            let _ = Path::new(&path).parent().map(std::fs::create_dir_all);
            std::fs::write(path, "delivered").map_err(crate::context::kit_fault)?;
        }
    }
    let until = Instant::now() + RECEIPT_WITHIN;
    while instance.recorder.calls().receipts == 0 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    if instance.recorder.calls().receipts == 0 {
        let why = if hint.is_some() {
            msg!("check-claim-no-receipt", count = count, seconds = RECEIPT_WITHIN.as_secs())
        } else {
            msg!("check-claim-receipts-unseen")
        };
        return Err(CheckOutcome::failed(why));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two people whose messages are these.
    fn judged(messages: &[&str]) -> Result<(), String> {
        let mut message = TestMessage::new("sms", 4_100..4_102);
        (message.marker, message.names) = ("TEXT".to_owned(), vec!["ANNA".to_owned(), "BERT".to_owned()]);
        let sent = SentCanaries { message, codes: vec![100, 100] };
        let readings: Vec<Reading> = messages.iter().map(|m| Reading::of(m.as_bytes())).collect();
        sent.judge(&readings, false).map_err(|why| why.key().to_owned())
    }

    #[test]
    fn what_left_is_judged_by_the_canaries() {
        let (a, b) = ("+491700041007", "+491700041017");
        let one = |to: &str, name: &str| format!("to={to} Hallo {name} TEXT");
        assert_eq!(judged(&[&one(a, "ANNA"), &one(b, "BERT")]), Ok(()));
        assert_eq!(judged(&[&format!("[{{{a} ANNA TEXT}},{{{b} BERT TEXT}}]")]), Ok(()), "one request for both");
        for (why, messages) in [
            ("check-promise-own-text", vec![one(a, "ANNA"), one(b, "ANNA")]),
            ("check-promise-wrong-recipient", vec![one(a, "ANNA"), one(a, "BERT")]),
            ("check-promise-wrong-recipient", vec![one(b, "ANNA"), one(a, "BERT")]),
            ("check-promise-twice", vec![one(a, "ANNA"), one(a, "ANNA"), one(b, "BERT")]),
            ("check-promise-no-text", vec![format!("to={a} ANNA"), format!("to={b} BERT")]),
            ("check-promise-no-text", vec![format!("to={a}"), format!("to={b}")]),
            ("check-promise-other-person", vec![one(a, "ANNA BERT"), one(b, "BERT")]),
            ("check-promise-order", vec![format!("[{{{a} BERT TEXT}},{{{b} ANNA TEXT}}]")]),
        ] {
            let texts: Vec<&str> = messages.iter().map(String::as_str).collect();
            let said = judged(&texts);
            assert_eq!(said, Err(why.to_owned()), "{messages:?}");
        }
    }
}
