//! A first look, before the 25: loads, opens, sends a little, closes. What goes wrong already here would go wrong in nearly every check; it
//! is told by the one whose matter it is, and the others say that they were not tried.

use crate::keeper::Told;
use crate::line::{Note, Stage};
use crate::probe::{End, Probe, Ran, ordinary, settle};
use crate::remote::Mode;
use crate::{Check, Verdict};
use std::time::Duration;

/// It is none of the 25.
pub(crate) static LOOK: Check = Check { id: "first-look", demands: "", advice: "", touches: Stage::Close, run: look };
/// The check that tells what works without the fence and not in it.
pub(crate) const IN_FENCE: &str = "sandbox-and-fuzz";
/// Longest time for an outcome here.
const PATIENCE: Duration = Duration::from_secs(15);

fn look(probe: &Probe) -> Ran {
    let (entry, _, table) = probe.tables().map_err(|why| End::skipped(format!("it cannot be loaded: {why}")))?;
    probe.note(Note { flags: Some(entry.flags), code: None });
    probe.stage(Stage::Open);
    let place = probe.place(Mode::Take)?;
    let stand = probe.stand(table, &place, 256)?;
    probe.stage(Stage::Send);
    for count in [1, 16.min(probe.max_batch())] {
        let (id, status) = stand.send(&probe.mail(count), PATIENCE);
        ordinary(status)?;
        settle(&stand, PATIENCE)?;
        let code = stand.book.seen().batches.get(&id).and_then(|b| b.codes.first().copied());
        probe.note(Note { flags: None, code });
    }
    probe.stage(Stage::Close);
    stand.close();
    Ok(End::passed(""))
}

/// What a first look decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Fault {
    /// The check that tells it.
    pub(crate) owner: &'static str,
    /// What it tells.
    pub(crate) end: End,
    /// Checks that come so far with the plugin are not tried.
    pub(crate) from: Stage,
}

impl Fault {
    /// What is wrong already at first sight, in the fence or without.
    pub(crate) fn of(told: &Told) -> Option<Self> {
        // What refuses to be loaded or opened says why to each check: they are soon done with it.
        if !told.end.verdict.is_bad() {
            return None;
        }
        let owner = match told.stage {
            // Not even its keeper survived.
            Stage::File => IN_FENCE,
            Stage::Fence | Stage::Load => "scan-time",
            Stage::Open => "open-close-loop",
            Stage::Send => "exactly-once",
            Stage::Close => "close-quiet",
        };
        Some(Self { owner, end: told.end.clone(), from: told.stage.max(Stage::Load) })
    }

    /// What is wrong in the fence alone.
    pub(crate) fn of_fence(fenced: &Told, plain: &Told) -> Option<Self> {
        if plain.end.verdict != Verdict::Passed {
            return Self::of(fenced);
        }
        let sent = |told: &Told| told.note.code.is_some_and(|c| c / 100 == 1);
        let (verdict, why, from) = match fenced.end.verdict {
            Verdict::Passed if sent(plain) && !sent(fenced) => {
                let code = fenced.note.code.unwrap_or(0);
                let why = format!("a message is not sent (outcome {code}): does `hosts` name its port?");
                (Verdict::Failed, why, Stage::Send)
            }
            Verdict::Passed => return None,
            Verdict::Crashed => (Verdict::Crashed, fenced.end.why.clone(), fenced.stage.max(Stage::Load)),
            _ => (Verdict::Failed, fenced.end.why.clone(), fenced.stage.max(Stage::Load)),
        };
        let why = format!("in the sandbox, not without it: {why}");
        Some(Self { owner: IN_FENCE, end: End::new(verdict, why), from })
    }

    /// How a check ends by this alone; `None`: it is to be tried.
    pub(crate) fn decides(&self, check: &Check) -> Option<End> {
        if check.id == self.owner {
            return Some(self.end.clone());
        }
        // One that only opens it closes it as well.
        let reaches = if self.from == Stage::Close { check.touches >= Stage::Open } else { check.touches >= self.from };
        reaches.then(|| End::skipped(format!("a first look did not come so far: see `{}`", self.owner)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(verdict: Verdict, stage: Stage, code: u16) -> Told {
        Told { end: End::new(verdict, "why"), stage, note: Note { flags: None, code: Some(code) } }
    }

    #[test]
    fn one_check_tells_it() {
        let fine = told(Verdict::Passed, Stage::Close, 100);
        assert_eq!(Fault::of(&fine), None);
        assert_eq!(Fault::of_fence(&fine, &fine), None);
        let owner = |f: Option<Fault>| f.map(|f| (f.owner, f.end.verdict, f.from));
        let crashed = |stage| told(Verdict::Crashed, stage, 0);
        assert_eq!(owner(Fault::of(&crashed(Stage::Load))), Some(("scan-time", Verdict::Crashed, Stage::Load)));
        assert_eq!(owner(Fault::of(&crashed(Stage::Send))), Some(("exactly-once", Verdict::Crashed, Stage::Send)));
        let refuses = told(Verdict::Skipped, Stage::Open, 0);
        assert_eq!(Fault::of(&refuses), None);
        assert_eq!(owner(Fault::of_fence(&refuses, &fine)), Some((IN_FENCE, Verdict::Failed, Stage::Open)));
        assert_eq!(Fault::of_fence(&refuses, &refuses), None);
        let unsent = told(Verdict::Passed, Stage::Close, 200);
        assert_eq!(owner(Fault::of_fence(&unsent, &fine)), Some((IN_FENCE, Verdict::Failed, Stage::Send)));
        assert_eq!(
            owner(Fault::of_fence(&crashed(Stage::Close), &crashed(Stage::Close))).map(|f| f.0),
            Some("close-quiet")
        );
    }

    #[test]
    fn what_does_not_come_so_far_is_tried() {
        let fault = Fault::of(&told(Verdict::Crashed, Stage::Send, 0)).unwrap();
        let tried: Vec<_> = crate::CHECKS.iter().filter(|c| fault.decides(c).is_none()).map(|c| c.id).collect();
        assert_eq!(tried.len(), 8, "{tried:?}");
        assert!(tried.contains(&"unknown-extension") && tried.contains(&"open-bad-config"));
    }
}
