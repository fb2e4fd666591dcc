//! Part of `claims`: a plugin that offers `rundruf.recall/1` gives back what it has not begun, and sends nothing of that.

use crate::context::{CheckContext, OUTCOME_TIMEOUT, await_outcomes, ensure_accepted};
use crate::fake_server::Behaviour;
use crate::outcome::{CheckOutcome, ensure};
use rundruf_abi::{OutcomeCode, TransportTable};
use rundruf_lang::msg;
use std::time::Duration;

/// Messages that wait when they are asked back: more than any plugin begins at once.
const MESSAGES: u64 = 1_024;
/// A plugin whose window is smaller may have begun all of them.
const LEAST: u64 = 256;
/// Of this many batches some wait, also where one request takes a whole batch.
const SEVERAL: usize = 4;
/// How long what is not begun may take to come back.
const BACK_WITHIN: Duration = Duration::from_secs(5);

/// Asks messages back while the provider hangs. Answers how many came back; `None` if it could not be tried.
pub(crate) fn ensure_recall(
    context: &CheckContext,
    table: &'static TransportTable,
) -> Result<Option<usize>, CheckOutcome> {
    // A folder takes everything at once: there is nothing that is not begun.
    let window = u64::from(context.manifest.max_in_flight).min(MESSAGES);
    if context.settings()?.protocol.is_none() || window < LEAST {
        return Ok(None);
    }
    let endpoint = context.endpoint(Behaviour::Hang)?;
    endpoint.record();
    let instance = context.open_instance(table, &endpoint, u32::try_from(window).unwrap_or(u32::MAX))?;
    if !instance.offers_recall() {
        return Ok(None);
    }
    context.step(msg!("check-step-recall", count = window));
    let (mut ids, mut left) = (Vec::new(), window);
    while left > 0 {
        let size = left.min(context.max_batch());
        let (id, status) = instance.send(&context.message(size), OUTCOME_TIMEOUT);
        ensure_accepted(status)?;
        ids.push(id);
        left -= size;
    }
    for id in &ids {
        instance.recall(*id);
    }
    let back = || {
        let calls = instance.recorder.calls();
        let codes = ids.iter().filter_map(|id| calls.batches.get(id)).flat_map(|batch| &batch.codes);
        codes.filter(|code| **code == OutcomeCode::UNTOUCHED.0).count()
    };
    instance.recorder.wait_until(BACK_WITHIN, |calls| {
        let codes = ids.iter().filter_map(|id| calls.batches.get(id)).flat_map(|batch| &batch.codes);
        codes.filter(|code| **code == OutcomeCode::UNTOUCHED.0).count() as u64 >= window / 2
    });
    let came = back();
    // A provider that takes many in one request may have begun all of a few batches.
    if came == 0 && ids.len() < SEVERAL {
        return Err(CheckOutcome::warned(msg!("check-recall-maybe", count = window)));
    }
    ensure(came > 0, || msg!("check-recall-nothing", count = window, seconds = BACK_WITHIN.as_secs()))?;
    endpoint.set_behaviour(Behaviour::Accept);
    await_outcomes(&instance, OUTCOME_TIMEOUT)?;
    let (sent, _) = endpoint.counts();
    let given_back = back() as u64;
    ensure(sent + given_back <= window, || msg!("check-recall-sent", back = given_back, sent = sent, count = window))?;
    instance.close();
    Ok(Some(came))
}
