//! The smoke check, before all others: loads, opens, sends a little, closes. A fault that shows already here would show in nearly every check; the one
//! check that is about it reports it, and the others are skipped.

use crate::catalogue::Check;
use crate::context::{CheckContext, await_outcomes, ensure_accepted, not_loaded};
use crate::fake_server::Behaviour;
use crate::outcome::{CheckOutcome, CheckResult, CheckVerdict};
use crate::protocol::{CheckStage, PluginFacts, SupervisorReport};
use rundruf_abi::OutcomeCode;
use rundruf_lang::msg;
use std::time::Duration;

/// The smoke check. It is not in the list and never shown.
pub(crate) static SMOKE: Check = Check { id: "smoke", needs: CheckStage::Close, run: smoke };
/// The check that reports what works without the confinement only.
pub(crate) const CONFINEMENT_CHECK: &str = "confinement-and-fuzz";
/// Longest time for an outcome here.
const TIMEOUT: Duration = Duration::from_secs(15);

fn smoke(context: &CheckContext) -> CheckResult {
    let (entry, _, table) = context.load_tables().map_err(not_loaded)?;
    context.facts(PluginFacts { flags: Some(entry.flags), code: None });
    context.reached(CheckStage::Open);
    let endpoint = context.endpoint(Behaviour::Accept)?;
    let instance = context.open_instance(table, &endpoint, 256)?;
    context.reached(CheckStage::Send);
    for count in [1, 16.min(context.max_batch())] {
        let (id, status) = instance.send(&context.message(count), TIMEOUT);
        ensure_accepted(status)?;
        await_outcomes(&instance, TIMEOUT)?;
        let code = instance.recorder.calls().batches.get(&id).and_then(|b| b.codes.first().copied());
        context.facts(PluginFacts { flags: None, code });
    }
    context.reached(CheckStage::Close);
    instance.close();
    Ok(CheckOutcome::passed("".into()))
}

/// A fault that the smoke check has found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct SmokeFault {
    /// Id of the check that reports it.
    pub(crate) owner: &'static str,
    pub(crate) outcome: CheckOutcome,
    /// Checks that need this stage or a later one are skipped.
    pub(crate) from: CheckStage,
}

impl SmokeFault {
    /// The fault in a report of the smoke check.
    pub(crate) fn of(report: &SupervisorReport) -> Option<Self> {
        // A plugin that refuses to be loaded or opened is not a fault here: each check skips quickly, with the reason.
        if !report.outcome.verdict.is_bad() {
            return None;
        }
        let owner = match report.stage {
            // Not even the supervisor survived.
            CheckStage::File => CONFINEMENT_CHECK,
            CheckStage::Confine | CheckStage::Load => "scan-time",
            CheckStage::Open => "open-close-loop",
            // It hangs in a call that must return at once.
            CheckStage::Send if report.outcome.owner.as_deref() == Some("latency-of-calls") => "latency-of-calls",
            CheckStage::Send => "exactly-once",
            CheckStage::Close => "close-quiet",
        };
        Some(Self { owner, outcome: report.outcome.clone(), from: report.stage.max(CheckStage::Load) })
    }

    /// The fault in a report of the confined smoke check, compared with that of the unconfined one.
    pub(crate) fn of_confinement(confined: &SupervisorReport, unconfined: &SupervisorReport) -> Option<Self> {
        if unconfined.outcome.verdict != CheckVerdict::Passed {
            return Self::of(confined);
        }
        let was_sent = |report: &SupervisorReport| report.facts.code.is_some_and(|c| OutcomeCode(c).class() == 1);
        let from = confined.stage.max(CheckStage::Load);
        let why = confined.outcome.why.clone();
        let (verdict, why, from) = match confined.outcome.verdict {
            CheckVerdict::Passed if was_sent(unconfined) && !was_sent(confined) => {
                let code = confined.facts.code.unwrap_or(0);
                (CheckVerdict::Failed, msg!("check-unsent-confined", code = code), CheckStage::Send)
            }
            CheckVerdict::Passed => return None,
            CheckVerdict::Crashed => (CheckVerdict::Crashed, why, from),
            _ => (CheckVerdict::Failed, why, from),
        };
        let outcome = CheckOutcome::new(verdict, msg!("check-only-confined", why = why));
        Some(Self { owner: CONFINEMENT_CHECK, outcome, from })
    }

    /// The outcome of a check that follows from this fault; `None` if the check has to run.
    pub(crate) fn decides(&self, check: &Check) -> Option<CheckOutcome> {
        if check.id == self.owner {
            return Some(self.outcome.clone());
        }
        // Every check that opens an instance closes it as well.
        let from = if self.from == CheckStage::Close { CheckStage::Open } else { self.from };
        (check.needs >= from).then(|| CheckOutcome::skipped(msg!("check-smoke-failed", owner = self.owner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(verdict: CheckVerdict, stage: CheckStage, code: u16) -> SupervisorReport {
        let facts = PluginFacts { flags: None, code: Some(code) };
        SupervisorReport { outcome: CheckOutcome::new(verdict, "why".into()), stage, facts }
    }

    #[test]
    fn one_check_reports_a_fault() {
        let fine = report(CheckVerdict::Passed, CheckStage::Close, 100);
        assert_eq!(SmokeFault::of(&fine), None);
        assert_eq!(SmokeFault::of_confinement(&fine, &fine), None);
        let owner = |f: Option<SmokeFault>| f.map(|f| (f.owner, f.outcome.verdict, f.from));
        let crashed = |stage| report(CheckVerdict::Crashed, stage, 0);
        let fault = SmokeFault::of(&crashed(CheckStage::Load));
        assert_eq!(owner(fault), Some(("scan-time", CheckVerdict::Crashed, CheckStage::Load)));
        let fault = SmokeFault::of(&crashed(CheckStage::Send));
        assert_eq!(owner(fault), Some(("exactly-once", CheckVerdict::Crashed, CheckStage::Send)));
        let refuses = report(CheckVerdict::Skipped, CheckStage::Open, 0);
        assert_eq!(SmokeFault::of(&refuses), None);
        let fault = SmokeFault::of_confinement(&refuses, &fine);
        assert_eq!(owner(fault), Some((CONFINEMENT_CHECK, CheckVerdict::Failed, CheckStage::Open)));
        assert_eq!(SmokeFault::of_confinement(&refuses, &refuses), None);
        let unsent = report(CheckVerdict::Passed, CheckStage::Close, 200);
        let fault = SmokeFault::of_confinement(&unsent, &fine);
        assert_eq!(owner(fault), Some((CONFINEMENT_CHECK, CheckVerdict::Failed, CheckStage::Send)));
        let fault = SmokeFault::of_confinement(&crashed(CheckStage::Close), &crashed(CheckStage::Close));
        assert_eq!(owner(fault).map(|f| f.0), Some("close-quiet"));
    }

    #[test]
    fn checks_that_need_an_earlier_stage_only_run() {
        let fault = SmokeFault::of(&report(CheckVerdict::Crashed, CheckStage::Send, 0)).unwrap();
        let tried: Vec<_> = crate::CHECKS.iter().filter(|c| fault.decides(c).is_none()).map(|c| c.id).collect();
        assert_eq!(tried.len(), 9, "{tried:?}");
        assert!(tried.contains(&"unknown-extension") && tried.contains(&"open-bad-config"));
    }
}
